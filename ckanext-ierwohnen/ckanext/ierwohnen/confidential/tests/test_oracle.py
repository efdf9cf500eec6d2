"""Random tables, as published, before an exact attacker that shares no code with the room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential import build, protection
from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.errors import InputError, NotProtectable
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.hierarchy import from_parents
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.model import UnionModel
from ckanext.ierwohnen.confidential.parameters import Consent, Parameters
from ckanext.ierwohnen.confidential.protection import Outcome, judge, protect
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

from .cases import MEASURES, SCALE, attack, parents_of, records_of, seeds, written
from .oracle import Attack, Leak
from .published import Publication, Rules, read_publication, reasons
from .stock import random_records


@dataclass(frozen=True)
class _Case:
    """Records, the tables made of them, and the rules, for the room and for the oracle."""

    frame: pd.DataFrame
    parents: dict[str, dict[str, str | None]]
    shapes: tuple[tuple[str, ...], ...]
    measures: tuple[str, ...]
    rules: Rules

    def parameters(self) -> Parameters:
        agreed = tuple(Consent(o, "a letter", date.max) for o in sorted(self.rules.agreed))
        return Parameters(
            coalitions=tuple(tuple(sorted(c)) for c in self.rules.coalitions),
            consents=agreed,
            group_disclosure={d: tuple(c) for d, c in self.rules.groups.items()},
            counts_as_values=self.rules.counts_as_values,
        )

    def tables(self) -> tuple[Table, ...]:
        dims = {
            d: Dimension(d, from_parents(p), None, self.rules.groups.get(d, frozenset()))
            for d, p in self.parents.items()
        }
        return tuple(Table("+".join(s), tuple(dims[d] for d in s), self.measures) for s in self.shapes)

    def model(self) -> UnionModel:
        """All of it in one release."""
        weight = "weight" if "weight" in self.frame else None
        data = prepare(self.frame, list(self.parents), "owner", ["rent"], weight=weight)
        return build_model([Release("r", data, self.tables())])

    def run(self, only_sums: bool = False) -> tuple[list[Leak], int]:
        """Protect and attack; returns leaks, and the number of sensitive cells (−1: refused)."""
        try:
            outcome = protect(self.model(), self.parameters())
        except (InputError, NotProtectable) as error:
            assert error.code == "one-owner" or (error.code == "not-protectable" and self.rules.groups)
            return [], -1
        return self.attacked(outcome, only_sums)

    def attacked(self, outcome: Outcome, only_sums: bool = False) -> tuple[list[Leak], int]:
        """Leaks of a pattern, and the number of its sensitive cells."""
        records = records_of(self.frame, list(self.parents))
        published = read_publication(written(outcome, self.tables(), self.measures), SCALE)
        _same_primaries(published, records, self.parents, self.rules)
        leaks = attack([Publication(published, records)], self.parents, self.rules, ["public"], only_sums)
        return leaks, sum(f.status == "primary" for f in published)


def _table(seed: int) -> _Case:
    """One random table: all dimensions crossed; weights, consents, coalitions, groups and counts as values now and
    then."""
    rng = np.random.default_rng(seed)
    sizes = [(3,), (5,), (2, 2), (3, 2), (3, 3), (2, 2, 2), (4, 2)][seed % 7]
    rows, owners = int(rng.integers(8, 45)), int(rng.integers(3, 8))
    frame = random_records(seed, rows, sizes, owners, whole=bool(rng.integers(2)))
    parents = parents_of(frame, bool(rng.integers(2)))
    names = sorted(frame["owner"].unique())
    coalitions = (frozenset(("O0", "O1")),) if seed % 4 == 0 and {"O0", "O1"} <= set(names) else ()
    if seed % 5 == 1:
        frame["weight"] = rng.choice([1, 1, 2, 3], rows)
    agreed = frozenset(rng.choice(names, int(rng.integers(1, len(names) + 1)), False)) if seed % 6 == 2 else frozenset()
    groups = {}
    if seed % 8 == 3 and len(parents) > 1:  # all of one area stand empty
        last = list(parents)[-1]
        frame.loc[frame["d0"] == frame["d0"].iloc[0], last] = frame[last].iloc[0]
        groups = {last: frozenset([frame[last].iloc[0]])}
    rules = Rules(coalitions=coalitions, agreed=agreed, groups=groups, counts_as_values=seed % 9 == 4)
    return _Case(frame, parents, (tuple(parents),), MEASURES[seed % 3], rules)


def _areas(seed: int, wealthy: bool = False) -> _Case:
    """Two or three divisions of the same blocks, each tabulated apart, perhaps with a category that they share.

    `wealthy`: many small contributors and one or two large ones in each block, so that the p %-rule decides.
    """
    rng = np.random.default_rng(seed)
    blocks, sizes = int(rng.integers(3, 8)), rng.integers(2, 5, 3)
    areas = [rng.integers(0, size, blocks) for size in sizes]
    share = rng.dirichlet(np.full(blocks, 0.7))
    rows, owners = int(rng.integers(15, 60)), int(rng.integers(4, 10))
    if wealthy:
        rows, owners, share = int(rng.integers(60, 110)), int(rng.integers(9, 14)), np.full(blocks, 1 / blocks)
    frame = random_records(seed, rows, (2,), owners)
    block = rng.choice(blocks, rows, p=share)
    if wealthy:
        frame["owner"] = [f"O{o}" for o in rng.integers(0, owners, rows)]
        lord = rng.integers(0, owners, blocks)  # the one whose dwellings there are worth much
        rich = frame["owner"].to_numpy() == np.array([f"O{lord[b]}" for b in block])
        frame.loc[rich & (rng.random(rows) < 0.8), "rent"] *= int(rng.integers(8, 60))
    plain = frame.pop("d0")
    for i, name in enumerate("abc"):
        frame[f"d{i}"] = [f"{name}{areas[i][b]}" for b in block]
    shapes = [(("d0",), ("d1",)), (("d0", "d2"), ("d1", "d2")), (("d0",), ("d1",), ("d2",)), (("d0",), ("d1", "d2"))]
    if seed % 4 in (1, 3):
        frame["d2"] = plain
    if seed % 4 == 0:
        frame = frame.drop(columns="d2")
    return _Case(frame, parents_of(frame, False), shapes[seed % 4], MEASURES[seed % 3], Rules())


def _alone(seed: int) -> _Case:
    """A table with cells of one contributor, some of few (one of them worth much), and the others of many."""
    rng = np.random.default_rng(seed)
    shape = [(3, 3), (2, 4), (3, 4), (4, 4)][seed % 4]
    rows = []
    for place in np.ndindex(shape):
        kind = rng.choice(["one", "few", "many"], p=[0.12, 0.28, 0.6])
        some = rng.permutation(9)[: {"one": 1, "few": int(rng.integers(2, 4)), "many": 7}[kind]]
        for at, owner in enumerate(some):
            worth = int(rng.integers(80, 120)) * (10 if kind == "few" and not at else 1)
            rows += [(*(f"c{i}" for i in place), f"O{owner}", worth)] * int(rng.integers(1, 7))
    frame = pd.DataFrame(rows, columns=["d0", "d1", "owner", "rent"])
    pairs = (frozenset(("O0", "O1")),) if seed % 3 == 1 else ()
    names = set(frame["owner"])
    rules = Rules(coalitions=tuple(c for c in pairs if c <= names))
    return _Case(frame, parents_of(frame, False), (("d0", "d1"),), ("count" if seed % 4 == 2 else "rent",), rules)


def _same_primaries(published, records, parents, rules: Rules) -> None:
    """Every place is primary by exactly the rules that the records break."""
    for f in published:
        judge = Attack([], tuple(parents), parents, f.measure, rules)
        mine = [r for r in records if judge._inside(f.place, r.leaf)]
        group = bool(mine or f.value is None) and judge.grouped(f.place, records)
        why = reasons(mine, f.measure, rules, group)
        published = set(f.rules)
        if rules.groups:  # a total of the same records as a part that tells of its group is that part
            assert why <= published
            why, published = why - {"group_disclosure"}, published - {"group_disclosure"}
        assert why == published, (f, why)
        assert bool(f.rules) == (f.status == "primary")


def test_tables_before_the_exact_attacker():
    results = [_table(seed).run() for seed in seeds(10_000, 500)]
    assert [r[0] for r in results if r[0]] == []
    assert sum(r[1] > 0 for r in results) > 0.8 * len(results)


@pytest.mark.parametrize("wealthy", [False, True], ids=["few records", "wealthy owners"])
def test_areas_that_overlap_in_tables_of_their_own_before_the_exact_attacker(wealthy):
    results = [_areas(seed, wealthy).run() for seed in seeds(50_105 if wealthy else 30_000, 40)]
    assert [r[0] for r in results if r[0]] == []
    assert sum(r[1] >= 0 for r in results) > 0.9 * len(results)


def test_tables_that_are_not_tied_by_their_areas_leak(monkeypatch):
    """The attacker of the test above finds what the model would miss without its joint cells."""
    monkeypatch.setattr(build, "ties", lambda tables: [])
    assert any(_areas(seed).run()[0] for seed in range(30_000, 30_020))


def test_tables_whose_sums_are_not_ruled_leak(monkeypatch):
    """The attacker above adds and subtracts what is shown, and finds what the rules would miss."""
    monkeypatch.setattr(protection, "with_open_sums", lambda model, *_, **__: model)
    assert _table(10_019).run()[0] and _areas(30_001).run()[0]


def test_sums_that_only_somebody_alone_in_a_cell_can_reckon_out_before_the_exact_attacker():
    results = [_alone(seed).run(only_sums=True) for seed in seeds(70_000, 30)]
    assert [r[0] for r in results if r[0]] == []
    assert sum(r[1] > 0 for r in results) > 0.9 * len(results)


def test_sums_of_somebody_alone_in_a_cell_leak_unless_they_are_ruled_and_the_audit_tells_so(monkeypatch):
    real, told = protection.with_open_sums, 0
    for seed in seeds(70_000, 24):
        case = _alone(seed)
        with monkeypatch.context() as blind:
            blind.setattr(protection, "with_open_sums", lambda *given: real(*given[:5], attackers=()))
            outcome = protect(case.model(), case.parameters())
        leaks, model = case.attacked(outcome, only_sums=True)[0], case.model()
        found = judge(model, outcome.hidden[: len(model)], case.parameters()).findings
        assert found or not leaks, seed
        told += bool(leaks)
    assert told
