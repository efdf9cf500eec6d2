"""What the check page of a company's table shows; the words for what became of columns and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault.record import fields

FIELD = "field-"
COLUMN = "column-"
UNMATCHED = 200


def chosen(form: Mapping[str, str]) -> dict[str, str]:
    """Column → field, from the numbered fields of the form; columns without a field are not stored."""
    found = {}
    for name, column in form.items():
        if name.startswith(COLUMN) and (field := form.get(FIELD + name.removeprefix(COLUMN))):
            found[column] = field
    return found


def page(found: dict[str, Any], versions: list[dict[str, Any]]) -> dict[str, Any]:
    """What the template needs besides the check itself."""
    words, language = ways(), reader_language()
    labels = {field.name: field.label(language) for field in fields().values()}
    by_severity = {
        name: sum(p["severity"] == name for p in found["problems"]) for name in ("error", "warning", "hint")
    }
    total = sum(found["addresses"].values())
    matched = total - len(found["unmatched"]) if total else 0
    return {
        "fields": list(labels.items()),
        "recognised": _recognised(found["file"]),
        "sheet": _sheet(found),
        "sizes": ["w12" if len(labels.get(one["field"], "")) < 12 else "w21" for one in found["columns"]],
        "replaces": next((v for v in versions if v["reference_date"] == found["reference_date"]), None),
        "counts_text": _counts(by_severity),
        "rows": {line["row"] for line in found["file"]["rows"]},
        "addresses_shown": [(words[way], tk.h.iw_number(number)) for way, number in found["addresses"].items()],
        "matched": matched,
        "total": total,
        "undecided": any(problem["code"] == "no-dwelling" for problem in found["problems"]),
        "addressed": any(one["field"] == "street" for one in found["columns"]),
        "unmatched": [{"row": one["row"], "way": words[one["way"]]} for one in found["unmatched"][:UNMATCHED]],
        "more": max(0, len(found["unmatched"]) - UNMATCHED),
    }


def _counts(by_severity: Mapping[str, int]) -> str:
    """How many problems there are of each kind."""
    errors, warnings = by_severity["error"], by_severity["warning"]
    return ", ".join(
        (
            tk._("1 error") if errors == 1 else tk._("{count} errors").format(count=errors),
            tk._("1 warning") if warnings == 1 else tk._("{count} warnings").format(count=warnings),
        )
    )


def _recognised(file: dict[str, Any]) -> list[tuple[str, str]]:
    """What was understood of the file as such."""
    signs = {";": tk._("semicolon"), ",": tk._("comma"), "\t": tk._("tabulator")}
    told = [
        (tk._("Encoding"), file["encoding"]),
        (tk._("Separator"), signs.get(file["separator"] or "", file["separator"])),
        (tk._("Sheet"), file["sheet"]),
        (tk._("Names of the columns"), _in_rows(file["header_rows"])),
    ]
    return [(label, text) for label, text in told if text]


def _in_rows(rows: list[int]) -> str:
    if not rows:
        return tk._("none, named by the portal")
    if len(rows) == 1:
        return tk._("row {row}").format(row=rows[0])
    return tk._("rows {first} to {last}").format(first=rows[0], last=rows[-1])


def _sheet(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of the file as they stand there, with gaps, and a mark on each cell that has a problem."""
    names = [one["column"] for one in found["columns"]]
    marks: dict[tuple[int, str], str] = {}
    for problem in reversed(found["problems"]):  # the worst last, so that it stays
        marks |= {(row, problem["column"]): problem["severity"] for row in problem["rows"]}
    words = {"error": tk._("error"), "warning": tk._("warning"), "hint": tk._("hint")}
    lines: list[dict[str, Any]] = [
        {"row": line["row"], "kind": "skip", "text": line["text"]} for line in found["file"]["title"]
    ]
    lines += [{"row": row, "kind": "header"} for row in found["file"]["header_rows"][-1:]]
    before = 0
    for at, row in enumerate(found["file"]["rows"]):
        if at and row["row"] > before + 1:
            lines.append({"kind": "gap"})
        before = row["row"]
        cells = [
            {"text": text, "css": "num" if _numeric(one["field"]) else "", "mark": marks.get((row["row"], name), "")}
            for text, name, one in zip(row["cells"], names, found["columns"], strict=True)
        ]
        lines.append({"row": row["row"], "kind": "", "cells": [{**c, "word": words.get(c["mark"], "")} for c in cells]})
    return lines


def _numeric(field: str) -> bool:
    return bool(field) and fields()[field].type in ("number", "integer")


def ways() -> dict[str, str]:
    """How an address was matched with the register, or why not, in words."""
    return {
        "exact": tk._("as written"),
        "number": tk._("house found, its suffix not"),
        "range": tk._("first house of a range"),
        "near": tk._("street spelt differently"),
        "ambiguous": tk._("several streets fit"),
        "no-street": tk._("street not in the register"),
        "no-number": tk._("house number not in the register"),
        "unreadable": tk._("no readable address"),
    }
