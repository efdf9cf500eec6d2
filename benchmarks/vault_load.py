"""Loading 200,000 dwellings into the vault against bare COPY of the same rows, in one run.

    ./portal python benchmarks/vault_load.py [ROWS]

Starts a PostgreSQL of its own with the portal's settings. Ratios are of medians of three rounds, all ways in turn; computing
time is this process's and the database's together. `sums` is what the company's own page asks for.
"""

# ruff: noqa: E501
from __future__ import annotations

import datetime as dt
import io
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg2

CHECKOUT = Path(__file__).parent.parent
sys.path[:0] = [str(CHECKOUT)]

from ckanext.ierwohnen.addresses.register import Address, Register  # noqa: E402
from ckanext.ierwohnen.addresses.writing import HouseNumber  # noqa: E402
from ckanext.ierwohnen.tables.load import as_csv  # noqa: E402
from ckanext.ierwohnen.tables.reading import read_table  # noqa: E402
from ckanext.ierwohnen.vault.door import stock_sums, stock_table  # noqa: E402
from ckanext.ierwohnen.vault.loading import load_stock  # noqa: E402
from ckanext.ierwohnen.vault.reader import Reader  # noqa: E402
from ckanext.ierwohnen.vault.record import DERIVED, fields  # noqa: E402
from ckanext.ierwohnen.vault.sealing import Keys  # noqa: E402
from ckanext.ierwohnen.vault.stock_check import StockCheck  # noqa: E402
from ckanext.ierwohnen.vault.store import Store  # noqa: E402
from ckanext.ierwohnen.vault.tests.conftest import temporary_cluster  # noqa: E402

DAY = dt.date(2024, 12, 31)
STREETS = [f"{name}{kind}" for name in ("Linden", "Haupt", "Garten", "Schul", "Berg", "Roßmäßler") for kind in
           ("straße", "weg", "allee", "platz", "ring")] + [f"Straße {n}" for n in range(400)]  # fmt: skip
HEADER = ("WE-Nr;Objekt;Straße;Haus-Nr.;PLZ;Baujahr;Geschosse;Aufzug;Heizung;Energieträger;Energiebedarf;"
          "Modernisierungsstand;Zimmer;Wohnfläche;Etage;barrierearm;Bindung bis;Leerstand;Leerstandsgrund;leer seit;NKM;"
          "Betriebskosten;Mietbeginn;letzter Mieterwechsel;Instandhaltung;Modernisierungskosten;Bemerkung")  # fmt: skip


