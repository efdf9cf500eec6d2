"""Actions of the indicators: definitions, sources, values."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.lib.navl.dictization_functions import validate
from ckan.types import Context, DataDict

from ckanext.ierwohnen.indicators import schema
from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.lookup import Found, find_values, needed_codes
from ckanext.ierwohnen.indicators.sources import Source, readable_sources
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.template_functions import locale


@tk.side_effect_free
def ierwohnen_indicator_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Definitions of indicators, in the order of the topics.

    :param topic: only this topic (a code of the vocabulary ``topics``)
    :param q: only those of which code, names or synonyms hold all these words
    :param with_sources: only those that can be read or computed from tables that the reader may see
    :param limit: how many at most (default 1000)
    :param offset: how many to leave out at the beginning
    """
    tk.check_access("ierwohnen_indicator_list", context, data_dict)
    asked = _validated(data_dict, schema.indicator_list(), context)
    catalogue = active_catalogue()
    found = catalogue.search(asked["q"]) if asked.get("q") else list(catalogue)
    if asked.get("topic"):
        found = [i for i in found if i.topic == asked["topic"]]
    if asked["with_sources"]:
        known = {code for source in readable_sources(context) for code in source.indicators}
        found = [i for i in found if _can_be_had(i, known)]
    return [i.as_dict() for i in found[asked["offset"] : asked["offset"] + asked["limit"]]]


@tk.side_effect_free
def ierwohnen_indicator_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """A definition with its sources (tables that the reader may see, newest first) and the indicators that use it.

    :param code: code of the indicator
    """
    tk.check_access("ierwohnen_indicator_show", context, data_dict)
    indicator = _indicator(_validated(data_dict, schema.indicator_show(), context)["code"])
    sources = readable_sources(context, needed_codes(indicator.code, active_catalogue()))
    return {
        **indicator.as_dict(),
        "used_by": [i.code for i in active_catalogue().using(indicator.code)],
        "sources": [_source(s) for s in sources],
    }


@tk.side_effect_free
def ierwohnen_indicator_values(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Values of an indicator by unit and period, from the tables that the reader may see.

    ``results``: ``{unit, name, period, figure, how}``; ``how`` is ``read``, ``computed`` (by its formula) or
    ``added_up`` (from the next finer level). ``sources``: where the figures come from; of two readings of a
    cell the one of the first source counts. ``undated``: tables with readings that are
    left out, because neither they nor their dataset name one date.

    :param code: code of the indicator
    :param system: name of the spatial system (default: that of the newest source)
    :param level: code of the level, ``city`` for the total (default: the finest that a source has)
    :param units: only these keys
    :param period: only this period (ISO text, ``2025`` or ``2025-12-31``)
    :param from: first period
    :param to: last period
    :param limit: how many at most (default 10000)
    :param offset: how many to leave out at the beginning
    :raises ValidationError: by field, also for a spatial system that is not there for this reader
    """
    tk.check_access("ierwohnen_indicator_values", context, data_dict)
    asked = _validated(data_dict, schema.indicator_values(), context)
    indicator = _indicator(asked["code"])
    system = _system(context, asked["system"]) if asked.get("system") else None
    found = find_values(context, indicator.code, system, asked.get("level") or None)
    table = _chosen(found.table, asked)
    page = table.iloc[asked["offset"] : asked["offset"] + asked["limit"]]
    return {
        "code": indicator.code,
        "unit": indicator.unit,
        "system": found.system,
        "level": found.level,
        "count": len(table),
        "results": [_row(row, indicator, found) for row in page.itertuples()],
        "sources": [_source(s) for s in found.sources],
        "undated": [_source(s) for s in found.undated],
    }


def _validated(data_dict: DataDict, rules: Any, context: Context) -> dict[str, Any]:
    data, errors = validate(dict(data_dict), rules, context)
    if errors:
        raise tk.ValidationError(errors)
    return data


def _system(context: Context, name: str) -> str:
    """The name of a spatial system given by name or id; an empty answer would look like "no values"."""
    try:
        return str(tk.get_action("ierwohnen_spatial_system_show")(tk.fresh_context(context), {"id": name})["id"])
    except tk.ObjectNotFound as absent:
        text = tk._('There is no spatial system "{name}" that you may read.').format(name=name)
        raise tk.ValidationError({"system": [text]}) from absent


def _indicator(code: str) -> Indicator:
    found = active_catalogue().find(code)
    if found is None:
        raise tk.ObjectNotFound(tk._("Indicator not found"))
    return found


def _can_be_had(indicator: Indicator, known: set[str]) -> bool:
    if indicator.code in known:
        return True
    catalogue = active_catalogue()
    parts = [catalogue.find(code) for code in indicator.parts]
    return bool(parts) and all(part is not None and _can_be_had(part, known) for part in parts)


def _chosen(table: pd.DataFrame, asked: dict[str, Any]) -> pd.DataFrame:
    if asked.get("units"):
        table = table[table["unit"].isin(asked["units"])]
    if asked.get("period"):
        table = table[table["period"] == asked["period"]]
    if asked.get("from") or asked.get("to"):
        table = table[table["period"].notna()]  # what has no date lies in no span of time
    if asked.get("from"):
        table = table[table["period"] >= asked["from"]]
    if asked.get("to"):
        # "2025" includes 2025-12-31
        table = table[(table["period"] <= asked["to"]) | table["period"].str.startswith(asked["to"])]
    return table


def _row(row: Any, indicator: Indicator, found: Found) -> dict[str, Any]:
    figure = Figure.of(
        row.value,
        row.status,
        precision=indicator.precision,
        signed=indicator.kind["of"] == "change",
        locale=locale(),
    )
    return {
        "unit": row.unit,
        "name": found.names.get(row.unit, row.unit),
        "period": row.period,
        "figure": figure.as_dict(),
        "how": row.how,
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "package": source.package_name,
        "title": source.package_title,
        "resource_id": source.resource_id,
        "resource": source.resource_name,
        "modified": source.modified,
        "levels": list(source.levels),
        "systems": list(source.systems),
    }
