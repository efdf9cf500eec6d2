"""Actions of the indicators: definitions, sources, values."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.lib.navl.dictization_functions import validate
from ckan.types import Context, DataDict

from ckanext.ierwohnen.indicators import schema
from ckanext.ierwohnen.indicators.active import active_catalogue, preferred, watch_at
from ckanext.ierwohnen.indicators.alert_lookup import alert_as_dict, find_alerts
from ckanext.ierwohnen.indicators.composite import sensitivity
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.derived import Derivation, DerivationError, check
from ckanext.ierwohnen.indicators.explain_text import way_as_dict
from ckanext.ierwohnen.indicators.lookup import (
    Found,
    find_values,
    needed_codes,
    tables_behind,
    ways,
    with_labels,
)
from ckanext.ierwohnen.indicators.mixing import telling, told_by
from ckanext.ierwohnen.indicators.origins import shares
from ckanext.ierwohnen.indicators.owners import owners_told
from ckanext.ierwohnen.indicators.points import same_point
from ckanext.ierwohnen.indicators.profile_lookup import find_profile, profile_as_dict
from ckanext.ierwohnen.indicators.sources import Source, readable_sources
from ckanext.ierwohnen.indicators.wording import words
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.template_functions import locale

MOST_EXPLAINED = 20  # values


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
        known = readable_sources(context)
        found = [i for i in found if _told(i, known)]
    return [i.as_dict() for i in found[asked["offset"] : asked["offset"] + asked["limit"]]]


@tk.side_effect_free
def ierwohnen_indicator_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """A definition with its sources (tables that the reader may see, newest first) and the indicators that use it.

    :param code: code of the indicator
    """
    tk.check_access("ierwohnen_indicator_show", context, data_dict)
    indicator = _indicator(_validated(data_dict, schema.indicator_show(), context)["code"])
    sources = readable_sources(context, needed_codes(indicator.code, active_catalogue()))
    sources = telling(sources, [indicator], active_catalogue())
    return {
        **indicator.as_dict(),
        "used_by": [i.code for i in active_catalogue().using(indicator.code)],
        "sources": [_source(s) for s in sources],
    }


@tk.side_effect_free
def ierwohnen_indicator_values(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Values of an indicator by unit and period, from the tables that the reader may see.

    ``results``: ``{unit, name, period, figure, how, sources}``; ``how`` is ``read``, ``computed`` (by its formula) or
    ``added_up`` (from the next finer level); ``sources``: places in the list ``sources`` of the answer, which holds
    the tables that these results really come from, those of most ``values`` first, each with its ``first`` and
    ``last`` period. ``candidates``: tables that may feed it; of two readings of a cell the one of the first counts.
    ``others``: tables that tell it too, but do not count, as they are releases of other companies; ``source`` has
    them. ``owners``: of a release, whose dwellings it tells of.
    ``undated``: tables with readings that are left out, because neither they nor their dataset name one date.
    ``limited``: a table that is no dataset but a release for some readers, at ``address``; ``package`` is its number.

    :param code: code of the indicator
    :param system: name of the spatial system (default: that of the newest source)
    :param level: code of the level, ``city`` for the total (default: the finest that a source has, or ``source``)
    :param units: only these keys
    :param source: dataset name, resource id or number of a release that counts alone for the indicators that it has
    :param as: what to make of the values: ``value`` (default), ``change`` (in the unit; shares: percentage points),
        ``change_percent``, ``index`` (``base`` = 100), ``sum_over_years`` (flows), ``per_1000``, ``z_score``,
        ``min_max``, ``rank``, ``percentile``; ``statistic`` and ``population`` of the answer say against what
    :param years: how many years back (default 1)
    :param base: base year of an index
    :param per: code of what counts thousands (default ``population``)
    :param explain: also ``way`` for each value: how it came about, down to the cells of tables; for at most 20 values
    :param period: only this period (ISO text, ``2025`` or ``2025-12-31``; either means the one that there is)
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
    derivation = _derivation(indicator, asked)
    found = find_values(context, indicator.code, system, asked.get("level") or None, derivation, asked.get("source"))
    table = _chosen(found.table, asked)
    page = table.iloc[asked["offset"] : asked["offset"] + asked["limit"]]
    behind = tables_behind(found, indicator.code, page, derivation)
    told = shares(zip(page["period"], behind, strict=True), [s.resource_id for s in found.sources])
    place = {one.resource_id: at for at, one in enumerate(told)}
    results = [
        {**_row(row, indicator, found, derivation), "sources": sorted(place[table] for table in tables)}
        for row, tables in zip(page.itertuples(), behind, strict=True)
    ]
    named = {one.resource_id: one for one in found.sources}
    if asked["explain"]:
        _explain(context, results, found, indicator, asked)
    return {
        "code": indicator.code,
        "unit": derivation.unit(indicator),
        "as": derivation.kind,
        "statistic": words(f"told.{derivation.kind}"),
        "population": found.population,
        "rule": {
            "text": " ".join([words("rule.sources"), *_rule_of_releases(found)]),
            "preferred": found.preferred,
            "asked": asked.get("source"),
        },
        "system": found.system,
        "level": found.level,
        "count": len(table),
        "results": results,
        "sources": [
            {**_source(named[one.resource_id]), "values": one.values, "first": one.first, "last": one.last}
            for one in told
        ],
        "candidates": [_source(s) for s in found.sources],
        "others": [_source(s) for s in found.others],
        "undated": [_source(s) for s in found.undated],
    }


@tk.side_effect_free
def ierwohnen_indicator_alerts(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Units to look at more closely: over a threshold, or against the city's trend, with reasons and since when.

    ``results``: ``{unit, name, state, since, indicators, reasons}``. ``state``: ``act`` (an indicator reaches "act"),
    ``watch`` (several reach "watch"), ``trend`` (moves away from the city to the worse: Theil–Sen, Mann–Kendall with
    at least 5 points, corrected for the number of units). Order: by state, then by the number of indicators that reach
    "act", "watch", run against the trend, then by key; it is no ranking of quality.

    :param system: name of the spatial system (default: that of the newest source)
    :param level: code of the level (default: the quarters)
    :param period: year or date (default: the latest year with numbers)
    :param at_least: only units that are conspicuous in so many indicators at once
    """
    tk.check_access("ierwohnen_indicator_alerts", context, data_dict)
    asked = _validated(data_dict, schema.indicator_alerts(), context)
    system = _system(context, asked["system"]) if asked.get("system") else None
    year = int(asked["period"][:4]) if asked.get("period") else None
    noticed = find_alerts(context, system, asked.get("level") or None, year)
    shown = [a for a in noticed.findings.alerts if len(a.codes) >= (asked.get("at_least") or 1)]
    return {
        "system": noticed.system,
        "level": noticed.level,
        "year": noticed.findings.year,
        "count": len(shown),
        "results": [alert_as_dict(alert, noticed) for alert in shown],
        "new": list(noticed.changes["new"]),
        "gone": list(noticed.changes["gone"]),
        "without_number": list(noticed.findings.without),
        "considered": list(noticed.findings.considered),
        "watch_at": watch_at(),
        "sources": [_source(s) for s in noticed.sources],
    }


