"""Releases of different companies lined up: what more than two of them come to is told to nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, combinations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.releases.audience import EVERYBODY, Audience, among
from ckanext.ierwohnen.releases.checking import Check, Past, seen_by
from ckanext.ierwohnen.releases.lineup import lined_up, sums

from .houses import FRIENDS, QUARTERS, TODAY, definition, town
from .onlooker import Narrow, Onlooker, Shown
from .unknowns import Unknowns


def owners(text: str) -> frozenset[str]:
    return frozenset(text)


@pytest.mark.parametrize(("releases", "told"), [
    (["abc", "def", "abcdefg"], ["g"]),
    (["abc", "def", "abcdefgh"], ["gh"]),
    (["abc", "abcd", "abcdefg"], ["abcefg"]),  # the difference of two is held anyway
    (["abc", "def"], []),
    (["abc", "def", "ghi"], []),  # together they tell no more than each
    (["ab", "bcd", "abcd"], ["b", "acd"]),  # both less all
    (["ab", "bc", "ac"], ["a", "b", "c", "abc"]),  # half of ab + ac − bc
    (["abc", "c", "bd", "d"], ["a", "ac", "ad", "bc", "abd", "acd"]),  # ab is held, and yet a of it is told
])  # fmt: skip
def test_whose_figures_more_than_two_releases_come_to(releases, told):
    found = {"".join(sorted(s.owners)) for s in sums([owners(r) for r in releases])}
    assert found == {*told}


def test_every_sum_found_is_one_and_none_is_missing():
    rng, letters = np.random.default_rng(1), "abcdefg"
    for _ in range(60):
        some = [owners(o for o in letters if rng.random() < 0.5) or owners("a") for _ in range(int(rng.integers(3, 6)))]
        found = sums(some)
        for one in found:
            times = {o: sum(f for term, f in one.terms.items() if o in term) for o in letters}
            assert times == {o: int(o in one.owners) for o in letters}
        rows = np.array([[o in s for o in letters] for s in dict.fromkeys(some)], float)
        rank = np.linalg.matrix_rank(rows)
        assert sum(not s.owners for s in found) == len(rows) - rank
        all_told = {
            owners(o for o, here in zip(letters, chosen, strict=True) if here)
            for chosen in product((0, 1), repeat=len(letters))
            if any(chosen) and np.linalg.matrix_rank(np.vstack([rows, chosen])) == rank
        }  # fmt: skip
        held = {*some} | {a - b for a in some for b in some if b < a}
        missing = all_told - held - {s.owners for s in found}
        disjoint = [s for s in map(list, powerset({*some})) if sum(map(len, s)) == len(owners("").union(*s))]
        assert missing <= {owners("").union(*s) for s in disjoint if len(s) > 1}, missing
        assert not missing or rank == len(rows)


def powerset(sets):
    listed = list(sets)
    return chain.from_iterable(combinations(listed, n) for n in range(1, len(listed) + 1))


def test_what_more_columns_tell_is_not_told_again_by_fewer():
    made = {"1": owners("abc"), "2": owners("def"), "3": owners("abcdefg"), "4": owners("abcdefg")}
    place, rooms = frozenset({"place"}), frozenset({"place", "rooms"})
    found = lined_up(made, {"1": [rooms], "2": [rooms], "3": [rooms], "4": [place]})
    assert [(line.columns, line.sum.owners) for line in found] == [(rooms, owners("g"))]
    fewer = lined_up(made, {"1": [rooms], "2": [place], "3": [rooms], "4": [place]})
    assert [(line.columns, line.sum.owners) for line in fewer] == [(place, owners("g"))]
    assert fewer[0].releases[owners("abcdefg")] == ("3", "4")


SIZES = {f"c{n}": 90 + n for n in range(11)}
FIRST, SECOND, ALL = [f"c{n}" for n in range(5)], [f"c{n}" for n in range(5, 10)], list(SIZES)


@dataclass
class Book:
    """Releases of a town, one after another, as somebody reads them."""

    homes: dict[str, pd.DataFrame]
    past: list[Past] = field(default_factory=list)
    read: list[Shown] = field(default_factory=list)

    def release(self, names: list[str], audience: Audience = FRIENDS, **changes: Any) -> list[dict[str, Any]]:
        new = definition(names, audience=audience, **changes)
        found = Check(new, tuple(new.owners), self.homes, self.past, today=TODAY).run()
        name = str(len(self.past))
        self.past.append(Past(name, new, seen_by(new), found.versions, found.patterns))
        homes = {owner: self.homes[owner] for owner in new.owners}
        self.read.append(Shown(name, "", homes, new.dimensions, frozenset(new.consents), found.cells))
        return found.cells

    def narrow(self, reader: str = "") -> list[Narrow]:
        categories = {"place:s/quarter": tuple(QUARTERS), "vacancy": ("vacant", "let")}
        return Onlooker(reader, self.read, Unknowns(categories), QUARTERS).narrow()


def with_houses(homes: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {o: h.assign(house=[f"{o}-{n}" for n in range(len(h))]) for o, h in homes.items()}


@pytest.mark.parametrize("readers", [(EVERYBODY,) * 3, (FRIENDS, among(["city"]), FRIENDS)])
def test_a_company_that_only_three_releases_together_would_tell_is_hidden(readers):
    book = Book(with_houses(town(sizes=SIZES)))
    for some, audience in zip((FIRST, SECOND), readers, strict=False):
        book.release(some, audience)
    cells = book.release(ALL, readers[2])
    assert {cell["status"] for cell in cells} >= {"secret"}
    assert book.narrow() == []
    agreed = Book(book.homes, book.past[:2]).release(ALL, readers[2], consents=["c10"])
    assert sum(c["status"] == "ok" for c in agreed) > sum(c["status"] == "ok" for c in cells)


def test_who_reads_the_three_without_the_rule_knows_the_company(monkeypatch):
    """What the onlooker is worth."""
    monkeypatch.setattr(Check, "_lined_up", lambda self, union: [])
    book = Book(with_houses(town(sizes=SIZES)))
    for some in (FIRST, SECOND, ALL):
        book.release(some)
    assert book.narrow()


THIRD = [f"d{n}" for n in range(5)]
VACANT_APART = [(FIRST, FIRST + THIRD), (FIRST + THIRD, FIRST), (FIRST, SECOND, FIRST + SECOND + THIRD)]


@pytest.mark.parametrize("steps", VACANT_APART)
def test_that_some_companies_have_a_place_wholly_vacant_is_not_told_by_the_rest(steps):
    homes = town(sizes=SIZES | {owner: 95 for owner in THIRD})
    for owner in THIRD:
        away = homes[owner]["place:s/district"] == "1"
        homes[owner].loc[away, "vacancy"] = "vacant"
        homes[owner].loc[away, ["rent", "area"]] = 0.0
    book = Book(with_houses(homes))
    for names in steps:
        book.release(names, figures=["dwellings", "vacant"], level="s/district")
    assert book.narrow() == []
    last = {(c["level"], c["key"], c["figure"]): c["status"] for c in book.read[-1].cells}
    assert last["s/district", "1", "vacant"] == "secret"


def test_what_a_correction_has_moved_is_no_way_round():
    """The first release was made before two companies delivered again."""
    book = Book(with_houses(town(sizes=SIZES)))
    book.release(FIRST)
    book.release(SECOND)
    later = {"c1": book.homes["c1"].iloc[1:], "c8": book.homes["c8"].iloc[2:]}
    old = {o: h for o, h in book.homes.items() if o not in later}
    book.homes = old | {f"{o}/2": h for o, h in later.items()} | {o: book.homes[o] for o in later}
    new = definition(ALL)
    versions = tuple(f"{o}/2" if o in later else o for o in new.owners)
    found = Check(new, versions, book.homes, book.past, today=TODAY).run()
    shown = {(c["level"], c["key"]): c["value"] for c in found.cells}
    earlier = [{(c["level"], c["key"]): c["value"] for c in one.cells} for one in book.read]
    for place, value in shown.items():
        if None not in (value, *(one[place] for one in earlier)):
            pytest.fail(f"{place}: {value} less {[one[place] for one in earlier]} is c10 but for three dwellings")


def test_a_part_that_could_be_shown_itself_hides_nothing():
    sizes = {f"c{n:02}": 90 + n for n in range(16)}
    book, names = Book(town(sizes=sizes)), list(sizes)
    for some in (names[:5], names[5:10], names):
        assert [cell["status"] for cell in book.release(some, level="")] == ["ok"]
    few = Book(book.homes, book.past[:2])
    assert [cell["status"] for cell in few.release(names[:13], level="")] == ["secret"]


def test_whom_nobody_reads_together_is_told_to_nobody():
    homes, past = town(sizes=SIZES), []
    for name, some, reader in (("1", FIRST, "city"), ("2", SECOND, "friend")):
        one = definition(some, audience=among([reader]))
        found = Check(one, tuple(one.owners), homes, past, today=TODAY).run()
        past.append(Past(name, one, seen_by(one), found.versions, found.patterns))
    new = definition(ALL, audience=among(["office"]))
    assert Check(new, tuple(new.owners), homes, past, today=TODAY).run().cells
