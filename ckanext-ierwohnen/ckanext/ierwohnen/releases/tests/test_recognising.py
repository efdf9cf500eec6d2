"""Dwellings are known again whatever numbers they bear, so no second table tells what the first kept secret."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.releases.checking import Check
from ckanext.ierwohnen.releases.past import Past, seen_by
from ckanext.ierwohnen.releases.recognising import known_again, stages

from .houses import TODAY, company, definition, numbered, recorded

DWELLINGS = {"11": (10, 1), "12": (8, 3), "13": (12, 4), "14": (16, 5), "15": (16, 6), "21": (20, 9)}  # and vacant ones
ROOMS = ("1-2", "3", "4")


def stock() -> pd.DataFrame:
    """In quarter 11 three dwellings are vacant, one in each class of rooms: fewer than may be shown."""
    rows = [
        (quarter, rooms, "vacant" if n < vacant else "let", "partly" if n % 2 else "full")
        for quarter, (size, vacant) in DWELLINGS.items() for rooms in ROOMS for n in range(size)
    ]  # fmt: skip
    return recorded(rows, number="W-")


def renumbered(homes: pd.DataFrame) -> pd.DataFrame:
    return homes.assign(record=numbered(f"V-{n}" for n in range(len(homes))))


def exchanged(homes: pd.DataFrame) -> pd.DataFrame:
    """Each dwelling bears the number of another one, in another quarter."""
    return homes.assign(record=np.roll(homes["record"], 40))


def corrected(homes: pd.DataFrame) -> pd.DataFrame:
    """New numbers, and every dwelling in the secret quarter and next to it modernized by now."""
    near = homes["place:s/quarter"].isin(["11", "12"])
    return renumbered(homes).assign(modernization=homes["modernization"].mask(near, "none"))


def two_owners(homes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {name: homes.iloc[n::2].assign(owner=name) for n, name in enumerate("ab")}


def vacant(checked) -> dict[str, float | None]:
    return {
        cell["key"]: cell["value"] for cell in checked.cells
        if cell["level"] == "s/quarter" and all(cell.get(d, "Total") == "Total" for d in ("rooms", "modernization"))
    }  # fmt: skip


def later(old: dict[str, pd.DataFrame], new: dict[str, pd.DataFrame], **changes):
    """Vacant dwellings by quarter, then those of a later delivery by one more column: what is shown of both."""
    records = {f"{n}{owner}": frame for n, homes in ((1, old), (2, new)) for owner, frame in homes.items()}
    first = definition(list(old), figures=["vacant"], consents=list(old))
    versions = [tuple(f"{n}{owner}" for owner in sorted(old)) for n in (1, 2)]
    before = Check(first, versions[0], records, (), today=TODAY).run()
    past = Past("one", first, seen_by(first), before.versions, before.patterns)
    given = {"figures": ["vacant"], "consents": list(old), "dimensions": ["rooms"]} | changes
    after = Check(definition(list(old), **given), versions[1], records, [past], today=TODAY).run()
    return vacant(before), vacant(after)


@pytest.mark.parametrize("again", [renumbered, exchanged, corrected])
@pytest.mark.parametrize("by", ["rooms", "modernization"])
def test_another_numbering_hides_no_stock_from_the_check(again, by):
    homes = stock()
    before, after = later({"a": homes}, {"a": again(homes)}, dimensions=[by])
    hidden = {place for place, value in before.items() if value is None}
    assert "11" in hidden and len(hidden) == 2
    assert hidden == {place for place, value in after.items() if value is None}, "one beside it would give it away"


@pytest.mark.parametrize("who", ["a", "ab"])
def test_nor_if_only_one_of_two_companies_numbers_anew(who):
    homes = two_owners(stock())
    before, after = later(homes, {o: renumbered(frame) if o in who else frame for o, frame in homes.items()})
    hidden = [{place for place, value in shown.items() if value is None} for shown in (before, after)]
    assert hidden[0] == hidden[1] and "11" in hidden[0]


def test_what_is_most_alike_is_known_again_first():
    homes = company(1, "a", 300)
    columns = ["place:s/quarter", "construction", "rooms", "vacancy"]
    other = exchanged(homes).assign(rooms="5+")  # most numbers stand for another dwelling in between
    late = renumbered(homes.drop(index=homes.index[:7])).assign(area=1.0)
    late.loc[late.index[:3], "rooms"] = "unknown"
    deliveries = {"1": homes, "2": other, "3": late, "4": renumbered(homes)[::-1]}
    wanted = stages(columns, ["place:s/district"])
    found, first = known_again(deliveries, wanted)
    assert first == {"1": "1", "2": "2", "3": "3", "4": "1"}
    assert all(frame["record"].is_unique for frame in found.values())
    known = {version: frame.set_index("record")[columns] for version, frame in found.items()}
    both = known["3"].index.intersection(known["1"].index)
    assert len(both) == len(late), "none is new"
    differs = known["1"].loc[both] != known["3"].loc[both]
    assert differs["rooms"].sum() <= 3 + 7 and differs.drop(columns="rooms").sum().sum() <= 3 + 7
    again, _ = known_again({v: frame.sample(frac=1, random_state=1) for v, frame in deliveries.items()}, wanted)
    for version, frame in again.items():
        pd.testing.assert_series_equal(frame["record"].sort_index(), found[version]["record"].sort_index())
