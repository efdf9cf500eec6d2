"""Protected tables and reports as files: written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .audit import Finding
from .errors import InputError
from .figures import PERTURBED, PRIMARY, PUBLISHED, SECONDARY, SECRET
from .gather import Place
from .hierarchy import Hierarchy
from .microdata import read_csv
from .model import UnionModel
from .protection import Outcome
from .tabulate import Dimension, Table, tabulate

FIXED = ("table", "measure", "value", "status", "rule")
STATUS = (PUBLISHED, PRIMARY, SECONDARY, PERTURBED)


def table_text(found: pd.DataFrame) -> str:
    """CSV of a protected table: what is kept secret shows "." as official statistics do."""
    dims = [c for c in found.columns if c not in FIXED]
    value = [f"{v:.15g}" if np.isfinite(v) else SECRET for v in found["value"].to_numpy(float)]
    secret = found["status"] != PUBLISHED
    shown = np.where(secret & (found["status"] != PERTURBED), SECRET, value)
    columns = ["table", *dims, "measure", "value", "status", "rule"]
    return found.assign(value=shown)[columns].to_csv(index=False, lineterminator="\n")


def write_together(files: Mapping[Path, str]) -> None:
    """Write all files, or none: each beside its place first, then all are moved."""
    ready: list[tuple[str, Path]] = []
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            ready.append((name, path))
        for name, path in ready:
            os.replace(name, path)
    finally:
        for name, _ in ready:
            Path(name).unlink(missing_ok=True)


def dimensions_of(path: Path) -> list[str]:
    """The dimension columns of a protected table."""
    return [c for c in read_csv(path).columns if c not in FIXED]


def read_pattern(
    path: Path, trees: Mapping[str, Hierarchy], dimensions: Mapping[str, Dimension]
) -> tuple[dict[Place, str], dict[Place, float], tuple[Table, ...]]:
    """A protected table: status and shown value by place, and the tables that it consists of.

    `trees`: the hierarchy of each column; `dimensions`: columns of the new release, taken over with what they say of
    group disclosure. Raises `InputError` naming the row.
    """
    frame = read_csv(path)
    for column in ("measure", "value", "status"):
        if column not in frame:
            raise InputError("column-missing", column=column, name=path.name, columns=", ".join(frame.columns))
    dims = [c for c in frame.columns if c not in FIXED]
    for column in dims:
        if column not in trees:
            raise InputError("column-missing", column=column, name="--dimensions", columns=", ".join(trees))
    known = {c: Dimension(c, trees[c], None, dimensions[c].sensitive if c in dimensions else frozenset()) for c in dims}
    status: dict[Place, str] = {}
    values: dict[Place, float] = {}
    shapes: dict[str, tuple[list[str], list[str]]] = {}
    for number, row in enumerate(frame.to_dict("records"), start=2):
        state = str(row["status"]).strip()
        if state not in STATUS:
            raise InputError("status-unknown", row=number, status=state, allowed=", ".join(STATUS))
        name = str(row.get("table") or path.stem)
        used = [d for d in dims if str(row[d]).strip()]
        place: Place = (name, str(row["measure"]), tuple(str(row[d]).strip() for d in used))
        cell = ", ".join(f"{d}={row[d]}" for d in used)
        if place in status:
            raise InputError("cell-twice", row=number, cell=cell)
        for d in used:
            if str(row[d]).strip() not in known[d].hierarchy.index:
                raise InputError("earlier-cell", release=path.name, row=number, cell=cell)
        columns, measures = shapes.setdefault(name, (used, []))
        if columns != used:
            raise InputError("earlier-cell", release=path.name, row=number, cell=cell)
        if row["measure"] not in measures:
            measures.append(str(row["measure"]))
        status[place] = state
        if state == PUBLISHED:
            try:
                values[place] = float(str(row["value"]).replace(",", "."))
            except ValueError:
                raise InputError("value-not-a-number", row=number, column="value", value=row["value"]) from None
    made = tuple(Table(n, tuple(known[d] for d in ds), tuple(ms)) for n, (ds, ms) in shapes.items())
    return status, values, made


def only_measures(tables: tuple[Table, ...], available: tuple[str, ...]) -> tuple[Table, ...]:
    """Tables without derived figures (means, medians): those add nothing that the cells do not say."""
    kept = (Table(t.name, t.dimensions, tuple(m for m in t.measures if m in available)) for t in tables)
    return tuple(t for t in kept if t.measures)


def check_values(release: str, data: Any, tables: tuple[Table, ...], values: Mapping[Place, float]) -> None:
    """Raise `InputError` if a published value is not what the records of that release give."""
    for table in tables:
        cells = tabulate(data, table)
        codes = [d.hierarchy.codes for d in table.dimensions]
        for k, measure in enumerate(table.measures):
            actual = {
                tuple(codes[i][c] for i, c in enumerate(row)): amount * data.step[measure]
                for row, amount in zip(cells.codes, cells.amounts[:, k], strict=True)
            }
            for (name, what, place), value in values.items():
                if name != table.name or what != measure:
                    continue
                true = float(actual.get(place, 0.0))
                if abs(true - value) > 1e-6 * max(1.0, abs(true)):
                    cell = ", ".join(f"{d.column}={p}" for d, p in zip(table.dimensions, place, strict=True))
                    raise InputError(
                        "contradiction", release=release, cell=cell, published=value, actual=round(true, 6)
                    )


def outcome_report(outcome: Outcome, found: pd.DataFrame, extra: Mapping[str, Any]) -> str:
    """JSON report of a protected release. It holds no true value of a hidden cell, only what an attacker
    could work out."""
    model, protection = outcome.model, outcome.protection
    counted = found.groupby(["measure", "status"]).size()
    hidden = {
        model.attacker_name(a): [
            {"cell": model.cell_name(int(c)), "status": outcome.status(int(c)), "low": _number(lo), "high": _number(hi)}
            for c, lo, hi in zip(*interval, strict=True)
        ]
        for a, interval in outcome.report.intervals.items()
    }
    return _json(
        {
            "verdict": "clean",
            **extra,
            "cells": {f"{m}: {s}": int(n) for (m, s), n in counted.items()},
            "rules": _by_rule(outcome),
            "attackers": [model.attacker_name(a) for a in protection.attackers],
            "repairs": outcome.rounds,
            "official_engine_was_better": outcome.improved,
            "intervals": hidden,
        }
    )


def _by_rule(outcome: Outcome) -> dict[str, int]:
    found: dict[str, int] = {}
    for cell, rules in outcome.protection.reasons.items():
        for rule in rules if outcome.model.asked[cell] else ():
            found[rule] = found.get(rule, 0) + 1
    return dict(sorted(found.items()))


def findings_report(model: UnionModel, findings: list[Finding], extra: Mapping[str, Any]) -> str:
    """JSON report of an audit. Confidential: what is needed tells the true value."""
    return _json(
        {
            "verdict": "clean" if not findings else "disclosing",
            **extra,
            "findings": [
                {
                    "cell": model.cell_name(f.cell),
                    "attacker": model.attacker_name(f.attacker),
                    "low": _number(f.low),
                    "high": _number(f.high),
                    "needed_low": _number(f.needed_low),
                    "needed_high": _number(f.needed_high),
                }
                for f in findings
            ],
        }
    )


def _number(value: float) -> float | str:
    return float(f"{value:.12g}") if np.isfinite(value) else "inf"


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
