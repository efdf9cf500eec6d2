"""Rents beside the stock: a reader lines up all three signs, of one release or of two, and reckons in whole numbers.

The reader shares no code with the room. It takes for known even the floor areas behind each rent that is shown, and
that every dwelling that is not vacant bears a rent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from ckanext.ierwohnen.confidential.hierarchy import flat
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table
from ckanext.ierwohnen.confidential.tests.cases import seeds
from ckanext.ierwohnen.releases.checking import Check
from ckanext.ierwohnen.releases.past import Past, seen_by
from ckanext.ierwohnen.releases.refusal import CheckRefused
from ckanext.ierwohnen.releases.rent_signs import Rents

from .houses import QUARTERS, TODAY, definition

LIST = list(QUARTERS)
WHAT = ("dwellings", "vacant", "let", "area")
STOCK, ALL = ["dwellings", "vacant"], ["dwellings", "vacant", "rent"]


def homes(spec: dict[str, tuple[int, int]], owner: str = "a") -> pd.DataFrame:
    """Records of an owner: quarter → (dwellings, vacant ones among them)."""
    rows = [
        {"record": f"{ord(owner[-1]):016x}{n:016x}", "owner": owner, "vacancy": "vacant" if k < vacant else "let",
         "rooms": "3", "construction": "-1918", "modernization": "unknown", "barrier_reduced": "no",
         "rent": 0.0 if k < vacant else 300.0 + 7 * n, "area": 0.0 if k < vacant else 50.0 + n % 7,
         "place:s/district": QUARTERS[q], "place:s/quarter": q}
        for n, (q, k, vacant) in enumerate((q, k, v) for q, (d, v) in spec.items() for k in range(d))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def inside(key: str) -> list[str]:
    return [q for q in LIST if key in ("", QUARTERS[q], q)]


@dataclass
class Reader:
    """What somebody has read. `own`: its own dwellings, if it is a company of the releases."""

    records: pd.DataFrame
    own: pd.DataFrame | None = None
    rows: list[np.ndarray] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        for q in LIST:
            self.knows({"dwellings": 1, "vacant": -1, "let": -1}, [q], 0, 0)
            self.knows({"area": 1, "let": -1}, [q], 0, np.inf)
            self.knows({"area": -1, "let": 1000}, [q], 0, np.inf)
            for what in WHAT if self.own is not None else ():
                self.knows({what: 1}, [q], truth(self.own, what, [q]), np.inf)

    def knows(self, what: dict[str, float], quarters: Sequence[str], least: float, most: float) -> None:
        row = np.zeros((len(LIST), len(WHAT)))
        for name, factor in what.items():
            row[[LIST.index(q) for q in quarters], WHAT.index(name)] += factor
        self.rows.append(row.ravel())
        self.least.append(least)
        self.most.append(most)

    def reads(self, cells: Sequence[dict[str, Any]]) -> None:
        for cell in cells:
            where, value, status = inside(cell["key"]), cell["value"], cell["status"]
            if cell["figure"] != "rent":
                self.knows({cell["figure"]: 1}, where, *((value, value) if status == "ok" else (1, np.inf)))
            elif status == "blocked":
                self.knows({"let": 1}, where, 0, 0)
            elif status == "ok":
                mine = 0 if self.own is None else truth(self.own, "let", where) + 4  # there are four more companies
                self.knows({"let": 1}, where, max(5, mine), np.inf)
                area = truth(self.records, "area", where)
                self.knows({"area": 1}, where, area, area)

    def end(self, what: str, quarters: Sequence[str], sign: int) -> float:
        goal = np.zeros((len(LIST), len(WHAT)))
        goal[[LIST.index(q) for q in quarters], WHAT.index(what)] = -sign
        whole = np.tile([1, 1, 1, 0], len(LIST))
        limits = LinearConstraint(np.array(self.rows), self.least, self.most)
        found = milp(goal.ravel(), constraints=limits, integrality=whole, bounds=Bounds(0, 9999))
        assert found.status == 0, found.message
        return -sign * found.fun

    def finds(self, cells: Sequence[dict[str, Any]]) -> list[tuple]:
        """Hidden figures that it knows too well, and places of which it knows that nothing is let."""
        found = []
        for cell in cells:
            where = inside(cell["key"])
            d, v = (truth(self.records, w, where) for w in STOCK)
            if self.own is not None:
                mine = [truth(self.own, w, where) for w in STOCK]
                if (d, v) != (0, 0) and (mine[0] == d or mine[1] == v):
                    continue  # alone there, or nothing is left to be told
            if d and d == v and self.end("let", where, 1) < 1:
                found.append((cell["key"], "all vacant"))
            true = {"dwellings": d, "vacant": v}.get(cell["figure"])
            if cell["status"] == "secret" and true is not None and (true < 5 or d == v):
                if self.end(cell["figure"], where, 1) < true + 1:
                    found.append((cell["key"], cell["figure"], "at most", true))
                if true > 1 and self.end(cell["figure"], where, -1) >= true:
                    found.append((cell["key"], cell["figure"], "at least", true))
        return found


def truth(records: pd.DataFrame, what: str, quarters: Sequence[str]) -> float:
    mine = records[records["place:s/quarter"].isin(quarters)]
    if what == "area":
        return float(mine["area"].sum())
    counts = {"dwellings": len(mine), "vacant": (mine["vacancy"] == "vacant").sum(), "let": (mine["rent"] > 0).sum()}
    return int(counts[what])


def released(owners: dict[str, pd.DataFrame], steps: Sequence[Sequence[str]], level: Sequence[str] = ()) -> list:
    """The cells of one release after the other, each after its predecessors; None for one that is refused."""
    past, found = [], []
    agreed = list(owners) if len(owners) == 1 else []
    for number, figures in enumerate(steps):
        at = level[number] if level else "s/quarter"
        new = definition(list(owners), figures=list(figures), consents=agreed, level=at)
        try:
            checked = Check(new, tuple(owners), owners, list(past), today=TODAY).run()
        except CheckRefused as refused:
            assert refused.code in ("already-disclosed", "not-protectable"), refused.code
            found.append(None)
            continue
        past.append(Past(f"r{number}", new, seen_by(new), checked.versions, checked.patterns))
        found.append(checked.cells)
    return found


def attack(owners: dict[str, pd.DataFrame], tables: Sequence[Any]) -> list[tuple]:
    """What somebody knows too well by rents: what only others' zeros tell is known without them as well."""
    records = pd.concat(owners.values())
    found = []
    for own in (None, *owners.values()) if len(owners) > 1 else (None,):
        seen = [c for cells in tables if cells is not None for c in cells]
        every, bare = Reader(records, own), Reader(records, own)
        every.reads(seen)
        bare.reads([c for c in seen if c["figure"] != "rent"])
        if more := every.finds(seen):
            known = bare.finds(seen)
            found += [x for x in more if x not in known]
    return found


