"""How fast a column of a million keys is matched with five spatial systems, against one pandas merge a system.

    ./portal python benchmarks/places_match.py [ROWS [ROUNDS]]        (default 1,000,000 rows, 5 rounds)

The merge is given an easier task: `DataFrame.merge(..., how="left", indicator=True)` with each system's units, then the
count of rows that are a unit and the units that are missing. Ours tells of every distinct value what it is (unit, zero
lost by a spreadsheet, city total, not assignable, empty, unknown), counts its rows, and ranks the systems. Both run in
turn in one process, so that a busy machine slows both. `office` is what offices deliver: few units, many rows (years,
age groups); `addresses` is the worst case, in which nearly each row has a key of its own.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
from ckanext.ierwohnen.places.keys import LevelKeys, MatchReport, rank_levels

GOAL = 1.5


def main(rows: int, rounds: int) -> int:
    """Run both cases, print the ratios, and return 1 if a goal is missed."""
    print(f"{rows:,} keys against 5 systems, {rounds} rounds in turn, medians; load {os.getloadavg()[0]:.1f}")
    return max(case(name, units, rows, rounds) for name, units in (("office", 542), ("addresses", rows)))


def case(name: str, units: int, rows: int, rounds: int) -> int:
    """Match a column of ``rows`` keys with five systems of about ``units`` units; returns 1 if the goal is missed."""
    systems = make_systems(units)
    column = make_column(systems[2], rows)
    times: dict[str, list[float]] = {"merge": [], "match": []}
    for _ in range(rounds):
        found, spent = timed(lambda: [merge(column, system) for system in systems])
        times["merge"].append(spent)
        reports, spent = timed(lambda: rank_levels(column, systems))
        times["match"].append(spent)
        same(systems, found, reports)
    merged, matched = (statistics.median(times[kind]) for kind in ("merge", "match"))
    print(f"{name:10} merge {merged:6.3f} s   match {matched:6.3f} s   ratio {matched / merged:5.2f}   goal ≤ {GOAL}")
    return int(matched > GOAL * merged)


def make_systems(units: int) -> list[LevelKeys]:
    """Five boundary dates of one place: from one to the next a tenth of the keys is new."""
    keys = [f"{11_000_000 + number:08d}" for number in range(int(units * 1.5))]
    return [
        LevelKeys(f"stadt-{year}", "plr", "Planungsraum", date(year, 1, 1),
                  {key: f"Planungsraum {key}" for key in keys[number * units // 10 :][:units]})
        for number, year in enumerate((2001, 2006, 2011, 2016, 2021))
    ]  # fmt: skip


def make_column(system: LevelKeys, rows: int) -> list[str]:
    """Keys of a system in random order, with totals, "not assignable", empty and unknown ones among them."""
    dice = random.Random(7)
    keys = list(system.units)
    column = keys[:rows] if len(keys) >= rows else dice.choices(keys, k=rows)
    dice.shuffle(column)
    for place, odd in zip(range(0, rows, 997), ("000", "99999999", "", "77777777") * rows, strict=False):
        column[place] = odd
    return column


def merge(column: list[str], system: LevelKeys) -> tuple[int, int]:
    """Rows that are a unit, and units that are missing, by pandas."""
    keys = pd.DataFrame({"key": column})
    units = pd.DataFrame({"key": list(system.units), "name": list(system.units.values())})
    joined = keys.merge(units, on="key", how="left", indicator=True)
    known = joined[joined["_merge"] == "both"]
    return len(known), len(units) - known["key"].nunique()


def same(systems: list[LevelKeys], found: list[tuple[int, int]], reports: list[MatchReport]) -> None:
    """Both must have found the same, or the comparison says nothing."""
    ours = {report.keys.system: report for report in reports}
    for system, (known, missing) in zip(systems, found, strict=True):
        report = ours[system.system]
        rows = sum(match.rows for match in report.matches.values() if match.key is not None)
        assert (rows, len(report.missing)) == (known, missing), system.system


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work gives, and its seconds."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main(*(int(given) for given in (*sys.argv[1:], *("1000000", "5")[len(sys.argv) - 1 :]))))
