"""Entry point of alembic for the migrations of the tables room."""

from __future__ import annotations

from pathlib import Path

from ckanext.ierwohnen.migration import running

running.run(Path(__file__).parent.name)
