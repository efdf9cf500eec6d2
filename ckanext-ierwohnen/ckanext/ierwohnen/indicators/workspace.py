"""What values are computed from, kept between requests: tidy tables and computed columns.

The key of everything kept holds the version of all tables (``sources.version``, a counter in Redis that every change of
a table or dataset moves on), the revision of the spatial system and the tables that the reader may see. Rights are
asked anew at each request, before anything kept is looked up; so what is kept for one reader never reaches another with
fewer rights. What tables for some readers only went into is kept for that reader alone (``limited.py``).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock
from typing import Any, TypeVar

import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.types import Context

from ckanext.ierwohnen.indicators.active import active_catalogue, preferred
from ckanext.ierwohnen.indicators.catalogue import Catalogue
from ckanext.ierwohnen.indicators.choice import ordered
from ckanext.ierwohnen.indicators.limited import opened, reader_of
from ckanext.ierwohnen.indicators.mixing import counting, telling
from ckanext.ierwohnen.indicators.part import undivided, with_parts
from ckanext.ierwohnen.indicators.points import STATED, one_point_a_year
from ckanext.ierwohnen.indicators.sources import Source, readable_sources, version
from ckanext.ierwohnen.indicators.values import TOTAL, Values, without_dimensions, without_doubt
from ckanext.ierwohnen.places.system import Level, SpatialSystem, Unit
from ckanext.ierwohnen.tables.readings import readings

PAGE = 1000
MOST_READINGS = 3_000_000  # rows of tables that a process keeps
MOST_WORKSPACES = 48
READINGS = ["unit", "level", "system", "period", "indicator", "value", "status", "resource_id"]

T = TypeVar("T")


class Kept:
    """The values used last, up to a total weight.

    :param stamped: each key begins with the version of all tables; what belongs to another version goes at once
    """

    def __init__(self, most: int, weight: Callable[[Any], int] = lambda value: 1, stamped: bool = False) -> None:
        self._most, self._weight, self._stamped = most, weight, stamped
        self._values: OrderedDict[tuple[Hashable, ...], Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        """The kept value of the key, else made now. Two threads may make the same one."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]  # type: ignore[no-any-return]
        value = make()
        with self._lock:
            if self._stamped:
                for old in [one for one in self._values if one[0] != key[0]]:
                    del self._values[old]
            self._values[key] = value
            while len(self._values) > 1 and sum(map(self._weight, self._values.values())) > self._most:
                self._values.popitem(last=False)
        return value


@dataclass(frozen=True)
class Table:
    """The readings of a published table by indicator; ``undated``: indicators of which some readings have no date."""

    by_code: dict[str, pd.DataFrame]
    undated: frozenset[str]

    def __len__(self) -> int:
        return sum(map(len, self.by_code.values()))


_tables = Kept(MOST_READINGS, len, stamped=True)
_systems = Kept(16, stamped=True)
_workspaces = Kept(MOST_WORKSPACES, stamped=True)


@dataclass(frozen=True)
class Workspace:
    """Values of indicators of one spatial system for one reader.

    ``shown``: the system as its action shows it; ``order``: its level codes, coarse to fine; ``sources``: the tables
    that the figures may come from, newest first; ``kept``: what else is computed once (alerts); ``limited``: readings
    of those of them that are for some readers only, by id.
    """

    values: Values
    shown: dict[str, Any]
    order: list[str]
    sources: list[Source]
    kept: Kept
    limited: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    others: tuple[Source, ...] = ()
    """Tables of this reader that do not count here, as they are of other companies; told anew at each request."""

    @property
    def finest(self) -> str:
        """The finest level of its tables; ``city`` where they have totals only."""
        return self.finest_of(self.sources)

    def finest_of(self, sources: Iterable[Source]) -> str:
        """The finest level of some tables; ``city`` where they have totals only."""
        present = {level for source in sources for level in source.levels}
        return next((code for code in reversed(self.order) if code in present), TOTAL)


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


