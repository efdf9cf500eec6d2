"""Releases of different companies lined up: what more than two of them come to is told to nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, combinations, cycle, product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.releases import lineup
from ckanext.ierwohnen.releases.audience import EVERYBODY, among
from ckanext.ierwohnen.releases.checking import Check
from ckanext.ierwohnen.releases.lineup import TooMany, classes, told
from ckanext.ierwohnen.releases.past import Past, seen_by
from ckanext.ierwohnen.releases.refusal import CheckRefused

from .book import Book, known, with_houses
from .houses import DAY, FRIENDS, QUARTERS, TODAY, company, definition, numbered, town


def owners(text: str) -> frozenset[str]:
    return frozenset(text)


@pytest.mark.parametrize(("releases", "found"), [
    (["abc", "def", "abcdefg"], ["abcg", "defg"]),  # g is a class by itself
    (["abc", "abcd", "abcdefg"], ["abcefg", "defg"]),
    (["abc", "def"], []),
    (["abc", "def", "ghi"], []),  # together they tell no more than each
    (["ab", "bcd", "abcd"], ["acd"]),
    (["ab", "bc", "ac"], ["abc"]),  # half of each
    (["abcde", "fghij", "abcdefghijk", "k"], ["abcdek", "fghijk", "abcdefghij"]),  # depending on one another
    (["ax", "y", "xyb"], ["xy"]),  # to b, and nearly to everybody if b is small: a less b is told
])  # fmt: skip
def test_whose_figures_releases_come_to(releases, found):
    got = {"".join(sorted(s)) for s in told([owners(r) for r in releases])}
    assert got >= {"".join(sorted(f)) for f in found}
    if len(releases) == 3 and not any(len(c) == 1 for c in classes([owners(r) for r in releases])):
        assert got == {*found}


def test_linked_companies_lie_in_what_few_have_who_stand_beside_them():
    releases, linked = [owners("bcstABCDE"), owners("bFGHIJ"), owners("cstKLMNO")], {"b": "g", "c": "g"}
    assert owners("bcst") in told(releases, linked) and owners("bcst") not in told(releases)
    many = [r | owners("uv") if "c" in r else r for r in releases]
    assert owners("bcstuv") not in told(many, linked)
    sizes = {o: np.array([[9, 0 if o in "uv" else 9]] * 2) for o in frozenset().union(*many)}
    assert owners("bcstuv") in told(many, linked, sizes=sizes)  # u and v have nothing in one place


def test_every_set_that_releases_come_to_is_found():
    rng, letters = np.random.default_rng(1), "abcdefg"
    for _ in range(60):
        some = [owners(o for o in letters if rng.random() < 0.5) or owners("a") for _ in range(int(rng.integers(2, 6)))]
        got, apart = {*told(some)}, classes(some)
        assert sorted(o for one in apart for o in one) == sorted(frozenset().union(*some))
        rows = np.array([[o in s for o in letters] for s in dict.fromkeys(some)], float)
        rank = np.linalg.matrix_rank(rows)
        all_told = {
            owners(o for o, here in zip(letters, chosen, strict=True) if here)
            for chosen in product((0, 1), repeat=len(letters))
            if any(chosen) and np.linalg.matrix_rank(np.vstack([rows, chosen])) == rank
        }  # fmt: skip
        missing = all_told - {*some} - {*apart} - got
        disjoint = [s for s in map(list, powerset({*some})) if sum(map(len, s)) == len(owners("").union(*s))]
        assert missing <= {owners("").union(*s) for s in disjoint if len(s) > 1}, missing
        assert not missing or rank == len(rows)


def test_what_is_told_to_a_company_that_takes_itself_off_is_found():
    assert owners("uvxy") in told([owners("uva"), owners("xy"), owners("uvxyb")])
    assert owners("uvxy") not in told([owners("uvab"), owners("xy"), owners("uvxycd")])
    assert owners("uvxy") in told([owners("uvab"), owners("xy"), owners("uvxycd")], {"a": "g", "b": "g"})


def test_what_is_told_to_linked_companies_and_coalitions_is_found():
    releases = [owners("uvw" + "a"), owners("xyz" + "b"), owners("stc"), owners("uvwxyzcd")]
    assert owners("cd") not in told(releases)
    assert owners("cd") in told(releases, {"a": "g", "b": "g"})
    assert owners("cd") in told(releases, coalitions=[owners("ab")])
    assert owners("cd") in told(releases, {"c": "h", "d": "h"})  # one company's, which releases come near to


def test_a_coalition_is_one_company_where_few_have_anything():
    releases = [owners("abcmn"), owners("demn"), owners("mnxyz")]  # m and n have nothing in one place
    sizes = {o: np.array([[9, 0 if o in "mn" else 9]] * 2) for o in frozenset().union(*releases)}
    assert owners("abcde") not in told(releases, sizes=sizes)
    assert owners("abcde") in told(releases, sizes=sizes, coalitions=[owners("ad")])


def test_too_many_sets_are_too_many():
    with pytest.raises(TooMany):
        told([owners([f"o{n}", f"o{n + 1}"]) for n in range(20)])


def powerset(sets):
    listed = list(sets)
    return chain.from_iterable(combinations(listed, n) for n in range(1, len(listed) + 1))


SIZES = {f"c{n}": 90 + n for n in range(11)}
FIRST, SECOND, ALL = [f"c{n}" for n in range(5)], [f"c{n}" for n in range(5, 10)], list(SIZES)


@pytest.mark.parametrize(("rules", "own"), [
    (Parameters(linked={"a1": "g", "a2": "g", "b": "h", "c": "h"}), ["a1", "a2"]),
    (Parameters(linked={"b": "h", "c": "h"}, coalitions=(("a1", "a2"),)), ["a1", "a2"]),
    (Parameters(linked={"b": "h", "c": "h"}), []),
])  # fmt: skip
def test_linked_companies_in_different_releases_are_kept_from_each_other(rules, own):
    """R4 − R1 − R2 = b + c − a1 − a2."""
    some, more, most = (["c0", "c1", "c2", "c3", "c4"], ["c5", "c6", "c7", "c8", "c9"], [f"d{n}" for n in range(5)])
    sizes = {o: 90 + n for n, o in enumerate([*some, *more, *most])} | {"a1": 4, "a2": 3, "b": 70, "c": 40}
    book = Book(with_houses(town(sizes=sizes)), parameters=rules)
    for names in ([*some, "a1"], [*more, "a2"], [*most, "b"], [*some, *more, "b", "c"]):
        book.release(names, level="")
    found = known(book.read, [book.homes["b"], book.homes["c"]], [book.homes[o] for o in own])
    low, high = found["dwellings", "", ""]
    assert low <= 110 - 11 and high >= 110 + 11


POOL = ("k1", "k2", "k3")


def test_a_coalition_takes_off_what_its_companies_have():
    """Five companies alone, and beside five others: who pools with two of them is left with what two have."""
    homes = with_houses({o: spread(o, 70 + 9 * n, QUARTERS) for n, o in enumerate([*POOL, "v", "w", *FIRST])})
    for order in ([[*POOL, "v", "w"]], [[*FIRST, *POOL, "v", "w"], FIRST]):
        for rules in (Parameters(), Parameters(coalitions=(POOL,))):
            book = Book(homes, parameters=rules)
            for names in order:
                book.release(names, level="", figures=["dwellings", "rent"])
            declared = Book(homes, book.past, book.read, parameters=Parameters(coalitions=(POOL,)))
            assert bool(declared.narrow(*POOL)) == (not rules.coalitions)


LINKS = {"b1": "g", "c1": "g", "b2": "h", "c2": "h"}


def spread(owner: str, dwellings: int, quarters: Iterable[str]) -> pd.DataFrame:
    """A company whose dwellings lie evenly in some quarters."""
    there = [quarter for quarter, _ in zip(cycle(quarters), range(dwellings), strict=False)]
    found = company(1, owner, dwellings)
    return found.assign(**{"place:s/quarter": there, "place:s/district": [quarter[0] for quarter in there]})


@pytest.mark.parametrize(("about", "links", "own", "z1"), [
    ("told to be nothing", LINKS, [], 0), ("told to be nothing", LINKS, ["b1", "c1"], 0),
    ("told to be nothing", {}, [], 0), ("nothing", LINKS, ["b1", "c1"], 0), ("nothing", LINKS, [], 0),
    ("the reader's own", LINKS | {"z1": "g"}, ["b1", "c1", "z1"], 30), ("nearly nothing", LINKS, [], 2),
    ("but for little the reader's own", LINKS, ["z1"], 30),
    ("not vacant", LINKS, ["b1", "c1"], 0), ("not vacant", LINKS, [], 0),
])  # fmt: skip
def test_where_some_have_nothing_others_are_not_told_by_releases_with_them(about, links, own, z1):
    """(Z + B + D) + (Z + C + E) − (D + E) is B + C, which linked companies have, wherever Z has nothing."""
    z, b, c, d, e = (["z1", "z2"], ["b1", "b2"], ["c1", "c2"], ["d1", "d2", "d3"], ["e1", "e2", "e3"])
    homes = {o: spread(o, 44 + 8 * n, QUARTERS) for n, o in enumerate([*b, *c])}
    homes |= {o: spread(o, 32 + 4 * n, QUARTERS) for n, o in enumerate([*d, *e])}
    homes |= {o: spread(o, 120 + 10 * n, ["21", "22"]) for n, o in enumerate([*z, "f1", "f2"])}
    homes["z1"] = more(homes["z1"], z1)
    homes["z2"] = more(homes["z2"], int(about == "but for little the reader's own"))
    asked = {"figures": ["vacant"], "level": ""} if about == "not vacant" else {}
    if asked:
        every = {o: h.assign(vacancy=["let" if n % 3 else "vacant" for n in range(len(h))]) for o, h in homes.items()}
        homes = every | {o: homes[o].assign(vacancy="let") for o in [*z, "f1", "f2"]}
    book = Book(with_houses(homes), parameters=Parameters(linked=links))
    first = [[*z, "f1", "f2"]] if asked or about == "told to be nothing" else []
    for names in (*first, [*z, *b, *d], [*z, *c, *e], [*d, *e]):
        book.release(names, **asked)
    figure = ("vacant", "", "") if asked else ("dwellings", "s/quarter", "11")
    rest = [o for o in [*b, *c] if o not in own]
    there = [homes[o] if asked else homes[o][homes[o]["place:s/quarter"] == "11"] for o in rest]
    true = sum(int((h["vacancy"] == "vacant").sum()) if asked else len(h) for h in there)
    low, high = known(book.read, [book.homes[o] for o in rest], [book.homes[o] for o in own])[figure]
    assert low <= true * 0.9 and high >= true * 1.1


def more(homes: pd.DataFrame, dwellings: int, quarter: str = "11") -> pd.DataFrame:
    """With some more dwellings in a quarter."""
    owner = homes["owner"].iat[0]
    found = spread(owner, dwellings, [quarter])
    return pd.concat([homes, found.assign(record=numbered(f"more {owner} {n}" for n in range(dwellings)))])


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("own", [[], ["b1", "c1"]])
def test_what_changed_elsewhere_hides_nothing_of_what_is_told_in_a_place(own, last):
    """Z has nothing in the quarter but in a later delivery; D and E are as they were there, but not elsewhere."""
    z, b, c, d, e = (["z1", "z2"], ["b1", "b2"], ["c1", "c2"], ["d1", "d2", "d3"], ["e1", "e2", "e3"])
    f, g = ["f1", "f2", "f3", "f4"], ["g1", "g2", "g3"]
    homes = {o: spread(o, 44 + 8 * n, QUARTERS) for n, o in enumerate([*b, *c])}
    homes |= {o: spread(o, 32 + 4 * n, QUARTERS) for n, o in enumerate([*d, *e])} | {"d1": spread("d1", 160, QUARTERS)}
    homes |= {o: spread(o, 120 + 10 * n, ["12", "21", "22"]) for n, o in enumerate([*z, *g])}
    homes |= {o: spread(o, 80 + 10 * n, QUARTERS) for n, o in enumerate(f)}
    homes = {f"{o}/1": h for o, h in with_houses(homes).items()}
    homes |= {f"{o}/2": more(homes[f"{o}/1"], 60 + 10 * n) for n, o in enumerate([*z, *g])}
    for one in (homes[f"{o}/1"] for o in (*d, *e)):
        homes[f"{one['owner'].iat[0]}/2"] = one.drop(one.index[one["place:s/quarter"] == "21"][:6])
    book = Book(homes, parameters=Parameters(linked=LINKS))
    steps = [([*z, *b, *d], ()), ([*z, *c, *e], ()), ([*z, *f, *g], [*z, *g]), ([*d, *e], [*d, *e])]
    for names, again in [*steps, ([*z, *g], ())] if last else steps:
        book.release(names, {o: f"{o}/{1 + (o in again)}" for o in names})
    rest = [o for o in (*b, *c) if o not in own]
    there = [  # in the quarter, where deliveries of D and E are one
        replace(shown, cells=[cell for cell in shown.cells if cell["key"] == "11"],
                homes={o: homes[f"{o}/1"] if o in (*d, *e) else h for o, h in shown.homes.items()})
        for shown in book.read
    ]  # fmt: skip
    stock = [homes[f"{o}/1"] for o in rest]
    low, high = known(there, stock, [homes[f"{o}/1"] for o in own])["dwellings", "s/quarter", "11"]
    true = sum(int((h["place:s/quarter"] == "11").sum()) for h in stock)
    assert low <= true * 0.9 and high >= true * 1.1


@pytest.mark.parametrize("before", [0, 1, 2, 3])
@pytest.mark.parametrize("day", [DAY, dt.date(2026, 3, 31)])
@pytest.mark.parametrize("again", ["others", "same"])
def test_other_stock_of_a_linked_company_hides_nothing_of_what_is_told(before, day, again):
    """G + a2 + F + a1 − (F + G): what linked companies have together, though one of them stands elsewhere since."""
    some, more, most = ([f"{letter}{n}" for n in range(5)] for letter in "cde")
    homes = with_houses(town(sizes={o: 90 + n for n, o in enumerate([*some, *more, *most])} | {"a1": 30, "a2": 40}))
    homes["a2/2"] = homes["a2"].iloc[15:].copy()
    homes |= {f"{o}/2": homes[o].copy() for o in more}  # delivered again as it was
    book, later = Book(homes, parameters=Parameters(linked={"a1": "h", "a2": "h"})), {o: f"{o}/2" for o in more}
    steps = [([*more, "a2"], None), ([*some, "a1"], None), ([*some, *more], later if again == "same" else None)]
    for step, (names, versions) in enumerate(steps):
        if step == before:
            book.release([*most, "a2"], {"a2": "a2/2"}, day=day, level="")
        book.release(names, versions, level="")
    if before == len(steps):
        book.release([*most, "a2"], {"a2": "a2/2"}, day=day, level="")
    read = [
        replace(shown, homes={o: homes[o] if o in more else h for o, h in shown.homes.items()}) for shown in book.read
    ]  # fmt: skip
    low, high = known(read, [homes["a1"], homes["a2"]])["dwellings", "", ""]
    assert low <= 70 - 7 and high >= 70 + 7


@pytest.mark.parametrize("readers", [(EVERYBODY,) * 3, (FRIENDS, among(["city"]), FRIENDS)])
def test_a_company_that_only_three_releases_together_would_tell_is_hidden(readers):
    book = Book(with_houses(town(sizes=SIZES)))
    for some, audience in zip((FIRST, SECOND), readers, strict=False):
        book.release(some, audience=audience)
    cells = book.release(ALL, audience=readers[2])
    assert {cell["status"] for cell in cells} >= {"secret"}
    assert book.narrow() == []
    agreed = Book(book.homes, book.past[:2]).release(ALL, audience=readers[2], consents=["c10"])
    assert sum(c["status"] == "ok" for c in agreed) > sum(c["status"] == "ok" for c in cells)


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


ONE = ["c10"]
LATER = dt.date(2026, 3, 31)


def later(book: Book, owners: list[str], mark: str = "/2") -> dict[str, str]:
    """Each has one dwelling less in every quarter by now; owner → version."""
    for owner in owners:
        book.homes[owner + mark] = book.homes[owner].groupby("place:s/quarter").tail(-1).reset_index(drop=True)
    return {owner: owner + mark for owner in owners}


def shown(cells: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """Place → figure, whatever the system of places; only what is shown."""
    area = dict(zip("ABCD", QUARTERS, strict=True))
    return {
        (c["level"].rpartition("/")[2].replace("area", "quarter"), area.get(c["key"], c["key"])): c["value"]
        for c in cells if c["value"] is not None
    }  # fmt: skip


def told_exactly(tables: list[list[dict[str, Any]]]) -> list[tuple[str, str]]:
    """Places of which every table shows something."""
    return sorted(set.intersection(*({*shown(cells)} for cells in tables)))


def test_areas_of_another_name_are_no_way_round():
    homes = town(sizes=SIZES)
    names = dict(zip(QUARTERS, "ABCD", strict=True))
    for frame in homes.values():
        frame["place:t/area"] = frame["place:s/quarter"].map(names)
    for first, second in (("s/quarter", "t/area"), ("t/area", "s/quarter")):
        book = Book(homes)
        one, two = book.release(FIRST, level=first), book.release(FIRST + ONE, level=second)
        assert not [place for place in told_exactly([one, two]) if place[0] == "quarter"]


def test_an_earlier_delivery_is_told_by_no_lineup_either():
    """All and the first five of one delivery; the eleventh again, with others; then the other five."""
    book = Book(town(sizes=SIZES | {owner: 95 for owner in THIRD}))
    tables = [book.release(FIRST), book.release(ALL)]
    book.release(THIRD + ONE, later(book, ONE))
    assert not told_exactly([*tables, book.release(SECOND)])


def test_a_correction_elsewhere_is_no_way_round():
    """What has changed is not known, and keeps what it is part of apart; the rest is as it was."""
    book = Book(town(sizes=SIZES))
    tables = [book.release(FIRST), book.release(SECOND)]
    mine = book.homes["c1"]
    book.homes["c1/2"] = mine.drop(mine.index[mine["place:s/quarter"] == "11"][:1])
    tables.append(book.release(ALL, {"c1": "c1/2"}))
    changed = {("", ""), ("district", "1"), ("quarter", "11")}
    assert not {*told_exactly(tables)} - changed


def test_a_company_s_change_is_not_told_by_four_releases():
    book = Book(town(sizes=SIZES | {owner: 95 for owner in THIRD}))
    tables = [book.release(FIRST + THIRD), book.release(ALL)]
    again = later(book, FIRST + ONE)
    tables += [book.release(FIRST + THIRD, again), book.release(ALL, again)]
    assert not told_exactly(tables)


@pytest.mark.parametrize("days", [(DAY, LATER, LATER), (DAY, LATER, DAY)])
def test_days_without_a_common_company_hang_together_by_another_one(days):
    book = Book(town(sizes=SIZES))
    tables = [book.release(some, day=day) for some, day in zip((FIRST, ALL, SECOND), days, strict=True)]
    assert not told_exactly(tables)


def test_a_small_company_does_not_learn_a_large_one_by_taking_itself_off():
    """First and a; second; first, second and b: a less b is told."""
    book = Book(town(sizes=SIZES | {"a": 100, "b": 2}))
    tables = [book.release([*FIRST, "a"], level=""), book.release(SECOND, level="")]
    assert not told_exactly([*tables, book.release([*FIRST, *SECOND, "b"], level="")])


def test_more_sets_of_companies_than_can_be_lined_up_are_refused(monkeypatch):
    monkeypatch.setattr(lineup, "MOST", 2)
    book = Book(town(sizes=SIZES))
    book.release(FIRST, level="")
    book.release(SECOND, level="")
    with pytest.raises(CheckRefused, match="owners-apart"):
        book.release(ALL, level="")


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
