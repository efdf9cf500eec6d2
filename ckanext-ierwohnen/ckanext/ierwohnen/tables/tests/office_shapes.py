"""Whole tables in the shapes that offices give them, in every kind of file; the truth is known by unit, date and class.

Long and wide, years and ages as columns, header rows of two levels, side headers, headings between rows, a sheet for
each year, totals anywhere, codes beside names, keys without their zeros, dates as numbers, formulas, hidden rows.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import xlsxwriter

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.tests.office_tables import NAMES
from ckanext.ierwohnen.tables.tests.sheets import ods, xls

FIGURES = ["Einwohner", "Haushalte", "Wohnungen"]
AGES = {"0-17": "unter 18", "18-64": "18 bis unter 65", "65+": "65 und älter"}
Key = tuple[str, str | None, str | None, str | None]


@dataclass
class Shape:
    """A file with its truth: (key of the unit, period, class, figure) → value; None where a table has none of these."""

    data: bytes
    filename: str
    level: LevelKeys
    truth: dict[Key, float]
    told: str


@dataclass
class Sheets:
    """What is to be written: rows by sheet, and what only a workbook knows."""

    rows: dict[str, list[list[Any]]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_sheet: bool = False
    formulas: bool = False


def shape(seed: int) -> Shape:
    """A table by seed."""
    rng = random.Random(seed)
    count = rng.randint(6, len(NAMES))
    width = rng.choice([2, 3, 8])
    keys = [f"{1 + 6 * n:0{width}d}" if width < 8 else f"0{1100101 + 101 * n}" for n in range(count)]
    level = LevelKeys(
        "stadt", "quarter", "Stadtteil", date(2021, 1, 1), dict(zip(keys, rng.sample(NAMES, count), strict=True))
    )
    make = rng.choice(SHAPES)
    truth: dict[Key, float] = {}
    sheets = make(rng, level.units, truth)
    notes = []
    for change in (with_total, with_notes):
        if rng.random() < 0.5:
            change(rng, sheets)
            notes.append(change.__name__)
    for rows in sheets.rows.values():
        if rng.random() < 0.4:
            _numbers_for_keys(rows)
            notes.append("typed_keys")
    kind = "book" if sheets.merged or len(sheets.rows) > 1 else rng.choice(["text", "book", "book"])
    data, name = (_text if kind == "text" else _book)(rng, sheets)
    return Shape(data, name, level, truth, f"{seed}: {make.__name__} {notes} {name}")


def _value(rng: random.Random) -> int | float:
    return rng.choice([rng.randint(0, 900), rng.randint(1_000, 90_000), round(rng.uniform(0, 5_000), 1)])


def _counts(rng: random.Random, count: int) -> list[int]:
    return [rng.randint(200, 90_000) for _ in range(count)]


def long_years(rng: random.Random, units: dict[str, str], truth: dict[Key, float]) -> Sheets:
    """Unit, date and figures in each row; the date as a year, a day, or Excel's number of the day."""
    figures = rng.sample(FIGURES, rng.randint(1, 3))
    years = rng.sample(range(2005, 2026), rng.randint(2, 4))
    form = rng.choice(["year", "day", "serial", "typed", "iso"])
    head = {"year": "Jahr"}.get(form, "Stichtag")
    rows: list[list[Any]] = [["Schlüssel", "Stadtteil", head, *figures]]
    for year in sorted(years):
        for key, name in units.items():
            values = _counts(rng, len(figures))
            day = date(year, 12, 31)
            shown: Any = {
                "year": year, "day": f"{day:%d.%m.%Y}", "serial": (day - date(1899, 12, 30)).days, "typed": day,
                "iso": day.isoformat(),
            }[form]  # fmt: skip
            rows.append([key, name, shown, *values])
            when = str(year) if form == "year" else day.isoformat()
            truth |= {(key, when, None, f): v for f, v in zip(figures, values, strict=True)}
    return Sheets({"Daten": rows})


def wide_years(rng: random.Random, units: dict[str, str], truth: dict[Key, float]) -> Sheets:
    """One figure, a column for each year or day."""
    first, count = rng.randint(2005, 2018), rng.randint(2, 6)
    days = rng.random() < 0.4
    heads: list[Any] = [f"31.12.{y}" if days else rng.choice([y, str(y)]) for y in range(first, first + count)]
    rows: list[list[Any]] = [["Einwohner nach Stadtteilen"], [], ["Schlüssel", "Stadtteil", *heads]]
    for key, name in units.items():
        values = _counts(rng, count)
        rows.append([key, name, *values])
        truth |= {
            (key, f"{first + n}-12-31" if days else str(first + n), None, None): v for n, v in enumerate(values)
        }
    return Sheets({"Daten": rows})


