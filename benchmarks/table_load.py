"""How fast a German office CSV becomes a table that can be analysed, against bare COPY in the same database.

    ./portal python benchmarks/table_load.py [ROWS [ROUNDS]]        (default 1,000,000 rows, 3 rounds)

Bare COPY is given an easier file: the same values already in PostgreSQL's writing, into a table as CKAN makes it,
with the full-text trigger off. Ours reads the office's file (Windows-1252, semicolons, decimal comma, thousands
points, signs) and ends with the swapped, indexed, analysed table. The check of every cell, of every key against
known units and of rows given twice is part of it. A publication also keeps its rows as a version before the swap; that
is told beside it, since bare COPY keeps nothing. Both run in turn, so that a busy machine slows both. Printed are
ratios of medians, CPU time without that of the database's server, and the peak memory of our process at 1× and 10×
the rows.
"""

from __future__ import annotations

import csv
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROUNDS = 3
GOAL, GOAL_MEMORY = 1.5, 1.2
HEADER = (
    "Raumbezug;Stadtteil;Stichtag;Baualter;Wohnungen;davon leer;Leerstand in %;Kaltmiete €/m²;Wohnfläche m²;"
    "Haushalte;Einwohner;Saldo"
)
KEYS = tuple(f"{district:02d}{part:02d}" for part in range(1, 41) for district in range(1, 97))
AGES = ("bis 1918", "1919–1948", "1949–1990", "ab 1991")


def main(rows: int, rounds: int = ROUNDS) -> int:
    """Run the benchmark, print its ratios, and return 1 if a goal is missed."""
    with tempfile.TemporaryDirectory(prefix="ierwohnen-benchmark-") as place:
        office, plain, large = (Path(place) / name for name in ("office.csv", "plain.csv", "large.csv"))
        generate(office, plain, rows)
        runs: dict[str, list[dict[str, float]]] = {"copy": [], "load": []}
        for _ in range(rounds):
            runs["copy"].append(in_child("copy", plain))
            runs["load"].append(in_child("load", office))
        plain.unlink()
        generate(large, None, rows * 10)
        grown = in_child("load", large)["memory"]
    copy, load = (middle(runs[kind]) for kind in ("copy", "load"))
    ratio, growth = load["wall"] / copy["wall"], grown / load["memory"]
    print(f"{rows:,} rows × 12 columns, {rounds} rounds in turn, medians; load of the machine {os.getloadavg()[0]:.1f}")
    print(f"bare COPY, trigger off   {copy['wall']:7.2f} s   (our process {copy['cpu']:.2f} s CPU)")
    print(f"check and load to ready  {load['wall']:7.2f} s   (our process {load['cpu']:.2f} s CPU)")
    print(f"ratio                    {ratio:7.2f}     goal ≤ {GOAL}")
    both = load["wall"] + load["version"]
    print(f"with its version kept    {both:7.2f} s   ratio {both / copy['wall']:.2f}")
    print(f"peak memory              {load['memory']:7.0f} MB")
    print(f"peak memory, 10× rows    {grown:7.0f} MB  ratio {growth:.2f}, goal ≤ {GOAL_MEMORY}")
    return int(ratio > GOAL or growth > GOAL_MEMORY)


def middle(runs: list[dict[str, float]]) -> dict[str, float]:
    """Medians of several runs."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def generate(office: Path, plain: Path | None, rows: int) -> None:
    """Write the same random table twice: as an office delivers it, and as COPY likes it."""
    dice = random.Random(11)
    with ExitStack() as files:
        out = files.enter_context(office.open("w", encoding="cp1252", newline=""))
        other = files.enter_context(plain.open("w", encoding="utf-8", newline="")) if plain else None
        writer = csv.writer(other) if other else None
        out.write(HEADER + "\r\n")
        for number in range(rows):
            key = KEYS[number // len(AGES) % len(KEYS)]
            month = 1_200 - number // (len(AGES) * len(KEYS))  # the newest, December 2025, comes first
            day = date(1925 + month // 12 + 1, month % 12 + 1, 1) - timedelta(days=1)
            homes, empty = dice.randrange(400, 4_000), dice.randrange(0, 400)
            share, rent = round(1_000 * empty / homes), dice.randrange(400, 1_900)
            area = dice.randrange(30_000, 2_900_000)
            homesteads, people, balance = dice.randrange(0, 9_000), dice.randrange(0, 20_000), dice.randrange(-400, 400)
            fields = [key, f"Straße {key}", day.isoformat(), AGES[number % 4]]
            german = [
                f"{day:%d.%m.%Y}", AGES[number % 4], grouped(homes), grouped(empty),
                "." if share < 5 else f"{share / 10:.1f}".replace(".", ","), f"{rent / 100:.2f}".replace(".", ","),
                grouped(area // 10) + f",{area % 10}", grouped(homesteads), grouped(people), str(balance),
            ]  # fmt: skip
            out.write(";".join([key, fields[1], *german]) + "\r\n")
            if writer:
                numbers = ["" if share < 5 else share / 10, rent / 100, area / 10, homesteads, people, balance]
                writer.writerow([*fields, homes, empty, *numbers])


def grouped(number: int) -> str:
    """1234 → `1.234`"""
    return f"{number:,}".replace(",", ".")


def in_child(what: str, path: Path) -> dict[str, float]:
    """Run one measurement in a process of its own, so that its peak memory is its own."""
    reply = subprocess.run(
        [sys.executable, __file__, "--child", what, str(path)], check=True, capture_output=True, text=True
    )
    pairs = (part.split("=") for part in reply.stdout.strip().splitlines()[-1].split())
    return {name: float(value) for name, value in pairs}


def child(what: str, path: Path) -> None:
    """One measurement; prints seconds and peak memory in MB."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    make_app(load_config(os.environ.get("CKAN_INI")))
    seconds = bare_copy(path) if what == "copy" else our_load(path)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(" ".join(f"{name}={value}" for name, value in {**seconds, "memory": memory}.items()))


