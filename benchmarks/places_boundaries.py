"""How long boundary files of 40 MB take from the file to the stored GeoJSON of three details, and how much memory.

    ./portal python benchmarks/places_boundaries.py [MEGABYTES]        (default 40)

Two generated towns, each loaded in a process of its own: one whose neighbours share their borders exactly, as survey
offices deliver, and one in which every corner of every unit was moved by some centimetres, so that each border overlaps
and gapes along its whole length: the worst case. Printed are seconds of processor time, so that a busy
machine does not count, and peak memory; beside it what reading the same file alone takes.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from ckanext.ierwohnen.places.boundaries import load_boundaries
from ckanext.ierwohnen.places.description import parse_description
from ckanext.ierwohnen.places.drawing import feature_collections, outline_svg, unit_facts
from ckanext.ierwohnen.places.simplify import Detail

ACROSS, SIDE = 20, 400.0
BYTES_OF_A_CORNER = 31.5
GOAL_SECONDS, GOAL_MEGABYTES = 180, 2_000
YAML = """
boundary_date: 2021-01-01
levels:
  - {code: bezirk, title: Bezirk, dissolve: quartier, key: BEZ}
  - {code: quartier, title: Quartier, key: NR, name: NAME}
"""


def main(megabytes: int) -> int:
    """Load both towns, print what it took, and return 1 if a goal is missed."""
    missed = 0
    print(f"GeoJSON of {megabytes} MB, {ACROSS * ACROSS} units; load of the machine {os.getloadavg()[0]:.1f}")
    for name, metres in (("shared borders", 0.0), ("every corner apart", 0.05)):
        with tempfile.TemporaryDirectory(prefix="ierwohnen-benchmark-") as folder:
            path = write(Path(folder) / "q.geojson", megabytes, metres)
            plain, _ = in_child(read_only, path)
            seconds, peak = in_child(load, path)
        print(f"{name:20} read alone {plain:6.1f} s CPU   loaded {seconds:6.1f} s CPU   peak memory {peak:6.0f} MB")
        missed |= seconds > GOAL_SECONDS or peak > GOAL_MEGABYTES
    print(f"goals: {GOAL_SECONDS} s CPU, {GOAL_MEGABYTES} MB")
    return int(missed)


def write(path: Path, megabytes: int, metres: float) -> Path:
    """A town of quarters with rough borders; ``metres`` moves each corner of each unit by itself."""
    steps = int(megabytes * 1e6 / BYTES_OF_A_CORNER / (ACROSS * ACROSS) / 4)
    dice = np.random.default_rng(1)

    def line(start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
        a, b = np.array(start), np.array(end)
        share = np.linspace(0, 1, steps + 1)[1:-1, None]
        aside = 8 * np.sin(share * np.pi * 6) + dice.normal(0, 0.3, share.shape)
        along = (b - a) / SIDE
        return np.vstack([a, a + (b - a) * share + aside * np.array([-along[1], along[0]])])

    def corner(i: int, j: int) -> tuple[float, float]:
        return 380_000 + i * SIDE, 5_810_000 + j * SIDE

    span = range(ACROSS)
    flat = {(i, j): line(corner(i, j), corner(i + 1, j)) for i in span for j in range(ACROSS + 1)}
    steep = {(i, j): line(corner(i, j), corner(i, j + 1)) for i in range(ACROSS + 1) for j in span}
    features = []
    for number, (i, j) in enumerate((i, j) for j in span for i in span):
        back = [np.vstack([one, [end]])[::-1][:-1]
                for one, end in ((flat[i, j + 1], corner(i + 1, j + 1)), (steep[i, j], corner(i, j + 1)))]  # fmt: skip
        ring = np.vstack([flat[i, j], steep[i + 1, j], *back])
        ring = ring + dice.normal(0, metres, ring.shape) if metres else ring
        shape = shapely.Polygon(np.round(ring, 6))
        row = {"NR": f"{number + 1:04d}", "NAME": f"Quartier {number + 1}", "BEZ": str(1 + i // 5)}
        features.append({"type": "Feature", "properties": row, "geometry": shapely.geometry.mapping(shape)})
    crs = {"type": "name", "properties": {"name": "EPSG:25833"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8")
    return path


def read_only(path: Path) -> None:
    """What reading alone costs."""
    pyogrio.raw.read(path)


def load(path: Path) -> None:
    """From the file to everything that is stored."""
    with tempfile.TemporaryDirectory() as folder:
        loaded = load_boundaries("s", parse_description(YAML, "Stadt"), [(path.name, path)], Path(folder))
    for level in loaded.levels:
        unit_facts(loaded, level)
    for detail in Detail:
        feature_collections(loaded, detail)
    outline_svg(loaded)


def in_child(work, path: Path) -> tuple[float, float]:
    """Seconds of processor time and peak memory (MB) of a piece of work in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    child = context.Process(target=_measured, args=(work, path, answers))
    child.start()
    found = answers.get()
    child.join()
    return found


def _measured(work, path: Path, answers) -> None:
    start = time.process_time()
    work(path)
    spent = time.process_time() - start
    answers.put((spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
