"""Columns that follow from one another: what one of them keeps secret, the others must not tell.

The attacker here is written apart from the room: unknowns are the values of the finest cells, the definition of the
columns is given by the test, and SciPy finds the smallest and the largest value that fit.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from ckanext.ierwohnen.confidential.bonds import find_bonds
from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.errors import ConfidentialityError
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.hierarchy import flat
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.protection import protect
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

from .cases import seeds
from .test_releases import pattern_of

KINDS = {  # measures of the table, and the definition: Σ coefficient · measure = 0
    "sum": (("warm", "cold", "cost"), {"warm": 1, "cold": -1, "cost": -1}),
    "count": (("let", "vacant", "count"), {"count": 1, "let": -1, "vacant": -1}),
    "double": (("pair", "one"), {"pair": 1, "one": -2}),
}


def _stock(seed: int, kind: str) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n, owners = int(rng.integers(24, 60)), int(rng.integers(5, 8))
    frame = pd.DataFrame({f"d{i}": [f"{'ab'[i]}{c}" for c in rng.integers(0, size, n)] for i, size in
                          enumerate(rng.integers(2, 4, int(rng.integers(1, 3))))})  # fmt: skip
    frame["owner"] = [f"O{o}" for o in rng.choice(owners, n, p=rng.dirichlet(np.full(owners, 2.0)))]
    if kind == "sum":
        cold, cost = rng.integers(200, 900, n), np.rint(rng.lognormal(3, 1.2, n)).astype(int)
        return frame.assign(warm=cold + cost, cold=cold, cost=cost)
    if kind == "count":
        let = (rng.random(n) < 0.75).astype(int)
        return frame.assign(let=let, vacant=1 - let)
    one = np.rint(rng.lognormal(3, 1.2, n)).astype(int)
    return frame.assign(pair=2 * one, one=one)


def _release(frame: pd.DataFrame, name: str, measures) -> Release:
    columns = [c for c in frame if c.startswith("d")]
    data = prepare(frame, columns, "owner", [c for c in frame if c not in (*columns, "owner")])
    table = Table("t", tuple(Dimension(c, flat(frame[c])) for c in columns), tuple(measures))
    return Release(name, data, (table,), "stock")


class Attacker:
    """Somebody who reads the figures, knows what the columns mean and what `owner` (or nobody) contributed."""

    def __init__(self, frame: pd.DataFrame, definition, owner: str | None) -> None:
        self.columns = [c for c in frame if c.startswith("d")]
        frame = frame.assign(count=1)
        self.leaves = sorted(set(map(tuple, frame[self.columns].to_numpy())))
        self.variables = {v: i for i, v in enumerate(product(definition, self.leaves))}
        self.rows, self.sums, self.low, self.high = [], [], [], []
        self.whole = "count" in definition
        groups = {leaf: (m, m[m["owner"] == owner]) for leaf, m in frame.groupby(list(self.columns))}
        own = {leaf: mine[list(definition)].sum() for leaf, (_, mine) in groups.items()}
        for measure, leaf in self.variables:
            everything, mine = groups[leaf]
            self.low.append(max(own[leaf][measure], 1 if measure == "count" else 0))
            self.high.append(own[leaf][measure] if len(mine) == len(everything) else None)
        for leaf in self.leaves:
            self._equation({self.variables[m, leaf]: c for m, c in definition.items()}, 0)

    def _equation(self, terms, value) -> None:
        row = np.zeros(len(self.variables))
        for at, factor in terms.items():
            row[at] = factor
        self.rows.append(row)
        self.sums.append(value)

    def _place(self, measure: str, place) -> list[int]:
        inside = [x for x in self.leaves if all(p in ("Total", v) for p, v in zip(place, x, strict=True))]
        return [self.variables[measure, x] for x in inside]

    def read(self, measure: str, place, value: float) -> None:
        """A figure that is published."""
        self._equation(dict.fromkeys(self._place(measure, place), 1), value)

    def interval(self, measure: str, place) -> tuple[float, float]:
        """The smallest and the largest value of a figure."""
        goal = np.zeros(len(self.variables))
        goal[self._place(measure, place)] = 1
        given = {"A_eq": np.array(self.rows), "b_eq": np.array(self.sums), "method": "highs",
                 "bounds": list(zip(self.low, self.high, strict=True)),
                 "integrality": [int(m == "count") for m, _ in self.variables] if self.whole else None}  # fmt: skip
        low, high = linprog(goal, **given), linprog(-goal, **given)
        assert low.status == 0
        return low.fun, -high.fun if high.status == 0 else np.inf


def _leaks(frame, definition, outcomes) -> list[tuple]:
    """Sensitive cells of the last release that somebody can estimate too well from all of them."""
    model, protection = outcomes[-1].model, outcomes[-1].protection
    owners = sorted(frame["owner"].unique())
    found = []
    for owner in [None, *owners[:1]]:
        attacker = Attacker(frame, definition, owner)
        for outcome in outcomes:
            table = outcome.model.positions
            for row in np.flatnonzero((table["new"] & table["shown"]).to_numpy()):
                if not outcome.hidden[table["cell"].iat[row]]:
                    value = outcome.model.value[table["cell"].iat[row]]
                    attacker.read(table["measure"].iat[row], outcome.model.labels[row].values(), value)
        who = next(i for i, a in enumerate(protection.attackers)
                   if [model.contributors[m] for m in a.members] == [owner] * (owner is not None))  # fmt: skip
        for row in np.flatnonzero((model.positions["new"] & model.positions["shown"]).to_numpy()):
            cell, measure = model.positions["cell"].iat[row], model.positions["measure"].iat[row]
            at = np.searchsorted(protection.cells, cell)
            if cell not in protection.reasons or not protection.up[at, who]:
                continue
            low, high = attacker.interval(measure, model.labels[row].values())
            value, slack = model.value[cell], 1e-5 * max(1, model.value[cell])
            if high < value + protection.up[at, who] - slack or low > value - protection.down[at, who] + slack:
                found.append((measure, model.labels[row], owner, low, value, high))
    return found


def _outcomes(frame, orders, bonds: bool) -> list:
    """Releases one after the other, each protected with the earlier ones in view."""
    earlier, outcomes = [], []
    for number, measures in enumerate(orders):
        release = _release(frame, f"r{number}", measures)
        outcomes.append(protect(build_model([*earlier, release], bonds=bonds)))
        earlier.append(
            Release(release.name, release.data, release.tables, "stock", pattern=pattern_of(outcomes[-1]))
        )
    return outcomes


@pytest.mark.parametrize("sequence", [False, True], ids=["together", "one after the other"])
def test_what_is_secret_in_one_column_is_not_told_by_the_others(sequence):
    protected, careless, tables = 0, 0, seeds(0, 36)
    for seed in tables:
        kind = list(KINDS)[seed % len(KINDS)]
        measures, definition = KINDS[kind]
        frame = _stock(seed, kind)
        measures = tuple(np.random.default_rng(seed).permutation(measures))
        orders = [measures[1:], measures[:1]] if sequence else [measures]
        with suppress(ConfidentialityError):
            assert not _leaks(frame, definition, _outcomes(frame, orders, True)), (seed, kind)
            protected += 1
        if careless < 5:
            with suppress(ConfidentialityError):
                careless += bool(_leaks(frame, definition, _outcomes(frame, orders, False)))
    assert protected > len(tables) * (0.5 if sequence else 0.8) and careless >= 5, (protected, careless)


def test_relations_are_found_exactly_and_nothing_else_is():
    rng = np.random.default_rng(1)
    one = Fraction(1)
    a, b, other = (rng.integers(0, 10**6, 300) for _ in range(3))
    columns = {"other": other, "a": a, "sum": a + b, "b": b, "none": 0 * a}
    assert find_bonds(columns, dict.fromkeys(columns, one)) == ({"sum": one, "a": -one, "b": -one},)
    almost = columns | {"sum": a + b + (np.arange(300) == 299)}
    assert find_bonds(almost, dict.fromkeys(columns, one)) == ()
    cents = columns | {"sum": 100 * a + b}
    steps = dict.fromkeys(columns, one) | {"sum": one / 100, "b": one / 100}
    assert find_bonds(cents, steps) == ({"sum": one, "a": -one, "b": -one},)


def _records(path) -> pd.DataFrame:
    """Ninety-six flats; the vacant ones of a quarter belong to one owner, and one flat has nearly all costs."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"q": np.repeat(list("abc"), 32), "owner": [f"O{i % 6}" for i in range(96)]})
    frame["let"] = 1 - ((frame["q"] == "a") & (frame["owner"] == "O1") | (frame.index % 7 == 3) & (frame["q"] != "a"))
    frame["vacant"] = 1 - frame["let"]
    frame["cold"], frame["cost"] = rng.integers(300, 900, 96) + 0.25, rng.integers(20, 90, 96) / 4
    frame.loc[3, "cost"] = 4000.1
    frame["warm"] = (frame["cold"] + frame["cost"]).round(2)
    frame.to_csv(path, index=False)
    return frame


