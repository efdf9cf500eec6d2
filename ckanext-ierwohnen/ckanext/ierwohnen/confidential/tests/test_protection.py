"""Protected tables: nobody comes closer than allowed, and the pattern depends on nothing but the content."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.attack import LONGEST
from ckanext.ierwohnen.confidential.audit import audit
from ckanext.ierwohnen.confidential.broad import BroadExchange
from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.ends import Ends
from ckanext.ierwohnen.confidential.errors import InputError, LimitError
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.limits import Limits
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.protection import judge, protect
from ckanext.ierwohnen.confidential.quick import check
from ckanext.ierwohnen.confidential.rules import assess
from ckanext.ierwohnen.confidential.suppression import suppress

from .attack_by_scipy import interval, leaks
from .cases import seeds
from .stock import hierarchies, random_records, single_model, table

MEASURES = (("rent",), ("count",), ("rent", "count"))


def _random_table(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sizes = tuple(int(x) for x in rng.integers(2, 4, int(rng.integers(1, 4))))
    rows, owners = int(rng.integers(6, 60)), int(rng.integers(3, 7))
    return random_records(seed, rows, sizes, owners, whole=bool(rng.integers(2)))


def test_random_tables_withstand_a_second_attack():
    """Beside those of `test_oracle.py`: by cold linear programs, on other tables."""
    protected, tables = 0, seeds(0, 50)
    for seed in tables:
        frame = _random_table(seed)
        model = single_model(frame, MEASURES[seed % 3])
        coalitions = (("O0", "O1"),) if seed % 4 == 0 else ()
        try:
            outcome = protect(model, Parameters(coalitions=coalitions), insiders=seed % 5 != 0)
        except InputError as error:
            assert error.code == "one-owner"
            continue
        assert np.all(outcome.hidden[outcome.protection.cells])
        assert not leaks(outcome.model, outcome.protection, outcome.hidden, seed, 2)
        protected += 1
    assert protected > 0.88 * len(tables)


def _twins(seed: int) -> pd.DataFrame:
    """Every category of every dimension, and every owner, has a twin: nothing but names tells the halves apart."""
    frame = _random_table(seed)
    columns = [c for c in frame.columns if c != "rent"]
    halves = [frame]
    for turned in columns[: 1 + seed % len(columns)]:
        halves += [h.assign(**{turned: h[turned] + "x"}) for h in halves]
    return pd.concat(halves, ignore_index=True)


def _pattern(data: pd.DataFrame, back: dict[str, str], seed: int, trees: dict) -> dict | str:
    """What becomes of each place, dimensions under their first names."""
    made = prepare(data, list(back), "owner", ["rent"])
    measures = MEASURES[seed % 3]
    release = Release("r", made, (table("t", list(back), {c: trees[back[c]] for c in back}, measures),))
    model = build_model([release])
    try:
        outcome = protect(model)
    except InputError as error:
        return error.code
    cells, measure = model.positions["cell"], model.positions["measure"]
    return {
        (tuple(sorted((back[k], v) for k, v in model.labels[row].items())), measure.iat[row]): outcome.status(int(cell))
        for row, cell in enumerate(cells)
    }


@pytest.mark.parametrize("made", [_random_table, _twins])
@pytest.mark.parametrize("seed", range(8))
def test_the_same_pattern_for_shuffled_rows_and_renamed_owners_and_dimensions(seed, made):
    frame = made(seed)
    columns = [c for c in frame.columns if c.startswith("d")]
    trees, rng = hierarchies(frame, nested=made is _random_table), np.random.default_rng(seed)
    first = _pattern(frame, {c: c for c in columns}, seed, trees)
    for turn in range(2):
        owners = sorted(frame["owner"].unique())
        names = dict(zip(owners, rng.permutation(100)[: len(owners)], strict=True))
        turned = dict(zip(columns, [f"z{i}" for i in rng.permutation(len(columns))], strict=True))
        other = frame.sample(frac=1, random_state=10 * seed + turn).reset_index(drop=True).rename(columns=turned)
        other["owner"] = [f"company {names[o]}" for o in other["owner"]]
        back = {v: k for k, v in turned.items()}
        order = rng.permutation(list(back))
        assert _pattern(other, {c: back[c] for c in order}, seed, trees) == first
    assert isinstance(first, str) or set(first.values()) <= {"published", "primary", "secondary"}


@pytest.mark.parametrize("seed", range(8))
def test_intervals_agree_with_cold_programs_and_the_quick_check_with_the_full_audit(seed):
    frame = random_records(seed, 70, (4, 3, 2), 6)
    model = single_model(frame, MEASURES[seed % 3])
    protection = assess(model, Parameters())
    rng = np.random.default_rng(seed)
    hidden = np.zeros(len(model), bool)
    hidden[protection.cells] = True
    hidden |= rng.random(len(model)) < 0.15
    report = audit(model, protection, hidden)
    for attacker, (cells, low, high) in list(report.intervals.items())[:3]:
        for at in rng.permutation(len(cells))[:4]:
            expected = interval(model, attacker, hidden, int(cells[at]))
            np.testing.assert_allclose((low[at], high[at]), expected, rtol=1e-6, atol=1e-5)
    quick = set(check(model, protection, hidden, stop=10**6))
    assert quick == {(f.cell, f.attacker) for f in report.findings}


def test_intervals_of_what_tables_show_are_the_same_alone():
    model = single_model(random_records(4, 70, (4, 3, 2), 6))
    some, every = protect(model, report="shown").report.intervals, protect(model).report.intervals
    shown = np.flatnonzero(model.shown)  # sums that the pattern gives away have cells after these
    for attacker, (cells, low, high) in some.items():
        assert len(cells) and np.isin(cells, shown).all()
        at = np.isin(every[attacker][0], cells)
        assert at.sum() == len(cells) == np.isin(every[attacker][0], shown).sum()
        np.testing.assert_allclose((low, high), [end[at] for end in every[attacker][1:]])


def test_broad_exchanges_keep_every_sum_move_counts_by_whole_numbers_and_keep_their_caps():
    model = single_model(random_records(5, 250, (6, 4, 3), 9), ("count", "rent"))
    rng = np.random.default_rng(5)
    free = rng.random(len(model)) < 0.8
    cap, cells = np.floor(model.value / 2), np.flatnonzero(free & (model.value > 4))
    program = BroadExchange(model, free, Limits())
    program.set_caps(cap)
    found = [one for _ in range(4) for one in program.move(cells, np.ones(len(cells)))]
    assert {bool(model.integral[support[0]]) for support, _ in found} == {True, False}
    for support, y in found:
        moved = np.zeros(len(model))
        moved[support] = y
        assert free[support].all() and np.abs(model.relations @ moved).max() < 1e-6
        assert (np.abs(y) <= cap[support] + 1e-6).all()
        assert (y[model.integral[support]] == np.rint(y[model.integral[support]])).all()


def test_each_hidden_cell_is_needed():
    model = single_model(random_records(21, 90, (5, 3), 8), ("rent",))
    outcome = protect(model)
    secondary = np.flatnonzero(outcome.hidden)
    secondary = secondary[~np.isin(secondary, outcome.protection.cells)]
    assert len(secondary)
    for cell in secondary:
        fewer = outcome.hidden.copy()
        fewer[cell] = False
        assert check(outcome.model, outcome.protection, fewer)


def test_insiders_see_through_a_pattern_that_holds_against_outsiders():
    broken = 0
    for seed in range(12):
        model = single_model(random_records(seed, 80, (5,), 9), ("rent",))
        plain = protect(model, insiders=False)
        findings = judge(plain.model, plain.hidden).findings
        broken += bool(findings)
        assert all(f.attacker.members for f in findings)
    assert broken


def test_a_sensitive_cell_that_is_shown_is_found():
    model = single_model(random_records(2, 80, (4, 3), 6), ("rent",))
    verdict = judge(model, np.zeros(len(model), bool))
    assert {f.cell for f in verdict.findings} >= set(verdict.protection.cells.tolist())


def test_one_owner_cannot_be_protected():
    frame = random_records(1, 40, (3, 3), 1)
    with pytest.raises(InputError, match="one contributor"):
        protect(single_model(frame))


def test_false_evidence_does_no_harm():
    model = single_model(random_records(21, 90, (5, 3), 8), ("rent",))
    protection = assess(model, Parameters())
    hidden = np.zeros(len(model), bool)
    hidden[protection.cells] = True
    honest = set(check(model, protection, hidden, stop=10**6))
    big = 1e6
    lies = [(np.array([c]), np.array([big])) for c in protection.cells]  # breaks the sums, or moves a shown cell
    lies.append((np.arange(len(model)), np.full(len(model), big)))
    lies += [(np.array([c, c]), np.array([big, -big])) for c in protection.cells]  # moves nothing
    assert honest and set(check(model, protection, hidden, stop=10**6, exchanges=lies)) == honest


def test_limits_end_the_work_without_a_result():
    model = single_model(random_records(3, 400, (8, 6), 12))
    with pytest.raises(LimitError, match="time limit"):
        protect(model, limits=Limits(seconds=0.0))
    with pytest.raises(LimitError, match="memory limit"):
        protect(model, limits=Limits(megabytes=1.0))


def test_evidence_that_only_outsiders_must_grant_counts_for_no_insider():
    found = 0
    for seed in range(12):
        model = single_model(random_records(seed, 80, (5,), 9), ("rent",))
        outsiders, protection = assess(model, Parameters(), insiders=False), assess(model, Parameters())
        plain = suppress(model, outsiders)
        assert not check(model, outsiders, plain.hidden)  # without the repair that follows in `protect`
        honest = set(check(model, protection, plain.hidden, stop=10**6))
        assert set(check(model, protection, plain.hidden, stop=10**6, exchanges=plain.exchanges)) == honest
        found += bool(honest)
    assert found


def _as_if_large(monkeypatch) -> None:
    """Every system is asked as those of many thousand cells are; a handful of cells is near."""
    monkeypatch.setattr("ckanext.ierwohnen.confidential.attack.LARGE", 0)
    monkeypatch.setattr("ckanext.ierwohnen.confidential.quick.MANY", 3)
    monkeypatch.setattr("ckanext.ierwohnen.confidential.vicinity.NEAREST", 8)
    monkeypatch.setattr("ckanext.ierwohnen.confidential.vicinity.SHARED", 2)


@pytest.mark.parametrize("longest", [LONGEST, 0])  # 0: by the interior point method whenever there is anything to do
@pytest.mark.parametrize("large", [False, True])
def test_single_cells_can_be_moved_as_far_as_the_full_audit_says(monkeypatch, longest, large):
    monkeypatch.setattr("ckanext.ierwohnen.confidential.attack.LONGEST", longest)
    if large:
        _as_if_large(monkeypatch)
    asked = 0
    for seed in range(2):
        model = single_model(random_records(seed, 80, (4, 4), 5), ("rent", "count"))
        protection = assess(model, Parameters())
        hidden = protect(model, insiders=False).hidden
        ends = Ends(model, "public", hidden, Limits())
        for attacker, (cells, low, high) in audit(model, protection, hidden).intervals.items():
            ends.ask(attacker)
            column = protection.attackers.index(attacker)
            for cell, least, most in zip(cells, low, high, strict=True):
                value, row = model.value[cell], np.searchsorted(protection.cells, cell)
                if row == len(protection.cells) or protection.cells[row] != cell:
                    continue
                for sign, end, level in ((1, most - value, protection.up), (-1, value - least, protection.down)):
                    need = level[row, column]
                    reach = ends.reach(int(cell), sign, need) if need else 0.0
                    assert reach == pytest.approx(min(end, need), rel=1e-6, abs=1e-6)
                    asked += need > 0
    assert asked > 50


def test_large_systems_get_the_same_answers(monkeypatch):
    """By other programs: among few cells first, and for all that no attacker of several can rule out."""
    answers, found = [], 0
    for large in (False, True):
        if large:
            _as_if_large(monkeypatch)
        answers.append([])
        for seed in range(6):
            model = single_model(random_records(seed, 80, (4, 3), 6), MEASURES[seed % 3])
            protection = assess(model, Parameters())
            hidden = np.zeros(len(model), bool)
            hidden[protection.cells] = True
            hidden |= np.random.default_rng(seed).random(len(model)) < 0.3 * (seed % 2)
            answers[-1].append(set(check(model, protection, hidden, stop=10**6)))
            found += len(answers[-1][-1])
    assert found
    assert answers[0] == answers[1]


def _inner(model) -> np.ndarray:
    """bool[n]: cells that are in no margin of the table."""
    hidden = np.zeros(len(model), bool)
    rows = [r for r, named in enumerate(model.labels) if "Total" not in named.values()]
    hidden[model.positions["cell"].to_numpy()[rows]] = True
    return hidden


def test_what_neighbours_move_by_too_little_is_asked_of_all_cells(monkeypatch):
    """Among neighbours the count moves far enough by fractions, and in whole numbers only among all."""
    model = single_model(random_records(8, 200, (4, 4, 4), 6), ("count",))
    protection = assess(model, Parameters())
    hidden = _inner(model)
    hidden[protection.cells] = True
    assert not check(model, protection, hidden, stop=10**6)
    monkeypatch.setattr("ckanext.ierwohnen.confidential.attack.LARGE", 0)
    monkeypatch.setattr("ckanext.ierwohnen.confidential.vicinity.NEAREST", 8)
    assert not check(model, protection, hidden, stop=10**6)


def test_levels_are_not_lowered_where_whole_numbers_are_not_searched_to_the_end(monkeypatch):
    model = single_model(random_records(0, 700, (5, 5, 5), 5), ("count",))
    ends, left = Ends(model, "public", _inner(model), Limits()), 0
    for cell in ends.space.cells[::4]:
        for sign in (1, -1):
            monkeypatch.setattr("ckanext.ierwohnen.confidential.attack.NODES", 2_000)
            reach = ends.reach(int(cell), sign, 50.0)
            monkeypatch.setattr("ckanext.ierwohnen.confidential.attack.NODES", 0)
            assert ends.reach(int(cell), sign, 50.0) >= reach
            left += ends.program.whole(int(ends.place[cell]), sign) == 0 < reach
    assert left