def timed(work: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    """Seconds by the clock and by the processor, and the result."""
    start, busy = time.perf_counter(), time.process_time()
    result = work()
    return {"wall": time.perf_counter() - start, "cpu": time.process_time() - busy}, result


def bare_copy(path: Path) -> dict[str, float]:
    """COPY of a ready file into a table as CKAN makes it; then the same ANALYZE as ours."""
    from ckanext.ierwohnen.tables import store

    table = f"_benchmark_{uuid.uuid4().hex}"
    names = [f"c{number}" for number in range(12)]
    types = ["text"] * 4 + ["numeric"] * 8

    def work() -> None:
        with store.writing() as cursor, path.open("rb") as stream:
            body = ", ".join(f"{name} {kind}" for name, kind in zip(names, types, strict=True))
            cursor.execute(f"CREATE TABLE {table} (_id serial PRIMARY KEY, _full_text tsvector, {body})")
            cursor.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN WITH (FORMAT csv, NULL '')", stream)
            cursor.execute(f"ANALYZE {table}")

    seconds, _ = timed(work)
    with store.writing() as cursor:
        cursor.execute(f"DROP TABLE {table}")
    return seconds


def our_load(path: Path) -> dict[str, float]:
    """What the publishing job does: read, find the roles, check and load in one pass, index, swap."""
    from ckanext.ierwohnen.places.keys import LevelKeys
    from ckanext.ierwohnen.tables import jobs, publish, store, switching, versions
    from ckanext.ierwohnen.tables.checking import Understood
    from ckanext.ierwohnen.tables.model import Job, Version
    from ckanext.ierwohnen.tables.reading import read_table
    from ckanext.ierwohnen.tables.roles import propose_roles

    class Silent(jobs.Progress):
        def _write(self, **values: Any) -> None:
            pass

    job = Job(id=str(uuid.uuid4()), resource_id=str(uuid.uuid4()), parameters={"mode": "replace"})
    staged = store.staged_name(job.id)
    units = {key: f"Straße {key}" for key in KEYS}
    places = [LevelKeys("benchmark", "block", "Blöcke", date(2021, 1, 1), units)]

    def load() -> tuple[int, list[store.StoreColumn]]:
        table = read_table(path, path.name)
        roles = propose_roles(table, places)
        roles[0] = replace(roles[0], role="key", system="benchmark", level="block")  # as a person chooses it
        rows, body, _ = publish.stage(job, Silent(job.id), Understood(table, roles, roles, places, []), staged)
        return rows, body

    def keep(body: list[store.StoreColumn]) -> None:
        version = Version(id="1", resource_id=job.resource_id, columns=[vars(column) for column in body])
        versions.rows_path(version).parent.mkdir(parents=True)
        with store.writing() as cursor:
            versions.keep_rows(version, cursor, staged)

    try:
        with jobs.lean():
            loaded, (rows, body) = timed(load)
            kept, _ = timed(lambda: keep(body))
            swapped, _ = timed(lambda: switching._swap(job, staged, rows))
    finally:
        shutil.rmtree(versions.root() / job.resource_id, ignore_errors=True)
    store.remove(job.resource_id)
    return {name: loaded[name] + swapped[name] for name in loaded} | {"version": kept["wall"]}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]))
    else:
        sys.exit(main(*(int(word) for word in sys.argv[1:] or ["1000000"])))
