"""Sums of hidden cells that shown ones give away, by the command, told from the written files and the records."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.hierarchy import flat, from_parents
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.sums import with_open_sums
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

from .cases import seeds
from .exact import sums_known
from .published import Record, Rules, reasons

TWO = [("A", "Q1", 200)] * 5 + [("B", "Q1", 180)] * 5 + [("A", "Q2", 190)] * 5 + [("B", "Q2", 170)] * 5
OTHERS = [(o, q, 150) for q in ("Q3", "Q4") for o in "CDEFGHI" for _ in range(3)]
GIVEN = ("--dimensions", "quarter", "--value", "rent", "--holding", "owner", "--language", "en", "--source", "s")


def _write(path: Path, rows) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("owner", "quarter", "rent"), *rows])
    return str(path)


def _remainder(folder: Path, rows) -> tuple[list[Record], bool]:
    """Protect by quarter: (the records of the hidden quarters, whether the total is shown)."""
    assert main(["protect", _write(folder / "in.csv", rows), *GIVEN, "--output", str(folder / "out.csv")]) == 0
    table = csv.DictReader((folder / "out.csv").read_text("utf-8").splitlines())
    shown = {r["quarter"] for r in table if r["status"] == "published"}
    return [Record((q,), o, {"count": 1, "rent": v}) for o, q, v in rows if q not in shown], "Total" in shown


def test_two_quarters_of_two_owners_are_not_given_away_as_a_sum(tmp_path):
    rest, total = _remainder(tmp_path, TWO + OTHERS)
    assert total and not reasons(rest, "rent", Rules())


def test_the_audit_names_a_sum_that_somebody_elses_table_gives_away(tmp_path, capsys):
    stock = _write(tmp_path / "in.csv", TWO + OTHERS)
    lines = ["quarter,value,status", "Total,10000,published", "Q3,3150,published", "Q4,3150,published"]
    (tmp_path / "t.csv").write_text("\n".join([*lines, "Q1,,secret", "Q2,,secret"]) + "\n", "utf-8")
    assert main(["audit", stock, *GIVEN, "--pattern", str(tmp_path / "t.csv")]) == 1
    assert "quarter=Q1 + Q2 (rent): public can narrow it down to 3700 – 3700" in capsys.readouterr().out


def test_what_a_total_leaves_of_random_quarters_keeps_the_rules(tmp_path):
    judged = 0
    for seed in seeds(0, 20):
        rng = np.random.default_rng(seed)
        owners, quarters = int(rng.integers(6, 11)), int(rng.integers(4, 10))
        home, small = rng.integers(0, owners, (quarters, 2)), rng.choice(quarters, 3, replace=False)
        rows = []
        for q in rng.integers(0, quarters, int(rng.choice([60, 120, 250]))):
            o = rng.choice(home[q]) if q in small and rng.random() < 0.85 else rng.integers(0, owners)
            rows.append((f"O{o}", f"Q{q}", int(rng.lognormal(5, 0.8)) + 1))
        rest, total = _remainder(tmp_path, rows)
        judged += total and bool(rest)
        assert not (total and rest and reasons(rest, "rent", Rules())), seed
    assert judged > 5


@pytest.mark.parametrize("share", [2, 4])
def test_rules_that_a_city_has_tightened_hold_for_sums_as_well(tmp_path, share):
    rows = [(f"O{i % share}", "Q1", 100 + i) for i in range(20)] + [(f"O{i % 9}", "Q2", 100 + i) for i in range(90)]
    rows += [(f"O{i % 5}", f"Q{3 + i % 2}", 100 + i) for i in range(80)]
    stock, rules = _write(tmp_path / "in.csv", rows), ("--minimum-contributors", "8")
    assert main(["protect", stock, *GIVEN, *rules, "--output", str(tmp_path / "t.csv")]) == 0
    table = list(csv.DictReader((tmp_path / "t.csv").read_text("utf-8").splitlines()))
    hidden = {r["quarter"] for r in table if r["status"] != "published"}
    assert "Total" in hidden or len({o for o, q, _ in rows if q in hidden}) >= 8


def test_a_finer_level_that_is_not_shown_changes_nothing_about_the_sums_of_what_is_shown():
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"quarter": rng.integers(0, 6, 90), "block": rng.integers(0, 4, 90)}).astype(str)
    frame["owner"] = [f"O{min(o, 9)}" for o in rng.geometric(0.3, 90)]
    frame["year"], frame["rent"] = rng.choice(["new", "old", "older"], 90), rng.integers(100, 900, 90)
    blocks = frame["quarter"] + "-" + frame["block"]
    years = Dimension("year", flat(frame["year"]))
    found = []
    for parents, place in (
        (dict.fromkeys(frame["quarter"]), frame["quarter"]),
        (dict(zip(blocks, frame["quarter"], strict=True)) | dict.fromkeys(frame["quarter"]), blocks),
    ):
        places = Dimension("place", from_parents(parents), frozenset({0, 1}))
        data = prepare(frame.assign(place=place), ["place", "year"], "owner", ["rent"])
        model = build_model([Release("r", data, (Table("t", (places, years), ("rent",)),))])
        for seed in range(12):
            draw = np.random.default_rng(seed).random(10_000) < 0.5
            hidden = model.asked & (model.records < 9) & draw[(model.value % 10_000).astype(int)]
            more = with_open_sums(model, hidden, Parameters())
            found.append((seed, sorted(zip(more.value[len(model) :], more.records[len(model) :], strict=True))))
    assert found[:12] == found[12:] and any(sums for _, sums in found)


def test_a_program_that_one_simplex_gives_up_is_solved_by_another(tmp_path, capsys):
    rows = [("o2", "q0", y, 100) for y in ("y0", "y1") for _ in range(10)]
    small = [(f"b{i}", "q0", "y2", 100) for i in range(10) for _ in range(2)]
    large = [(f"b{i}", "q1", y, 100) for y in ("y0", "y1") for i in range(10) for _ in range(2)]
    last = [(f"b{i % 10}", "q1", "y2", 100) for i in range(18)]
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("owner", "q", "y", "rent"), *rows, *small, *large, *last])
    shown = {"q0,Total": 4000, "q1,Total": 5800, "Total,y0": 3000, "Total,y1": 3000, "Total,y2": 3800}
    lines = [f"{place},{value},published" for place, value in {**shown, "Total,Total": 9800}.items()]
    lines += [f"{q},{y},.,secret" for q in ("q0", "q1") for y in ("y0", "y1", "y2")]
    (tmp_path / "t.csv").write_text("\n".join(["q,y,value,status", *lines]) + "\n", "utf-8")
    given = ("--dimensions", "q,y", "--value", "rent", "--holding", "owner", "--language", "en")
    assert main(["audit", str(tmp_path / "in.csv"), *given, "--pattern", str(tmp_path / "t.csv")]) in (0, 1)
    assert "gave up" not in capsys.readouterr().err


FEW = {
    "p": [("o2", 10, 100), ("o3", 1, 40)],
    "dominance": [("o2", 10, 100), ("o6", 1, 100), *((f"o{i}", 1, 20) for i in (3, 4, 5))],
    "contributors": [(f"o{i}", 5, 100) for i in (2, 3, 4, 5)],
    "beside a large part of his": [("o1", 5, 100), ("o2", 10, 100), *((f"o{i}", 1, 20) for i in (3, 4, 5))],
}
HIDDEN = [(q, y) for q in ("q0", "q1") for y in ("y0", "y1", "y2")]


def _crossed(folder: Path, few, alone, mixed: int = 0) -> tuple[str, str]:
    """Four quarters by four years: two cells of few owners, one of somebody alone, the others of many; files of the
    records and of a table that hides six cells. mixed: another order of rows and other names."""
    rows = []
    for q in (f"q{i}" for i in range(4)):
        for y in (f"y{i}" for i in range(4)):
            some = (
                few
                if (q, y) in HIDDEN[:2]
                else alone
                if (q, y) == HIDDEN[5]
                else [(f"b{i}", 2, 100) for i in range(10)]
            )
            rows += [(owner, q, y, rent) for owner, times, rent in some for _ in range(times)]
    total: dict[tuple[str, str], int] = {}
    for _, q, y, rent in rows:
        for at in ((q, y), (q, "Total"), ("Total", y), ("Total", "Total")):
            total[at] = total.get(at, 0) + rent
    lines = [(*at, "." if at in HIDDEN else v, "secret" if at in HIDDEN else "published") for at, v in total.items()]
    if mixed:
        np.random.default_rng(mixed).shuffle(rows)
        rows = [(f"{9 - int(o[1])}-{o[0]}", *rest) for o, *rest in rows]
    for name, head, content in (("in", ("owner", "q", "y", "rent"), rows), ("t", ("q", "y", "value", "status"), lines)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *content])
    return str(folder / "in.csv"), str(folder / "t.csv")


CROSSED = ("--dimensions", "q,y", "--value", "rent", "--holding", "owner", "--language", "en", "--source", "s")


@pytest.mark.parametrize("few", sorted(FEW))
def test_the_audit_names_a_sum_that_somebody_alone_in_a_cell_reckons_out(tmp_path, capsys, few):
    stock, table = _crossed(tmp_path, FEW[few], [("o1", 6, 60)])
    assert main(["audit", stock, *CROSSED, "--pattern", table]) == 1
    told = 2 * sum(times * rent for _, times, rent in FEW[few])
    sentence = f"q × y=q0/y0 + q0/y1 (rent): public: o1 can narrow it down to {told} – {told}"
    assert sentence in capsys.readouterr().out


def test_a_coalition_that_is_alone_in_a_cell_together_reckons_sums_out_as_well(tmp_path, capsys):
    stock, table = _crossed(tmp_path, FEW["p"], [("o1", 3, 60), ("o5", 3, 60)])
    (tmp_path / "rules.yaml").write_text("coalitions: [[o1, o5]]\n", "utf-8")
    main(["audit", stock, *CROSSED, "--pattern", table])
    assert "q0/y0 + q0/y1" not in capsys.readouterr().out
    main(["audit", stock, *CROSSED, "--pattern", table, "--rules", str(tmp_path / "rules.yaml")])
    assert "q × y=q0/y0 + q0/y1 (rent): public: o1 + o5 can narrow it down to 2080 – 2080" in capsys.readouterr().out


@pytest.mark.parametrize("few", sorted(FEW))
def test_nobody_alone_in_a_cell_reckons_a_sum_of_few_out_whatever_the_order_and_the_names(tmp_path, few):
    tables = []
    for mixed in (0, 1, 2):
        stock, _ = _crossed(tmp_path, FEW[few], [("o1", 6, 60)], mixed)
        assert main(["protect", stock, *CROSSED, "--output", str(tmp_path / "out.csv")]) == 0
        rows = list(csv.DictReader((tmp_path / "out.csv").read_text("utf-8").splitlines()))
        assert main(["audit", stock, *CROSSED, "--pattern", str(tmp_path / "out.csv")]) == 0
        tables.append({(r["q"], r["y"]): r["value"] for r in rows})
    assert tables[0] == tables[1] == tables[2]
    hidden = [at for at, value in tables[0].items() if value == "." and "Total" not in at and at != HIDDEN[5]]
    known = [
        frozenset(i for i, (q, y) in enumerate(hidden) if at[0] in (q, "Total") and at[1] in (y, "Total"))
        for at, value in tables[0].items() if value != "."
    ]  # fmt: skip
    assert frozenset(hidden.index(at) for at in HIDDEN[:2]) not in sums_known(known)
