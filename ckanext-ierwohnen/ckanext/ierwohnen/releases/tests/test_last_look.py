"""What each reader works out in a place from all that it was ever shown, by numbers alone."""

from __future__ import annotations

import numpy as np
import pytest

from ckanext.ierwohnen.confidential.limits import Limits
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.releases.audience import EVERYBODY
from ckanext.ierwohnen.releases.checking import Check
from ckanext.ierwohnen.releases.last_look import Look
from ckanext.ierwohnen.releases.pieces import Piece, pieces
from ckanext.ierwohnen.releases.refusal import CheckRefused
from ckanext.ierwohnen.releases.standing import Standing

from .book import Book, known, with_houses
from .houses import QUARTERS, town
from .test_lineup import ALL, FIRST, SECOND, SIZES, spread

X = [f"x{n}" for n in range(5)]
Y = [f"y{n}" for n in range(5)]
Z = [f"z{n}" for n in range(5)]


def look(
    amounts: dict[str, float], releases: dict[str, list[str]], hidden: str = "", linked=None, rules=None, **given
) -> bool:
    """Whether the last of these releases, each of which shows one place but for `hidden`, tells somebody too much."""
    stock = [Piece(o, frozenset({o})) for o in amounts]
    made = {name: frozenset(owners) for name, owners in releases.items()}
    shown = {name: np.array([name not in hidden]) for name in made}
    group = [(linked or {}).get(o, o) for o in amounts]
    asked = dict.fromkeys(made, np.ones(1, bool))
    one = Look(stock, group, np.array([[*amounts.values()]], float), made, asked, shown, rules or Parameters(),
               **given)  # fmt: skip
    return one.narrow(list(made)[-1], list(made), Limits())


LARGE = {o: 100 + 7 * n for n, o in enumerate([*X, *Y])}


@pytest.mark.parametrize(("releases", "told"), [
    ({"1": X, "2": [*X, "a"]}, True),
    ({"1": X, "2": [*X, *Y]}, False),
    ({"1": [*X, "a"], "2": [*X, "a"]}, False),
    ({"1": [*X, "a"], "2": [*Y, "a"], "3": [*X, *Y]}, True),  # 2 a
    ({"1": [*X, "a", "b"], "2": [*Y, "a", "b"], "3": [*X, *Y]}, True),  # 2 (a + b)
    ({"1": [*X, "a", "b"], "2": [*Y, "a"], "3": [*X, *Y]}, True),  # 2 a + b, and b has little
    ({"1": [*X, "a", "c"], "2": [*Y, "a"], "3": [*X, *Y]}, True),  # 2 a + c, and c knows its own
    ({"1": [*X, "a", *Z], "2": [*Y, "a"], "3": [*X, *Y]}, False),  # 2 a + Z
    ({"1": [*X, "a"], "2": [*Y, "c"], "3": [*X, "c"], "4": [*Y, "a"]}, False),  # c - a
    ({"1": [*X, "a"], "2": [*X, "b"]}, True),  # a - b, and b has little
], ids=str)  # fmt: skip
def test_who_reads_releases_must_not_know_a_company(releases, told):
    assert look(LARGE | {"a": 60, "b": 2, "c": 50} | dict.fromkeys(Z, 10), releases) == told


def test_a_company_takes_off_what_it_has():
    stock, releases = LARGE | {"a": 60, "b": 50}, {"1": [*X, "a", "b"], "2": X}
    assert look({o: n for o, n in stock.items() if o != "b"}, {"1": [*X, "a"], "2": X})
    assert look(stock, releases)  # two companies together, and each of them the other
    assert not look(stock | {"c": 30, "d": 20, "e": 10}, {"1": [*X, *"abcde"], "2": X})
    pools = [frozenset("bcde")]
    assert look(stock | {"c": 30, "d": 20, "e": 10}, {"1": [*X, *"abcde"], "2": X}, pools=pools)
    assert look(stock | {"c": 30, "d": 20, "e": 10}, {"1": [*X, *"abcde"], "2": X}, linked=dict.fromkeys("bcde", "g"))


def test_what_one_release_tells_or_earlier_ones_did_is_not_asked_again():
    stock = {"a": 90} | {o: 1 for o in X}
    assert not look(stock | {"y0": 50}, {"1": [*X, "a"], "2": [*X, "a", "y0"]}, hidden="1")
    assert look(LARGE | {"a": 60}, {"1": X, "2": [*X, "a"]})
    assert not look(LARGE | {"a": 60}, {"1": X, "2": [*X, "a"], "3": [*X, "a", *Y]})
    assert not look(LARGE | {"a": 60}, {"1": X, "2": [*X, "a"]}, agreed={"2": frozenset("a")})
    assert look(LARGE | {"a": 60}, {"0": ["b", *Y], "1": X, "2": [*X, "a"]}, agreed={"0": frozenset("a")})
    assert not look(LARGE | {"a": 60}, {"0": ["a"], "1": X, "2": [*X, "a"]}, agreed={"0": frozenset("a")})
    assert look(LARGE | {"a": 60}, {"0": ["a"], "1": X, "2": [*X, "a"]}, hidden="0", agreed={"0": frozenset("a")})
    assert not look(LARGE | {"a": 60}, {"1": ["a"], "2": [*X, "a"]})


