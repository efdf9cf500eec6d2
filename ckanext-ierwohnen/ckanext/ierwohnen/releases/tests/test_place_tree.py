"""The places of releases as one tree, whatever keys an address lacks."""

from __future__ import annotations

import pandas as pd
import pytest

from ckanext.ierwohnen.releases.audience import EVERYBODY
from ckanext.ierwohnen.releases.place_tree import place_tree
from ckanext.ierwohnen.releases.refusal import CheckRefused
from ckanext.ierwohnen.releases.texts import say

from .book import Book
from .houses import recorded


def homes(owner: str, **places: int) -> pd.DataFrame:
    rows = [(quarter[1:], "3", "let", "unknown") for quarter, number in places.items() for _ in range(number)]
    return recorded(rows, number=f"{owner}-", owner=owner)


def placed(*keys: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(keys, columns=["place:s/district", "place:s/quarter"])


def test_an_address_without_a_key_does_not_take_a_level_away():
    whole = placed(("1", "11"), ("1", "12"), ("2", "21"), ("", ""))
    tree = place_tree([whole], "s")
    for more in (("", "12"), ("2", ""), ("", "22")):
        other = place_tree([whole, placed(more)], "s")
        assert other.levels == tree.levels == ("s/district", "s/quarter")
        index, parent = other.hierarchy.index, other.hierarchy.parent
        assert parent[index["s/quarter:12"]] == index["s/district:1"]
        assert parent[index["s/quarter:"]] == index["s/district:"]
    assert place_tree([whole, placed(("2", "12"))], "s").levels == ("s/quarter",)


@pytest.mark.parametrize(("district", "refused"), [("1", False), ("", False), ("2", True)])
def test_districts_that_were_shown_are_not_forgotten(district, refused):
    """X + a show their districts, X + m their quarters, as they agreed to: m takes its own off and knows a."""
    some = {
        f"x{k}": homes(f"x{k}", q11=60 + 7 * k, q21=50 + 9 * k, **({"q12": 30 + k, "q22": 33 + k} if k < 3 else {}))
        for k in range(5)
    }
    book = Book({**some, "a": homes("a", q11=60, q12=40, q21=70, q22=30)})
    before = {c["key"]: c["value"] for c in book.release([*some, "a"], level="s/quarter", audience=EVERYBODY)}
    assert before["1"] and before["2"] and not before["11"]
    mine = homes("m", q11=3, q12=20, q21=4, q22=6)
    mine.loc[mine["place:s/quarter"].eq("12").idxmax(), "place:s/district"] = district
    book.homes["m"] = mine
    try:
        cells = book.release([*some, "m"], level="s/quarter", audience=EVERYBODY, consents=[*some, "m"])
    except CheckRefused as error:
        assert refused and error.code == "history-unreadable"
        return
    now = {c["key"]: c["value"] for c in cells}
    assert not refused and not any(now["1"] or (now[f"{d}1"] and now[f"{d}2"]) for d in "12")


def test_what_cannot_be_checked_together_says_the_way_out():
    german, english = say("history-unreadable"), say("history-unreadable", "en")
    for words in ("anderen Bezirken", "Adressen der neuen Lieferung", "einen anderen Stichtag", "dieselbe Raumebene"):
        assert words in german
    for words in ("other districts", "check the addresses", "another reference date", "the same level and breakdown"):
        assert words in english
