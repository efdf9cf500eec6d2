"""Tables for some readers only: they stand outside of the DataStore, and other rooms decide who sees them.

What they tell is read anew at each request, by the one door of the room that keeps them, which also puts the reading
on record. Nothing of it goes to Redis; what is computed from it is kept for the same reader alone, in the process's
memory, and found again only while the same tables are open to that reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import ckan.plugins as p
import pandas as pd
from ckan.types import Context

from ckanext.ierwohnen.indicators.interfaces import ILimitedTables
from ckanext.ierwohnen.indicators.sources import Source


def limited_sources(context: Context) -> list[Source]:
    """The tables for some readers only that this reader may see."""
    return [one for plugin in p.PluginImplementations(ILimitedTables) for one in plugin.limited_tables(context)]


def opened(
    context: Context, sources: Iterable[Source], read: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """The readings of those of the tables that are limited, by id; one that was closed meanwhile is left out.

    :param read: those that were read for the same answer already
    """
    found: dict[str, pd.DataFrame] = {}
    for source in sources:
        if not source.limited:
            continue
        if source.resource_id in read:
            found[source.resource_id] = read[source.resource_id]
            continue
        for plugin in p.PluginImplementations(ILimitedTables):
            rows = plugin.limited_readings(context, source.resource_id)
            if rows is not None:
                found[source.resource_id] = rows
    return found


def reader_of(context: Context) -> str:
    """Whose kept results these are."""
    return str(context.get("user") or "")
