"""Releases of other dates: what stayed of the stock is one secret in all of them, what changed is no obstacle."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.releases import dates
from ckanext.ierwohnen.releases.checking import Check, Checked
from ckanext.ierwohnen.releases.dates import Dates
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.past import Past, seen_by

from .houses import TODAY, company, definition, recorded
from .test_recognising import ROOMS, renumbered, stock, vacant

LATER = dt.date(2026, 12, 31)


def elsewhere(seed: int) -> pd.DataFrame:
    """Far more dwellings than `stock()` has, in a district of their own."""
    rng, rows = np.random.default_rng(seed), []
    for quarter in (f"{2 + seed}{n}" for n in (1, 2, 3, 4)):
        for rooms in ROOMS:
            size, empty = int(rng.integers(40, 90)), int(rng.integers(5, 20))
            rows += [
                (quarter, rooms, "vacant" if n < empty else "let", "none" if n % 3 else "full") for n in range(size)
            ]
    return recorded(rows, number=f"{seed}-", construction="1950-1990", barrier_reduced="yes")


def one_district() -> pd.DataFrame:
    homes = stock()
    return homes[homes["place:s/district"] == "1"]


def wholly_recoded(homes: pd.DataFrame) -> pd.DataFrame:
    """Another way of coding, new numbers: no dwelling is the same in all columns."""
    words = {"partly": "none", "full": "partly"}
    return renumbered(homes).assign(modernization=homes["modernization"].map(words))


def checked(new: Definition, version: str, records: dict[str, pd.DataFrame], past: list[Past]) -> Checked:
    """As the engine checks: with those of other dates that are chosen."""
    chosen = Dates(new, {"a": version}, records).chosen([], past)
    needed = {v: records[v] for v in dict.fromkeys([version, *(v for p in chosen for v in p.versions)])}
    return Check(new, (version,), needed, chosen, today=TODAY).run()


def of_two_dates(old: pd.DataFrame, new: pd.DataFrame, first: dict, second: dict) -> tuple[Checked, Checked]:
    records = {"1": old, "2": new}
    one, two = (definition(["a"], consents=["a"], **given) for given in (first, second | {"reference_date": LATER}))
    before = checked(one, "1", records, [])
    past = Past("one", one, seen_by(one), before.versions, before.patterns)
    return before, checked(two, "2", records, [past])


def hidden(found: Checked) -> set[str]:
    return {place for place, value in vacant(found).items() if value is None}


def test_one_district_that_stayed_is_enough():
    homes = one_district()
    old, new = (pd.concat([homes, elsewhere(seed)], ignore_index=True) for seed in (1, 2))
    first, second = {"figures": ["vacant"]}, {"figures": ["vacant"], "dimensions": ["rooms"]}
    before, after = of_two_dates(old, new, first, second)
    alone = checked(definition(["a"], consents=["a"], **second), "2", {"2": new}, [])
    assert hidden(alone) != hidden(before), "by itself it would show what the other one hides"
    assert "11" in hidden(before) and hidden(after) == hidden(before)


def test_nor_does_a_column_coded_anew_untie_two_dates():
    homes = stock()
    both = {"figures": ["vacant"], "dimensions": ["modernization"]}
    before, after = of_two_dates(homes, wholly_recoded(homes), both, both)
    assert "11" in hidden(before) and hidden(after) == hidden(before)


def scattered(seed: int, size: int, shares: list[float]) -> pd.DataFrame:
    quarter = np.random.default_rng(seed).choice(["11", "12", "21", "22"], size, p=shares)
    found = renumbered(company(seed, "a", size)) if seed > 100 else company(seed, "a", size)
    return found.assign(**{"place:s/quarter": quarter, "place:s/district": [q[0] for q in quarter]})


@pytest.mark.parametrize("seed", [1, 2, 4])
@pytest.mark.parametrize("wanted", [{"figures": ["vacant"], "level": ""}, {"figures": ["dwellings"]}])
def test_quite_another_stock_is_not_refused(seed, wanted):
    old, new = scattered(seed, 150, [0.05, 0.45, 0.1, 0.4]), scattered(seed + 100, 90, [0.4, 0.1, 0.4, 0.1])
    _, after = of_two_dates(old, new, {"figures": ["vacant"], "dimensions": ["rooms"]}, wanted)
    assert any(cell["status"] == "ok" for cell in after.cells)


def test_the_most_alike_come_first_and_what_cannot_be_read_is_left_out(monkeypatch):
    homes = stock()
    part = homes.sample(frac=0.4, random_state=1)
    records = {"new": homes, "same": renumbered(homes), "part": pd.concat([part, elsewhere(1)], ignore_index=True)}
    one = definition(["a"])
    whose = {"part": one, "gone": definition(["b"]), "same": one}
    past = {v: Past(v, d, seen_by(d), (v,), {"stock": [["", "", [], True]] * 10}) for v, d in whose.items()}
    found = Dates(one, {"a": "new"}, records)
    assert found.likeness(past["same"]) == 1.0 and found.likeness(past["part"]) == pytest.approx(0.4, abs=0.01)
    assert [p.id for p in found.chosen([], past.values())] == ["same", "part"]
    monkeypatch.setattr(dates, "MOST", 10)
    assert [p.id for p in found.chosen([], past.values())] == ["same"]


def test_an_owner_who_deletes_its_stock_does_not_uncover_the_others():
    """What it had is taken for known: the quarters of the other owner stay as secret as before."""
    ours, theirs = one_district(), elsewhere(1).assign(owner="b")
    records = {"1": ours, "b": theirs, "2": renumbered(ours)}
    one = definition(["a", "b"], consents=["a", "b"], figures=["vacant"])
    before = Check(one, ("1", "b"), records, (), today=TODAY).run()
    past = Past("one", one, seen_by(one), before.versions, before.patterns)
    two = definition(["a"], consents=["a"], figures=["vacant"], dimensions=["rooms"], reference_date=LATER)
    left = {"1": ours, "2": records["2"]}
    after = checked(two, "2", left, [past])
    assert {"11", "12", "13", "14", "15"} & hidden(before) == hidden(after) and "11" in hidden(after)
    (kept,) = Dates(two, {"a": "2"}, left).chosen([], [past])
    assert kept.definition.owners == ("a",) and kept.versions == ("1",) and kept.patterns == before.patterns
    (as_if,) = Dates(two, {"a": "2"}, {"2": records["2"]}).chosen([], [past])
    assert kept.as_if is None and as_if.versions == ("2",) and as_if.left
    assert Dates(two, {"a": "2"}, {}).chosen([], [past]) == []
