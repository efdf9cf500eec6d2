"""How fast a workbook becomes a table, against calamine alone; and how long the check of 10,000 rows takes.

    ./portal python benchmarks/table_read.py [ROWS [ROUNDS]]        (default 100,000 rows, 3 rounds; needs no database)

Calamine only reads the cells. Ours looks through the archive for bombs first, reads the cells by calamine, finds
header, notes and totals, and turns typed numbers into text with their marks. Both run in turn; medians of CPU time.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import ckanext
import xlsxwriter
from python_calamine import CalamineWorkbook

ckanext.__path__.insert(0, str(Path(__file__).parent.parent / "ckanext-ierwohnen" / "ckanext"))

from ckanext.ierwohnen.places.keys import LevelKeys  # noqa: E402
from ckanext.ierwohnen.tables.check import check_table  # noqa: E402
from ckanext.ierwohnen.tables.reading import read_table  # noqa: E402
from ckanext.ierwohnen.tables.roles import propose_roles  # noqa: E402

GOAL, GOAL_SECONDS = 1.5, 3.0
UNITS = {f"{n:05d}": f"Straße {n}" for n in range(4_000)}
HEADER = ["Nr", "Stadtteil", "Jahr", "Wohnungen", "leer", "Quote", "Miete", "Fläche", "Haushalte", "Einwohner", "Saldo"]


def main(rows: int, rounds: int = 3) -> int:
    """Run the benchmark, print its figures, and return 1 if a goal is missed."""
    with tempfile.TemporaryDirectory(prefix="ierwohnen-benchmark-") as place:
        book, small = Path(place) / "book.xlsx", Path(place) / "small.xlsx"
        write(book, rows)
        write(small, 10_000)
        alone, ours = [], []
        for _ in range(rounds):
            alone.append(seconds(lambda: CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).to_python()))
            ours.append(seconds(lambda: [len(chunk) for chunk in read_table(book, book.name).chunks()]))
        checks = [seconds(lambda: checked(small)) for _ in range(rounds)]
    ratio, check = statistics.median(ours) / statistics.median(alone), statistics.median(checks)
    print(f"{rows:,} rows × {len(HEADER)} columns, XLSX, {rounds} rounds in turn, medians of CPU time")
    print(f"calamine alone     {statistics.median(alone):6.2f} s")
    print(f"as a table         {statistics.median(ours):6.2f} s   ratio {ratio:.2f}, goal ≤ {GOAL}")
    print(f"10,000 rows read, checked, with report {check:.2f} s, goal ≤ {GOAL_SECONDS}")
    return int(ratio > GOAL or check > GOAL_SECONDS)


def checked(path: Path) -> int:
    """Read and check a table with its keys."""
    places = [LevelKeys("stadt", "block", "Block", date(2021, 1, 1), UNITS)]
    table = read_table(path, path.name)
    return len(str(check_table(table, propose_roles(table, places), places).as_dict()))


def seconds(work: Callable[[], object]) -> float:
    """CPU time of a piece of work."""
    start = time.process_time()
    work()
    return time.process_time() - start


def write(path: Path, rows: int) -> None:
    """A random table as a workbook."""
    dice = random.Random(11)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("Daten")
    sheet.write_row(0, 0, HEADER)
    keys = list(UNITS)
    for n in range(rows):
        key = keys[n % len(keys)]
        values = [dice.randrange(4_000), dice.randrange(400), dice.randrange(1_000) / 10, dice.randrange(1_900) / 100,
                  dice.randrange(30_000) / 10, dice.randrange(9_000), dice.randrange(20_000), dice.randrange(-400, 400)]
        sheet.write_row(n + 1, 0, [key, UNITS[key], 2000 + n // len(keys), *values])
    book.close()


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:] or ["100000"])))