def two_levels(rng: random.Random, units: dict[str, str], truth: dict[Key, float]) -> Sheets:
    """Figures over years in two header rows, with merged cells."""
    figures, years = rng.sample(FIGURES, 2), [str(y) for y in range(2019, 2019 + rng.randint(2, 3))]
    top: list[Any] = ["Schlüssel", "Stadtteil"]
    for figure in figures:
        top += [figure, *[None] * (len(years) - 1)]
    rows: list[list[Any]] = [top, [None, None, *years * 2]]
    merged = [(0, 2 + n * len(years), 0, 1 + (n + 1) * len(years)) for n in range(2)]
    merged += [(0, 0, 1, 0), (0, 1, 1, 1)] if rng.random() < 0.5 else []
    for key, name in units.items():
        values = _counts(rng, 2 * len(years))
        rows.append([key, name, *values])
        places = [(figure, year) for figure in figures for year in years]
        truth |= {(key, year, None, figure): v for (figure, year), v in zip(places, values, strict=True)}
    return Sheets({"Daten": rows}, merged)


def wide_ages(rng: random.Random, units: dict[str, str], truth: dict[Key, float]) -> Sheets:
    """Age groups as columns."""
    rows: list[list[Any]] = [["Schlüssel", "Stadtteil", *AGES.values()]]
    for key, name in units.items():
        values = _counts(rng, 3)
        rows.append([key, name, *values])
        truth |= {(key, None, age, None): v for age, v in zip(AGES.values(), values, strict=True)}
    return Sheets({"Daten": rows})


def side_headers(rng: random.Random, units: dict[str, str], truth: dict[Key, float]) -> Sheets:
    """The unit is given once and left blank below."""
    rows: list[list[Any]] = [["Schlüssel", "Altersgruppe", "Einwohner"]]
    for key in units:
        for n, age in enumerate(AGES.values()):
            value = _counts(rng, 1)[0]
            rows.append([key if n == 0 else None, age, value])
            truth[key, None, age, "Einwohner"] = value
    return Sheets({"Daten": rows})


def headings(rng: random.Random, units: dict[str, str], truth: dict[Key, float]) -> Sheets:
    """A heading with the year over the rows of each year."""
    rows: list[list[Any]] = [["Schlüssel", "Stadtteil", "Einwohner", "Haushalte"]]
    for year in range(2019, 2019 + rng.randint(2, 4)):
        rows.append([f"Jahr {year}"])
        for key, name in units.items():
            values = _counts(rng, 2)
            rows.append([key, name, *values])
            truth |= {(key, str(year), None, f): v for f, v in zip(FIGURES[:2], values, strict=True)}
    return Sheets({"Daten": rows})


def sheet_by_year(rng: random.Random, units: dict[str, str], truth: dict[Key, float]) -> Sheets:
    """A sheet for each year."""
    sheets: dict[str, list[list[Any]]] = {}
    form = rng.choice(["{}", "Jahr {}", "31.12.{}"])
    for year in range(2019, 2019 + rng.randint(2, 4)):
        rows: list[list[Any]] = [["Schlüssel", "Stadtteil", "Einwohner"]]
        for key, name in units.items():
            value = _counts(rng, 1)[0]
            rows.append([key, name, value])
            truth[key, f"{year}-12-31" if "." in form else str(year), None, "Einwohner"] = value
        sheets[form.format(year)] = rows
    return Sheets(sheets)


def code_and_name(rng: random.Random, units: dict[str, str], truth: dict[Key, float]) -> Sheets:
    """Key and name in one cell."""
    form = rng.choice(["{} {}", "{} - {}", "{}: {}"])
    rows: list[list[Any]] = [["Stadtteil", "Einwohner", "Miete"]]
    for key, name in units.items():
        values = [_counts(rng, 1)[0], _value(rng)]
        rows.append([form.format(key, name), *values])
        truth |= {(key, None, None, f): v for f, v in zip(("Einwohner", "Miete"), values, strict=True)}
    return Sheets({"Daten": rows})


def plain(rng: random.Random, units: dict[str, str], truth: dict[Key, float]) -> Sheets:
    """A row for each unit; formulas, hidden rows and a hidden sheet where it is a workbook."""
    figures = [*FIGURES, "Miete"]
    rows: list[list[Any]] = [["Schlüssel", "Stadtteil", *figures]]
    for key, name in units.items():
        values = [*_counts(rng, 3), _value(rng)]
        rows.append([key, name, *values])
        truth |= {(key, None, None, f): v for f, v in zip(figures, values, strict=True)}
    hidden = rng.sample(range(1, len(rows)), 2) if rng.random() < 0.4 else []
    return Sheets({"Daten": rows}, [], hidden, rng.random() < 0.3, rng.random() < 0.4)