def _shown(path) -> dict[str, set[str]]:
    """Measures that are shown, by quarter."""
    table = pd.read_csv(path, dtype=str)
    return {q: set(t.loc[t["status"] == "published", "measure"]) for q, t in table.groupby("q")}


def test_the_command_tells_no_column_by_the_others(tmp_path):
    _records(tmp_path / "let.csv")
    first, second = str(tmp_path / "first.csv"), str(tmp_path / "second.csv")

    def run(*given: str) -> int:
        return main(["protect", str(tmp_path / "let.csv"), "--dimensions", "q", "--holding", "owner", *given])

    assert run("--value", "let,vacant", "--rate", "occupied=let/count", "--count", "--output", first) == 0
    assert any("vacant" not in shown for shown in _shown(first).values())
    for shown in _shown(first).values():
        assert len(shown & {"let", "vacant", "count"}) != 2
        assert "occupied" not in shown or {"let", "count"} <= shown
    assert run("--value", "warm,cold,cost", "--output", second) == 0
    assert "cost" not in _shown(second)["a"]
    assert all(len(shown) != 2 for shown in _shown(second).values())


def test_the_command_remembers_the_columns_of_an_earlier_table(tmp_path):
    _records(tmp_path / "let.csv")
    files = [str(tmp_path / f"{i}.csv") for i in range(2)]
    base = ["protect", str(tmp_path / "let.csv"), "--dimensions", "q", "--holding", "owner"]
    assert main([*base, "--value", "vacant", "--count", "--output", files[0]]) == 0
    assert any("vacant" not in shown for shown in _shown(files[0]).values())
    assert main([*base, "--value", "let", "--earlier", files[0], "--output", files[1]]) == 0
    first, second = _shown(files[0]), _shown(files[1])
    for quarter in first:
        assert len((first[quarter] | second.get(quarter, set())) & {"let", "vacant", "count"}) != 2