def workspace(
    context: Context, codes: set[str], system: str | None = None, level: str | None = None, source: str | None = None,
    target: str | None = None, needs: Iterable[str] = (), read: Mapping[str, pd.DataFrame] | None = None,
) -> Workspace | None:  # fmt: skip
    """What the values of indicators are computed from, for this reader; None where there is no table.

    :param codes: all codes that will be asked for, with their parts (:func:`needed_codes`)
    :param system: id of the spatial system; the one of the newest table if None
    :param level: a level that is needed, also where no table has it
    :param source: dataset name or resource id that counts alone for the indicators that it has
    :param target: the one indicator that will be shown, if it is one; needs: what else it is reckoned against. A
        release for some readers that tells nothing of these is not read: its owners' ledgers note readings only
    :param read: limited tables that were read for this reader a moment ago, for the same answer: not noted twice
    :raises ObjectNotFound: no such system for this reader
    """
    stamp = version()  # before the sources: what changes meanwhile is found under the next version
    sources = readable_sources(context, codes)
    system = system or next((name for s in sources for name in s.systems), None)
    sources = [s for s in sources if system is None or system in s.systems or not s.systems]
    every = sources
    counts = counting(sources, source, preferred(), active_catalogue(), target)
    sources = [
        s if len(told) == len(s.indicators) else replace(s, indicators=tuple(c for c in s.indicators if c in told))
        for s in sources
        if (told := counts[s.resource_id])
    ]
    if target:
        shown_of = [one for code in (target, *needs) if (one := active_catalogue().find(code))]
        sources = telling(sources, shown_of, active_catalogue())
    limited = opened(context, sources, read or {})
    sources = [s for s in sources if not s.limited or s.resource_id in limited]
    if not sources or system is None:
        return None
    shown = tk.get_action("ierwohnen_spatial_system_show")(tk.fresh_context(context), {"id": system})
    order = [entry["code"] for entry in shown["levels"]]
    levels = {name for s in sources for name in s.levels} | {level}
    deepest = max((order.index(name) for name in levels if name in order), default=0)
    ids = tuple(s.resource_id for s in sources)
    mine = reader_of(context) if limited else None
    settled = tuple(sorted(preferred().items()))
    key = (stamp, shown["id"], str(shown.get("revision")), deepest, ids, source, settled, mine)

    def make() -> Workspace:
        one = _system(context, shown, order[: deepest + 1], stamp)
        values = Values(active_catalogue(), one, Readings(sources, shown["id"], source, stamp, limited))
        return Workspace(values, shown, order, sources, Kept(64), limited)

    found = _workspaces.get(key, make)
    assert isinstance(found.values.readings, Readings)
    found.values.readings.read(context, codes)
    others = tuple(one for one in every if set(one.indicators) - counts[one.resource_id])
    return replace(found, others=others) if others else found


class Readings:
    """Readings of a code from all tables, in the order in which they count."""

    def __init__(
        self, sources: list[Source], system: str, asked: str | None, stamp: str, limited: Mapping[str, pd.DataFrame]
    ) -> None:  # fmt: skip
        self._sources, self._system, self._asked, self._stamp = sources, system, asked, stamp
        self._limited = {
            source.resource_id: _split(limited[source.resource_id].drop(columns=["row", "column"]), source)
            for source in sources
            if source.limited
        }
        self._found: dict[str, pd.DataFrame] = {}
        self.undated: dict[str, list[Source]] = {}

    def read(self, context: Context, codes: set[str]) -> None:
        """Read the tables of these codes with this reader's rights, before they are asked for."""
        for code in codes - self._found.keys():
            self._found[code] = self._of(context, code)

    def __call__(self, code: str) -> pd.DataFrame:
        return self._found[code]

    def without_date(self, codes: set[str]) -> tuple[Source, ...]:
        """Tables of these codes with readings that name no date and get none from their dataset."""
        named = {source.resource_id for code in codes for source in self.undated.get(code, ())}
        return tuple(source for source in self._sources if source.resource_id in named)

    def _of(self, context: Context, code: str) -> pd.DataFrame:
        frames = []
        for source in ordered(self._sources, code, self._asked, preferred(), active_catalogue()):
            limited = self._limited.get(source.resource_id)
            table = limited if limited is not None else table_of(context, source, self._stamp)
            if code in table.undated:
                self.undated.setdefault(code, []).append(source)
            rows = table.by_code.get(code)
            if rows is not None:
                frames.append(rows[(rows["system"] == self._system) | rows["system"].isna()])
        frames = [frame for frame in frames if len(frame)]
        return one_point_a_year(pd.concat(frames, ignore_index=True)) if frames else _nothing()


