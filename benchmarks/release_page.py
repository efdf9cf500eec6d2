"""A page that shows a release for a limited audience against the same view of a public one, in one run.

    ./portal python benchmarks/release_page.py [--rounds 6]

A web server with one worker is started on the running demonstration portal; a planner asks for the page of one
indicator with map, course and table, once fed by a release that stays in the protected store and once by a public one's
dataset, and for the release's own page beside the public one's pages: that of its dataset with map and chart, and that
of its table. They are asked for in turn, and the computing time of the worker counts; the database's is not in it.
Goal: at most 1.3.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT / "benchmarks"))

import pages  # noqa: E402

FIGURE, INDICATOR = "dwellings", "/ierwohnen/indikator/company_dwellings?level=quarter&source={}"
VIEWS = {
    "indicator": (INDICATOR.format("{limited}"), INDICATOR.format("{dataset}")),
    "dataset": ("/ierwohnen/freigaben/{limited}", "/dataset/{dataset}"),
    "table": ("/ierwohnen/freigaben/{limited}", "/dataset/{dataset}/resource/{resource}"),
}


def main() -> int:
    """Run, print a line per view, and return 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--goal", type=float, default=1.3)
    asked = parser.parse_args()
    accounts = json.loads((CHECKOUT / ".portal" / "accounts.json").read_text("utf-8"))
    token, missed = accounts["planner"]["token"], 0
    with tempfile.TemporaryDirectory() as folder:
        port = pages.free_port()
        file = pages.our_configuration(Path(os.environ["CKAN_INI"]), Path(folder), port)
        with pages.server(file, port) as worker:
            names = _names(port, token)
            for view, addresses in VIEWS.items():
                filled = [address.format(**names) for address in addresses]
                limited, public = _measured(port, worker, token, filled, asked.rounds)
                missed += limited[0] / public[0] > asked.goal
                print(f"{view:10} release {limited[0] * 1000:6.1f} ms computing ({limited[1] * 1000:6.1f} wall)   "
                      f"public {public[0] * 1000:6.1f} ms ({public[1] * 1000:6.1f} wall)   "
                      f"ratio {limited[0] / public[0]:.2f}, wall {limited[1] / public[1]:.2f}", flush=True)  # fmt: skip
    return 1 if missed else 0


def _measured(
    port: int, worker: int, token: str, addresses: list[str], rounds: int
) -> list[tuple[float, float]]:
    """Median seconds of computing and of waiting for each address, asked in turn after a warm-up."""
    found: list[list[tuple[float, float]]] = [[] for _ in addresses]
    for number in range(pages.WARM_UP + rounds):
        for place, address in enumerate(addresses):
            before = pages.computed(worker), time.perf_counter()
            for _ in range(pages.BLOCK):
                pages.get(port, address, token)
            took = (pages.computed(worker) - before[0]) / pages.BLOCK, (time.perf_counter() - before[1]) / pages.BLOCK
            if number >= pages.WARM_UP:
                found[place].append(took)
    return [(statistics.median(c for c, _ in times), statistics.median(w for _, w in times)) for times in found]


def _names(port: int, token: str) -> dict[str, str]:
    """A release that the planner may see and others may not, and the dataset of a public one, both of the figure."""
    found = json.loads(pages.get(port, "/api/3/action/ierwohnen_release_list", token))["result"]["results"]
    releases = [one for one in found if FIGURE in one["figures"]]
    public = next(one["id"] for one in releases if one["audience"]["kind"] == "public")
    dataset = json.loads(pages.get(port, f"/api/3/action/package_show?id={public}", token))["result"]
    limited = next(one["number"] for one in releases if one["audience"]["kind"] != "public")
    return {"limited": limited, "dataset": dataset["name"], "resource": dataset["resources"][0]["id"]}


if __name__ == "__main__":
    sys.exit(main())
