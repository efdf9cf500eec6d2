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
    by_severity = {
        name: sum(p["severity"] == name for p in found["problems"]) for name in ("error", "warning", "hint")
    }
    total = sum(found["addresses"].values())
    matched = total - len(found["unmatched"]) if total else 0
    return {
        "fields": [(field.name, field.label(language)) for field in fields().values()],
        "replaces": next((v for v in versions if v["reference_date"] == found["reference_date"]), None),
        "counts": by_severity,
        "addresses_shown": [(words[way], tk.h.iw_number(number)) for way, number in found["addresses"].items()],
        "matched": matched,
        "total": total,
        "undecided": any(problem["code"] == "no-dwelling" for problem in found["problems"]),
        "addressed": any(one["field"] == "street" for one in found["columns"]),
        "unmatched": [{"row": one["row"], "way": words[one["way"]]} for one in found["unmatched"][:UNMATCHED]],
        "more": max(0, len(found["unmatched"]) - UNMATCHED),
    }


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
