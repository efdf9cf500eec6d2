"""How fast values of indicators and alerts come, against plain pandas on the same readings.

    ./portal python benchmarks/indicators.py [ROUNDS]        (default 7 rounds)

A made-up city as in small-area monitoring: 170 quarters in 12 districts, 12 years, 40 indicators with their parts
(sums, ratios, weighted means), some signs. Plain pandas joins the parts, divides, adds up over districts and city,
weights means, sorts; it knows no signs. Ours gives value, sign and how it was made for the same cells. Both run in
turn, so that a busy machine slows both. Printed are seconds of computing (medians) and their ratios; all values of both
are compared, too.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
from ckanext.ierwohnen.indicators.alerts import Findings, Series, concerns, find
from ckanext.ierwohnen.indicators.catalogue import load_catalogue
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.values import Values
from ckanext.ierwohnen.places.system import Level, SpatialSystem, Unit

UNITS, DISTRICTS, YEARS, INDICATORS = 170, 12, range(2014, 2026), 40
LEVELS = ("quarter", "district", "city")
GOAL_COLD, GOAL_WARM, GOAL_ALERTS = 1.2, 0.1, 1.0
CATALOGUE = load_catalogue()
Tables = dict[tuple[str, str], pd.DataFrame]


def main(rounds: int = 7) -> int:
    """Run the benchmark, print its ratios, and return 1 if a goal is missed."""
    chosen, rows, system = indicators(), readings(indicators()), city()
    runs: dict[str, list[float]] = {"pandas": [], "ours": [], "warm": [], "alerts": []}
    for _ in range(rounds):
        took, plain = timed(lambda: by_pandas(chosen, rows, system))
        runs["pandas"].append(took)
        values = Values(CATALOGUE, system, rows)
        took, ours = timed(lambda values=values: by_us(chosen, values))
        runs["ours"].append(took)
        runs["warm"].append(timed(lambda values=values: by_us(chosen, values))[0])
        runs["alerts"].append(timed(lambda: alerts(chosen, rows, system))[0])
    cells = compare(plain, ours)
    pandas, cold, warm, alert = (statistics.median(runs[kind]) for kind in ("pandas", "ours", "warm", "alerts"))
    print(
        f"{INDICATORS} indicators × {UNITS} units × {len(YEARS)} years on {len(LEVELS)} levels, {len(rows):,} readings,"
    )
    print(f"{rounds} rounds in turn, medians; load of the machine {os.getloadavg()[0]:.1f}; {cells:,} equal values")
    print(f"plain pandas        {pandas:7.3f} s")
    print(f"ours                {cold:7.3f} s   ratio {cold / pandas:5.2f}   goal ≤ {GOAL_COLD}")
    print(f"ours, kept          {warm:7.3f} s   ratio {warm / pandas:5.2f}   goal ≤ {GOAL_WARM}")
    print(f"alerts, all anew    {alert:7.3f} s                 goal ≤ {GOAL_ALERTS} s")
    return int(cold > GOAL_COLD * pandas or warm > GOAL_WARM * pandas or alert > GOAL_ALERTS)


def timed(work: Callable[[], Tables | Findings]) -> tuple[float, Tables | Findings]:
    """Seconds of computing, and result; of computing, since other programs may hold the machine."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def indicators() -> list[Indicator]:
    """Forty of the catalogue that plain pandas computes in a line or two: those with thresholds first."""
    plain = [one for one in CATALOGUE if is_read(one) or both(one) or weighted(one)]
    return sorted(plain, key=lambda one: (not concerns(one), not both(one)))[:INDICATORS]


def is_read(one: Indicator) -> bool:
    """A sum that tables state."""
    return one.space == "sum" and one.expression is None


def both(one: Indicator) -> bool:
    """A ratio of two sums that tables state."""
    return bool(one.two_parts) and all(is_read(CATALOGUE.find(code)) for code in one.two_parts or ())  # type: ignore[arg-type]


def weighted(one: Indicator) -> bool:
    """A mean that tables state, weighted by a sum that they state."""
    weight = CATALOGUE.find(one.weighted_by)
    return one.space == "weighted_mean" and one.expression is None and weight is not None and is_read(weight)


