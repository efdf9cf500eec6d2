"""An earlier state of a table as the writers of downloads see it: the same rules as for the present one."""

from __future__ import annotations

from ckanext.ierwohnen.tables import snapshots, versions
from ckanext.ierwohnen.tables.exports.published import PublishedTable
from ckanext.ierwohnen.tables.meaning import meaning
from ckanext.ierwohnen.tables.model import Version


def earlier_state(version: Version) -> PublishedTable:
    """The rows of a state that is still kept, with the meaning that its columns had then."""
    columns = tuple(meaning(versions.field_of(column)) for column in version.columns)
    path = versions.rows_path(version)
    return PublishedTable(columns, version.rows, lambda: snapshots.batches(path))
