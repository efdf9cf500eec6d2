"""Values of indicators for a reader: from the tables that the reader may see, cached until one of them changes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.types import Context

from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.catalogue import Catalogue
from ckanext.ierwohnen.indicators.sources import Source, readable_sources, version
from ckanext.ierwohnen.indicators.values import TOTAL, Values, without_dimensions
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.places.system import Level, SpatialSystem, Unit
from ckanext.ierwohnen.tables.readings import readings

PAGE = 1000
KEPT = 128  # results that a process keeps


@dataclass(frozen=True)
class Found:
    """Values of an indicator at a level.

    ``table``: columns unit, period, value, status, how; ``names``: name of each unit; ``sources``: the tables that the
    figures come from, in the order in which they count; ``undated``: tables with readings that name no date and get
    none from their dataset, so that they count nowhere.
    """

    table: pd.DataFrame
    names: dict[str, str]
    sources: list[Source]
    system: str | None
    level: str | None
    level_title: str
    undated: tuple[Source, ...] = ()


class _Kept:
    """The last results of this process. The key holds the version of all tables and the sources that were readable."""

    def __init__(self) -> None:
        self._results: OrderedDict[tuple[Any, ...], Found] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[Any, ...]) -> Found | None:
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def put(self, key: tuple[Any, ...], found: Found) -> None:
        with self._lock:
            self._results[key] = found
            while len(self._results) > KEPT:
                self._results.popitem(last=False)


_kept = _Kept()


def needed_codes(code: str, catalogue: Catalogue) -> set[str]:
    """The indicator and all that it is computed from or weighted by, over all steps."""
    found: set[str] = set()
    waiting = [code]
    while waiting:
        indicator = catalogue.find(waiting.pop())
        if indicator is None or indicator.code in found:
            continue
        found.add(indicator.code)
        waiting += [*indicator.parts, *([indicator.weighted_by] if indicator.weighted_by else [])]
    return found


def find_values(context: Context, code: str, system: str | None = None, level: str | None = None) -> Found:
    """The values of an indicator for this reader.

    :param system: name of the spatial system; the one of the newest source if None
    :param level: code of the level, or ``city`` for the total; the finest that a source has if None
    :raises ObjectNotFound: no such indicator, system or level for this reader
    """
    catalogue = active_catalogue()
    indicator = catalogue.find(code)
    if indicator is None:
        raise tk.ObjectNotFound(tk._("Indicator not found"))
    sources = readable_sources(context, needed_codes(indicator.code, catalogue))
    system = system or next((name for s in sources for name in s.systems), None)
    sources = [s for s in sources if system is None or system in s.systems or not s.systems]
    sources.sort(key=lambda s: indicator.code not in s.indicators)  # who states the figure itself is its source
    if not sources or system is None:
        return Found(pd.DataFrame(columns=["unit", "period", "value", "status", "how"]), {}, [], system, level, "")
    shown = tk.get_action("ierwohnen_spatial_system_show")(tk.fresh_context(context), {"id": system})
    key = (indicator.code, shown["id"], shown.get("revision"), level, version(), tuple(s.resource_id for s in sources))
    found = _kept.get(key)
    if found is None:
        found = _compute(context, indicator.code, shown, level, sources, catalogue)
        _kept.put(key, found)
    return found


def _compute(
    context: Context, code: str, shown: dict[str, Any], level: str | None, sources: list[Source], catalogue: Catalogue
) -> Found:
    rows = _rows(context, needed_codes(code, catalogue), shown["id"], sources, catalogue)
    undated = tuple(s for s in sources if (rows["period"].isna() & (rows["resource_id"] == s.resource_id)).any())
    rows = rows[rows["period"].notna()]
    present = set(rows["level"].dropna())
    order = [entry["code"] for entry in shown["levels"]]
    level = level or next((name for name in reversed(order) if name in present), TOTAL)
    if level != TOTAL and level not in order:
        raise tk.ObjectNotFound(tk._("Spatial level not found"))
    deepest = max((order.index(name) for name in {level, *present} if name in order), default=0)
    system = _system(context, shown, order[: deepest + 1])
    values = Values(catalogue, system, rows)
    if level == TOTAL and TOTAL not in order:
        names = {"": shown.get("title", "")}
        return Found(values.total(code), names, sources, shown["id"], TOTAL, "", undated)
    table = values.at(code, level)
    if level == TOTAL and table.empty:
        table = values.total(code).assign(unit=next(iter(system.units_of(level)), ""))
    names = {unit.key: unit.name for unit in system.units_of(level).values()}
    return Found(table, names, sources, shown["id"], level, system.level(level).named(locale()), undated)


def _rows(context: Context, codes: set[str], system: str, sources: list[Source], catalogue: Catalogue) -> pd.DataFrame:
    """Readings of all sources, the newest first, so that of two readings of a cell the newer one counts."""
    frames = []
    for source in sources:
        for code in sorted(codes & set(source.indicators)):
            rows = readings(tk.fresh_context(context), source.resource_id, indicator=code, specials=True)
            rows = rows[(rows["system"] == system) | rows["system"].isna()]
            rows = _dated(rows, source.only_date)
            frames.append(without_dimensions(rows.assign(resource_id=source.resource_id), catalogue))
    if not frames:
        columns = ["unit", "level", "system", "period", "indicator", "value", "status", "resource_id"]
        return pd.DataFrame(columns=columns)
    return pd.concat(frames, ignore_index=True)


def _dated(rows: pd.DataFrame, only_date: str | None) -> pd.DataFrame:
    """Readings with the dataset's date where the table names none; None where neither does."""
    periods = rows["period"].astype(object).where(rows["period"].notna(), only_date)
    return rows.assign(period=periods)


def _system(context: Context, shown: dict[str, Any], codes: list[str]) -> SpatialSystem:
    levels = tuple(
        Level(e["code"], e["title"], e.get("title_en") or "", e.get("parent"))
        for e in shown["levels"]
        if e["code"] in codes
    )
    units = tuple(unit for level in levels for unit in _units(context, shown["id"], level.code))
    return SpatialSystem(shown["id"], shown.get("title", ""), date.fromisoformat(shown["boundary_date"]), levels, units)


def _units(context: Context, system: str, level: str) -> list[Unit]:
    found: list[Unit] = []
    while True:
        asked = {"system": system, "level": level, "limit": PAGE, "offset": len(found)}
        page = tk.get_action("ierwohnen_unit_list")(tk.fresh_context(context), asked)
        found += [Unit(level, u["key"], u["name"], u.get("parent")) for u in page]
        if len(page) < PAGE:
            return found
