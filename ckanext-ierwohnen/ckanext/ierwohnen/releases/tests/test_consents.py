"""What an owner agreed to show opens that, and nothing else of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.releases.audience import EVERYBODY, among
from ckanext.ierwohnen.releases.past import seen_by_owners
from ckanext.ierwohnen.releases.refusal import CheckRefused

from .book import PLACES, Book, Figure, exactly, known, with_houses
from .houses import FRIENDS, QUARTERS, recorded, town

OTHERS = [f"c{n:02}" for n in range(6)]
EVERY = [*OTHERS, "a"]
LATER = dt.date(2026, 3, 31)

def book() -> Book:
    """Six companies, and one that would be recognised."""
    return Book(with_houses(town(sizes={o: 90 + n for n, o in enumerate(OTHERS)} | {"a": 60})))


def even_book() -> Book:
    """The same, with as many dwellings in each quarter, six of them vacant."""
    sizes = {o: 30 + 3 * n for n, o in enumerate(OTHERS)} | {"a": 20}
    rows = {o: [(q, "3", "vacant" if n < 6 else "let", "unknown") for q in QUARTERS for n in range(size)]
            for o, size in sizes.items()}  # fmt: skip
    return Book(with_houses({o: recorded(mine, number=f"{o}-", owner=o) for o, mine in rows.items()}))


def told(town_: Book, releases: slice = slice(None)) -> set[Figure]:
    """Figures of the company that another one knows to the dwelling, by its own stock and what it has read."""
    return exactly(town_.read[releases], [town_.homes["a"]], [town_.homes[OTHERS[-1]]])


def test_the_reader_of_the_tests_works_out_a_company_that_agreed():
    town_ = book()
    town_.release(OTHERS)
    town_.release(EVERY, consents=["a"])
    homes = town_.homes["a"]
    assert told(town_) == {("dwellings", level, key) for level, key in PLACES}
    assert known(town_.read, [homes])["dwellings", "s/quarter", "11"][0] == (homes["place:s/quarter"] == "11").sum()


def alone(town_: Book, **changes) -> None:
    town_.release(["a"], level="", consents=["a"], **changes)


CITY = [("dwellings", "", "")]
WITH_VACANT = {"figures": ["dwellings", "vacant"]}
WITH_RENT = {"figures": ["dwellings", "vacant", "rent"]}


@pytest.mark.parametrize(("steps", "agreed"), [
    ([alone, lambda b: b.release(EVERY), lambda b: b.release(OTHERS)], CITY),
    ([lambda b: b.release(EVERY), alone, lambda b: b.release(OTHERS)], CITY),
    ([alone, lambda b: b.release(OTHERS), lambda b: b.release(EVERY)], CITY),
    ([alone, lambda b: b.release(EVERY, **WITH_VACANT), lambda b: b.release(OTHERS, **WITH_VACANT)], CITY),
    ([lambda b: alone(b, **WITH_RENT), lambda b: b.release(EVERY, **WITH_RENT),
      lambda b: b.release(OTHERS, **WITH_RENT)], [*CITY, ("vacant", "", "")]),
    ([lambda b: b.release(EVERY, level="", consents=["a"]), lambda b: b.release(OTHERS), lambda b: b.release(EVERY)],
     CITY),
], ids=["coarse", "between", "last", "vacancy", "rents", "pooled"])  # fmt: skip
@pytest.mark.parametrize("readers", [EVERYBODY, FRIENDS])
def test_a_consent_opens_what_it_was_given_for(steps: list[Callable[[Book], object]], agreed, readers):
    town_ = book()
    for step in steps:
        step(town_)
    assert told(town_) <= {*agreed}


PUBLIC = {"audience": EVERYBODY, "level": "s/quarter"}
AGREED = PUBLIC | {"consents": ["a"]}


@pytest.mark.parametrize(("shown", "figure"), [
    ("vacancy_rate", "dwellings"), ("vacancy_rate", "vacant"), ("vacant", "dwellings"),
])  # fmt: skip
def test_a_consent_to_a_figure_opens_no_number_behind_it(shown: str, figure: str):
    """What a rate is made of, and how many dwellings are not vacant, was seen by nobody."""
    town_ = even_book()
    assert {cell["status"] for cell in town_.release(["a"], figures=[shown], **AGREED)} == {"ok"}
    for owners in (EVERY, OTHERS):
        town_.release(owners, figures=[figure], **PUBLIC)
    assert {which for which, _, _ in told(town_)} <= {shown}


def test_a_consent_to_vacancy_opens_nothing_of_a_district_by_its_area():
    town_ = even_book()
    some = [f"d{n}" for n in range(5)]
    for n, owner in enumerate(some):
        rows = [(q, "3", "vacant" if i < 6 else "let", "unknown") for q in ("21", "22") for i in range(90 + n)]
        town_.homes[owner] = recorded(rows, number=f"{owner}-", owner=owner)
    for owner, homes in town_.homes.items():
        area = homes["place:s/district"].map({"1": "A", "2": "B"})
        town_.homes[owner] = homes.assign(**{"place:t/area": area}, house=[f"{owner}-{n}" for n in range(len(homes))])
    town_.release(["a"], figures=["vacant"], **AGREED)
    every = town_.release(EVERY, **(PUBLIC | {"level": "s/district"}))
    area = [cell for cell in town_.release([*OTHERS, *some], **(PUBLIC | {"level": "t/area"})) if cell["key"] == "A"]
    shown = [cell["value"] for cell in every if cell["key"] == "1"] + [cell["value"] for cell in area]
    assert None in shown, f"{shown[0]} less {shown[1]} is what a has in district 1"


def test_a_rate_keeps_a_number_secret_that_would_tell_the_other_one():
    """In one quarter all that is vacant belongs to the one that agreed to the rate, and many have dwellings there."""
    town_ = even_book()
    for owner in OTHERS:
        homes = town_.homes[owner]
        town_.homes[owner] = homes.assign(vacancy=homes["vacancy"].where(homes["place:s/quarter"] != "11", "let"))
    rates = town_.release(EVERY, figures=["vacancy_rate"], **AGREED)
    assert {cell["status"] for cell in rates if cell["key"] == "11"} == {"ok"}
    town_.release(EVERY, **PUBLIC)
    low, high = known(town_.read, [*town_.homes.values()])["vacant", "s/quarter", "11"]
    assert high - low > 1


def test_a_consent_to_what_its_release_hid_opens_nothing():
    """Two vacant dwellings are too few to be shown, and so is the rest beside all."""
    town_ = even_book()
    rows = [("11", "3", "vacant" if n < 2 else "let", "unknown") for n in range(30)]
    town_.homes["a"] = with_houses({"a": recorded(rows, number="a-", owner="a")})["a"]
    shows = PUBLIC | {"level": "s/district", "figures": ["dwellings", "vacant"]}
    town_.release(EVERY, **shows)
    assert {cell["value"] for cell in town_.release(["a"], **shows, consents=["a"])} <= {0, None}
    town_.release(OTHERS, **PUBLIC)
    assert {place for _, _, place in told(town_)} <= {"2", "21", "22"}  # where it has none, which is no secret


def test_a_consent_to_a_rate_and_to_one_number_opens_the_other():
    town_ = book()
    town_.release(["a"], figures=["vacancy_rate"], **AGREED)
    cells = town_.release(["a"], figures=["dwellings"], **AGREED)
    assert {cell["status"] for cell in cells} == {"ok"}


WAITS = {"level": "s/quarter", "consents": ["a"], "waiting": True}


@pytest.mark.parametrize("order", [(EVERY, OTHERS), (OTHERS, EVERY)], ids=["every", "others"])
@pytest.mark.parametrize("with_its_friends", [False, True], ids=["alone", "pooled"])
@pytest.mark.parametrize("readers", [EVERYBODY, FRIENDS])
def test_a_consent_opens_nothing_as_long_as_its_release_may_never_come_out(order, with_its_friends, readers):
    town_ = book()
    town_.release(["a", "c00", "c01"] if with_its_friends else ["a"], audience=readers, **WAITS)
    for owners in order:
        with suppress(CheckRefused):
            town_.release(owners, audience=readers)
    assert told(town_) == set()
    town_.publish()
    assert told(town_) <= ({*()} if with_its_friends else {("dwellings", level, key) for level, key in PLACES})


def test_a_consent_of_another_day_opens_nothing():
    town_ = book()
    town_.homes["a/2"] = town_.homes["a"].copy()
    town_.release(["a"], {"a": "a/2"}, day=LATER, level="", consents=["a"])
    town_.release(EVERY)
    town_.release(OTHERS)
    assert told(town_, slice(1, None)) == set()


def test_a_consent_to_some_readers_opens_nothing_to_others():
    town_, few = book(), among(["city", "friend"])
    town_.release(["a"], audience=among(["city", "friend", "planning", *OTHERS]), level="", consents=["a"])
    town_.release(OTHERS, audience=few)
    town_.release(EVERY, audience=few)
    assert told(town_) <= {*CITY}


@pytest.mark.parametrize("agreed", [{"audience": among(["city"])}, {"audience": EVERYBODY, "waiting": True}],
                         ids=["limited", "undecided"])  # fmt: skip
def test_who_has_not_seen_what_was_agreed_learns_nothing_by_its_own_stock(agreed):
    """In quarter 12 all dwellings of one or two rooms are of the one that agreed, and most of the others of one more,
    which would know how many there are if just these two sizes were kept secret there."""
    town_ = Book(with_houses({owner: _dwellings(owner) for owner in "abcdef"}))
    town_.release(["a"], dimensions=["rooms"], consents=["a"], **agreed)
    town_.read.clear()  # those who attack have not seen it
    cells = town_.release([*"abcdef"], dimensions=["rooms"], audience=EVERYBODY)
    assert {cell["status"] for cell in cells} == {"ok", "secret"}
    assert [narrow for reader in ["", *"bcdef"] for narrow in town_.narrow(reader)] == []


def _dwellings(owner: str) -> pd.DataFrame:
    some = {("12", "1-2"): 1000} if owner == "a" else {
        ("12", "3"): 150 if owner == "b" else 1, ("13", "3"): 150 if owner == "b" else 1, ("13", "1-2"): 40,
    }  # fmt: skip
    some |= {(quarter, rooms): 80 for quarter in ("11", "14") for rooms in ("1-2", "3") if owner != "a"}
    rows = [(quarter, rooms, "let", "unknown") for (quarter, rooms), many in some.items() for _ in range(many)]
    return recorded(rows, number=f"{owner}-", owner=owner)


def test_a_consent_to_what_was_turned_down_opens_nothing():
    town_, owners = book(), among(EVERY)
    town_.release(EVERY, audience=owners, level="", consents=["a"])
    town_.past[0] = replace(town_.past[0], seen_by=seen_by_owners(town_.past[0].definition))
    town_.release(EVERY, audience=owners)
    town_.release(OTHERS, audience=owners)
    assert told(town_, slice(1, None)) == set()


def test_a_consent_opens_its_release_in_sight_of_what_is_out():
    """The last one to agree sees what others have released, and what its own release would tell with it."""
    town_ = book()
    town_.release(OTHERS)
    hidden = town_.release(EVERY)
    assert {cell["status"] for cell in hidden} == {"secret"}
    town_.past.pop(), town_.read.pop()
    assert {cell["status"] for cell in town_.release(EVERY, consents=["a"])} == {"ok"}


def test_a_consent_to_a_coarse_release_keeps_finer_places_secret():
    town_ = book()
    town_.release(OTHERS)
    town_.release(EVERY, level="s/district", consents=["a"])
    assert {level for _, level, _ in told(town_)} <= {"", "s/district"}
    town_.release(EVERY)
    assert {level for _, level, _ in told(town_)} <= {"", "s/district"}


def test_a_correction_of_what_was_agreed_needs_consent_to_itself_only():
    town_ = book()
    sold = np.flatnonzero(town_.homes["a"]["place:s/quarter"] == "21")[:6]
    town_.homes["a/2"] = town_.homes["a"].drop(index=sold)
    town_.release(["a"], consents=["a"])
    assert {cell["status"] for cell in town_.release(["a"], {"a": "a/2"}, consents=["a"])} == {"ok"}


@pytest.mark.parametrize("seed", range(12))
def test_whoever_agreed_to_some_of_random_releases_keeps_the_rest(seed: int):
    dice, town_ = np.random.default_rng([seed, 5]), book()
    figures = [["dwellings"], ["dwellings", "vacant"], ["dwellings", "vacant", "rent"]]
    for some in dice.permutation(["lone", "with", "without"]):
        owners = {"lone": ["a"], "with": EVERY, "without": OTHERS}[str(some)]
        agreed = ["a"] if some == "lone" or (some == "with" and dice.random() < 0.2) else []
        odds = [0.5, 0.3, 0.2] if some == "lone" else [0.1, 0.2, 0.7]
        level = str(dice.choice(["", "s/district", "s/quarter"], p=odds))
        town_.release(owners, level=level, figures=figures[int(dice.integers(3))], consents=agreed)
    at = [n for n, shown in enumerate(town_.read) if shown.agreed]
    open_ = {
        (figure, place, key) for n in at for cell in town_.read[n].cells
        for figure, place, key in [(cell["figure"], cell["level"], cell["key"])] if cell["status"] == "ok"
    }  # fmt: skip
    assert {figure for figure in told(town_) - open_ if figure[0] == "dwellings"} == set()


def test_what_an_owner_has_to_decide_about_first():
    """Four releases with its consent may wait, and as many that tell the same as there are."""
    town_ = book()
    levels = ["", "s/district", "s/quarter"]
    for level in [*levels, *levels]:
        town_.release(["a"], audience=EVERYBODY, **(WAITS | {"level": level}))
    town_.homes["a/2"] = town_.homes["a"].copy()
    town_.release(["a"], {"a": "a/2"}, day=LATER, audience=EVERYBODY, **WAITS)  # tells the same of another day
    town_.release(["a"], audience=EVERYBODY, figures=["dwellings", "vacant"], **WAITS)
    with pytest.raises(CheckRefused, match="undecided"):
        town_.release(["a"], audience=EVERYBODY, **(WAITS | WITH_RENT))
    town_.release(EVERY, audience=EVERYBODY)
    town_.publish()
    town_.release(["a"], audience=EVERYBODY, **(WAITS | WITH_RENT))
