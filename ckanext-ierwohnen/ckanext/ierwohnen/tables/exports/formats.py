"""The formats of downloads: what each is called, how its file is named, and who writes it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckanext.ierwohnen.tables.exports import borders, columnar, csv_file, package, workbook
from ckanext.ierwohnen.tables.exports.published import PublishedTable
from ckanext.ierwohnen.tables.exports.words import say


@dataclass(frozen=True)
class Format:
    """One format: its code, the ending of its file's name, its media type, and what it needs and is told.

    `detail` is how fine the borders are that it needs; `spoken` says that it holds words of the reader's language.
    """

    code: str
    ending: str
    media_type: str
    detail: str | None = None
    spoken: bool = False


FORMATS = {
    one.code: one
    for one in (
        Format(
            "xlsx", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", spoken=True
        ),
        Format("csv", ".csv", "text/csv; charset=utf-8; header=present"),
        Format("csv-excel", "-excel.csv", "text/csv; charset=utf-8; header=present", spoken=True),
        Format("geojson", ".geojson", "application/geo+json", detail="fine"),
        Format("gpkg", ".gpkg", "application/geopackage+sqlite3", detail="full", spoken=True),
        Format("parquet", ".parquet", "application/vnd.apache.parquet"),
        Format("datapackage", "datapackage.json", "application/json"),
        Format("tableschema", "tableschema.json", "application/json"),
    )
}  # fmt: skip
WHOLE_NAMES = {"datapackage", "tableschema"}
LONGEST_STEM = 60
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)$", re.I)


def format_of(filename: str) -> Format | None:
    """The format that a file name asks for; the name before the ending is free, so that old links keep working."""
    endings = sorted(FORMATS.values(), key=lambda one: -len(one.ending))
    whole = [one for one in endings if one.code in WHOLE_NAMES]
    named = next((one for one in whole if one.ending == filename), None)
    rest = (one for one in endings if one.code not in WHOLE_NAMES and filename.endswith(one.ending))
    return named or next(rest, None)


def filename(stem: str, form: Format) -> str:
    """The name of a download's file."""
    return form.ending if form.code in WHOLE_NAMES else stem + form.ending


def file_stem(*names: str) -> str:
    """A file name without ending, safe on every system, from the first name that has letters or digits in it.

    Plain lower-case letters, digits and hyphens only; no name that Windows keeps for its devices.
    """
    for name in names:
        plain = unicodedata.normalize("NFKD", name.translate(_UMLAUTS)).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\.(csv|xlsx?|ods|txt|tsv)$", "", plain.lower())).strip("-")
        stem = stem[:LONGEST_STEM].strip("-")
        if stem:
            return f"tabelle-{stem}" if _RESERVED.match(stem) else stem
    return "tabelle"


def why_not(table: PublishedTable, form: Format, features: Mapping[str, Any] | None, locale: str) -> str:
    """Why a table cannot be had in a format, in words; empty if it can."""
    if form.code == "xlsx" and table.rows > workbook.MOST_ROWS:
        return say("too_long", locale, rows=table.rows, limit=workbook.MOST_ROWS)
    if form.code == "xlsx" and len(table.columns) > workbook.MOST_COLUMNS:
        return say("too_wide", locale, columns=len(table.columns), limit=workbook.MOST_COLUMNS)
    if form.detail is None:
        return ""
    if features is None:
        return say("no_units", locale)
    size = borders.expected_bytes(table, features)
    if size > borders.MOST_BYTES:
        return say("too_large_with_borders", locale, size=size >> 20, limit=borders.MOST_BYTES >> 20)
    return ""


def write(
    table: PublishedTable, form: Format, path: Path, stem: str, features: Mapping[str, Any] | None, locale: str
) -> None:
    """Write the table in a format; `why_not` has found nothing against it."""
    if form.code == "xlsx":
        workbook.write_workbook(table, path, locale)
    elif form.code == "parquet":
        columnar.write_parquet(table, path)
    elif form.code == "gpkg" and features is not None:
        borders.write_geopackage(table, path, features, locale)
    elif form.code in WHOLE_NAMES:
        content = (
            package.table_schema(table.columns)
            if form.code == "tableschema"
            else package.data_package(table, filename(stem, FORMATS["csv"]))
        )
        path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
    else:
        with path.open("wb") as out:
            if form.code == "geojson" and features is not None:
                borders.write_geojson(table, out, features)
            else:
                dialect = csv_file.EXCEL if form.code == "csv-excel" else csv_file.PLAIN
                csv_file.write_csv(table, out, dialect, locale)
