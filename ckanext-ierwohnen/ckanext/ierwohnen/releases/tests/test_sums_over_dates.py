"""Sums of hidden cells that follow from releases of several dates but for what changed between them.

Random towns are judged by a reckoning of its own: what each class of owners has in a quarter stayed, or stood there on
some of the dates only; whoever has read all releases knows no more of each than that it is not less than nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from ckanext.ierwohnen.confidential.shares import Shares
from ckanext.ierwohnen.confidential.tests.cases import seeds
from ckanext.ierwohnen.releases.audience import EVERYBODY

from .book import Book
from .houses import DAY
from .test_sums_across import FEW, QUARTERS, D, Z, stock, town, value

BEFORE = dt.date(2024, 12, 31)
P = 0.1


def _told_of_b(changes: Mapping[str, Mapping[str, int]]) -> tuple[list[float | None], list[float | None]]:
    """What all show at first and some of them a date later, with so many dwellings more by owner and quarter: of
    district 1 and of the one of its quarters in which b has nothing, and of the other district."""
    homes = {z: stock(z, {"11": 50 + 3 * n, "21": 60 + 5 * n, "22": 40 + n}) for n, z in enumerate(Z)}
    for n, d in enumerate(D):
        had = {"11": 40 + 3 * n, "12": 45 + 2 * n, "13": 35 + n, "21": 30 + 5 * n, "22": 33 + n}
        homes[d] = stock(d, had)
        homes[f"{d}/2"] = stock(d, {q: n + changes.get(d, {}).get(q, 0) for q, n in had.items()})
    book = Book(homes | {"b": stock("b", {"12": 37, "13": 45})})
    everybody = book.release([*Z, "b", *D], audience=EVERYBODY, day=BEFORE)
    some = book.release(D, {d: f"{d}/2" for d in D}, EVERYBODY)
    told = [value(cells, key) for cells in (everybody, some) for key in ("1", "11")]
    return told, [value(some, key) for key in ("", "2", "21", "22")]


@pytest.mark.parametrize(
    "changes",
    [
        {"d0": {"13": 1}},
        {"d0": {"13": 1}, "d1": {"12": 1}, "d2": {"13": -2}},
        {"d1": {"13": -36}},
    ],
    ids=["one more", "some more and some less", "one has left"],
)
def test_what_a_company_has_in_hidden_quarters_does_not_follow_but_for_what_changed(changes):
    told, others = _told_of_b(changes)
    assert None in told and None not in told[:2]
    assert None not in others


def test_what_changed_much_tells_nothing():
    """Added and removed, by many: what b has may be anything, and nothing is secret for its sake."""
    told, others = _told_of_b({d: {"12": -20, "13": 25} for d in D})
    assert None not in told + others


def test_what_changed_is_not_itself_kept_secret():
    """One company's rise, where all else stayed as it was and nobody is too few."""
    homes = {d: stock(d, {q: 40 + n for q in QUARTERS}) for n, d in enumerate(D)}
    homes["d0/2"] = stock("d0", dict.fromkeys(QUARTERS, 40) | {"12": 47})
    book = Book(homes)
    for versions, day in (({}, BEFORE), ({"d0": "d0/2"}, DAY)):
        cells = book.release(D, versions, EVERYBODY, day=day)
        assert {c["status"] for c in cells} == {"ok"}


def lived(seed: int) -> Book:
    """A town after releases of two dates, between which a quarter of the companies built or sold a few dwellings."""
    first, sets = town(seed)
    dice, homes = np.random.default_rng([29, seed]), dict(first.homes)
    for name, before in first.homes.items():
        there = before["place:s/quarter"].value_counts().to_dict()
        later = {q: n + int(dice.random() < 0.25) * int(dice.integers(-3, 4)) for q, n in sorted(there.items())}
        homes[f"{name}/2"] = stock(name, later)
    book, days = Book(homes), [DAY, BEFORE, dice.choice([DAY, BEFORE])]
    for owners, day in zip(sets, days, strict=True):
        versions = {owner: f"{owner}/2" for owner in owners} if day == DAY else {}
        book.release(sorted(owners), versions, EVERYBODY, day=day)
    return book


def narrow(book: Book) -> Iterator[tuple[str, ...]]:
    """Whose the sums are, of few companies, that somebody who has read all releases knows to within 10 %: of all places
    and of owners who stand in the same releases, on each date."""
    ways: dict[tuple[bool, ...], list[str]] = {}
    for name in sorted({name for shown in book.read for name in shown.homes}):
        ways.setdefault(tuple(name in shown.homes for shown in book.read), []).append(name)
    column: dict[tuple, int] = {}
    count: list[float] = []
    has: dict[tuple, tuple[list[int], frozenset[str]]] = {}  # way, quarter, date → its unknowns, who is there
    for way, names in ways.items():
        shown = {s.day: s for s, there in zip(book.read, way, strict=True) if there}
        for quarter in QUARTERS:
            records: dict[str, set[str]] = {}
            for day, one in shown.items():
                here = pd.concat([one.homes[name] for name in names]).query("`place:s/quarter` == @quarter")
                has[way, quarter, day] = [], frozenset(here["owner"])
                for record in here["record"]:
                    records.setdefault(record, set()).add(day)
            for days in sorted({tuple(sorted(found)) for found in records.values()}):
                column[way, quarter, days] = len(count)
                count.append(sum(tuple(sorted(found)) == days for found in records.values()))
                for day in days:
                    has[way, quarter, day][0].append(column[way, quarter, days])
    true, rows = np.array(count), []
    for n, one in enumerate(book.read):
        for key in (cell["key"] for cell in one.cells if cell["status"] == "ok"):
            mine = [its for (way, quarter, day), (its, _) in has.items()
                    if way[n] and day == one.day and quarter.startswith(key)]  # fmt: skip
            rows.append(np.isin(np.arange(len(true)), np.concatenate(mine)).astype(float))
    for day in sorted({shown.day for shown in book.read}):
        yield from _narrow_on(day, has, np.array(rows), true)


def _narrow_on(day: str, has: Mapping[tuple, tuple], rows: np.ndarray, true: np.ndarray) -> Iterator[tuple[str, ...]]:
    atoms = [its for (_, _, its_day), its in has.items() if its_day == day and 0 < len(its[1]) < FEW]
    for some in (some for n in range(1, len(atoms) + 1) for some in combinations(atoms, n)):
        names = frozenset().union(*(who for _, who in some))
        if len(names) < FEW:
            wanted = np.isin(np.arange(len(true)), np.concatenate([its for its, _ in some])).astype(float)
            if min(_room(sign * wanted, rows, true) for sign in (1, -1)) < np.ceil(P * (wanted @ true)):
                yield tuple(sorted(names))


def _room(wanted: np.ndarray, rows: Sequence[np.ndarray], true: np.ndarray) -> float:
    """How far above its true value a sum may be."""
    found = linprog(-wanted, A_eq=rows, b_eq=rows @ true, method="highs")
    return np.inf if found.status == 3 else float(-found.fun - wanted @ true) + 1e-6


@pytest.mark.parametrize("seed", seeds(1, 1))
def test_no_sum_of_few_companies_is_known_nearly_from_two_dates(seed):
    book = lived(seed)
    assert not list(narrow(book))


def test_the_reckoning_is_worth_something(monkeypatch):
    """Without the search over dates some town tells such a sum."""
    monkeypatch.setattr(Shares, "ways", [])
    assert any([*narrow(lived(seed))] for seed in range(1, 20))