def table_of(context: Context, source: Source, stamp: str) -> Table:
    """The readings of a table by indicator, one a cell (``READINGS``); kept until a table changes."""

    def make() -> Table:
        return _split(readings(tk.fresh_context(context), source.resource_id, specials=True), source)

    return _tables.get((stamp, source.resource_id), make)


def _split(given: pd.DataFrame, source: Source) -> Table:
    rows = dated(given, source.only_date)
    without = rows["period"].isna()
    catalogue = active_catalogue()
    given = with_parts(rows[~without].assign(resource_id=source.resource_id), catalogue.divisions, READINGS)
    whole = without_doubt(without_dimensions(given, catalogue))
    by_code = {str(code): part for code, part in whole[READINGS].groupby("indicator", sort=False)}
    return Table(by_code, frozenset(rows.loc[without, "indicator"]))


def cells_of(context: Context, found: Workspace, codes: set[str], source: str | None = None) -> pd.DataFrame:
    """All readings of these codes with the place of each cell, in the order in which the tables count.

    ``stated``: the period as the table writes it.
    """
    every = []
    for code in sorted(codes):
        frames = []
        for one in ordered(found.sources, code, source, preferred(), active_catalogue()):
            rows = _stated(context, found, one, code)
            rows = rows[(rows["system"] == found.shown["id"]) | rows["system"].isna()]
            rows = dated(rows, one.only_date).assign(resource_id=one.resource_id)
            frames.append(rows[rows["period"].notna()])
        if frames := [frame for frame in frames if len(frame)]:
            rows = pd.concat(frames, ignore_index=True)
            every.append(one_point_a_year(rows.assign(**{STATED: rows["period"]})))
    return pd.concat(every, ignore_index=True) if every else pd.DataFrame(columns=[*READINGS, STATED, "row", "column"])


def _stated(context: Context, found: Workspace, source: Source, code: str) -> pd.DataFrame:
    """The cells of a table for a code, with those of the classes that make it up."""
    if source.limited:
        rows = found.limited[source.resource_id]
        return rows[rows["indicator"] == code]
    part = active_catalogue().divisions.get(code)
    frames = []
    for wanted in (code, part.of if part else None):
        if wanted in source.indicators:
            rows = readings(tk.fresh_context(context), source.resource_id, indicator=wanted, specials=True, cells=True)
            frames.append(rows)
    if part and len(frames) and part.of in source.indicators:
        plain = {*READINGS, "row", "column"}
        frames[-1] = part.rows(code, frames[-1], [name for name in frames[-1].columns if name not in plain])
    given = [frame for frame in frames if frame is not None and len(frame)]
    if not given:
        return pd.DataFrame(columns=[*READINGS, "row", "column"])
    cells = pd.concat(given, ignore_index=True)
    dimensions = [name for name in cells.columns if name not in {*READINGS, "row", "column"}]
    return undivided(cells, dimensions, active_catalogue().divisions)[0] if dimensions else cells


def dated(rows: pd.DataFrame, only_date: str | None) -> pd.DataFrame:
    """Readings with the dataset's date where the table names none; None where neither does."""
    return rows.assign(period=rows["period"].astype(object).where(rows["period"].notna(), only_date))


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=READINGS)


def _system(context: Context, shown: dict[str, Any], codes: list[str], stamp: str) -> SpatialSystem:
    key = (stamp, shown["id"], str(shown.get("revision")), tuple(codes))
    return _systems.get(key, lambda: _load(context, shown, codes))


def _load(context: Context, shown: dict[str, Any], codes: list[str]) -> SpatialSystem:
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
