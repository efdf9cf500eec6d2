"""How fast a German office CSV becomes a table that can be analysed, against bare COPY in the same database.

    ./portal python benchmarks/table_load.py [ROWS]        (default 1,000,000)

Bare COPY is given an easier file: the same values already in PostgreSQL's writing, into a table as CKAN makes it,
with the full-text trigger off. Ours reads the office's file (Windows-1252, semicolons, decimal comma, thousands
points, signs) and ends with the swapped, indexed, analysed table. The check of every
cell is part of it. Printed are ratios of medians, and the peak memory of our process at 1× and 10× the rows.
"""

from __future__ import annotations

import csv
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROUNDS = 3
GOAL = 1.3
HEADER = (
    "Raumbezug;Stadtteil;Stichtag;Baualter;Wohnungen;davon leer;Leerstand in %;Kaltmiete €/m²;Wohnfläche m²;"
    "Haushalte;Einwohner;Saldo"
)
AGES = ("bis 1918", "1919–1948", "1949–1990", "ab 1991")


def main(rows: int) -> None:
    """Run the benchmark and print its ratios."""
    with tempfile.TemporaryDirectory(prefix="ierwohnen-benchmark-") as place:
        office, plain = Path(place) / "office.csv", Path(place) / "plain.csv"
        generate(office, plain, rows)
        copied = [in_child("copy", plain) for _ in range(ROUNDS)]
        loaded = [in_child("load", office) for _ in range(ROUNDS)]
        large, _ = Path(place) / "large.csv", generate(Path(place) / "large.csv", None, rows * 10)
        memory_large = in_child("load", large)["memory"]
    copy = statistics.median(run["load"] for run in copied)
    load = statistics.median(run["load"] for run in loaded)
    memory = statistics.median(run["memory"] for run in loaded)
    print(f"{rows:,} rows × 12 columns, {ROUNDS} rounds, medians")
    print(f"bare COPY, trigger off      {copy:7.2f} s")
    print(f"check and load to ready     {load:7.2f} s   ratio {load / copy:.2f} (goal ≤ {GOAL})")
    print(f"peak memory                 {memory:7.0f} MB")
    print(f"peak memory at 10× rows     {memory_large:7.0f} MB  ratio {memory_large / memory:.2f}")


def generate(office: Path, plain: Path | None, rows: int) -> None:
    """Write the same random table twice: as an office delivers it, and as COPY likes it."""
    dice = random.Random(11)
    with office.open("w", encoding="cp1252", newline="") as out:
        other = plain.open("w", encoding="utf-8", newline="") if plain else None
        writer = csv.writer(other) if other else None
        out.write(HEADER + "\r\n")
        for number in range(rows):
            key = f"{1 + number // 4 % 96:02d}{1 + number // 384 % 40:02d}{1 + number // 15_360 % 99:02d}"
            day = f"{2010 + number // 1_520_640 % 14}-12-31"
            homes, empty = dice.randrange(0, 4_000), dice.randrange(0, 400)
            share, rent, area = dice.randrange(0, 1_000), dice.randrange(400, 1_900), dice.randrange(30_000, 2_900_000)
            homesteads, people, balance = dice.randrange(0, 9_000), dice.randrange(0, 20_000), dice.randrange(-400, 400)
            fields = [key, f"Straße {key}", day, AGES[number % 4]]
            german = [
                f"{day[8:]}.{day[5:7]}.{day[:4]}", AGES[number % 4], grouped(homes), grouped(empty),
                "." if share < 5 else f"{share / 10:.1f}".replace(".", ","), f"{rent / 100:.2f}".replace(".", ","),
                grouped(area // 10) + f",{area % 10}", grouped(homesteads), grouped(people), str(balance),
            ]  # fmt: skip
            out.write(";".join([key, fields[1], *german]) + "\r\n")
            if writer:
                numbers = ["" if share < 5 else share / 10, rent / 100, area / 10, homesteads, people, balance]
                writer.writerow([*fields, homes, empty, *numbers])
        if other:
            other.close()


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


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


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
    return {"load": seconds}


def our_load(path: Path) -> dict[str, float]:
    """What the publishing job does: read, find the roles, check and load in one pass, index, swap."""
    from ckanext.ierwohnen.tables import publish, store
    from ckanext.ierwohnen.tables.checking import Understood
    from ckanext.ierwohnen.tables.jobs import Progress
    from ckanext.ierwohnen.tables.model import Job
    from ckanext.ierwohnen.tables.reading import read_table
    from ckanext.ierwohnen.tables.roles import propose_roles

    class Silent(Progress):
        def _write(self, **values: Any) -> None:
            pass

    job = Job(id=str(uuid.uuid4()), resource_id=str(uuid.uuid4()), parameters={"mode": "replace"})
    staged = store.staged_name(job.id)

    def load() -> None:
        table = read_table(path, path.name)
        roles = propose_roles(table)
        rows = publish.stage(job, Silent(job.id), Understood(table, roles, roles, [], []), staged)
        publish.swap(job, staged, rows)

    seconds, _ = timed(load)
    store.remove(job.resource_id)
    return {"load": seconds}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
