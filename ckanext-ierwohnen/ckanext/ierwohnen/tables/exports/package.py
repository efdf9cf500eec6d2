"""The table schema and the data package (Frictionless Data, version 1 with what version 2 adds) of a published table.

Source: https://datapackage.org/standard/table-schema/ and /data-package/. The schema follows from the meaning of the
columns alone, not from the rows: tables of one make (each year's, each office's) have one schema. Our own properties
begin with `ierwohnen:`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ckanext.ierwohnen.look.signs import Status, explanation, label, vocabulary
from ckanext.ierwohnen.tables.exports.csv_file import PLAIN
from ckanext.ierwohnen.tables.exports.published import About, Kind, PublishedTable, kind_of
from ckanext.ierwohnen.tables.exports.words import say
from ckanext.ierwohnen.tables.meaning import PERIOD_PATTERN, ColumnMeaning
from ckanext.ierwohnen.tables.roles import Role

PREFIX = "ierwohnen:"
SCHEMA_FILE = "tableschema.json"
PROPERTIES = (
    "unit", "level", "system", "boundary_date", "period", "indicator", "code_list", "dimension", "code", "status_of",
    "precision",
)  # fmt: skip


def table_schema(columns: Sequence[ColumnMeaning]) -> dict[str, Any]:
    """The schema of the CSV file's columns: types, constraints, meaning."""
    found: dict[str, Any] = {"fields": [field_description(one) for one in columns], "missingValues": [""]}
    keys = [one for one in columns if one.role == Role.KEY and one.system and one.level]
    if keys:
        # No foreign keys proper: rows of the total and of what could not be assigned have keys that are no unit.
        found[PREFIX + "unitReferences"] = [
            {
                "field": one.name,
                "system": one.system,
                "level": one.level,
                "boundaryDate": one.boundary_date,
                "notUnits": [*one.total_keys, *one.unassigned_keys, *one.coarser_keys],
            }
            for one in keys
        ]
    return found


def field_description(column: ColumnMeaning) -> dict[str, Any]:
    """One column as a field of a table schema."""
    kind = kind_of(column)
    title = say("status_heading", "de", column=column.label) if column.status_of else column.label
    found: dict[str, Any] = {"name": column.name, "title": title, "type": _TYPES[kind]}
    if column.notes:
        found["description"] = column.notes
    if kind == Kind.NUMBER:
        found["decimalChar"] = "."
    if column.status_of:
        found["constraints"] = {"enum": [str(status) for status in Status]}
        found["categories"] = [
            {"value": str(status), "label": label(status, "de") or "Wert ohne Zeichen"} for status in Status
        ]
    elif column.role == Role.PERIOD and kind == Kind.TEXT:
        found["constraints"] = {"pattern": PERIOD_PATTERN}
    found[PREFIX + "role"] = str(column.role)
    for name in PROPERTIES:
        value = getattr(column, name)
        if value not in (None, ""):
            found[PREFIX + _camel(name)] = value
    return found


_TYPES = {
    Kind.NUMBER: "number",
    Kind.INTEGER: "integer",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.DATETIME: "datetime",
    Kind.TEXT: "string",
}


def signs_of(columns: Sequence[ColumnMeaning], *, every: bool = False) -> list[dict[str, str]]:
    """The words of the columns of signs, explained; none where the table has no such column (unless `every`)."""
    if not every and not any(one.status_of for one in columns):
        return []
    return [
        {
            "status": str(status),
            "sign": sign.sign,
            "label": label(status, "de"),
            "label_en": label(status, "en"),
            "explanation": explanation(status, "de"),
            "explanation_en": explanation(status, "en"),
        }
        for status, sign in vocabulary().items()
    ]


def data_package(table: PublishedTable, csv_name: str) -> dict[str, Any]:
    """The descriptor `datapackage.json` of a table; the CSV file `csv_name` and the schema lie beside it."""
    about = table.about
    resource: dict[str, Any] = {
        "name": _name(csv_name),
        "title": about.table or about.title,
        "path": csv_name,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": PLAIN.frictionless(),
        "schema": table_schema(table.columns),
    }
    found: dict[str, Any] = {
        "name": _name(csv_name),
        "profile": "tabular-data-package",
        "title": about.title,
        "description": about.description,
        "homepage": about.page,
        "licenses": _licences(about),
        "contributors": [{"title": about.publisher, "role": "publisher"}] if about.publisher else [],
        "resources": [resource],
        PREFIX + "schema": SCHEMA_FILE,
        PREFIX + "signs": signs_of(table.columns),
        PREFIX + "attribution": about.attribution,
        PREFIX + "changed": about.changed,
        PREFIX + "temporal": "/".join(day for day in (about.first, about.last) if day),
    }
    return {name: value for name, value in found.items() if value not in ("", [], None)}


def _licences(about: About) -> list[dict[str, str]]:
    """The licence; the standard wants its name (of plain characters) or its address."""
    name = about.licence_id if re.fullmatch(r"[-a-zA-Z0-9._]+", about.licence_id) else ""
    if not name and not about.licence_url:
        return []
    named = {"name": name, "title": about.licence, "path": about.licence_url}
    return [{member: text for member, text in named.items() if text}]


def _name(filename: str) -> str:
    return filename.rsplit(".", 1)[0].lower()


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
