"""Each proposal of the advisor, carried out by the same command, gains exactly what was promised.

Cells and dwellings are counted here from the published files and the records, with nothing of the room.
"""

from __future__ import annotations

import csv
import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.command import main

from .stock import random_records

PARENTS = {"a0": "g0", "a1": "g0", "a2": "g1", "a3": "g1", "a4": "a4", "g0": "", "g1": ""}  # a4 stands at the top alone


def _stock(seed: int) -> pd.DataFrame:
    frame = random_records(seed, 120, (5, 4, 3), 8).rename(columns={"d0": "area", "d1": "year", "d2": "kind"})
    return frame.assign(owner=frame["owner"].where(np.random.default_rng(seed).random(len(frame)) < 0.5, "O1"))


def _run(folder: Path, command: str, tables, *more: str) -> int:
    given = [command, str(folder / "stock.csv"), "--value", "rent", "--holding", "owner", "--count", *more]
    given += ["--hierarchy", f"area={folder / 'area.csv'}"] if any("area" in t for t in tables) else []
    return main([*given, *[x for t in tables for x in ("--dimensions", ",".join(t))]])


def _write_parents(folder: Path, frame: pd.DataFrame, parents: dict[str, str]) -> None:
    codes = [f"{c},{'' if c == p else p}" for c, p in parents.items() if c in set(frame["area"]) or c[0] == "g"]
    (folder / "area.csv").write_text("code,parent\n" + "\n".join(codes) + "\n", "utf-8")


def _above(column: str, code: str, parents: dict[str, str]) -> list[str]:
    parent = parents.get(code, "") if column == "area" else ""
    return [code, *([parent] if parent and parent != code else []), "Total"]


def _yield(folder: Path, tables, finest: dict[str, set[str]], parents=PARENTS) -> tuple[int, int, int]:
    """(published places with dwellings, secret places, dwellings in published places of the finest breakdown)."""
    records = list(csv.DictReader((folder / "stock.csv").read_text("utf-8").splitlines()))
    rows = list(csv.DictReader((folder / "out.csv").read_text("utf-8").splitlines()))
    cells = secret = 0
    dwellings = {("+".join(t), m): 0 for t in tables for m in ("rent", "count")}
    for row in rows:
        place = {c: row[c] for t in tables for c in t if row["table"] == "+".join(t)}
        behind = sum(all(v in _above(c, r[c], parents) for c, v in place.items()) for r in records)
        secret += row["status"] == "secret"
        if row["status"] == "published" and behind:
            cells += 1
            if all(v in finest[c] for c, v in place.items()):
                dwellings[row["table"], row["measure"]] += behind
    return cells, secret, min(dwellings.values())


def _finest(frame: pd.DataFrame, depth: int = 2) -> dict[str, set[str]]:
    """Categories that are not divided further."""
    found = {c: set(frame[c]) for c in ("area", "year", "kind")}
    if depth == 1:
        found["area"] = {"g0", "g1", "a4"}
    return found


def _carried_out(folder: Path, frame: pd.DataFrame, tables, advice) -> tuple[int, int, int]:
    """What is shown if one does what the advice says."""
    kind, concerns, more, depth, parents = advice["kind"], advice["concerns"], [], 2, PARENTS
    if kind == "coarser_level":
        depth = int(concerns[1])
        more = ["--levels", f"{concerns[0]}={'+'.join(map(str, range(depth + 1)))}"]
    elif kind == "without_dimension":
        tables = [tuple(c for c in t if c != concerns[0]) for t in tables]
    elif kind in ("merged_classes", "pooled_years"):
        column, *classes = concerns
        frame = frame.assign(**{column: frame[column].replace(dict.fromkeys(classes, " + ".join(classes)))})
        if column == "area":
            parents = {c: p for c, p in PARENTS.items() if c not in classes}
            parents[" + ".join(classes)] = PARENTS[classes[0]]
    else:
        agreed = [f"  - {{owner: {o}, recorded: minutes, until: 2999-01-01}}" for o in concerns]
        (folder / "rules.yaml").write_text("consents:\n" + "\n".join(agreed) + "\n", "utf-8")
        more = ["--rules", str(folder / "rules.yaml")]
    frame.to_csv(folder / "stock.csv", index=False)
    _write_parents(folder, frame, parents)
    tables = list(dict.fromkeys(tables))
    assert _run(folder, "protect", tables, "--output", str(folder / "out.csv"), *more) == 0
    return _yield(folder, tables, _finest(frame, depth), parents)


CASES = {1: [("area", "year")], 2: [("year", "kind")], 3: [("kind",), ("year", "kind")], 4: [("area",)], 7: [("kind",)]}


@pytest.fixture(scope="module")
def advised(tmp_path_factory):
    """By number of a case: (folder, records, tables, what is shown before, the report of the advisor)."""

    @lru_cache
    def asked(case: int):
        folder, tables = tmp_path_factory.mktemp("advice"), CASES[case]
        frame = _stock(case)
        frame.to_csv(folder / "stock.csv", index=False)
        _write_parents(folder, frame, PARENTS)
        assert _run(folder, "protect", tables, "--output", str(folder / "out.csv")) == 0
        before = _yield(folder, tables, _finest(frame))
        assert _run(folder, "advise", tables, "--periods", "year", "--report", str(folder / "a.json")) == 0
        return folder, frame, tables, before, json.loads((folder / "a.json").read_text("utf-8"))

    return asked


@pytest.mark.parametrize("case", CASES)
def test_carrying_out_a_proposal_gains_what_it_promised(advised, case):
    folder, frame, tables, before, found = advised(case)
    assert tuple(found["before"][k] for k in ("cells", "secret", "dwellings")) == before
    assert found["advice"]
    for advice in found["advice"]:
        cells, secret, dwellings = _carried_out(folder, frame, tables, advice)
        assert (advice["cells"], advice["secret"], advice["dwellings"]) == (cells, secret, dwellings), advice
        assert (advice["gained_cells"], advice["gained_dwellings"]) == (cells - before[0], dwellings - before[2])


def test_every_kind_of_proposal_is_among_those_that_are_carried_out(advised):
    kinds = {"coarser_level", "without_dimension", "merged_classes", "pooled_years", "consent"}
    advice = [a for case in CASES for a in advised(case)[-1]["advice"]]
    assert {a["kind"] for a in advice} == kinds
    assert {a["concerns"][0] for a in advice if a["kind"] == "merged_classes"} == {"area", "kind"}
