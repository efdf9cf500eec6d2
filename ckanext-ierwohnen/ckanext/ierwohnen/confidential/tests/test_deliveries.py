"""Deliveries of one stock, one after the other: what stayed, what moved, what was sold, and who knows it."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.errors import InputError
from ckanext.ierwohnen.confidential.gather import PUBLISHED, Release
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.model import Attacker, UnionModel
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.rules import CONTRIBUTORS, assess

from .stock import hierarchies, random_records, table

MEASURES = ("rent", "count")


def _changed(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Some records moved, some at another rent, some sold, some gone."""
    rng, later = np.random.default_rng(seed), frame.copy()
    for column, values in (("d0", frame["d0"].unique()), ("owner", frame["owner"].unique())):
        for row in rng.choice(len(frame), 4):
            later.loc[row, column] = rng.choice(values)
    later.loc[rng.choice(len(frame), 3), "rent"] += 1
    return later.drop(index=rng.choice(len(frame), 2)).reset_index(drop=True)


def _both(frame: pd.DataFrame, later: pd.DataFrame, columns=("d0", "d1"), record_id=None, pattern=None) -> UnionModel:
    trees = hierarchies(frame)
    hashed = record_id == "print"
    old, new = (prepare(f, ["d0", "d1"], "owner", ["rent"], record_id=record_id, hashed=hashed) for f in (frame, later))
    first, second = (table("t", list(c), trees, MEASURES) for c in (columns, ("d0", "d1")))
    return build_model([Release("a", old, (first,), pattern=pattern or {}), Release("b", new, (second,))])


@pytest.mark.parametrize("record_id", ["id", "print", None])
@pytest.mark.parametrize("columns", [("d0", "d1"), ("d0",)])
@pytest.mark.parametrize("seed", range(4))
def test_sums_between_deliveries_hold_though_records_move_and_change_hands(seed, columns, record_id):
    frame = random_records(seed, 40, (3, 2), 6)
    frame["id"] = [f"w{i}" for i in range(len(frame))]
    frame["print"] = [blake2b(one.encode(), digest_size=16).hexdigest() for one in frame["id"]]
    model = _both(frame, _changed(frame, seed), columns, record_id)
    assert model.change.any()
    assert np.abs(model.relations @ model.value).max() < 1e-6
    if record_id == "print":
        same = _both(frame, _changed(frame, seed), columns, "id")
        np.testing.assert_array_equal(model.value, same.value)
        for wrong, error in (([*frame["print"][:-1], frame["print"][0]], InputError), (frame["id"], ValueError)):
            with pytest.raises(error):
                _both(frame.assign(print=wrong), frame, columns, record_id)