@pytest.mark.parametrize(("a", "beside", "told"), [(100, 1, True), (100, 5, False), (40, 1, False)])
def test_others_beside_a_company_may_have_nothing(a, beside, told):
    """a + t + u is known but for Z, and a has that much at most; Z is 5."""
    stock = LARGE | {o: 1 for o in Z} | {"a": a, "t": beside, "u": beside}
    releases = {"1": [*X, *Z, "a", "t", "u"], "2": [*Y, *Z], "3": X}
    assert look(stock, releases) == told
    assert not look(stock, releases, agreed={"3": frozenset("a")})


def test_of_rents_two_companies_that_hold_nearly_all_are_few():
    stock = {o: 4000.0 + n for n, o in enumerate(X)} | {o: 10.0 for o in Y} | {"a": 3000.0, "b": 2000.0}
    releases = {"1": X, "2": [*X, *Y, "a", "b"]}
    assert look(stock, releases, whole=False)
    assert not look(stock, releases, whole=True)
    assert look(stock, releases, whole=True, rules=Parameters(counts_as_values=True))
    assert not look(stock | {o: 2500.0 for o in Y}, releases, whole=False)


def test_a_piece_is_what_stood_in_the_same_deliveries():
    homes = spread("a", 40, QUARTERS)
    later = homes.iloc[10:].assign(rooms=lambda h: h["rooms"].where(h.index >= 20, "9"))
    columns = ["place:s/quarter", "rooms"]
    found = pieces({"a/1": homes, "a/2": later, "b": homes}, {"a/1": "a", "a/2": "a", "b": "b"}, columns)
    assert {piece: len(rows) for piece, rows in found.items()} == {
        Piece("a", frozenset({"a/1"})): 20, Piece("a", frozenset({"a/2"})): 10,
        Piece("a", frozenset({"a/1", "a/2"})): 20, Piece("b", frozenset({"b"})): 40,
    }  # fmt: skip


@pytest.mark.parametrize("told_to_be_nothing", [True, False])
def test_a_delivery_that_forgot_a_quarter_opens_no_way_to_linked_companies(told_to_be_nothing):
    """(c/1 + b + X + E) + (c/2 + X + D) − (D + E) is b + c/2 in the quarter where c/1 and X have nothing."""
    d, e, f = ([f"{letter}{n}" for n in range(5)] for letter in "def")
    homes = {o: spread(o, 60 + 8 * n, QUARTERS) for n, o in enumerate([*d, *e])}
    homes |= {o: spread(o, 90 + 10 * n, ["12", "21", "22"]) for n, o in enumerate([*X, *f])}
    homes = with_houses(homes | {"c/2": spread("c", 200, QUARTERS), "b": spread("b", 160, QUARTERS)})
    homes["c/1"] = homes["c/2"][homes["c/2"]["place:s/quarter"] != "11"].reset_index(drop=True)
    book = Book(homes, parameters=Parameters(linked={"b": "g", "c": "g"}))
    steps = [(["c", "b", *X, *e], "c/1"), (["c", *X, *d], "c/2")]
    for names, version in ([(["c", *X, *f], "c/1")] if told_to_be_nothing else []) + steps:
        book.release(names, {"c": version}, audience=EVERYBODY)
    try:
        book.release([*d, *e], audience=EVERYBODY)
    except CheckRefused as refused:
        assert refused.code == "worked-out"
    low, high = known(book.read, [homes["b"], homes["c/2"]])["dwellings", "s/quarter", "11"]
    assert low <= 90 - 9 and high >= 90 + 9


def test_what_the_line_up_does_not_see_is_refused(monkeypatch):
    monkeypatch.setattr(Standing, "classes", [])
    book = Book(with_houses(town(sizes=SIZES)))
    for some in (FIRST, SECOND):
        book.release(some)
    with pytest.raises(CheckRefused, match="worked-out"):
        book.release(ALL)
    monkeypatch.setattr(Check, "_look", lambda *given: None)
    book.release(ALL)
    assert book.narrow()  # what the onlooker is worth


def test_a_figure_of_nothing_is_known_as_well(monkeypatch):
    """(X + k + l + m) − (X + a) is k + l + m in a place where a release says that a and Y have nothing."""
    stock = LARGE | dict.fromkeys(["a", *Y], 0) | {"k": 60, "l": 50, "m": 40}
    releases = {"1": ["a", *Y], "2": [*X, "a"], "3": [*X, *"klm"]}
    assert look(stock, releases) and not look(stock, releases, hidden="1")
    seen: list[Look] = []
    narrow = Look.narrow
    monkeypatch.setattr(Look, "narrow", lambda self, *given: seen.append(self) or narrow(self, *given))
    homes = {o: spread(o, 100 + 10 * n, QUARTERS) for n, o in enumerate(X)}
    homes |= {o: spread(o, 100 + 10 * n, ["12", "21", "22"]) for n, o in enumerate(["a", *Y])}
    book = Book(with_houses(homes))
    for names in (["a", *Y], [*X, "a"]):
        cells = book.release(names)
    one = seen[-1]
    assert one.shown["0"].all() and one.shown["new"].all() and len(one.amounts) == len(cells)
    assert not one.asked["0"].all(), "where there is nothing, there is nothing to agree to"
