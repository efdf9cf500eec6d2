"""Releases of a town, one after another, and what somebody works out who has read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.tests.published import Rules
from ckanext.ierwohnen.releases.audience import Audience
from ckanext.ierwohnen.releases.checking import Check
from ckanext.ierwohnen.releases.dates import Dates
from ckanext.ierwohnen.releases.past import Past, connected, related, seen_by

from .houses import DAY, FRIENDS, KNOWN, QUARTERS, TODAY, definition
from .onlooker import Narrow, Onlooker, Shown
from .unknowns import Unknowns

PARTS = tuple(product(QUARTERS, ("vacant", "let")))
PLACES = [("", ""), ("s/district", "1"), ("s/district", "2"), *(("s/quarter", q) for q in QUARTERS)]
Figure = tuple[str, str, str]  # figure, level, key


@dataclass
class Book:
    """Releases of a town, one after another, as somebody reads them."""

    homes: dict[str, pd.DataFrame]
    past: list[Past] = field(default_factory=list)
    read: list[Shown] = field(default_factory=list)
    open: list[Shown] = field(default_factory=list)
    parameters: Parameters = field(default_factory=Parameters)

    def release(
        self, names: list[str], versions: Mapping[str, str] | None = None, audience: Audience = FRIENDS,
        day: dt.date = DAY, waiting: bool = False, **changes: Any,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Its cells. versions: of owners whose first delivery it is not; waiting: it is checked and not out."""
        new = definition(names, audience=audience, reference_date=day, **changes)
        made = {owner: (versions or {}).get(owner, owner) for owner in new.owners}
        same = related(new, self.past)
        others = [past for past in connected(new, self.past) if past not in same]
        past = Dates(new, made, self.homes).chosen(same, others)
        found = Check(new, tuple(made.values()), self.homes, past, self.parameters, today=TODAY, places=KNOWN).run()
        name = str(len(self.past))
        self.past.append(Past(name, new, seen_by(new), found.versions, found.patterns, waiting))
        homes = {owner: self.homes[version] for owner, version in made.items()}
        kept = self.open if waiting else self.read
        kept.append(Shown(name, str(day), homes, new.dimensions, frozenset(new.consents), found.cells))
        return found.cells

    def publish(self) -> None:
        """What waits comes out."""
        self.past = [replace(past, waiting=False) for past in self.past]
        self.read, self.open = [*self.read, *self.open], []

    def narrow(self, reader: str = "", *pool: str) -> list[Narrow]:
        """What somebody knows too well who has read all that is out. reader: a company, which knows its own stock;
        pool: the others of its coalition."""
        stock = pd.concat(self.homes.values())
        districts = dict(sorted({*zip(stock["place:s/quarter"], stock["place:s/district"], strict=True)}))
        categories = {"place:s/quarter": tuple(districts), "vacancy": ("vacant", "let")}
        for column in dict.fromkeys(d for shown in self.read for d in shown.dimensions):
            categories[column] = tuple(sorted({*stock[column]}))
        rules = Rules(coalitions=tuple(map(frozenset, self.parameters.coalitions)))
        return Onlooker(reader, self.read, Unknowns(categories), districts, rules, pool).narrow()


def with_houses(homes: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {o: h.assign(house=[f"{o}-{n}" for n in range(len(h))]) for o, h in homes.items()}


def known(
    releases: Iterable[Shown], stock: Sequence[pd.DataFrame], own: Sequence[pd.DataFrame] = ()
) -> dict[Figure, tuple[float, float]]:
    """The least and the most that companies can have together for somebody who has read these releases, and knows its
    own stock.

    Every number shown is an equation of what each company has by quarter and vacancy, which is not negative, and every
    rate tells of two numbers how one lies to the other.
    """
    column: dict[tuple, int] = {}
    rows, rates = [], []
    for shown in releases:
        for cell in shown.cells:
            if cell["status"] == "ok" and cell["figure"] == "vacancy_rate":
                mine = {
                    f: [column.setdefault((id(h), p), len(column)) for h in shown.homes.values()
                        for p in _parts(cell["level"], cell["key"], f)] for f in ("vacant", "dwellings")
                }  # fmt: skip
                rates += [(mine, cell["value"] - 0.05, -1), (mine, cell["value"] + 0.05, 1)]
            elif cell["status"] == "ok" and cell["figure"] != "rent":
                there = _parts(cell["level"], cell["key"], cell["figure"])
                mine = [column.setdefault((id(h), part), len(column)) for h in shown.homes.values() for part in there]
                rows.append((mine, cell["value"]))
    for homes in own:
        counts = homes.groupby(["place:s/quarter", "vacancy"]).size()
        rows += [([column[id(homes), p]], counts.get(p, 0)) for p in PARTS if (id(homes), p) in column]
    matrix = np.zeros((len(rows), len(column)))
    for row, (columns, _) in enumerate(rows):
        matrix[row, columns] = 1
    bounds = np.zeros((len(rates), len(column)))
    for row, (columns, end, sign) in enumerate(rates):  # 100 · vacant at most, or at least, end · dwellings
        bounds[row, columns["dwellings"]] = -sign * end
        bounds[row, columns["vacant"]] += sign * 100
    values, found = [value for _, value in rows], {}
    for (level, key), figure in product(PLACES, ("dwellings", "vacant")):
        wanted = [(id(homes), part) for homes in stock for part in _parts(level, key, figure)]
        target = np.zeros(len(column))
        target[[column[one] for one in wanted if one in column]] = 1
        ends = (
            linprog(sign * target, bounds, np.zeros(len(rates)), matrix, values, method="highs") for sign in (1, -1)
        )
        low, high = (np.inf if end.fun is None else abs(end.fun) for end in ends)
        found[figure, level, key] = (low, high if all(one in column for one in wanted) else np.inf)
    return found


def exactly(releases: Sequence[Shown], stock: Sequence[pd.DataFrame], own: Sequence[pd.DataFrame] = ()) -> set[Figure]:
    """What it knows to the dwelling."""
    return {figure for figure, (low, high) in known(releases, stock, own).items() if high - low < 0.5}


def _parts(level: str, key: str, figure: str) -> list[tuple[str, str]]:
    """What a figure adds up, by quarter and vacancy."""
    inside = {"": set(QUARTERS), "s/district": {q for q, d in QUARTERS.items() if d == key}}.get(level, {key})
    return [(q, v) for q, v in PARTS if q in inside and (figure == "dwellings" or v == "vacant")]
