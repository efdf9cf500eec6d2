"""The union model: cells by content, sums between them, a canonical order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential import tabulate as tabulate_module
from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.errors import InputError, LimitError
from ckanext.ierwohnen.confidential.gather import PUBLISHED, Release
from ckanext.ierwohnen.confidential.hierarchy import from_parents, read_hierarchy
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.model import Attacker, Audiences

from .stock import hierarchies, random_records, single_model, table


@pytest.mark.parametrize("seed", range(20))
def test_every_sum_holds_and_every_part_adds_up(seed):
    model = single_model(random_records(seed, 80, (5, 3, 2), whole=False))
    assert np.abs(model.relations @ model.value).max() < 1e-6
    np.testing.assert_allclose(np.asarray(model.parts.sum(axis=1)).ravel(), model.value)
    np.testing.assert_allclose(np.asarray(model.counts.sum(axis=1)).ravel(), model.records)


def test_cells_agree_with_pandas():
    frame = random_records(3, 90, (5, 3))
    model = single_model(frame, ("rent",))
    rows = model.positions
    for (a, b), rent in frame.groupby(["d0", "d1"])["rent"].sum().items():
        at = [i for i, named in enumerate(model.labels) if named == {"d0": a, "d1": b}]
        assert model.value[rows["cell"].iloc[at[0]]] == rent


def test_a_total_over_one_filled_cell_is_the_same_variable():
    frame = pd.DataFrame({"d0": ["x", "x", "y"], "d1": ["p", "p", "q"], "owner": list("ABC"), "rent": [1, 2, 4]})
    data = prepare(frame, ["d0", "d1"], "owner", ["rent"])
    trees = hierarchies(frame, nested=False)
    model = build_model([Release("r", data, (table("t", ["d0", "d1"], trees, ("rent",)),))])
    assert len(model) == 3  # x (= p = x,p), y (= q = y,q) and the total
    assert model.relations.shape[0] == 1


def test_what_a_table_does_not_show_may_be_empty_to_its_readers():
    """A count that it keeps secret is 1 at least; below its levels nobody has read where there is anything."""
    frame = random_records(4, 60, (6, 2))
    coarse = table("t", ["d0", "d1"], hierarchies(frame), ("count",))
    place = replace(coarse.dimensions[0], levels=frozenset({0, 1}))
    data = prepare(frame, ["d0", "d1"], "owner", ["rent"])
    model = build_model([Release("r", data, (replace(coarse, dimensions=(place, coarse.dimensions[1])),))])
    cells, shown = (model.positions[c].to_numpy() for c in ("cell", "shown"))
    below = np.setdiff1d(cells[~shown], cells[shown])
    assert len(below) and not model.lower[below].any() and (model.lower[cells[shown]] == 1).all()


def test_the_same_pattern_of_numbers_for_shuffled_rows_and_new_names():
    frame = random_records(5, 120, (6, 4), whole=False)
    shuffled = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    renamed = shuffled.rename(columns={"d0": "d1", "d1": "d0"})
    renamed["owner"] = renamed["owner"].map(lambda o: f"Z{9 - int(o[1:])}")
    base, other = single_model(frame), single_model(shuffled)
    np.testing.assert_array_equal(base.value, other.value)
    assert (base.relations != other.relations).nnz == 0
    data = prepare(renamed, ["d0", "d1"], "owner", ["rent"])
    trees = {k: hierarchies(frame)[v] for k, v in (("d0", "d1"), ("d1", "d0"))}
    turned = build_model([Release("q", data, (table("u", ["d0", "d1"], trees, ("rent", "count")),))])
    np.testing.assert_array_equal(base.value, turned.value)
    assert (base.relations != turned.relations).nnz == 0
    assert (base.parts != turned.parts).nnz == 0


def test_an_unchanged_cell_is_the_same_variable_in_a_later_release():
    first = random_records(7, 60)
    second = first.copy()
    second.loc[0, "rent"] += 50
    trees = hierarchies(first)
    places = {}
    releases = []
    for name, frame in (("one", first), ("two", second)):
        data = prepare(frame, ["d0", "d1"], "owner", ["rent"])
        releases.append(
            Release(
                name,
                data,
                (table("t", ["d0", "d1"], trees, ("rent",)),),
                pattern={} if name == "one" else None,
            )
        )
    model = build_model(releases)
    rows = model.positions.assign(place=[tuple(sorted(x.items())) for x in model.labels])
    for name in ("one", "two"):
        mine = rows[(rows["release"] == name)]
        places[name] = dict(zip(mine["place"], mine["cell"], strict=True))
    touched = {first.loc[0, "d0"], hierarchies(first)["d0"].codes[0]}
    for place, cell in places["two"].items():
        named = dict(place)
        if named["d0"] not in touched and not named["d0"].startswith("g"):
            assert places["one"][place] == cell
    total = (("d0", "Total"), ("d1", "Total"))
    assert places["one"][total] != places["two"][total]
    assert model.change.any()


def test_published_figures_stay_known_to_those_who_saw_them():
    frame = random_records(8, 60)
    data = prepare(frame, ["d0", "d1"], "owner", ["rent"])
    trees = hierarchies(frame)
    circles = Audiences({"public": (), "alliance": ("public",)})
    old = Release(
        "old", data, (table("t", ["d0"], trees, ("rent",)),), audience="alliance",
        pattern={("t", "rent", ("Total",)): PUBLISHED},
    )  # fmt: skip
    new = Release("new", data, (table("t", ["d0", "d1"], trees, ("rent",)),))
    model = build_model([old, new], circles)
    assert model.known["alliance"].sum() == 1
    assert not model.known["public"].any()
    assert [a.audience for a in model.outsiders()] == ["public", "alliance"]


def test_an_insider_knows_its_own_part_and_the_cells_where_it_is_alone():
    frame = pd.DataFrame({"d0": ["x", "x", "y"], "owner": ["A", "B", "A"], "rent": [10, 5, 7]})
    data = prepare(frame, ["d0"], "owner", ["rent"])
    model = build_model([Release("r", data, (table("t", ["d0"], hierarchies(frame, False), ("rent",)),))])
    a = Attacker("public", (model.contributors.index("A"),))
    unknown, lower, upper = model.view(a, np.ones(3, bool))
    named = {model.cell_name(i): i for i in range(3)}
    assert not unknown[named["d0=y (rent)"]]
    assert lower[named["d0=x (rent)"]] == 10 and upper[named["d0=x (rent)"]] == np.inf
    assert lower[named["d0=Total (rent)"]] == 17


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rent": ["1", "-2", "3"]}, "value-negative"),
        ({"rent": ["1", "nan", "3"]}, "value-not-a-number"),
        ({"rent": ["1", "", "3"]}, "value-not-a-number"),
        ({"d0": ["x", "", "y"]}, "key-missing"),
        ({"owner": ["A", " ", "B"]}, "key-missing"),
    ],
)
def test_bad_rows_are_named(change, code):
    frame = pd.DataFrame({"d0": ["x", "x", "y"], "owner": ["A", "B", "A"], "rent": ["1", "2", "3"]} | change)
    with pytest.raises(InputError) as caught:
        prepare(frame, ["d0"], "owner", ["rent"])
    assert caught.value.code == code
    assert "3" in caught.value.text("de") and caught.value.params["row"] == 3


def test_hierarchies_with_gaps_and_cycles_are_refused(tmp_path):
    with pytest.raises(InputError, match="points to"):
        from_parents({"a": "b"})
    with pytest.raises(InputError, match="circle"):
        from_parents({"a": "b", "b": "c", "c": "a"})
    jump = tmp_path / "x.hrc"
    jump.write_text("A\n@@A1\n")
    with pytest.raises(InputError, match="skips a level"):
        read_hierarchy(jump)
    jump.write_text("A\n@A1\n@A2\nB\n@B1\n")
    tree = read_hierarchy(jump)
    assert tree.codes[0] == "Total" and tree.parent[tree.index["A2"]] == tree.index["A"]
    parents = tmp_path / "x.csv"
    parents.write_text("code;parent\nA1;A\nA;\nB;\n")
    assert set(read_hierarchy(parents).codes) == {"Total", "A", "B", "A1"}


def test_a_million_cells_are_refused_before_rows_are_repeated(monkeypatch):
    def never(*given):
        raise AssertionError("rows were repeated")

    monkeypatch.setattr(tabulate_module, "_add_ancestors", never)
    with pytest.raises(LimitError, match="filled cells"):
        single_model(random_records(1, 6_000, (100, 100, 100)), max_cells=4_000)


def test_too_many_cells_end_with_a_limit():
    with pytest.raises(LimitError, match="filled cells"):
        single_model(random_records(1, 400, (30, 30, 30)), max_cells=1000)