ORDERS = {
    "at once": [ALL],
    "stock first": [STOCK, ["rent"]],
    "rents first": [["rent"], STOCK],
    "vacancy last": [["dwellings", "rent"], ["vacant"]],
    "vacancy first": [["vacant"], ["dwellings", "rent"]],
}


def sign(cells: Sequence[dict[str, Any]], key: str, figure: str) -> str:
    return next(c["status"] for c in cells if (c["key"], c["figure"]) == (key, figure))


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_the_signs_of_a_town_with_vacant_houses_give_nothing_away(order):
    """All vacant; one vacant of six, so that the rent of the other five could be shown; and places with room."""
    owners = {"a": homes({"11": (30, 8), "12": (6, 1), "21": (6, 6), "22": (40, 3)})}
    tables = released(owners, order)
    assert attack(owners, tables) == []
    assert tables[0] is not None
    rents = [cells for cells in tables if cells and any(c["figure"] == "rent" for c in cells)]
    assert rents and all(sign(cells, "", "rent") == "ok" for cells in rents), "what is large stays"
    assert all(sign(cells, "21", "rent") == "secret" for cells in rents), "not x: nobody knows that nothing is let"


def test_only_where_there_are_no_dwellings_everybody_may_know_that_there_are_no_rents():
    owners = {"a": homes({"11": (30, 8), "21": (30, 6), "22": (40, 0)})}
    new = definition(["a"], figures=ALL, consents=["a"], dimensions=["rooms"])
    cells = Check(new, ("a",), owners, [], today=TODAY).run().cells
    signs = {(c["rooms"], c["figure"], c["status"]) for c in cells}
    assert {status for rooms, figure, status in signs if (rooms, figure) == ("4", "rent")} == {"blocked"}
    assert {status for rooms, figure, status in signs if (rooms, figure) == ("3", "rent")} == {"ok"}


@pytest.mark.parametrize(("others", "least"), [("cdef", 30 + 4), ("cde", 15 + 4)])
def test_a_coalition_that_sees_a_rent_knows_that_enough_others_have_dwellings_there(others, least):
    """Where too few are beside it they have agreed, and it knows no more than each of its companies."""
    frame = pd.concat(homes({"11": (15, 0)}, owner) for owner in "ab" + others)
    data = prepare(frame, ["place:s/quarter"], "owner", ["rent"])
    table = Table("t", (Dimension("place:s/quarter", flat(frame["place:s/quarter"])),), ("rent",))
    assert {*Rents.of(data, table, Parameters(coalitions=(("a", "b"),))).least.values()} == {least}


@pytest.mark.parametrize("seed", seeds(100, 2))
def test_random_towns_before_the_reader(seed):
    dice = np.random.default_rng(seed)
    for order in ORDERS.values():
        alone = dice.random() < 0.5
        owners = {}
        for name in "a" if alone else "abcdef":
            sizes = dice.choice([0, 3, 5, 6, 7, 9, 25] if alone else [0, 1, 1, 2, 4], len(LIST))
            spec = {q: (int(d), int(d if dice.random() < 0.25 else dice.binomial(d, 0.15)))
                    for q, d in zip(LIST, sizes, strict=True)}  # fmt: skip
            if any(d for d, _ in spec.values()):
                owners[name] = homes(spec, name)
        level = [str(dice.choice(["s/quarter", "s/quarter", "s/district"])) for _ in order]
        try:
            tables = released(owners, order, level)
        except (CheckRefused, AssertionError) as error:
            assert str(error).split("\n")[0] in ("no-records", "one-owner"), error
            continue
        assert attack(owners, tables) == [], (order, level)
