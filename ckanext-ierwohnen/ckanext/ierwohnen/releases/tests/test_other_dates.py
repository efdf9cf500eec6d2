"""What releases of other dates tell takes no protection away: consents, deleted stock, other districts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
import pytest

from ckanext.ierwohnen.releases.audience import EVERYBODY
from ckanext.ierwohnen.releases.checking import Check, Checked
from ckanext.ierwohnen.releases.dates import Dates, without_other_dates
from ckanext.ierwohnen.releases.past import Past, connected, related, seen_by

from .houses import DAY, KNOWN, QUARTERS, TODAY, definition, recorded

LATER, THIRD = dt.date(2026, 6, 30), dt.date(2026, 9, 30)
MANY = tuple(f"f{n}" for n in range(6))


def stock(owner: str, sizes: dict[str, int], vacant: int = 0) -> pd.DataFrame:
    """So many dwellings in each quarter, the first of them vacant."""
    rows = [(q, "3", "vacant" if n < vacant else "let", "none") for q, size in sizes.items() for n in range(size)]
    let = [0.0 if row[2] == "vacant" else 1.0 for row in rows]
    homes = recorded(rows, number=owner, owner=owner)
    return homes.assign(area=[60.0 * one for one in let], rent=[420.0 * one for one in let])


def everywhere(owner: str, size: int) -> pd.DataFrame:
    return stock(owner, dict.fromkeys(QUARTERS, size), vacant=6)


@dataclass
class Office:
    """Checks releases of several dates as the engine does. The stock of an owner is the same on each."""

    homes: dict[str, pd.DataFrame]
    gone: set[tuple[str, dt.date]] = field(default_factory=set)
    past: list[Past] = field(default_factory=list)

    def release(
        self, owners: Sequence[str], day: dt.date, consents: Sequence[str] = (), figures: Sequence[str] = ("dwellings",)
    ) -> Checked:  # fmt: skip
        new = definition(list(owners), reference_date=day, figures=list(figures), consents=list(consents),
                         audience=EVERYBODY)  # fmt: skip
        stood = [(o, d) for o in self.homes for d in (DAY, LATER, THIRD)]
        there = {f"{o} {d}": self.homes[o] for o, d in stood if (o, d) not in self.gone}
        versions = tuple(f"{owner} {day}" for owner in new.owners)
        same = related(new, self.past)
        others = [p for p in connected(new, self.past) if p not in same]
        past = Dates(new, dict(zip(new.owners, versions, strict=True)), there).chosen(same, others)
        used = {v: there[v] for v in dict.fromkeys([*versions, *sorted(v for p in past for v in p.made_of)])}
        found = Check(new, versions, used, past, today=TODAY, places=KNOWN).run()
        self.past.append(Past(f"r{len(self.past)}", new, seen_by(new), versions, found.patterns))
        return found


def shown(checked: Checked) -> dict[tuple[str, str, str], float]:
    return {(c["figure"], c["level"], c["key"]): c["value"] for c in checked.cells if c["status"] == "ok"}


def of_many(*others: tuple[str, int]) -> dict[str, pd.DataFrame]:
    sizes = {name: 30 + 3 * n for n, name in enumerate(MANY)} | dict(others)
    return {owner: everywhere(owner, size) for owner, size in sizes.items()}


@pytest.mark.parametrize("figures", [("dwellings",), ("dwellings", "rent")])
def test_who_agreed_for_one_date_is_kept_secret_on_another(figures):
    """All of a later date less all but `a` is `a`, as it agreed to be seen half a year before."""
    office = Office(of_many(("a", 20)))
    assert shown(office.release(["a"], DAY, consents=["a"], figures=figures))
    assert shown(office.release(["a", *MANY], LATER, figures=figures))
    last = office.release(MANY, LATER, figures=figures)
    assert not shown(last) and last.report["narrowest"] > 0


def test_nor_is_it_told_by_two_dates_together_for_which_it_did_not_agree():
    office = Office(of_many(("a", 20)))
    office.release(["a"], DAY, consents=["a"])
    assert shown(office.release(["a", *MANY], LATER))
    assert not shown(office.release(MANY, THIRD))


def test_stock_that_one_company_deletes_uncovers_no_other():
    """What four others had together does not count as told since a fifth has deleted what was published with it."""
    few = ("b", "c", "d", "e")
    office = Office(of_many(*((owner, 20 + n) for n, owner in enumerate((*few, "z")))))
    assert shown(office.release([*few, "z"], DAY))
    office.gone.add(("z", DAY))
    assert shown(office.release([*few, *MANY], LATER))
    assert not shown(office.release(MANY, LATER))


def test_nor_does_it_uncover_one_by_releases_of_two_dates_that_are_all_there():
    """All of one date less all but `a` of another, of which nothing has changed."""
    few = ("w", "x", "y", "z")
    office = Office(of_many(*((owner, 20 + n) for n, owner in enumerate((*few, "a")))))
    office.release(["a", *few], DAY)
    assert shown(office.release(["a", *MANY], DAY))
    office.gone |= {(owner, DAY) for owner in few}
    assert not shown(office.release(MANY, LATER))


def test_nor_does_it_where_another_owner_agreed_to_what_they_are_taken_off():
    """All of one date less all but `a` of another, to which somebody agreed for no need."""
    few = ("w", "x", "y", "z")
    office = Office(of_many(*((owner, 20 + n) for n, owner in enumerate((*few, "a")))))
    office.release(["a", *few], DAY)
    office.gone |= {(owner, DAY) for owner in few}
    office.release(MANY, DAY, consents=["f0"])
    assert not shown(office.release(["a", *MANY], LATER))


@pytest.mark.parametrize("deleting", [3, 5, 12])
def test_nor_do_many_who_delete_last_years_stock_that_they_still_have(deleting):
    """All of one date, and all but `a` of another: nothing has changed, and who deletes is in both."""
    many = [f"z{n}" for n in range(6)]
    every = [*many, *MANY, "a"]
    office = Office(of_many(*((owner, 50 + 3 * n) for n, owner in enumerate(many)), ("a", 20)))
    assert shown(office.release(every, DAY))
    office.gone |= {(owner, DAY) for owner in every[:deleting]}
    assert not shown(office.release([*many, *MANY], LATER))


def test_of_two_who_agreed_for_another_date_each_is_kept_secret_by_itself():
    office = Office(of_many(("a", 20), ("b", 25)))
    office.release(["a"], DAY, consents=["a"])
    office.release(["b", *MANY], DAY, consents=["b"])
    assert not shown(office.release(["a", "b", *MANY], LATER))


def of_districts(moved: bool) -> tuple[Checked, Checked]:
    """Districts of one date, quarters of another; `m` knows its own."""
    others = [f"x{n}" for n in range(5)]
    homes = {
        x: stock(x, {"11": 60 + 7 * n, "21": 50 + 9 * n} | ({"12": 30 + n, "22": 33 + n} if n < 3 else {}))
        for n, x in enumerate(others)
    }  # fmt: skip
    homes["a"] = stock("a", {"11": 60, "12": 40, "21": 70, "22": 30})
    homes["m"] = stock("m", {"11": 3, "12": 20, "21": 4, "22": 6})
    if moved:
        homes["m"].loc[homes["m"]["place:s/quarter"].eq("12").idxmax(), "place:s/district"] = "2"
    office = Office(homes)
    return office.release([*others, "a"], DAY), office.release([*others, "m"], LATER, consents=[*others, "m"])


def test_a_dwelling_that_lies_in_another_district_does_not_untie_districts_of_another_date():
    first, second = of_districts(moved=True)
    levels = {level for _, level, _ in shown(first)}
    assert "s/district" in levels and "s/quarter" not in levels
    quarters = {key for _, level, key in shown(second) if level == "s/quarter"}
    assert quarters and not any({f"{district}1", f"{district}2"} <= quarters for district in "12")
    fits = of_districts(moved=False)[1]
    assert quarters == {key for _, level, key in shown(fits) if level == "s/quarter"}
    assert not second.report["partly"]


def test_what_another_date_showed_and_no_dwelling_is_known_in_is_told_in_the_report():
    office = Office(of_many())
    office.release(MANY, DAY)
    assert not office.release(MANY, LATER).report["partly"]
    (first, _), table = office.past, "dwellings"
    more = [*first.patterns["stock"], [table, "count", ["s/district:9"], True]]
    office.past = [replace(first, patterns={"stock": more})]
    assert office.release(MANY, LATER).report["partly"]


def test_a_release_without_other_dates_is_protected_once():
    kinds = []

    class Counted(Check):
        def _outcomes(self, secret):
            kinds.append(dict(secret))
            return super()._outcomes(secret)

    homes, new = of_many(), definition(list(MANY), audience=EVERYBODY)
    first = Counted(new, MANY, homes, (), today=TODAY).run()
    past = Past("one", new, seen_by(new), MANY, first.patterns)
    again = Counted(new, MANY, homes, [past], today=TODAY).run()
    assert kinds == [{}, {}] and again.cells == first.cells
    later = replace(new, reference_date=LATER)
    assert Counted(later, MANY, homes, [past], today=TODAY).run().cells == first.cells
    assert len(kinds) == 4 and list(kinds[-1]) == ["stock"]


def test_fewer_and_fewer_releases_of_other_dates():
    new = definition(["a"])
    there = Past("1", new, seen_by(new), ("1",), {})
    other = replace(there, id="2", definition=replace(new, reference_date=LATER))
    left = replace(other, id="3", left=True)
    chosen = [[p.id for p in some] for some in without_other_dates(new, [there, other, left])]
    assert chosen == [["1", "2"], ["1"]]
    two = [replace(other, id=o, definition=replace(other.definition, owners=("a", "b"), consents=(o,))) for o in "ab"]
    assert [[p.id for p in some] for some in without_other_dates(new, [there, *two])] == [["1", "b"], ["1", "a"], ["1"]]
    agreed = replace(other, definition=replace(other.definition, consents=("a",)))
    assert without_other_dates(new, [there, agreed]) == [[there]]
    assert without_other_dates(new, [there]) == [] and without_other_dates(new, [there, left]) == [[there]]