@pytest.fixture
def reform(tmp_path, monkeypatch):
    """A delivery with the old boundaries and its table, one with old and new ones, and what block lies where."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(4)
    block = rng.integers(0, 9, 60)
    new = pd.DataFrame({"block": [f"B{b}" for b in block], "old": [f"D{b // 3}" for b in block],
                        "new": [f"N{(b + 1) // 3}" for b in block], "owner": [f"O{o}" for o in rng.integers(0, 9, 60)],
                        "rent": rng.integers(300, 900, 60)})  # fmt: skip
    old = new.drop(columns="new").iloc[5:].assign(rent=lambda f: f["rent"] + (f.index % 40 == 0))
    new.to_csv("new.csv", index=False)
    old.to_csv("old.csv", index=False)
    walk = new[["block", "new"]].drop_duplicates()
    walk.to_csv("walk.csv", index=False)
    old.merge(walk, on="block").to_csv("full.csv", index=False)
    assert main(["protect", "old.csv", "--dimensions", "old", *REFORM, "--output", "first.csv"]) == 0
    return walk


REFORM = ["--value", "rent", "--holding", "owner"]


def test_boundaries_that_an_older_delivery_lacks_follow_from_a_crosswalk(reform, capsys):
    given = ["protect", "new.csv", "--dimensions", "new", *REFORM, "--output"]
    assert main([*given, "a.csv", "--earlier", "first.csv=full.csv"]) == 0
    assert main([*given, "b.csv", "--earlier", "first.csv=old.csv", "--crosswalk", "new=walk.csv"]) == 0
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes() and b"secret" in Path("a.csv").read_bytes()
    capsys.readouterr()
    assert main([*given, "c.csv", "--earlier", "first.csv=old.csv"]) == 2
    said = capsys.readouterr().err
    assert "Der Lieferung old.csv fehlt die Spalte „new“" in said and "--crosswalk new=DATEI.csv" in said
    assert not Path("c.csv").exists()
    pd.read_csv("new.csv").drop(columns="old").to_csv("new.csv", index=False)
    assert main([*given, "c.csv", "--earlier", "first.csv=full.csv"]) == 2
    assert "Der Lieferung new.csv fehlt die Spalte „old“" in capsys.readouterr().err
    pd.read_csv("old.csv")[["block", "old"]].drop_duplicates().to_csv("back.csv", index=False)
    walks = ["--crosswalk", "new=walk.csv", "--crosswalk", "old=back.csv"]
    assert main([*given, "c.csv", "--earlier", "first.csv=old.csv", *walks]) == 0
    assert Path("a.csv").read_bytes() == Path("c.csv").read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: pd.concat([w, pd.DataFrame({"block": ["B0"], "new": ["N3"]})]), "Zeile 11: Aus „B0“ (block) wird"),
        (lambda w: w[w["block"] != "B4"], "Für „B4“ (block) steht in walk.csv nichts"),
        (lambda w: w.assign(new=w["new"].where(w["block"] != "B4", "N0")), "„B4“ (block) liegt hier in „N1“ (new)"),
        (lambda w: w.assign(more="x"), "genau zwei Spalten"),
        (lambda w: w.rename(columns={"block": "street"}), "„street“ fehlt"),
    ],
)
def test_a_crosswalk_that_does_not_say_where_a_record_belongs_is_refused(reform, capsys, change, said):
    change(reform).to_csv("walk.csv", index=False)
    given = ["protect", "new.csv", "--dimensions", "new", *REFORM, "--output", "b.csv"]
    assert main([*given, "--earlier", "first.csv=old.csv", "--crosswalk", "new=walk.csv"]) == 2
    assert said in capsys.readouterr().err and not Path("b.csv").exists()


def _named(model: UnionModel, release: str, measure: str = "rent", **place: str) -> int:
    rows = model.positions
    return next(
        int(rows["cell"].iat[i])
        for i, named in enumerate(model.labels)
        if named == place and rows["release"].iat[i] == release and rows["measure"].iat[i] == measure
    )


def _sold() -> tuple[pd.DataFrame, pd.DataFrame]:
    """In area x, B sells to A what it has; five held x before, four do now."""
    rows = [("x", o, 10.0 + i) for i, o in enumerate("AABBCDE")] + [("y", o, 30.0 + i) for i, o in enumerate("ABCDEF")]
    frame = pd.DataFrame(rows, columns=["d0", "owner", "rent"]).assign(d1="p")
    return frame, frame.assign(owner=frame["owner"].where((frame["owner"] != "B") | (frame["d0"] != "x"), "A"))


def test_where_records_were_sold_the_fewest_contributors_count_and_both_owners_know():
    frame, later = _sold()
    model = _both(frame, later)
    cell = _named(model, "b", d0="x", d1="Total")
    assert cell == _named(model, "a", d0="x", d1="Total")
    assert model.holders[cell] == 4 and CONTRIBUTORS in assess(model, Parameters()).reasons[cell]
    for owner, own in (("A", 46.0), ("B", 25.0)):  # A: before the sale 21, with B's 46
        cells, part = model.own(Attacker("public", (model.contributors.index(owner),)))
        assert part[cells == cell] == own


def test_who_sold_everything_still_knows_it_and_a_coalition_counts_nothing_twice():
    frame = pd.DataFrame({"d0": ["x", "x", "y"], "d1": "p", "owner": ["A", "A", "C"], "rent": [10.0, 5.0, 7.0]})
    model = _both(frame, frame.assign(owner=["B", "B", "C"]))
    cell = _named(model, "b", d0="x", d1="Total")
    a, b = (model.contributors.index(o) for o in "AB")
    for members in ((a,), (b,), tuple(sorted((a, b)))):
        assert cell in model.alone(Attacker("public", members))
        cells, part = model.own(Attacker("public", members))
        assert part[cells == cell] == 15.0


def test_of_equal_records_the_one_withdrawn_is_its_owners():
    frame = pd.DataFrame(
        {"d0": ["x"] * 4 + ["y"] * 3, "d1": "p", "owner": list("ABBB") + list("CCC"), "rent": [10.0] * 7}
    )
    model = _both(frame, frame.drop(index=0).reset_index(drop=True))
    gone = np.flatnonzero(model.change & (model.value == 10.0) & (model.records == 1)).tolist()
    holders = {model.contributors[i] for c in gone for i in model.counts[c].indices}
    assert gone and holders == {"A"}
    assert np.isin(gone, assess(model, Parameters()).cells).all()  # one dwelling: nobody may reckon it out


def test_what_others_hold_is_not_asked_of_whom_it_was_told_but_a_bad_figure_is_not_shown_again():
    """B raises its own rents: what the others pay in x it knows from the figure before; it asks for no protection."""
    frame, _ = _sold()
    raised = frame.assign(rent=frame["rent"].where(frame["owner"] != "B", frame["rent"] + 500))
    pattern = {("t", "rent", ("x", "Total")): PUBLISHED}
    model = _both(frame, raised, pattern=pattern)
    protection = assess(model, Parameters())
    cell, b = _named(model, "b", d0="x", d1="Total"), model.contributors.index("B")
    row = int(np.searchsorted(protection.cells, cell))
    need = {a.members: protection.up[row, i] for i, a in enumerate(protection.attackers)}
    assert protection.cells[row] == cell and need[(b,)] == 0
    assert all(n > 0 for members, n in need.items() if b not in members)
    frame, later = _sold()
    again = _both(frame, later, pattern=pattern)
    cell = _named(again, "b", d0="x", d1="Total")
    protection = assess(again, Parameters())
    assert cell in protection.cells and protection.up[np.searchsorted(protection.cells, cell)].max() == 0


def test_what_one_company_has_changed_is_not_seen_as_the_difference_of_two_releases(tmp_path, monkeypatch, capsys):
    """One company of ten raises its rents in one quarter: who sees the total twice would see by how much."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    n = range(400)
    old = pd.DataFrame({"id": n, "owner": [f"A{i % 10}" for i in n], "quarter": [f"Q{i // 10 % 4}" for i in n]})
    old["rent"] = rng.integers(300, 900, 400)
    one = (old["owner"] == "A7") & (old["quarter"] == "Q2")
    given = ["--dimensions", "quarter", "--holding", "owner", "--value", "rent", "--record-id", "id", "--source", "s"]
    old.to_csv("old.csv", index=False)
    assert main(["protect", "old.csv", *given, "--output", "first.csv"]) == 0
    for name, changed, secret in (("one", one, {"Total", "Q2"}), ("all", old["quarter"] == "Q2", set())):
        old.assign(rent=old["rent"] + 25 * changed).to_csv(f"{name}.csv", index=False)
        later = [f"{name}.csv", *given, "--earlier", "first.csv=old.csv"]
        assert main(["protect", *later, "--output", f"{name}-out.csv"]) == 0
        table = pd.read_csv(f"{name}-out.csv")
        assert set(table["quarter"][table["status"] != "published"]) == secret
    open_ = pd.read_csv("one.csv").groupby("quarter")["rent"].sum()
    shown = pd.DataFrame({"quarter": ["Total", *open_.index], "value": [open_.sum(), *open_], "status": "published"})
    shown.to_csv("shown.csv", index=False)
    capsys.readouterr()
    judged = [*given, "--earlier", "first.csv=old.csv", "--pattern", "shown.csv", "--language", "en"]
    assert main(["audit", "one.csv", *judged]) == 1
    assert "Δ" in (said := capsys.readouterr().out) and "can narrow it down to 250 – 250" in said
