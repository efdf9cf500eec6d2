"""The page of a company's own stock with 200,000 dwellings against the same sums by plain SQL, in one run.

    ./portal python benchmarks/company_page.py [--rows 200000] [--rounds 5]

On the running demonstration portal a company gets a delivery of another date, made of its own dwellings many times
over, which is deleted at the end. A web server with one worker is started. Asked for in turn: the page of that date,
the page of the company's own newest date, the sums as the page reads them, and the same sums by GROUP BY over the
dwellings, with the same rights in the same store. Computing time is the worker's alone.
Goal: the page takes at most a second, and at most a tenth more than that of the small delivery.
"""

from __future__ import annotations

import argparse
import configparser
import datetime as dt
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "benchmarks")]

import pages  # noqa: E402
from ckanext.ierwohnen.vault.capability import Claims  # noqa: E402
from ckanext.ierwohnen.vault.door import (  # noqa: E402
    StockVersion,
    stock_sums,
    stock_table,
    stock_versions,
    stored_type,
)
from ckanext.ierwohnen.vault.journal import note  # noqa: E402
from ckanext.ierwohnen.vault.loading import delete_stock, load_stock  # noqa: E402
from ckanext.ierwohnen.vault.reader import Reader  # noqa: E402
from ckanext.ierwohnen.vault.record import value_fields  # noqa: E402
from ckanext.ierwohnen.vault.store import Store  # noqa: E402
from ckanext.ierwohnen.vault.summary import COLUMNS, GROUPED  # noqa: E402

DAY, WHY = dt.date(2098, 12, 31), "benchmark"
LET = "WHERE net_cold_rent > 0 AND floor_area > 0 AND vacant IS NOT TRUE"
TYPED = ", ".join(f"{name} {stored_type(name)}" for name in COLUMNS)
SUMS = f"""SELECT {{by}}, count(*), count(vacant), count(*) FILTER (WHERE vacant), sum(net_cold_rent) FILTER ({LET}),
    sum(floor_area) FILTER ({LET}), count(greatest(tenancy_since, tenant_changed)), count(*) FILTER (WHERE
    greatest(tenancy_since, tenant_changed) > date '{DAY}' - interval '1 year'
    AND greatest(tenancy_since, tenant_changed) <= date '{DAY}')
    FROM vault.own_stock(ARRAY[%s]::uuid[], ARRAY{list(COLUMNS)}) AS stock ({TYPED}) GROUP BY 1"""


def main() -> int:
    """Run, print a line for each, and return 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--role", default="company_analyst_1")
    asked = parser.parse_args()
    token = json.loads((CHECKOUT / ".portal" / "accounts.json").read_text("utf-8"))[asked.role]["token"]
    store = _store(Path(os.environ["CKAN_INI"]))
    with tempfile.TemporaryDirectory() as folder:
        port = pages.free_port()
        file = pages.our_configuration(Path(os.environ["CKAN_INI"]), Path(folder), port)
        with pages.server(file, port) as worker:
            mine = json.loads(pages.get(port, "/api/3/action/organization_list_for_user", token))["result"]
            reader = Reader("benchmark", frozenset(one["id"] for one in mine))
            stock = {one["id"]: stock_versions(store, reader, one["id"], purpose=WHY) for one in mine}
            company = next(one for one in mine if stock[one["id"]])
            newest = stock[company["id"]][0]
            with _delivery(store, reader, newest, asked.rows) as version:
                page = f"/ierwohnen/bestand/{company['name']}?date="
                ways: dict[str, Callable[[], object]] = {
                    "page": lambda: pages.get(port, f"{page}{DAY}", token),
                    "page, own date": lambda: pages.get(port, f"{page}{newest.reference_date}", token),
                    "sums": lambda: stock_sums(store, reader, company["id"], purpose=WHY, dates=[DAY]),
                    "GROUP BY": lambda: _grouped(store, reader, company["id"], version),
                }
                times = _measured(ways, asked.rounds, lambda: pages.computed(worker))
    for way, (wall, computing) in times.items():
        told = f", worker {computing * 1000:7.1f} ms" if way.startswith("page") else ""
        print(f"{way:15} {wall * 1000:8.1f} ms{told}   {wall / times['GROUP BY'][0]:6.2f} x GROUP BY")
    larger = times["page"][1] / times["page, own date"][1]
    print(f"{asked.rows} dwellings against the own date: {larger:.2f} x computing")
    return int(times["page"][0] > 1 or larger > 1.1)


def _store(configuration: Path) -> Store:
    parser = configparser.RawConfigParser()
    parser.read(configuration, "utf-8")
    names = ("URL", "KEY")
    return Store(*(parser.get("app:main", f"ierwohnen.vault.{name.lower()}") for name in names))


@contextmanager
def _delivery(store: Store, reader: Reader, own: StockVersion, rows: int) -> Iterator[str]:
    """So many dwellings at a date of their own, deleted with the block; gives their version."""
    wanted = [name for name in COLUMNS if not (own.sealed and name in value_fields())]
    found = stock_table(store, reader, own.organization, purpose=WHY, dates=[own.reference_date], columns=wanted)
    many = found.drop(columns="reference_date").iloc[[n % len(found) for n in range(rows)]]
    table = pa.Table.from_pandas(many.assign(dwelling=[f"b{n}" for n in range(rows)]), preserve_index=False)
    columns = [_text(column.combine_chunks()) for column in table.columns]
    batch = pa.RecordBatch.from_arrays(columns, names=table.column_names)
    try:
        yield load_stock(store, reader, own.organization, DAY, [batch], purpose=WHY).version
    finally:
        delete_stock(store, reader, own.organization, DAY, purpose=WHY)


def _text(column: pa.Array) -> pa.Array:
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "t", "f")
    if pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.date32())
    return pc.cast(column, pa.string())


def _grouped(store: Store, reader: Reader, company: str, version: str) -> None:
    """The sums of each field by SQL, as the same role and by an entry in the ledger as well."""
    entries = note(store, reader, [company], "read", "stock", WHY)
    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        for name in GROUPED:
            cursor.execute(SUMS.format(by=name), (version,))
            cursor.fetchall()


def _measured(
    ways: dict[str, Callable[[], object]], rounds: int, computed: Callable[[], float]
) -> dict[str, tuple[float, float]]:  # fmt: skip
    """Median seconds of waiting and of the worker's computing, all ways in turn after a warm-up."""
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for number in range(1 + rounds):
        for way, act in ways.items():
            before = time.perf_counter(), computed()
            act()
            if number:
                found[way].append((time.perf_counter() - before[0], computed() - before[1]))
    return {way: tuple(map(statistics.median, zip(*made, strict=True))) for way, made in found.items()}  # type: ignore


if __name__ == "__main__":
    sys.exit(main())
