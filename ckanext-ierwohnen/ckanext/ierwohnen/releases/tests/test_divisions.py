"""Trees of places where dates divide the city in different ways."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd

from ckanext.ierwohnen.releases.divisions import Divisions
from ckanext.ierwohnen.releases.past import Past, seen_by

from .houses import definition

NEW = definition(["a"])
OLD = replace(NEW, reference_date=dt.date(2019, 12, 31))
BEFORE = [("1", "11"), ("1", "12"), ("2", "21")]


def placed(*places: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(places, columns=["place:s/district", "place:s/quarter"])


def divided(now: list[tuple[str, str]], *shown: str) -> tuple[Divisions, Past]:
    """Of a release, and one of an earlier date that showed these places."""
    past = Past("old", OLD, seen_by(OLD), ("old",), {"stock": [["", "", [code], True] for code in shown]})
    records = {"old": placed(*BEFORE), "new": placed(*now)}
    return Divisions(NEW.source, ["new"], [past], records), past


def test_dates_that_agree_have_one_tree():
    found, past = divided([("1", "11"), ("3", "31")], "Total", "s/district:1", "s/quarter:21")
    assert found.of(NEW) is found.of(OLD) and found.counts(past) and len(found.each([NEW, OLD])) == 1
    assert {"s/quarter:31", "s/quarter:21"} <= {*found.of(NEW).hierarchy.codes}


def test_districts_that_contradict_are_those_of_a_system_of_their_own():
    """Both have every dwelling: by its quarter, which the other may not know."""
    found, past = divided([("1", "11"), ("2", "12"), ("2", "21"), ("3", "31")], "Total", "s/district:1")
    new, old = found.of(NEW), found.of(OLD)
    assert new.levels == old.levels == ("s/district", "s/quarter") and new.column != old.column
    of = found.coded(["old", "new"], [new, old])
    for tree in (new, old):
        for rows in of.values():
            assert {*rows[tree.column]} <= {*tree.hierarchy.codes}
    above = [tree.hierarchy.parent[tree.hierarchy.index["s/quarter:12"]] for tree in (new, old)]
    codes = [tree.hierarchy.codes[n] for tree, n in zip((new, old), above, strict=True)]
    assert codes == ["s/district:2", "s/district:1"]
    assert found.counts(past)


def test_districts_that_were_not_shown_need_no_system():
    found, past = divided([("1", "11"), ("2", "12"), ("2", "22")], "Total", "s/quarter:21")
    assert found.of(NEW) is found.of(OLD) and found.of(NEW).levels == ("s/district", "s/quarter")
    assert found.counts(past) and "s/quarter:21" in found.of(NEW).hierarchy.codes


def test_a_place_that_nobody_knows_any_more_does_not_count():
    found, past = divided([("1", "11")], "s/district:9")
    assert not found.counts(past) and found.counts(replace(past, left=True))