def test_one_wrong_record_switches_no_relation_off(tmp_path, capsys):
    frame, path, output = _records(tmp_path / "let.csv"), tmp_path / "off.csv", tmp_path / "o.csv"
    frame.loc[40, "warm"] += 1
    frame.sample(frac=1, random_state=1).to_csv(tmp_path / "mixed.csv", index=False)
    frame.to_csv(path, index=False)
    relation = "warm = cold + cost"

    def run(*given: str, file=path, value: str = "warm,cold,cost") -> dict[str, set[str]]:
        base = ["protect", str(file), "--dimensions", "q", "--holding", "owner", "--output", str(output)]
        assert main([*base, "--value", value, *given, "--language", "en"]) == 0
        return _shown(output)

    told = run()
    assert "cost" not in told["a"] and len(told["a"]) < 2
    said = capsys.readouterr().out
    assert f"“{relation}” holds in nearly all records" in said and "row 42" in said
    assert run(file=tmp_path / "mixed.csv") == told and capsys.readouterr()
    assert run("--relation", relation) == told
    assert "(row 42)" in capsys.readouterr().out
    assert len(run("--no-relation", "2 * warm = 2 * cold + 2*cost")["a"]) == 2
    assert "relation" not in capsys.readouterr().out
    assert len(run(value="warm,cold")["a"]) == 2, "nobody has said what the difference of the two is"
    assert len(run("--relation", relation, value="warm,cold")["a"]) < 2
    base = ["protect", str(path), "--dimensions", "q", "--holding", "owner", "--output", str(output), "--value", "warm"]
    for wrong in ("warm = colt", "warm", "warm = warm"):
        assert main([*base, "--relation", wrong]) == 2
    assert main([*base, "--relation", relation, "--no-relation", relation]) == 2


def test_sums_that_are_rounded_and_columns_that_only_are_mostly_empty():
    rng = np.random.default_rng(2)
    cold, cost, n = rng.integers(30000, 90000, 200) / 100, rng.integers(2000, 9000, 200) / 100, 200
    rare = np.where(np.arange(n) % 40 == 0, 7.0, 0.0)
    few = {"warm": cold + cost + rare, "cold": cold, "cost": cost, "rare": rare}
    frame = pd.DataFrame({"d0": "a", "owner": "O", "whole": np.rint(cold + cost), "let": (rare == 0) * 1, **few})

    def near(*values: str) -> list[str]:
        return [n.text() for n in prepare(frame, ["d0"], "owner", values).near]

    assert near("whole", "cold", "cost") == ["whole = cold + cost"]
    assert near("warm", "cold", "cost", "rare") == near("let", "rare") == near("cold", "cost", "let") == []
    assert near("warm", "cold", "cost") == ["warm = cold + cost"]


@pytest.mark.parametrize("column", ["vacant", "let"])
def test_a_category_written_as_a_number_is_counted_as_one(tmp_path, column):
    vacant = [int(i < 3) for i in range(100)] + [int(i < 40) for i in range(100)]
    frame = pd.DataFrame({"q": ["a"] * 100 + ["b"] * 100, "owner": [f"O{i % 8}" for i in range(200)], "vacant": vacant})
    frame["let"] = 1 - frame["vacant"]
    frame[["q", "owner", column]].to_csv(tmp_path / "s.csv", index=False)
    output = tmp_path / "o.csv"
    base = ["protect", str(tmp_path / "s.csv"), "--dimensions", "q", "--holding", "owner", "--output", str(output)]
    for given in (["--rate", f"share={column}/count"], ["--value", column, "--count"]):
        assert main([*base, *given]) == 0
        shown = _shown(output)
        assert "share" not in shown["a"] and len(shown["a"] & {column, "count"}) < 2
        assert {column, "count"} <= shown["b"] | shown["Total"]
