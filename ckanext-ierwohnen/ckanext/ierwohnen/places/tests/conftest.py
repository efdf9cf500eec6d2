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


@pytest.fixture
def tables(with_plugins, migrate_db_for) -> None:
    """The room's tables. Each test works in a dataset of its own: cleaning is what is slow."""
    import ckan.model as model
    import sqlalchemy as sa

    inspector, table = sa.inspect(model.Session.connection()), "ierwohnen_places_load"
    present = inspector.has_table(table) and {column["name"] for column in inspector.get_columns(table)}
    if not present or "confirm_place" not in present:
        model.Session.remove()
        migrate_db_for("ierwohnen_places")


@pytest.fixture
def office(tables):
    """An editor of an organization with a public dataset for boundaries."""
    from ckanext.ierwohnen.places.tests.office import close, make_office

    made = make_office()
    yield made
    close(made)