def office_file(rows: int) -> bytes:
    """A company's table as CSV in Windows-1252 with decimal commas."""
    dice = random.Random(1)
    lines = [HEADER]
    for n in range(rows):
        empty = dice.random() < 0.05
        begun = f"{dice.choice((1, 1, 1, 15)):02}.{dice.randrange(1, 13):02}.{dice.randrange(1975, 2024)}"
        cells = (
            f"{n // 40:05}/{n % 40:02}", f"{n // 40:05}", STREETS[n // 400 % len(STREETS)].replace("straße", "str."),
            str(n // 10 % 40 + 1), "04103", str(dice.randrange(1900, 2020)), str(dice.randrange(2, 9)),
            dice.choice(("ja", "nein")), dice.choice(("Fernwärme", "Gas")), dice.choice(("Gas", "Fernwärme", "Strom")),
            f"{dice.randrange(50, 250)}", dice.choice(("keine", "teilweise", "voll")), f"{dice.randrange(1, 6)}",
            f"{dice.randrange(2500, 12000) / 100:.2f}".replace(".", ","), f"{dice.randrange(0, 8)}",
            dice.choice(("ja", "nein")), "31.12.2030" if n % 9 == 0 else "", "ja" if empty else "nein",
            "Sanierung" if empty else "", "01.05.2024" if empty else "",
            f"{dice.randrange(20000, 90000) / 100:.2f}".replace(".", ","), f"{dice.randrange(5000, 20000) / 100:.2f}".replace(".", ","),
            "" if empty else begun, "" if empty else begun, f"{dice.randrange(0, 90000) / 100:.2f}".replace(".", ","), "0",
            dice.choice(("", "", "Bad erneuert", "Balkon")),
        )  # fmt: skip
        lines.append(";".join(cells))
    return "\n".join(lines).encode("cp1252")


def register() -> Register:
    """Every house of every street."""
    return Register(
        Address(f"{s}-{n}", street, HouseNumber(n), "04103", "", {"quarters/quarter": f"{s % 24:02}"})
        for s, street in enumerate(STREETS)
        for n in range(1, 41)
    )


def computed(postmaster: int) -> float:
    """Seconds of computing time of this process and of the server's."""
    ticks = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields_of = status.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(fields_of[1]) == postmaster or status.parent.name == str(postmaster):
            ticks += int(fields_of[11]) + int(fields_of[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def bare_copy(connection, body: bytes, columns: list[str], round_: int) -> None:
    """COPY into a plain table of the same columns."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS bench")
        cursor.execute(f"CREATE TABLE bench.bare_{round_} (LIKE vault.stock)")
        cursor.execute(f"ALTER TABLE bench.bare_{round_} ALTER version DROP NOT NULL")
        cursor.copy_expert(
            f"COPY bench.bare_{round_} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv, NULL '')", io.BytesIO(body)
        )
        connection.commit()


def main(rows: int) -> None:
    """Run and print."""
    source, addresses = office_file(rows), register()
    table = read_table(source, "bestand.csv")
    batches = list(StockCheck(table, DAY, register=addresses).batches())
    names = batches[0].schema.names
    texts = frozenset({name for name, field in fields().items() if field.type == "text"} | set(DERIVED))
    body = b"".join(as_csv(batch, texts) for batch in batches)
    times: dict[str, list[tuple[float, float]]] = {}
    with temporary_cluster(forgetful=False) as cluster:
        store = Store(cluster.vault.url, cluster.vault.key)
        owner = psycopg2.connect(cluster.url("vault_owner"))
        clerk, asked = Reader("clerk", frozenset({"org"})), {"purpose": "benchmark"}
        server = int(cluster.admin("SELECT pg_read_file('postmaster.pid', 0, 20)").split()[0])

        def load(stream, **options) -> None:
            load_stock(store, clerk, "org", DAY, stream, **asked, **options)

        def timed(way: str, act: Callable[[], object]) -> None:
            begun = time.perf_counter(), computed(server)
            act()
            times.setdefault(way, []).append((time.perf_counter() - begun[0], computed(server) - begun[1]))

        for round_ in range(3):
            timed("COPY", lambda round_=round_: bare_copy(owner, body, names, round_))
            timed("load", lambda: load(batches))
            timed("read", lambda: stock_table(store, clerk, "org", **asked))
            timed("sums", lambda: stock_sums(store, clerk, "org", **asked))
            fresh = register()  # a portal keeps it in memory; a new one has no match of an earlier round
            timed("checked", lambda fresh=fresh: load(
                StockCheck(read_table(source, "bestand.csv"), DAY, register=fresh).batches())
            )  # fmt: skip
            timed("sealed", lambda: load(batches, keys=Keys({"org": "k" * 40})))
        store.close()
        owner.close()
    wall, cpu = ({way: statistics.median(one[at] for one in of) for way, of in times.items()} for at in (0, 1))
    print(f"{rows} dwellings, {len(names)} columns, {len(body) / 1e6:.0f} MB; file {len(source) / 1e6:.0f} MB")
    for way in times:
        print(f"{way:8} {wall[way]:6.2f} s wall  {wall[way] / wall['COPY']:5.2f} x bare COPY;  "
              f"{cpu[way]:6.2f} s computing  {cpu[way] / cpu['COPY']:5.2f} x")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
