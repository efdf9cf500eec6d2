"""Classes and simplified borders of a map of many units, against geopandas and mapclassify alone.

    ./portal python benchmarks/map_drawing.py [UNITS] [ROUNDS]        (default 10,000 units, 5 rounds)

A made-up city whose neighbours share wavy borders, skewed values, one in twenty protected. The plain way: geopandas
simplifies the coverage, mapclassify finds the classes, numpy puts each value into its own. Ours does the same and
besides reckons in written decimals, closes intervals, rounds breaks, counts, keeps protected values in a class of
their own. Both run in turn and computing time counts, so that a busy machine does not matter. Natural breaks of the
plain way are Fisher–Jenks on a sample of the same size as ours, since the full search takes quadratic time. Below
stands what the whole map takes: ground, names, colours, SVG.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import geopandas
import mapclassify
import numpy as np
import shapely
from ckanext.ierwohnen.places.simplify import simplify_level
from ckanext.ierwohnen.previews.choropleth import classed_map, map_svg
from ckanext.ierwohnen.previews.classes import Method, Wish, classify
from ckanext.ierwohnen.previews.ground import DETAIL, make_ground

SIDE, CORNERS = 200.0, 12
GOAL = 1.5
SAMPLE = 600
PLAIN: dict[Method, Callable[[np.ndarray], Any]] = {
    Method.QUANTILE: lambda values: mapclassify.Quantiles(values, k=5),
    Method.NATURAL: lambda values: mapclassify.FisherJenks(
        np.sort(values)[np.linspace(0, len(values) - 1, SAMPLE).round().astype(int)], k=5
    ),
    Method.EQUAL: lambda values: mapclassify.EqualInterval(values, k=5),
    Method.PRETTY: lambda values: mapclassify.PrettyBreaks(values, k=5),
}


def main(units: int = 10_000, rounds: int = 5) -> int:
    """Run the benchmark, print its ratios, and return 1 if the goal is missed."""
    shapes, values = city(units)
    statuses = ["secret" if number % 20 == 0 else "ok" for number in range(len(shapes))]
    readings = list(values)
    known = values[[status == "ok" for status in statuses]]
    series = geopandas.GeoSeries(shapes, crs="EPSG:25833")
    metres = DETAIL * float(np.ptp(series.total_bounds[[0, 2]])) / 560

    def plain() -> None:
        series.simplify_coverage(metres)
        for scheme in PLAIN.values():
            np.searchsorted(scheme(known).bins, known)

    def ours() -> None:
        simplify_level(shapes, metres)
        for method in PLAIN:
            classify(readings, statuses, Wish(method, precision=1))

    runs: dict[str, list[float]] = {"plain": [], "ours": []}
    for work in (plain, ours):
        work()  # first calls import and compile
    for _ in range(rounds):
        for name, work in (("plain", plain), ("ours", ours)):
            runs[name].append(seconds(work))
    one, other = (statistics.median(runs[name]) for name in ("plain", "ours"))
    print(
        f"{len(shapes):,} units, {shapely.get_num_coordinates(shapes).sum():,} corners, {rounds} rounds in turn, ",
        end="",
    )
    print(f"medians of computing time; load of the machine {os.getloadavg()[0]:.1f}")
    print(f"geopandas, mapclassify   {one:6.2f} s")
    print(f"ours                     {other:6.2f} s   ratio {other / one:4.2f}   goal ≤ {GOAL}")
    for name, took in parts(shapes, series, metres, readings, statuses, known):
        print(f"   {name:22}{took:6.3f} s")
    collection, pairs = (
        as_features(series),
        {str(n): pair for n, pair in enumerate(zip(readings, statuses, strict=True))},
    )
    begun = time.process_time()
    ground = make_ground(collection)
    drawn = time.process_time()
    size = len(map_svg(classed_map(ground, pairs, wish=Wish(precision=1)), alternative="x"))
    ended = time.process_time()
    print(f"whole map: ground {drawn - begun:.2f} s, once per level")
    print(f"           colours and SVG {ended - drawn:.2f} s, {size / 1e6:.1f} MB")
    return int(other > GOAL * one)


def parts(
    shapes: np.ndarray,
    series: geopandas.GeoSeries,
    metres: float,
    readings: list[float],
    statuses: list[str],
    known: np.ndarray,
) -> Iterable[tuple[str, float]]:
    """What each piece takes, plain and ours."""
    yield "geopandas: borders", seconds(lambda: series.simplify_coverage(metres))
    yield "ours: borders", seconds(lambda: simplify_level(shapes, metres))
    for method, scheme in PLAIN.items():
        yield f"mapclassify: {method}", seconds(lambda scheme=scheme: np.searchsorted(scheme(known).bins, known))
        yield f"ours: {method}", seconds(lambda method=method: classify(readings, statuses, Wish(method, precision=1)))


def seconds(work: Callable[[], Any]) -> float:
    """Seconds of computing that a piece of work takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def city(units: int) -> tuple[np.ndarray, np.ndarray]:
    """Squares with wavy common borders (metres), and skewed values with one decimal."""
    across = round(units**0.5)
    dice = np.random.default_rng(5)
    share = np.linspace(0, 1, CORNERS + 1)[:-1]

    def border(start: tuple[int, int], end: tuple[int, int]) -> np.ndarray:
        a, b = np.array(start) * SIDE, np.array(end) * SIDE
        aside = 14 * np.sin(share * np.pi * 4)[:, None] + dice.normal(0, 2, (CORNERS, 1)) * (share > 0)[:, None]
        along = (b - a) / SIDE
        return a + (b - a) * share[:, None] + aside * np.array([-along[1], along[0]])

    span, edge = range(across), range(across + 1)
    flat = {(i, j): border((i, j), (i + 1, j)) for i in span for j in edge}
    steep = {(i, j): border((i, j), (i, j + 1)) for i in edge for j in span}

    def back(line: np.ndarray, end: tuple[int, int]) -> np.ndarray:
        return np.vstack([line, np.array([end]) * SIDE])[::-1][:-1]

    rings = [
        np.vstack([flat[i, j], steep[i + 1, j], back(flat[i, j + 1], (i + 1, j + 1)), back(steep[i, j], (i, j + 1))])
        for j in span
        for i in span
    ]
    shapes = np.array([shapely.Polygon(ring + np.array([390_000, 5_800_000])) for ring in rings], dtype=object)
    return shapes, np.round(dice.lognormal(1.5, 0.6, len(shapes)), 1)


def as_features(series: geopandas.GeoSeries) -> dict[str, Any]:
    """The city as places gives it, in degrees."""
    shapes = series.to_crs("EPSG:4326")
    return {
        "features": [
            {"id": str(number), "properties": {"name": f"Block {number}", "parent": str(number % 20)},
             "geometry": shapely.geometry.mapping(shape)}
            for number, shape in enumerate(shapes)
        ]
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
