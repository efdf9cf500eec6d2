"""Fixtures of the room's tests: an office with an empty spatial system, and boundary files to load into
it.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.places.tests import towns


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """One GeoPackage of twelve quarters in two districts."""
    return [towns.write_layer(tmp_path / "q.gpkg", towns.quarters(), layer="quartiere")]


@pytest.fixture
def upload(files: list[Path]):
    """Makes the boundary file an upload, as often as asked."""

    def make() -> FileStorage:
        return FileStorage(io.BytesIO(files[0].read_bytes()), filename=files[0].name)

    return make