@tk.side_effect_free
def ierwohnen_indicator_profile(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One unit over all indicators, by topic, from the tables that the reader may see.

    Each row: latest ``figure`` with ``period``, the ``city``'s at the same date, ``rank`` (1 for the highest) ``of``
    units with a number, ``change`` over 1 and 5 years, ``trend`` (``way`` 1, −1 or 0, ``n`` points; Theil–Sen,
    Mann–Kendall), ``series`` by year, ``sources``: tables that the figure comes from. ``alert``: why the unit is
    conspicuous, if it is.

    :param system: name of the spatial system
    :param level: code of the level
    :param unit: key of the unit
    """
    tk.check_access("ierwohnen_indicator_profile", context, data_dict)
    asked = _validated(data_dict, schema.indicator_profile(), context)
    found = find_profile(context, _system(context, asked["system"]), asked["level"], asked["unit"])
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no unit with this key."))
    return profile_as_dict(found)


@tk.side_effect_free
def ierwohnen_indicator_sensitivity(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """How the ranks of a composite move when each weight moves by itself (× 0, 0.5, 1.5, 2), the others in proportion.

    ``moves``: for each part and factor the greatest shift of ranks, Spearman's correlation with the declared order
    (null where it cannot be told) and the ranks. ``ranks``: by the declared weights, 1 for the highest index.

    :param code: code of a composite
    :param system: name of the spatial system (default: that of the newest source)
    :param level: code of the level (default: the finest that a source has)
    :param period: date of the index (default: the latest)
    """
    tk.check_access("ierwohnen_indicator_sensitivity", context, data_dict)
    asked = _validated(data_dict, schema.indicator_sensitivity(), context)
    indicator = _indicator(asked["code"])
    if indicator.composite is None:
        raise tk.ValidationError({"code": [tk._("This indicator is no composite and has no weights.")]})
    system = _system(context, asked["system"]) if asked.get("system") else None
    found = find_values(context, indicator.code, system, asked.get("level") or None)
    given = found.table[found.table["value"].notna()]
    period = same_point(asked.get("period"), given["period"].unique()) or max(given["period"], default=None)
    result = {**indicator.composite.as_dict(), "code": indicator.code, "level": found.level, "period": period}
    if found.workspace is None or found.level is None or period not in set(given["period"]):
        return {**result, "ranks": {}, "moves": []}
    columns = {c: found.workspace.values.column(c, found.level) for c in indicator.parts}
    ranks, moves = sensitivity(columns, indicator.composite, period)
    return {
        **result,
        "ranks": _plain(ranks),
        "moves": [
            {"code": m.code, "factor": m.factor, "largest": m.largest,
             "agreement": None if m.agreement != m.agreement else round(m.agreement, 4), "ranks": _plain(m.ranks)}
            for m in moves
        ],
    }  # fmt: skip


def _plain(ranks: pd.Series) -> dict[str, int]:
    return {str(unit): int(rank) for unit, rank in ranks.dropna().items()}


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


def _chosen(table: pd.DataFrame, asked: dict[str, Any]) -> pd.DataFrame:
    if asked.get("units"):
        table = table[table["unit"].isin(asked["units"])]
    if asked.get("period"):
        table = table[table["period"] == same_point(asked["period"], table["period"].unique())]
    if asked.get("from") or asked.get("to"):
        table = table[table["period"].notna()]  # what has no date lies in no span of time
    if asked.get("from"):
        table = table[table["period"] >= asked["from"]]
    if asked.get("to"):
        # "2025" includes 2025-12-31
        table = table[(table["period"] <= asked["to"]) | table["period"].str.startswith(asked["to"])]
    return table


def _derivation(indicator: Indicator, asked: dict[str, Any]) -> Derivation:
    made = Derivation(asked["as"], asked["years"], asked.get("base"), asked["per"])
    try:
        check(indicator, made, active_catalogue().find(made.per))
    except DerivationError as refused:
        raise tk.ValidationError({refused.field: [words(f"refused.{refused.reason}")]}) from refused
    return made


def _explain(
    context: Context, results: list[dict[str, Any]], found: Found, indicator: Indicator, asked: dict[str, Any]
) -> None:  # fmt: skip
    if len(results) > MOST_EXPLAINED:
        text = tk._("At most {number} values can be explained at once. Choose units and period.")
        raise tk.ValidationError({"explain": [text.format(number=MOST_EXPLAINED)]})
    cells = [(row["unit"], row["period"]) for row in results]
    labelled = with_labels(context, found)
    for row, way in zip(results, ways(context, found, indicator.code, cells, asked.get("source")), strict=True):
        row["way"] = way_as_dict(way, labelled) if way else None


def _row(row: Any, indicator: Indicator, found: Found, derivation: Derivation) -> dict[str, Any]:
    figure = Figure.of(
        row.value,
        row.status,
        precision=derivation.precision(indicator),
        signed=derivation.signed(indicator),
        locale=locale(),
    )
    return {
        "unit": row.unit,
        "name": found.names.get(row.unit, row.unit),
        "period": row.period,
        "figure": figure.as_dict(),
        "how": row.how,
    }


def _rule_of_releases(found: Found) -> list[str]:
    return [words("rule.releases")] if any(s.contributors for s in (*found.sources, *found.others)) else []


def _told(indicator: Indicator, sources: list[Source]) -> bool:
    needed = needed_codes(indicator.code, active_catalogue())
    return told_by(indicator, [s for s in sources if needed & set(s.indicators)], preferred(), active_catalogue())


def _source(source: Source) -> dict[str, Any]:
    return {
        "package": source.package_name,
        "title": source.package_title,
        "resource_id": source.resource_id,
        "resource": source.resource_name,
        "modified": source.modified,
        "levels": list(source.levels),
        "systems": list(source.systems),
        "limited": source.limited,
        "address": source.address,
        "number": source.number,
        "owners": owners_told(source.contributors),
    }
