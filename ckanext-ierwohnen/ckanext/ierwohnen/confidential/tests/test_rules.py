"""Primary rules: formulas, boundaries, linked owners, loosening."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.errors import InputError
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.parameters import Consent, Parameters, parameters_from
from ckanext.ierwohnen.confidential.rules import assess
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

from .stock import hierarchies, random_records, single_model, table

DAY = date(2026, 6, 1)


def _cell(parts: list[float], measure: str = "rent", copies: int = 1, **rules):
    """A table of one category x beside a harmless one; returns (model, protection, cell x)."""
    rows = [("x", f"O{i}", v / copies) for i, v in enumerate(parts) for _ in range(copies)]
    rows += [("y", f"P{i}", 100.0) for i in range(12)]
    frame = pd.DataFrame(rows, columns=["d0", "owner", "rent"])
    data = prepare(frame, ["d0"], "owner", ["rent"], linked=rules.pop("linked", None))
    model = build_model([Release("r", data, (table("t", ["d0"], hierarchies(frame, False), (measure,)),))])
    protection = assess(model, Parameters(**rules), today=DAY)
    cell = next(i for i in range(len(model)) if model.cell_name(i) == f"d0=x ({measure})")
    return model, protection, cell


@pytest.mark.parametrize(
    ("parts", "copies", "reasons"),
    [
        ([20, 20, 20, 20, 20], 1, ()),
        ([20, 20, 20, 20], 2, ("minimum_contributors",)),
        ([20, 20, 20, 20], 1, ("minimum_records", "minimum_contributors")),
        ([1000, 50, 33, 33, 33], 1, ("p_percent", "dominance")),  # rest 99 < 10 % of 1000
        ([1000, 50, 34, 33, 33], 1, ("dominance",)),  # rest 100: the p % rule is just met
        ([500, 350, 50, 50, 50], 1, ()),  # 85 % exactly is not more than 85 %
        ([500, 351, 50, 50, 49], 1, ("dominance",)),
    ],
)
def test_rules_and_their_boundaries(parts, copies, reasons):
    _, protection, cell = _cell(parts, copies=copies)
    assert protection.reasons.get(cell, ()) == reasons


def test_protection_levels_follow_the_formulas():
    model, protection, cell = _cell([1000, 50, 10, 10, 10])
    row = int(np.searchsorted(protection.cells, cell))
    names = [model.attacker_name(a) for a in protection.attackers]
    by_p, by_dominance = 0.1 * 1000 - 30, 100 / 85 * 1050 - 1080
    assert protection.up[row, names.index("public")] == pytest.approx(max(by_p, by_dominance))
    assert protection.up[row, names.index("public: O1")] == pytest.approx(max(by_p, 0.1 * 1030))
    assert protection.up[row, names.index("public: O0")] == pytest.approx(max(0.1 * 50 - 30, 0.1 * 80))
    assert np.all(protection.down[row] <= protection.up[row])


def test_nothing_is_protected_from_the_only_contributor_and_counts_need_a_whole_one():
    model, protection, cell = _cell([50], copies=3, measure="count")
    row = int(np.searchsorted(protection.cells, cell))
    names = [model.attacker_name(a) for a in protection.attackers]
    assert protection.up[row, names.index("public: O0")] == 0
    assert protection.up[row, names.index("public")] == 1 == protection.down[row, names.index("public")]


def test_linked_owners_count_once():
    _, loose, cell = _cell([20] * 5)
    assert cell not in loose.reasons
    _, linked, cell = _cell([20] * 5, linked={"O1": "O0", "O2": "O1"})
    assert "minimum_contributors" in linked.reasons[cell]


def test_a_declared_coalition_must_not_estimate_the_last_one():
    _, plain, cell = _cell([20] * 5)
    assert cell not in plain.reasons
    _, pooled, cell = _cell([20] * 5, coalitions=(("O0", "O1", "O2", "O3"),))
    assert pooled.reasons[cell] == ("coalition",)


@pytest.mark.parametrize("measure", ["rent", "count"])
def test_a_declared_coalition_counts_as_one_contributor_towards_itself(measure):
    for parts, sensitive in (([20] * 5, True), ([20] * 6, False)):
        model, protection, cell = _cell(parts, measure, copies=30, coalitions=(("O0", "O1"), ("P0", "P1")))
        assert protection.reasons.get(cell) == (("coalition",) if sensitive else None)
    model, protection, cell = _cell([20] * 5, measure, copies=30, coalitions=(("O0", "O1"), ("P0", "P1")))
    row = int(np.searchsorted(protection.cells, cell))
    asked = {model.attacker_name(a): up for a, up in zip(protection.attackers, protection.up[row], strict=True) if up}
    assert asked == {"public: O0 + O1": pytest.approx(9 if measure == "count" else 6)}  # 10 % of what is left
    _, protection, cell = _cell([1] * 5, measure, copies=1, coalitions=(("O0", "O1"),))
    row = int(np.searchsorted(protection.cells, cell))
    assert protection.up[row].max() == pytest.approx(1 if measure == "count" else 0.3)


def test_what_a_coalition_may_know_takes_the_consent_of_the_others():
    coalitions = (("O0", "O1"),)
    for agreed, sensitive in ((["O2", "O3", "O4"], False), (["O2", "O3"], True), (["O0", "O1", "O2", "O3"], True)):
        consents = tuple(Consent(o, "contract 7", date(2027, 1, 1)) for o in agreed)
        _, protection, cell = _cell([20] * 5, "count", 30, coalitions=coalitions, consents=consents)
        assert (cell in protection.reasons) == sensitive


@pytest.mark.parametrize(("parts", "coalitions", "reasons"), [
    ([100, 3, 2, 2, 2], (), ("p_percent", "dominance")),
    ([100, 9, 4, 3, 3], (), ("dominance",)),
    ([100, 20, 20, 20, 20], (), ()),
    ([40, 40, 90, 2, 2, 2, 2], (("O0", "O1"),), ("coalition",)),
])  # fmt: skip
def test_a_city_may_ask_of_counts_what_is_asked_of_values(parts, coalitions, reasons):
    rows = [("x", f"O{i}", 1.0) for i, n in enumerate(parts) for _ in range(n)]
    rows += [("y", f"P{i}", 1.0) for i in range(12) for _ in range(3)]
    frame = pd.DataFrame(rows, columns=["d0", "owner", "rent"])
    data = prepare(frame, ["d0"], "owner", ["rent"])
    model = build_model([Release("r", data, (table("t", ["d0"], hierarchies(frame, False), ("count",)),))])
    cell = next(i for i in range(len(model)) if model.cell_name(i) == "d0=x (count)")
    for strict in (False, True):
        found = assess(model, Parameters(coalitions=coalitions, counts_as_values=strict), today=DAY)
        assert found.reasons.get(cell, ()) == (reasons if strict else ())


def test_a_group_in_one_sensitive_category_is_disclosed_and_its_zero_with_it():
    rows = [("q1", "vacant", f"O{i}", 1.0) for i in range(8)]
    rows += [(q, v, f"O{i}", 1.0) for q in ("q2", "q3") for v in ("vacant", "let") for i in range(8)]
    frame = pd.DataFrame(rows, columns=["d0", "d1", "owner", "rent"])
    data = prepare(frame, ["d0", "d1"], "owner", ["rent"])
    trees = hierarchies(frame, False)
    dims = (Dimension("d0", trees["d0"]), Dimension("d1", trees["d1"], None, frozenset({"vacant"})))
    model = build_model([Release("r", data, (Table("t", dims, ("count",)),))])
    protection = assess(model, Parameters(), today=DAY)
    named = {model.cell_name(c) for c in protection.cells}
    assert named == {"d0=q1, d1=vacant (count)", "d0=q1, d1=let (count)"}
    assert set(protection.reasons.values()) == {("group_disclosure",)}


@pytest.mark.parametrize("seed", range(12))
def test_primaries_agree_with_a_dozen_lines_of_pandas(seed):
    frame = random_records(seed, 150, (5, 4), 8, whole=False)
    model = single_model(frame, ("rent",))
    found = assess(model, Parameters(), insiders=False, today=DAY)
    cells = {tuple(sorted(model.labels[r].items())): int(c) for r, c in enumerate(model.positions["cell"])}
    for (a, b), group in frame.groupby(["d0", "d1"]):
        x = np.sort(group.groupby("owner")["rent"].sum().to_numpy())[::-1]
        total, first, second = x.sum(), x[0], x[1] if len(x) > 1 else 0.0
        unsafe = len(group) < 5 or len(x) < 5 or total - first - second < 0.1 * first or first + second > 0.85 * total
        assert (cells[(("d0", a), ("d1", b))] in found.reasons) == unsafe


def _agreed(**scope) -> tuple[Consent, ...]:
    owners = [f"O{i}" for i in range(4)] + [f"P{i}" for i in range(12)]
    return tuple(
        Consent(o, "contract 7", date(2027, 1, 1), parameters=("minimum_contributors",), **scope) for o in owners
    )


def test_looser_rules_take_everybodys_recorded_consent():
    with pytest.raises(InputError, match="recorded consent") as caught:
        _cell([20] * 4, minimum_contributors=3)
    assert "O0" in caught.value.text("de")
    for scope in ({}, {"measure": "rent"}, {"levels": {"d0": (0, 1)}}):
        _, protection, cell = _cell([20] * 4, copies=2, minimum_contributors=3, consents=_agreed(**scope))
        assert cell not in protection.reasons
    with pytest.raises(InputError, match="O3"):
        _cell([20] * 4, copies=2, minimum_contributors=3, consents=(*_agreed()[:3], *_agreed()[4:]))


@pytest.mark.parametrize(
    "scope",
    [
        {"measure": "none"},
        {"measure": "count"},
        {"audience": "alliance"},
        {"levels": {"d0": (0,)}},
        {"levels": {"d0": (1,)}},
        {"levels": {"d9": (0, 1)}},
    ],
)
def test_a_consent_loosens_a_rule_only_where_it_speaks_about_all_that_is_released(scope):
    with pytest.raises(InputError, match="recorded consent"):
        _cell([20] * 4, copies=2, minimum_contributors=3, consents=_agreed(**scope))


@pytest.mark.parametrize(
    "given",
    [
        {"minimum_record": 5},
        {"minimum_records": 0},
        {"p_percent": "ten"},
        {"minimum_contributors": 4.5},
        {"counts_as_values": "yes"},
        {"counts_as_values": 1},
        {"consents": [{"owner": "A", "until": "2027-01-01"}]},
        {"consents": [{"owner": "A", "recorded": "x", "until": "soon"}]},
        {"linked": ["a"]},
    ],
)
def test_wrong_entries_in_the_rules_are_named(given):
    with pytest.raises(InputError) as caught:
        parameters_from(given, "rules.yaml")
    assert caught.value.text("de") != caught.value.text("en")


@pytest.mark.parametrize("written", ["Stock 2026", "stock 2026", " STOCK  2026 ", "Stock\u00a02026"])
def test_a_source_has_one_method_however_it_is_written(written):
    rules = parameters_from({"methods": {"Stock 2026": "suppression"}})
    rules.check_method(written, "suppression")
    with pytest.raises(InputError, match="laid down"):
        rules.check_method(written, "cell key")
    rules.check_method("Stock 2027", "cell key")
    with pytest.raises(InputError, match="laid down"):
        parameters_from({"methods": {"Stock 2026": "suppression", f"{written} ": "cell key"}})
