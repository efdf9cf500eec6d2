"""A release lists all places of its levels, and tells by that nothing that it did not tell before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ckanext.ierwohnen.releases.cells import COUNTED
from ckanext.ierwohnen.releases.checking import Check
from ckanext.ierwohnen.releases.past import Past, seen_by

from .houses import TODAY, definition, town

KNOWN = {"s/quarter": frozenset({"11", "12", "21", "22", "23", "31"}), "s/district": frozenset({"1", "2", "3"})}
EVERY = ["dwellings", "vacant", "vacancy_rate", "rent"]
OWNERS = {f"o{n}": 60 + n for n in range(8)}
ZERO, NONE = (0.0, "ok"), (None, "blocked")
NOTHING = {"dwellings": ZERO, "vacant": ZERO, "vacancy_rate": NONE, "rent": NONE}
OTHER = [{"s/quarter": frozenset({"12", "21", "22", "99"})}, {"other/quarter": frozenset("9")}]


def checked(new, homes, past=(), places=KNOWN):
    return Check(new, tuple(new.owners), homes, past, today=TODAY, places=places).run()


def at(found, level, key):
    return [cell for cell in found.cells if (cell["level"], cell["key"]) == (level, key)]


def places(found):
    return list(dict.fromkeys((cell["level"], cell["key"]) for cell in found.cells))


def test_places_without_dwellings_are_listed_with_nothing_and_change_nothing_else():
    homes = town(sizes=OWNERS)
    new = definition(list(homes), figures=EVERY, dimensions=["rooms"])
    found, bare = checked(new, homes), checked(new, homes, places={})
    assert found.patterns == bare.patterns, "protected by what is there, not by what is listed"
    added = [("s/district", "3"), ("s/quarter", "23"), ("s/quarter", "31")]
    assert [one for one in places(found) if one not in added] == places(bare)
    assert [cell for cell in found.cells if (cell["level"], cell["key"]) not in added] == bare.cells
    for place in added:
        rows = at(found, *place)
        assert {row["rooms"] for row in rows} == {cell["rooms"] for cell in found.cells}
        assert all((row["value"], row["status"]) == NOTHING[row["figure"]] for row in rows)
    assert [key for level, key in places(found) if level == "s/quarter"] == ["11", "12", "21", "22", "23", "31"]
    counts, before = ([sum(c[n] for c in one.report["cells"].values()) for n in COUNTED] for one in (found, bare))
    more = 3 * len({cell["rooms"] for cell in found.cells})
    empty = sum(NOTHING[name][0] == 0 for name in EVERY)
    told = dict(zip(COUNTED, [now - then for now, then in zip(counts, before, strict=True)], strict=True))
    assert told == {"shown": 0, "nothing": more * empty, "blocked": more * (len(EVERY) - empty), "secret": 0}


def test_a_place_with_dwellings_is_never_listed_as_empty():
    """Exactly those are zero where none of the owners has anything; a place of which all is secret has its "."."""
    homes = town(sizes=OWNERS)
    homes["o0"].loc[:2, ["place:s/quarter", "place:s/district"]] = ["31", "3"]  # three dwellings of one company
    found = checked(definition(list(homes), figures=["dwellings"]), homes)
    there = {key for one in homes.values() for key in one["place:s/quarter"]}
    empty = {cell["key"] for cell in found.cells if cell["level"] == "s/quarter" and cell["value"] == 0}
    assert empty == KNOWN["s/quarter"] - there == {"23"}
    assert [cell["status"] for cell in at(found, "s/quarter", "31")] == ["secret"]


def test_a_place_of_owners_of_another_release_is_not_listed_for_that():
    """Which places are listed depends on the owners alone: not on stock of which readers may not know."""
    homes = town(sizes=OWNERS)
    for n in range(6):
        homes[f"o{n}"].loc[homes[f"o{n}"]["place:s/quarter"] == "22", "place:s/quarter"] = "21"
    few = definition([f"o{n}" for n in range(6)])
    wide = definition(list(homes))
    first = checked(wide, homes)
    past = Past("first", wide, seen_by(wide), tuple(wide.owners), first.patterns)
    assert ("s/quarter", "22") in places(first)
    assert ("s/quarter", "22") not in places(checked(few, homes, [past], places={}))
    assert places(checked(few, homes, [past])) == places(checked(few, homes))
    assert [(c["value"], c["status"]) for c in at(checked(few, homes, [past]), "s/quarter", "22")] == [(0.0, "ok")]


@pytest.mark.parametrize("known", OTHER)
def test_a_level_that_was_divided_anew_since_the_load_is_left_as_it_is(known):
    homes = town(sizes=OWNERS)
    new = definition(list(homes))
    assert checked(new, homes, places=known) == checked(new, homes, places={})


def test_the_check_counts_an_empty_place_as_known_to_be_empty():
    """Six have nothing in a quarter, so their release says. Who adds one more owner to it there shows this one's."""
    homes = town(sizes={**OWNERS, "p": 64, "q": 60})
    for n in range(6):
        frame = homes[f"o{n}"]
        frame.loc[frame["place:s/quarter"] == "22", ["place:s/quarter", "place:s/district"]] = ["11", "1"]
    six, seven = (definition([*(f"o{n}" for n in range(6)), *more]) for more in ([], ["p"]))
    first = checked(six, homes)
    assert [(c["value"], c["status"]) for c in at(first, "s/quarter", "22")] == [(0.0, "ok")]
    assert np.sum(homes["p"]["place:s/quarter"] == "22") >= 5
    past = Past("first", six, seen_by(six), tuple(six.owners), first.patterns)
    for beside in ([], [past]):
        found = checked(seven, homes, beside)
        assert [c["status"] for c in at(found, "s/quarter", "22")] == ["secret"]


def test_one_district_without_places_below_it_is_listed_too():
    homes = town(sizes=OWNERS)
    new = replace(definition(list(homes)), level="s/district")
    assert places(checked(new, homes)) == [("", ""), ("s/district", "1"), ("s/district", "2"), ("s/district", "3")]
