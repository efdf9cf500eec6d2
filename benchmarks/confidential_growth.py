"""Growth from 1,000 to 20,000 cells: CPU time of each step and peak memory, each size in a process of its own.

    PYTHONPATH=ckanext-ierwohnen python benchmarks/confidential_growth.py

Sizes: quarters × year class × rooms with more and more quarters (1,000, 4,000 and 8,400 cells), then three linked
tables of 130 quarters (20,000 cells). Printed last: how much longer and larger 20,000 cells are than 1,000. A ring of
tables, which costs most, is measured by `--size ring`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.protection import protect
from ckanext.ierwohnen.confidential.rules import assess
from confidential_stock import LAYOUTS, stock, tables

SIZES = {"1000": (15, "b"), "4000": (62, "b"), "8400": (130, "b"), "20000": (130, "linked")}
RINGS = {"ring": (15, "ring")}


def measure(size: str) -> dict[str, float]:
    """CPU seconds of the model and of a release (`protect`: everybody, sums, audit), cells, megabytes at the peak."""
    quarters, layout = (SIZES | RINGS)[size]
    dwellings, layouts = LAYOUTS[layout]
    frame = stock(dwellings * quarters // 130, quarters=quarters)
    found: dict[str, float] = {}
    start = time.process_time()

    def done(step: str) -> None:
        nonlocal start
        found[step] = round(time.process_time() - start, 2)
        start = time.process_time()

    data = prepare(frame, ["quarter", "year", "rooms", "energy", "heating"], "owner", ["rent"])
    model = build_model([Release("r", data, tables(frame, layouts))])
    done("model")
    release = protect(model, Parameters())
    done("release")
    assert release.report.clean
    found |= {"places": int(model.positions["shown"].sum()), "variables": len(model)}
    found |= {"sensitive": len(assess(model, Parameters()).cells), "sums": len(release.model) - len(model)}
    found |= {"hidden": int(release.model.cost[release.hidden].sum()), "rounds": release.rounds}
    return found | {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def main() -> None:
    """One line for each size, then the growth."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", choices=[*SIZES, *RINGS])
    options.add_argument("--up-to", type=int, default=20_000)
    given = options.parse_args()
    if given.size:
        print(json.dumps(measure(given.size)))
        return
    results = []
    for size in (s for s in SIZES if int(s) <= given.up_to):
        command = [sys.executable, __file__, "--size", size]
        results.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        print(size, ", ".join(f"{k} {v}" for k, v in results[-1].items()), flush=True)
    first, last = results[0], results[-1]
    times = [r["model"] + r["release"] for r in (first, last)]
    ratio = last["variables"] / first["variables"]
    memory = last["megabytes"] / first["megabytes"]
    print(f"ratio cells {ratio:.1f}, time {times[1] / times[0]:.1f}, memory {memory:.2f}")


if __name__ == "__main__":
    main()
