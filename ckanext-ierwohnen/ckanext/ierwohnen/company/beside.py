"""What stands beside a company's figures: the places that it has dwellings in, and the city's own published figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.company.own_figures import figures
from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.places.lookup import readable_level_keys
from ckanext.ierwohnen.tables.wording import reader_language

MOST_UNITS = 80
WHOLE = "city"
COUNTS = ("dwellings", "vacant")


@dataclass(frozen=True)
class Places:
    """The level by which dwellings are grouped ("" if none is known), its names, and which others there are."""

    level: str
    levels: tuple[tuple[str, str], ...]
    names: Mapping[str, str]

    @classmethod
    def of(cls, context: Context, levels: Iterable[str], wish: str) -> Places:
        """The wished level if dwellings have keys of it, else the finest of theirs that a page can show."""
        keyed = set(levels)
        known: dict[str, LevelKeys] = {}
        if keyed:
            known = {f"{k.system}/{k.level}": k for k in readable_level_keys(context)}
        found = {level: keys for level, keys in known.items() if level in keyed}
        if wish not in found:  # the newest system comes first, each from coarse to fine
            newest = next((keys.system for keys in found.values()), "")
            fit = [level for level, k in found.items() if k.system == newest and len(k.units) <= MOST_UNITS]
            wish = fit[-1] if fit else ""
        language = reader_language()
        titled = tuple((level, f"{k.title(language)}, {k.boundary_date.year}") for level, k in found.items())
        return cls(wish, titled, dict(found[wish].units) if wish else {})

    @property
    def system(self) -> str:
        """Name of the spatial system."""
        return self.level.partition("/")[0]


@dataclass
class City:
    """The city's figures by code: of each unit or date, and of the whole.

    `sources` says of each which indicator it is, of when (`whole`: the whole of it) and from where.
    """

    units: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    total: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, key: str) -> dict[str, dict[str, Any]]:
        """Code → figure of a unit or date."""
        return self.units.get(key, {})


def city_figures(context: Context, places: Places | None, day: str | None, wanted: Collection[str] = ()) -> City:
    """What is published of the city, as this reader may see it; empty where the indicators are off.

    :param places: by its units; None for the city as a whole alone
    :param wanted: codes of own figures of whose counterpart units are wanted, and numbers of the whole; empty for all
    :param day: the figures of the latest date up to this one; None for those of every date, as units by date
    """
    city = City()
    try:
        values = tk.get_action("ierwohnen_indicator_values")
    except KeyError:
        return city
    for own in figures().values():
        if wanted and own.code in COUNTS and own.code not in wanted:
            continue  # how many dwellings the city has says nothing beside a company's number, and costs as much
        for code in own.city:
            whole = _asked(values, context, code=code, level=WHOLE)
            if whole:
                _take_whole(city, own.code, whole, day)
            if places and places.level and day and (not wanted or own.code in wanted):
                level = places.level.partition("/")[2]
                found = _asked(values, context, code=code, system=places.system, level=level)
                _take_units(city, own.code, found, day)
            if own.code in city.sources:
                break
    return city


def _take_units(city: City, code: str, found: dict[str, Any] | None, day: str) -> None:
    period = _latest(found, day)
    for row in found["results"] if found and period else ():
        if row["period"] == period:
            city.units.setdefault(row["unit"], {})[code] = row["figure"]
    if found and period:
        whole = city.sources.get(code, {}).get("whole", "")
        city.sources[code] = _source(found, period) | {"whole": whole}


def _take_whole(city: City, code: str, found: dict[str, Any], day: str | None) -> None:
    period = _latest(found, day or "9999")
    for row in found["results"]:
        if row["period"] == period:
            city.total[code] = row["figure"]
        if day is None and row["period"]:
            city.units.setdefault(day_of(row["period"]), {})[code] = row["figure"]
    if period:
        city.sources.setdefault(code, _source(found, period) | {"whole": period})


def _asked(values: Any, context: Context, **asked: Any) -> dict[str, Any] | None:
    try:
        return values(tk.fresh_context(context), {**asked, "limit": 100_000})
    except (tk.ObjectNotFound, tk.ValidationError, tk.NotAuthorized):
        return None


def _latest(found: dict[str, Any] | None, day: str) -> str | None:
    """The latest period up to the day that has a value."""
    periods = {
        row["period"] for row in (found or {"results": ()})["results"]
        if row["period"] and row["figure"]["value"] is not None and day_of(row["period"]) <= day
    }  # fmt: skip
    return max(periods, key=day_of, default=None)


def day_of(period: str) -> str:
    """The last day of a period: a year counts as its end."""
    return period if len(period) == 10 else f"{period[:4]}-12-31"


def _source(found: dict[str, Any], period: str) -> dict[str, str]:
    told = {place for row in found["results"] if row["period"] == period for place in row["sources"]}
    titles = dict.fromkeys(found["sources"][at]["title"] for at in sorted(told))
    return {"indicator": found["code"], "period": period, "source": "; ".join(titles)}
