"""What it costs to keep a published state of a table, in time and disk, against bare COPY in the same database.

    ./portal python benchmarks/version_cost.py [ROWS [ROUNDS]]        (default 1,000,000 rows × 12 columns, 3 rounds)

Bare COPY fills a table as in `table_load.py`. Then its rows are kept as those of a version (COPY out, Parquet, fsync),
and brought back as restoring does. All in turn, so that a busy machine slows all. Printed are ratios of medians, and
the room of the version's rows beside that of the CSV and of the table in the database.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from table_load import generate

GOAL = 1.0  # keeping a state takes no longer than bare COPY of its rows
NAMES = [f"c{number}" for number in range(12)]
BODY = ", ".join(f"{name} {'text' if number < 4 else 'numeric'}" for number, name in enumerate(NAMES))


def main(rows: int, rounds: int = 3) -> int:
    """Run the benchmark, print its ratios, and return 1 if the goal is missed."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    make_app(load_config(os.environ.get("CKAN_INI")))
    times: dict[str, list[float]] = {"copy": [], "keep": [], "restore": []}
    with tempfile.TemporaryDirectory(prefix="ierwohnen-benchmark-") as place:
        office, plain, kept = (Path(place) / name for name in ("office.csv", "plain.csv", "rows.parquet"))
        generate(office, plain, rows)
        for _ in range(rounds):
            in_database = one_round(plain, kept, times)
        sizes = {"CSV as delivered": office, "rows of a version": kept}
        room = {name: path.stat().st_size for name, path in sizes.items()} | {"table in PostgreSQL": in_database}
    copy, keep, restore = (statistics.median(times[name]) for name in ("copy", "keep", "restore"))
    print(f"{rows:,} rows × 12 columns, {rounds} rounds in turn, medians; load of the machine {os.getloadavg()[0]:.1f}")
    print(f"bare COPY               {copy:7.2f} s")
    print(f"keep as a version       {keep:7.2f} s   ratio {keep / copy:.2f}, goal ≤ {GOAL}")
    print(f"bring back by COPY      {restore:7.2f} s   ratio {restore / copy:.2f}")
    for name, size in room.items():
        print(f"{name:20}  {size / 1e6:9.1f} MB   {size / room['CSV as delivered']:.2f} of the CSV")
    return int(keep / copy > GOAL)


def one_round(plain: Path, kept: Path, times: dict[str, list[float]]) -> int:
    """Fill, keep, bring back; returns the size of the table in bytes."""
    from ckanext.ierwohnen.tables import snapshots, store
    from ckanext.ierwohnen.tables.load import COPY_OPTIONS

    tables = [f"_benchmark_{uuid.uuid4().hex}" for _ in range(2)]
    with store.writing() as cursor:
        for table in tables:
            cursor.execute(f"CREATE TABLE {table} (_id serial PRIMARY KEY, _full_text tsvector, {BODY})")
    try:
        into = f"{tables[0]} ({', '.join(NAMES)})"
        with timed(times["copy"]), store.writing() as cursor, plain.open("rb") as stream:
            cursor.copy_expert(f"COPY {into} FROM STDIN WITH (FORMAT csv, NULL '')", stream)
        query = f"COPY (SELECT {', '.join(NAMES)} FROM {tables[0]} ORDER BY _id) TO STDOUT WITH (FORMAT csv)"
        with timed(times["keep"]), store.writing() as cursor:
            snapshots.write(lambda out: cursor.copy_expert(query, out), kept, NAMES)
        with timed(times["restore"]), store.writing() as cursor:
            store.copy(cursor, tables[1], NAMES, snapshots.as_copy(kept), COPY_OPTIONS)
        with store.writing() as cursor:
            cursor.execute(f"SELECT pg_total_relation_size('{tables[0]}')")
            return int(cursor.fetchone()[0])
    finally:
        with store.writing() as cursor:
            cursor.execute(f"DROP TABLE {', '.join(tables)}")


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    """Note the seconds of the block."""
    start = time.perf_counter()
    yield
    into.append(time.perf_counter() - start)


if __name__ == "__main__":
    numbers = [int(word.replace("_", "")) for word in sys.argv[1:]]
    sys.exit(main(*numbers) if numbers else main(1_000_000))
