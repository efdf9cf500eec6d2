"""The migration makes what the model says, and takes it back without a trace."""

from __future__ import annotations

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.ierwohnen.places.model import (
    StoredCrosswalk,
    StoredGeometry,
    StoredLevel,
    StoredLoad,
    StoredSystem,
    StoredUnit,
)

STORED = (StoredSystem, StoredLevel, StoredUnit, StoredGeometry, StoredCrosswalk, StoredLoad)
TABLES = [table.__table__ for table in STORED]


def present() -> dict[str, dict[str, bool]]:
    """Table → column → may be empty."""
    model.Session.remove()
    inspector = sa.inspect(model.Session.connection())
    return {
        table.name: {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
        for table in TABLES
        if inspector.has_table(table.name)
    }


@pytest.mark.usefixtures("with_plugins")
def test_up_down_and_up_again(migrate_db_for):
    migrate_db_for("ierwohnen_places")
    try:
        expected = {table.name: {c.name: bool(c.nullable) for c in table.columns} for table in TABLES}
        assert present() == expected
        model.Session.remove()
        migrate_db_for("ierwohnen_places", "base", forward=False)
        assert present() == {}
    finally:
        model.Session.remove()
        migrate_db_for("ierwohnen_places")
    assert set(present()) == set(expected)
