"""Sums of hidden cells that follow from releases of different owners, or of corrected stock, together.

Random towns are judged by a reckoning of its own: all sets of places and of owners who stand in the same releases, and
to which of them shown figures come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.across import Lines
from ckanext.ierwohnen.confidential.tests.cases import seeds
from ckanext.ierwohnen.releases.audience import EVERYBODY
from ckanext.ierwohnen.releases.refusal import CheckRefused

from .book import Book
from .houses import numbered, recorded

Z, D = [f"z{n}" for n in range(5)], [f"d{n}" for n in range(6)]
QUARTERS = ("11", "12", "13", "21", "22")
FEW = 5


def stock(owner: str, counts: Mapping[str, int]) -> pd.DataFrame:
    """So many dwellings by place: the quarter, whose first sign is its district."""
    homes = [(place, str(n)) for place, count in counts.items() for n in range(count)]
    found = recorded(homes, ("rooms",), owner=owner, vacancy="let", modernization="unknown")
    record = numbered(f"{owner}/{place}/{n}" for place, n in homes)
    return found.assign(record=record, rooms="3", rent=400.0, area=60.0)


def value(cells: Sequence[Mapping[str, Any]], key: str) -> float | None:
    return next(c["value"] for c in cells if c["key"] == key and (key or not c["level"]))


def test_what_a_company_has_in_hidden_quarters_does_not_follow_from_two_releases():
    homes = {z: stock(z, {"11": 50 + 3 * n, "21": 60 + 5 * n, "22": 40 + n}) for n, z in enumerate(Z)}
    for n, d in enumerate(D):
        homes[d] = stock(d, {"11": 40 + 3 * n, "12": 45 + 2 * n, "13": 35 + n, "21": 30 + 5 * n, "22": 33 + n})
    book = Book(homes | {"b": stock("b", {"12": 37, "13": 45})})
    everybody, some = (book.release(names, audience=EVERYBODY) for names in ([*Z, "b", *D], D))
    told = [value(cells, key) for cells in (everybody, some) for key in ("1", "11")]
    assert None in told and None not in told[:2]
    assert [value(some, key) for key in ("", "2", "21", "22")] != [None] * 4


def _of_two_systems(owner: str, counts: Mapping[str, int]) -> pd.DataFrame:
    """By district of one system and area of another."""
    found = stock(owner, counts)
    place = found.pop("place:s/quarter")
    return found.assign(**{"place:t/area": place.str[1]})


TOWN = {z: {"1A": 50 + 3 * n, "2B": 60 + 5 * n} for n, z in enumerate(Z)} | {
    d: {"1A": 40 + 3 * n, "1B": 45 + 2 * n, "2B": 30 + 5 * n} for n, d in enumerate(D)
} | {"b": {"1A": 33, "1B": 37, "2B": 29}}  # fmt: skip


def _outside(book: Book, names: Sequence[str], versions: Mapping[str, str] | None = None) -> float | None:
    """What releases by district and by area show of district 1 outside area A, which is a part of it."""
    cells = [book.release(names, versions, EVERYBODY, level=level) for level in ("s/district", "t/area")]
    district, area = (value(some, key) for some, key in zip(cells, ("1", "A"), strict=True))
    return None if district is None or area is None else district - area


def test_what_a_company_has_where_two_systems_cross_does_not_follow_from_releases():
    book = Book({owner: _of_two_systems(owner, counts) for owner, counts in TOWN.items()})
    assert _outside(book, [*Z, "b", *D]) is not None
    assert _outside(book, D) is None


def test_what_changed_where_two_systems_cross_does_not_follow_from_a_correction():
    homes = {owner: _of_two_systems(owner, counts) for owner, counts in TOWN.items()}
    for n, z in enumerate(Z):
        homes[f"{z}/2"] = _of_two_systems(z, {"1A": 53 + 3 * n, "2B": 63 + 5 * n})
    homes["b/2"] = _of_two_systems("b", TOWN["b"] | {"1B": 44})
    book = Book(homes)
    assert _outside(book, [*Z, "b", *D]) is not None
    assert _outside(book, [*Z, "b", *D], {o: f"{o}/2" for o in (*Z, "b")}) is None


def town(seed: int) -> tuple[Book, list[list[str]]]:
    """A town of three groups of owners, and the owners of three releases: each with those of the one before, or groups
    that overlap. In each group six are at home in most quarters, and one or two in the others."""
    dice = np.random.default_rng([17, seed])
    homes: dict[str, pd.DataFrame] = {}
    groups: list[list[str]] = []
    for few in dice.integers(1, 3, 3).tolist():
        away = dice.random(len(QUARTERS)) < (0.4 if groups else 0.0)
        start = len(homes)
        for n in range(6 + few):
            mine = ~away if n < 6 else away | (dice.random(len(QUARTERS)) < 0.1)
            there = [q for q, here in zip(QUARTERS, mine, strict=True) if here] or ["22"]
            name = f"o{len(homes)}"
            homes[name] = stock(name, {q: int(dice.integers(20, 60)) for q in there})
        groups.append([*homes][start:])
    one, two, three = groups
    sets = [one, one + two, one + two + three] if seed % 2 else [one + two, one + three, one + two + three]
    dice.shuffle(sets)
    return Book(homes), sets


def told(book: Book, reader: str = "") -> Iterator[tuple[str, ...]]:
    """Whose the sums are to which somebody's figures come who has read all releases, and knows its own stock, of few
    companies; of all places and of owners who stand in the same releases."""
    names = sorted(set(book.homes) - {reader})
    ways = {name: tuple(name in shown.homes for shown in book.read) for name in names}
    atoms = [(way, quarter) for way in sorted({*ways.values()}) for quarter in QUARTERS]
    rows = [
        [way[n] and quarter.startswith(cell["key"]) for way, quarter in atoms]
        for n, shown in enumerate(book.read) for cell in shown.cells if cell["status"] == "ok"
    ]  # fmt: skip
    span = np.linalg.svd(np.array(rows, float), full_matrices=False)
    basis = span.Vh[span.S > 1e-9]
    sums = ((np.arange(1, 2 ** len(atoms))[:, None] >> np.arange(len(atoms))) & 1).astype(np.float32)
    known = sums[np.abs(sums - sums @ (basis.T @ basis).astype(np.float32)).max(axis=1) < 1e-4].astype(bool)
    has = {name: set(book.homes[name]["place:s/quarter"]) for name in names}
    held = np.array([[ways[name] == way and quarter in has[name] for name in names] for way, quarter in atoms])
    holders = np.unique(known.astype(int) @ held.astype(int) > 0, axis=0)
    few = FEW - bool(reader)
    for row in holders[(holders.sum(axis=1) > 0) & (holders.sum(axis=1) < few)]:
        yield tuple(name for name, there in zip(names, row, strict=True) if there)


def lived(seed: int) -> tuple[Book, int]:
    """A town after its releases, and how many were refused."""
    book, sets = town(seed)
    refused = 0
    for owners in sets:
        try:
            book.release(sorted(owners), audience=EVERYBODY)
        except CheckRefused:
            refused += 1
    return book, refused


@pytest.mark.parametrize("seed", seeds(0, 4))
def test_no_sum_of_few_companies_follows_from_releases(seed):
    book, _ = lived(seed)
    assert book.read and not list(told(book))
    assert [(reader, names) for reader in book.homes for names in told(book, reader)] == []


def test_the_reckoning_is_worth_something(monkeypatch):
    """Without the search across releases some town tells such a sum."""
    monkeypatch.setattr(Lines, "grounded", lambda *given: None)
    assert any([*told(lived(seed)[0])] for seed in range(20))
