"""Random stock as the room and as the exact attacker see it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction

import pandas as pd

from ckanext.ierwohnen.confidential.figures import figures, with_empty_cells
from ckanext.ierwohnen.confidential.files import table_text

from .oracle import Attack, Leak
from .published import Record, Rules

MEASURES = (("rent",), ("count",), ("rent", "count"))
SCALE = 100
TIMES = float(os.environ.get("IERWOHNEN_SEARCH", "1"))  # 10: ten times as many random cases


def seeds(first: int, count: int) -> range:
    """Seeds of a random search: `count` on each run, times what `IERWOHNEN_SEARCH` asks for."""
    return range(first, first + max(1, round(count * TIMES)))


def parents_of(frame: pd.DataFrame, nested: bool) -> dict[str, dict[str, str | None]]:
    """The parent map of each dimension; `nested`: pairs of categories of the first make a group."""
    dims = [c for c in frame.columns if c.startswith("d")]
    found = {d: dict.fromkeys(sorted(frame[d].unique())) for d in dims}
    if nested and len(found["d0"]) > 2:
        names = list(found["d0"])
        found["d0"] = {n: f"g{i // 2}" for i, n in enumerate(names)} | {f"g{i // 2}": None for i in range(len(names))}
    return found


def records_of(frame: pd.DataFrame, dims: Sequence[str]) -> tuple[Record, ...]:
    """The records for the exact attacker; columns `weight` and `id` if there are any."""
    return tuple(
        Record(
            tuple(row[d] for d in dims),
            row["owner"],
            {"count": row.get("weight", 1), "rent": int(Fraction(repr(row["rent"])) * SCALE) * row.get("weight", 1)},
            row.get("id", ""),
        )
        for row in frame.to_dict("records")
    )


def written(outcome, tables, measures) -> str:
    """The tables as the command writes them for the house: rules are checked too; the attack reads figures only."""
    return table_text(with_empty_cells(figures(outcome), tables, measures, 10**6))


def attack(publications, parents, rules: Rules, seen: Sequence[str], only_sums: bool = False) -> list[Leak]:
    """Attack every measure with all that these audiences were shown."""
    mine = [p for p in publications if p.audience in seen]
    owners = {r.owner for p in mine for r in p.records}
    found = []
    for measure in sorted({f.measure for p in mine for f in p.figures}):
        found += Attack(mine, tuple(parents), parents, measure, rules).leaks(owners, only_sums)
    return found
