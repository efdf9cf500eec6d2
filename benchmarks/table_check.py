"""How long a person waits for the check of an office table, against reading the same file by pandas alone.

    ./portal python benchmarks/table_check.py [ROWS [ROUNDS]]        (default 10,000 rows, 5 rounds)

pandas is told everything: encoding, separator, decimal comma, thousands points, columns of text, signs. Ours is told
nothing: it finds these, proposes the role of each of 12 columns among the indicators of the catalogue and the units of
three spatial systems, checks every cell, key, sum and series, and gives the rows that the page shows. Both run in
turn, as CSV and as XLSX (there pandas reads by calamine, as we do), so that a busy machine slows both. Goal: at most
3 seconds.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import xlsxwriter
from ckanext.ierwohnen.indicators.catalogue import load_catalogue
from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import CheckRun
from ckanext.ierwohnen.tables.extract import Extract
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import propose_roles
from table_load import KEYS, generate

GOAL = 3.0  # seconds
Seconds = tuple[float, float]
SIGNS = [".", "/", "x", "-", "…"]
TEXTS = {"Raumbezug": str, "Stadtteil": str, "Stichtag": str, "Baualter": str}


def main(rows: int, rounds: int) -> int:
    """Run the benchmark, print medians and ratios, and return 1 if the goal is missed."""
    missed = False
    names = load_catalogue().names()
    places = systems()
    print(f"{rows:,} rows × 12 columns, {rounds} rounds in turn, medians; load of the machine {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="ierwohnen-benchmark-") as place:
        text, book = Path(place) / "office.csv", Path(place) / "office.xlsx"
        generate(text, None, rows)
        as_workbook(text, book)
        for path, alone in ((text, read_csv), (book, read_excel)):
            spent: dict[str, list[Seconds]] = {"alone": [], "check": []}
            for _ in range(rounds):
                spent["alone"].append(timed(lambda path=path, alone=alone: alone(path)))
                spent["check"].append(timed(lambda path=path: checked(path, places, names)))
            other, ours = middle(spent["alone"]), middle(spent["check"])
            missed |= ours[0] > GOAL
            for title, (clock, busy) in (("pandas alone", other), ("check", ours)):
                print(f"{path.suffix[1:].upper():5} {title:13} {clock:6.2f} s   ({busy:.2f} s CPU)")
            print(f"      ratio         {ours[0] / other[0]:6.1f}")
    print(f"goal: at most {GOAL} s")
    return int(missed)


def systems() -> list[LevelKeys]:
    """The levels of three spatial systems; the keys belong to the last."""
    units = {year: {f"{year}{number:04d}": f"Block {number}" for number in range(3_000)} for year in (2006, 2015)}
    units[2021] = {key: f"Straße {key}" for key in KEYS}
    return [LevelKeys(f"system-{year}", "block", "Blöcke", date(year, 1, 1), keys) for year, keys in units.items()]


def checked(path: Path, places: list[LevelKeys], names: list) -> None:
    """What the check page needs: the table, the roles, the report, the rows."""
    table = read_table(path, path.name)
    roles = propose_roles(table, places, names)
    run = CheckRun(table, roles, places, names)
    for chunk in table.chunks():
        run.take(chunk)
    report = run.report()
    assert report.rows and Extract("extract", 400).rows(table, report)


def read_csv(path: Path) -> None:
    """pandas, told everything about the file."""
    pd.read_csv(path, sep=";", encoding="cp1252", decimal=",", thousands=".", dtype=TEXTS, na_values=SIGNS, engine="c")


def read_excel(path: Path) -> None:
    """pandas on calamine, told everything about the file."""
    pd.read_excel(path, engine="calamine", dtype=TEXTS, na_values=SIGNS)


def as_workbook(text: Path, book: Path) -> None:
    """The same table as XLSX: numbers as numbers, keys and signs as text."""
    frame = pd.read_csv(text, sep=";", encoding="cp1252", dtype=str, keep_default_na=False)
    workbook = xlsxwriter.Workbook(book, {"constant_memory": True, "strings_to_numbers": False})
    sheet = workbook.add_worksheet("Daten")
    sheet.write_row(0, 0, list(frame.columns))
    for number, row in enumerate(frame.itertuples(index=False), 1):
        for place, cell in enumerate(row):
            figure = cell.replace(".", "").replace(",", ".")
            if place > 3 and cell not in SIGNS:
                sheet.write_number(number, place, float(figure))
            else:
                sheet.write_string(number, place, cell)
    workbook.close()


def timed(work: Callable[[], None]) -> Seconds:
    """Seconds by the clock and of the processor."""
    start, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - busy


def middle(runs: list[Seconds]) -> Seconds:
    """Medians of several runs."""
    return statistics.median(clock for clock, _ in runs), statistics.median(busy for _, busy in runs)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(given[0] if given else 10_000, given[1] if len(given) > 1 else 5))