def needed(chosen: list[Indicator]) -> list[str]:
    """The codes that tables state."""
    return list(dict.fromkeys(code for one in chosen for code in stated(one)))


def stated(one: Indicator) -> tuple[str, ...]:
    """What tables state of an indicator: numerator and denominator, mean and weight, or itself."""
    return one.two_parts or ((one.code, str(one.weighted_by)) if weighted(one) else (one.code,))


def readings(chosen: list[Indicator]) -> pd.DataFrame:
    """Tidy readings of all parts, one in two hundred preliminary."""
    random = np.random.default_rng(7)
    units = [f"{i:03d}" for i in range(UNITS)]
    index = pd.MultiIndex.from_product([units, [f"{y}-12-31" for y in YEARS]], names=["unit", "period"])
    frames = []
    for code in needed(chosen):
        frame = index.to_frame(index=False).assign(
            level="quarter", indicator=code, value=random.integers(50, 5000, len(index)).astype(float), status="ok"
        )
        frame.loc[random.random(len(index)) < 0.005, "status"] = "preliminary"
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def city() -> SpatialSystem:
    """One city, its districts, its quarters."""
    units = [Unit("city", "0", "Stadt")]
    units += [Unit("district", f"{i:02d}", f"Bezirk {i}", "0") for i in range(DISTRICTS)]
    units += [Unit("quarter", f"{i:03d}", f"Viertel {i}", f"{i % DISTRICTS:02d}") for i in range(UNITS)]
    levels = (Level("city", "Stadt"), Level("district", "Bezirk", parent="city"),
              Level("quarter", "Stadtteil", parent="district"))  # fmt: skip
    return SpatialSystem("stadt", "Stadt", date(2021, 1, 1), levels, tuple(units))


def by_us(chosen: list[Indicator], values: Values) -> Tables:
    """All tables as the action gives them."""
    return {(one.code, level): values.at(one.code, level) for one in chosen for level in LEVELS}


def by_pandas(chosen: list[Indicator], rows: pd.DataFrame, system: SpatialSystem) -> Tables:
    """The same values as a careful analyst would write them."""
    parents = {u.key: u.parent for u in system.units_of("quarter").values()}
    by_code = dict(iter(rows.groupby("indicator")))
    above = {
        "quarter": lambda units: units,
        "district": lambda units: units.map(parents),
        "city": lambda units: units.map(lambda unit: "0"),
    }
    found: Tables = {}
    for one in chosen:
        parts = [by_code[code] for code in stated(one)]
        joined = parts[0][["unit", "period", "value"]]
        if len(parts) == 2:
            joined = joined.merge(parts[1][["unit", "period", "value"]], on=["unit", "period"], suffixes=("", "_2"))
        if weighted(one):
            joined["value"] *= joined["value_2"]
        for level in LEVELS:
            summed = joined.assign(unit=above[level](joined["unit"]))
            if level != "quarter":
                summed = summed.groupby(["unit", "period"], as_index=False).sum()
            if len(parts) == 2:
                factor = one.scale if one.two_parts else 1.0
                summed["value"] = summed["value"] / summed["value_2"] * factor
            found[one.code, level] = summed[["unit", "period", "value"]].sort_values(["period", "unit"])
    return found


def alerts(chosen: list[Indicator], rows: pd.DataFrame, system: SpatialSystem) -> Findings:
    """The conspicuous quarters, nothing kept."""
    values = Values(CATALOGUE, system, rows)
    series = [Series(one, values.at(one.code, "quarter"), values.total(one.code)) for one in chosen]
    return find(series, list(system.units_of("quarter")))


def compare(plain: Tables, ours: Tables) -> int:
    """The number of equal values; stops where two differ."""
    for key, table in plain.items():
        np.testing.assert_allclose(ours[key]["value"], table["value"], rtol=1e-9, err_msg=str(key))
        assert list(ours[key]["unit"]) == list(table["unit"]), key
    return sum(map(len, plain.values()))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
