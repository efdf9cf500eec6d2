"""Tables that form a ring (a × b, b × c, a × c) bound one another by the records in which they cross.

The attacker here knows the written figures only: every cell of the crossing of all columns is an unknown ≥ 0, or ≥ the
own part, solved with SciPy.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from ckanext.ierwohnen.confidential import build, crossings
from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.errors import ConfidentialityError, LimitError, NotProtectable
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.hierarchy import flat
from ckanext.ierwohnen.confidential.microdata import COUNT, prepare
from ckanext.ierwohnen.confidential.protection import protect
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

from .cases import seeds
from .test_releases import pattern_of

RING = ("ab", "bc", "ac")
LARGE = {(0, 0, 0): (600, 500, 450, 430), (0, 1, 0): (220, 200, 200, 0, 200, 200)}
LARGE |= {(1, 0, 1): (600, 500, 0, 0, 500, 500, 500), (1, 1, 1): (600, 500, 500, 0, 0, 500, 500)}
SMALL = {(1, 0, 0): (1, 1, 0, 0, 1, 1, 1), (1, 1, 0): (1, 1, 0, 0, 1, 1, 1)}
SMALL |= {(0, 0, 1): (1, 1, 1, 1), (0, 1, 1): (1, 1, 1, 0, 1, 1)}


def _frame(times: int) -> pd.DataFrame:
    """A large remainder in a × b that only the crossing gives away; `times`: how large the small cells are."""
    parts = LARGE | {place: tuple(times * v for v in some) for place, some in SMALL.items()}
    rows = [(f"a{a}", f"b{b}", f"c{c}", f"o{i}", v / 2) for (a, b, c), p in parts.items() for i, v in enumerate(p) if v]
    return pd.DataFrame([row for row in rows for _ in range(2)], columns=["a", "b", "c", "o", "v"])


def _random(seed: int) -> pd.DataFrame:
    rng = random.Random(seed)
    sizes = [rng.choice([2, 3]) for _ in range(3)]
    live = [p for p in product(*map(range, sizes)) if rng.random() < rng.choice([0.6, 0.9])] or [(0, 0, 0)]
    often = [rng.expovariate(1) + 0.02 for _ in live]
    owners = rng.choice([6, 8, 12])
    share = [1 / (i + 1) ** rng.choice([0.5, 1.0, 1.3]) for i in range(owners)]
    rows = []
    for _ in range(rng.choice([60, 100, 160])):
        place = rng.choices(live, often)[0]
        value = rng.choice([rng.randrange(20, 200), rng.randrange(200, 2000)])
        rows.append(
            (*(f"{k}{x}" for k, x in zip("abc", place, strict=True)), f"o{rng.choices(range(owners), share)[0]}", value)
        )
    return pd.DataFrame(rows, columns=["a", "b", "c", "o", "v"])


def _release(frame: pd.DataFrame, shapes=RING, measures=("v",), name="r") -> Release:
    data = prepare(frame, ["a", "b", "c"], "o", ["v"])
    trees = {c: Dimension(c, flat(frame[c])) for c in "abc"}
    return Release(name, data, tuple(Table(s, tuple(trees[c] for c in s), measures) for s in shapes))


def _sparse(seed: int) -> pd.DataFrame:
    """Few places hold records, but each two categories meet: counts of pairs prove the others to be empty."""
    rng = random.Random(seed)
    places = list(product(range(3), repeat=3))
    rng.shuffle(places)
    live = set(places)
    for place in places:
        rest = live - {place}
        met = [any(q[i] == place[i] and q[j] == place[j] for q in rest) for i, j in ((0, 1), (1, 2), (0, 2))]
        live = rest if all(met) and len(rest) > 11 else live
    rows = [
        (*(f"{k}{x}" for k, x in zip("abc", place, strict=True)), f"o{o}", round(size * rng.uniform(0.8, 1.2)) + 1)
        for place in sorted(live)
        for size in [rng.lognormvariate(4, 2.2)]
        for o in range(7)
    ]
    large = rng.choice(sorted(live))
    rows.append((*(f"{k}{x}" for k, x in zip("abc", large, strict=True)), "o1", 40 * round(rng.lognormvariate(5, 1))))
    return pd.DataFrame(rows, columns=["a", "b", "c", "o", "v"])


def _leaks(frame: pd.DataFrame, outcome, measure: str, filled: bool = False) -> Iterator[str]:
    """Cells of the tables that an outsider or an owner bounds more closely than the rules allow. `filled`: they know
    which places hold records, and whether others than they have any there."""
    model, places = outcome.model, list(product(*(sorted(frame[c].unique()) for c in "abc")))
    own = {o: np.zeros(len(places)) for o in model.contributors}
    for row in frame.itertuples():
        own[row.o][places.index((row.a, row.b, row.c))] += 1 if measure == COUNT else row.v
    rows = {}
    for at in np.flatnonzero((model.positions["shown"] & (model.positions["measure"] == measure)).to_numpy()):
        named = model.labels[at]
        held = [all(named.get(k, "Total") in (v, "Total") for k, v in zip("abc", p, strict=True)) for p in places]
        rows[int(model.positions["cell"].iat[at])] = np.array(held, float)
    zero = np.array([any(not _shows(frame, pair, place) for pair in RING) for place in places])
    true = sum(own.values())
    zero |= filled & (true == 0)
    hidden = [c for c in rows if outcome.hidden[c]]
    assert all(np.isclose(z @ true, model.value[c]) for c, z in rows.items())
    for j, attacker in enumerate(outcome.protection.attackers):
        mine = sum((own[model.contributors[m]] for m in attacker.members), np.zeros(len(places)))
        alone = set(model.alone(attacker).tolist())
        known = [c for c in rows if c not in hidden or c in alone]
        limits = [LinearConstraint(np.array([rows[c] for c in known]), model.value[known], model.value[known])]
        if measure == COUNT and hidden:
            limits.append(LinearConstraint(np.array([rows[c] for c in hidden]), 1, np.inf))
        for i, cell in enumerate(outcome.protection.cells):
            up, down = outcome.protection.up[i, j], outcome.protection.down[i, j]
            if cell not in rows or not outcome.hidden[cell] or up + down == 0:
                continue
            for sign, need in ((1, down), (-1, up)):
                bounds = Bounds(mine, np.where(zero | (filled & (mine == true)), mine, 1e9))
                found = milp(
                    sign * rows[cell],
                    constraints=limits,
                    bounds=bounds,
                    integrality=np.full(len(places), measure == COUNT),
                )
                assert found.status == 0
                if abs(rows[cell] @ found.x - model.value[cell]) < need - 1e-5 * max(1.0, need):
                    yield f"{model.cell_name(cell)}: {model.attacker_name(attacker)}"


def _shows(frame: pd.DataFrame, pair: str, place: tuple[str, ...]) -> bool:
    at = dict(zip("abc", place, strict=True))
    return bool(((frame[pair[0]] == at[pair[0]]) & (frame[pair[1]] == at[pair[1]])).any())


@pytest.mark.parametrize("times", (1, 8))
def test_a_ring_gives_nothing_away(times, monkeypatch):
    frame = _frame(times)
    assert not list(_leaks(frame, protect(build_model([_release(frame)])), "v"))
    monkeypatch.setattr(build, "add_crossings", lambda *_: None)
    assert list(_leaks(frame, protect(build_model([_release(frame)])), "v"))


def test_random_rings_keep_their_levels():
    tried = 0
    for seed in seeds(100, 8):
        frame = _random(seed)
        for measure in ("v", COUNT):
            try:
                outcome = protect(build_model([_release(frame, measures=(measure,))]))
            except ConfidentialityError:
                continue
            tried += 1
            assert not list(_leaks(frame, outcome, measure)), (seed, measure)
    assert tried >= 5


def test_counts_beside_values_tell_which_places_are_empty(monkeypatch):
    def leaking(seed: int) -> int:
        frame = _sparse(seed)
        outcome = protect(build_model([_release(frame, measures=("v", COUNT))]))
        return len(list(_leaks(frame, outcome, "v", filled=True)))

    assert sum(map(leaking, seeds(0, 6))) == 0
    monkeypatch.setattr(crossings, "FILLED", crossings.CROSSED)
    monkeypatch.setattr(crossings, "_held", lambda _data, _dims, codes: np.ones(len(codes), bool))
    assert sum(map(leaking, seeds(0, 6))) > 0


def test_releases_one_after_the_other_make_a_ring(monkeypatch):
    frame = _frame(1)

    def last():
        """The third table, once the others were shown."""
        first = _release(frame, RING[1:], name="first")
        first = replace(first, pattern=pattern_of(protect(build_model([first]))))
        outcome = protect(build_model([first, _release(frame, RING[:1], name="second")]))
        told = outcome.hidden | ~(outcome.model.asked | outcome.model.known["public"])
        return replace(outcome, hidden=told)

    with suppress(NotProtectable):  # what was shown first may leave too little to hide
        assert not list(_leaks(frame, last(), "v"))
    monkeypatch.setattr(build, "add_crossings", lambda *_: None)
    assert list(_leaks(frame, last(), "v"))


def _statuses(frame: pd.DataFrame, shapes: list[list[str]], back: dict[str, str]) -> dict:
    """What becomes of each place of tables in `shapes`, columns and categories under their first names."""
    data = prepare(frame, sorted(back), "o", ["v"])
    tables = [Table(str(i), tuple(Dimension(c, flat(frame[c])) for c in s), ("v",)) for i, s in enumerate(shapes)]
    model = build_model([Release("r", data, tuple(tables))])
    assert model.crossed.any()
    outcome = protect(model)
    return {
        tuple(sorted((back[k], v) for k, v in model.labels[row].items())): outcome.status(int(cell))
        for row, cell in enumerate(model.positions["cell"])
        if model.positions["shown"].iat[row]
    }


@pytest.mark.parametrize(("seed", "ring"), [(3, RING), (0, ("ab", "bc", "cd", "ad")), (9, ("ab", "bc", "cd", "ad"))])
def test_no_order_of_rows_and_tables_and_no_name_decides_what_a_ring_hides(seed, ring):
    rng = np.random.default_rng(seed)
    frame = _random(seed)
    frame["d"] = [f"d{x}" for x in rng.integers(0, 2, len(frame))]
    columns = sorted({*"".join(ring)})
    first = _statuses(frame, [list(s) for s in ring], {c: c for c in columns})
    for turn in range(2):
        names = dict(zip(columns, [f"z{i}" for i in rng.permutation(len(columns))], strict=True))
        other = frame.sample(frac=1, random_state=turn).reset_index(drop=True).rename(columns=names)
        owners = sorted(set(other["o"]))
        numbers = rng.permutation(99)[: len(owners)]
        other["o"] = other["o"].map({o: f"company {i}" for o, i in zip(owners, numbers, strict=True)})
        turned = [[names[c] for c in rng.permutation(list(s))] for s in rng.permutation(list(ring))]
        assert _statuses(other, turned, {v: k for k, v in names.items()}) == first


@pytest.mark.parametrize("shapes", (("ab", "bc"), ("abc",), ("abc", "ac"), ("ab", "c")))
def test_without_a_ring_nothing_is_added(shapes, monkeypatch):
    release = _release(_random(3), shapes)
    before = len(build_model([release]))
    monkeypatch.setattr(build, "add_crossings", lambda *_: None)
    assert len(build_model([release])) == before


def test_rings_are_crossed_in_small_pieces():
    size = dict.fromkeys("abcdef", 3) | {"b": 9}
    cross = lambda *shapes: [*map("".join, map(sorted, crossings.crossings(map(frozenset, shapes), size)))]  # noqa: E731
    assert cross("ab", "bc", "cd", "de") == [] and cross("abc", "bcd", "acd", "abcd") == []
    assert cross("abc", "bcd", "ce", "f") == []
    assert cross("ab", "bc", "ac", "ad") == ["abc"]
    assert cross("ab", "bc", "cd", "ad") == ["abd", "bcd"] or cross("ab", "bc", "cd", "ad") == ["abc", "acd"]
    assert cross("abc", "abd", "acd") == ["abcd"]


def test_too_large_a_crossing_is_refused(monkeypatch):
    monkeypatch.setattr(crossings, "MAX_CROSSED", 7)
    with pytest.raises(LimitError) as refused:
        build_model([_release(_frame(1))])
    assert refused.value.code == "crossing-too-large"
    assert refused.value.params["cells"] == 8 and "a × b, a × c, b × c" in refused.value.text("de")