SHAPES: list[Callable[[random.Random, dict[str, str], dict[Key, float]], Sheets]] = [
    long_years, wide_years, two_levels, wide_ages, side_headers, headings, sheet_by_year, code_and_name, plain, plain,
]  # fmt: skip


def with_total(rng: random.Random, sheets: Sheets) -> None:
    """A total above or below all rows of a table without groups."""
    for rows in sheets.rows.values():
        head = next(n for n, row in enumerate(rows) if row and row[0] in ("Schlüssel", "Stadtteil"))
        body = [n for n, row in enumerate(rows) if n > head and len(row) == len(rows[head]) and row[0] is not None]
        if sheets.merged or len(body) < len(rows) - head - 1 or rows[head][2:3] in (["Jahr"], ["Stichtag"]):
            continue
        if rows[head][1] == "Altersgruppe":
            continue
        words = 1 if rows[head][1] == "Stadtteil" else 0
        total = [
            sum(rows[n][c] for n in body) if isinstance(rows[body[0]][c], int | float) else None
            for c in range(len(rows[head]))
        ]
        total[words] = rng.choice(["Insgesamt", "Stadt insgesamt", "Summe"])
        at = rng.choice([body[0], len(rows)])
        rows.insert(at, total)
        sheets.hidden_rows = [n + (n >= at) for n in sheets.hidden_rows]


def with_notes(rng: random.Random, sheets: Sheets) -> None:
    """Title and source in every sheet."""
    for rows in sheets.rows.values():
        above = [["Statistisches Jahrbuch, Tabelle 3.1"], []]
        rows[:0] = above
        rows += [[], ["Quelle: Amt für Statistik, eigene Auswertung"]]
    sheets.merged = [(r + 2, c, last + 2, right) for r, c, last, right in sheets.merged]
    sheets.hidden_rows = [n + 2 for n in sheets.hidden_rows]


def _numbers_for_keys(rows: list[list[Any]]) -> None:
    """Excel has made numbers of the keys."""
    for row in rows:
        if row and isinstance(row[0], str) and row[0].isdigit():
            row[0] = int(row[0])


def _text(rng: random.Random, sheets: Sheets) -> tuple[bytes, str]:
    separator, grouped = rng.choice([";", "\t", "|"]), rng.choice(["", "", ".", "\u202f", "\u2009", "'", " "])
    lines = []
    rows = next(iter(sheets.rows.values()))
    head = next(row for row in rows if row and row[0] in ("Schlüssel", "Stadtteil"))
    figures = [row is not head and name not in ("Schlüssel", "Jahr", "Stichtag") for row in rows for name in head]
    for number, row in enumerate(rows):
        own = figures[number * len(head) :]
        lines.append(separator.join(_german(cell, grouped if own[n] else "") for n, cell in enumerate(row)))
    text = rng.choice(["\n", "\r\n"]).join(lines) + "\n"
    for encoding in rng.sample(["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1", "mac_roman"], 6):
        try:
            return text.encode(encoding), "tabelle.csv"
        except UnicodeEncodeError:
            continue
    raise AssertionError(text)


def _german(cell: Any, grouped: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, float):
        return f"{cell:,.1f}".replace(",", "\x00").replace(".", ",").replace("\x00", grouped)
    return f"{cell:,}".replace(",", grouped) if isinstance(cell, int) else str(cell)


def _book(rng: random.Random, sheets: Sheets) -> tuple[bytes, str]:
    if not (sheets.merged or sheets.hidden_rows or sheets.hidden_sheet or sheets.formulas):
        kind = rng.choice(["xlsx", "ods", "xls"])
        if kind != "xlsx":
            return (ods if kind == "ods" else xls)(sheets.rows), f"tabelle.{kind}"
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    for name, rows in sheets.rows.items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(r, c, cell, day)  # type: ignore[arg-type]
                elif sheets.formulas and c > 1 and isinstance(cell, int | float):
                    sheet.write_formula(r, c, f"={cell}+0", None, cell)
                elif cell is not None:
                    sheet.write(r, c, cell)
        for top, left, bottom, right in sheets.merged:
            if (top, left) != (bottom, right):
                sheet.merge_range(top, left, bottom, right, rows[top][left])
        for n in sheets.hidden_rows:
            sheet.set_row(n, None, None, {"hidden": True})
    if sheets.hidden_sheet:
        aside = book.add_worksheet("Intern")
        aside.write_row(0, 0, ["Schlüssel", "geheim"])
        aside.write_row(1, 0, ["01", 5])
        aside.hide()
    book.close()
    return stream.getvalue(), "tabelle.xlsx"
