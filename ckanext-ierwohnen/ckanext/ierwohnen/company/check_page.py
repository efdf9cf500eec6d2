"""What the check page of a company's table shows; the words for what became of columns and addresses."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault.record import fields
from ckanext.ierwohnen.vault.repair_texts import told
from ckanext.ierwohnen.vault.stock_repairs import ADDRESS
from ckanext.ierwohnen.vault.stock_sentences import key_label

FIELD = "field-"
COLUMN = "column-"
WAS = "was-"
DECIDE = "decide-"
UNMATCHED = 200
LEFT_OUT = ("id-twice", "empty-id", "ragged-row", "total-row")
SOME = 3
"""So many rows have a button each; of more it stands behind a fold."""
OF_VALUES = ("no-code", "no-yes-no", "no-number", "no-date", "no-word", "excel-date")


def chosen(form: Mapping[str, str]) -> list[dict[str, Any]]:
    """What somebody has chosen anew above the columns, as repairs."""
    found = []
    for name, column in form.items():
        number = name.removeprefix(COLUMN)
        if name.startswith(COLUMN) and form.get(FIELD + number, "") != form.get(WAS + number, ""):
            found.append({"action": "column", "column": column, "field": form.get(FIELD + number, "")})
    return found


def decided(form: Mapping[str, str]) -> list[dict[str, Any]]:
    """The repair that a button stands for; none for other buttons."""
    of_select = form.get(form["do"]) if form.get("do", "").startswith(DECIDE) else None
    return _read(form.get("repair") or of_select)


def undone(form: Mapping[str, str]) -> list[dict[str, Any]]:
    """The repair that a button takes back."""
    return _read(form.get("undo"))


def _read(text: str | None) -> list[dict[str, Any]]:
    try:
        found = json.loads(text) if text else None
    except ValueError:
        found = {}
    return [] if found is None else [found if isinstance(found, dict) else {}]


def page(found: dict[str, Any], versions: list[dict[str, Any]], look: str) -> dict[str, Any]:
    """What the template needs besides the check itself.

    :param look: `first` or `problems`: which rows are shown
    """
    words, language = ways(), reader_language()
    labels = {field.name: _capital(field.label(language)) for field in fields().values()}
    by_severity = {
        name: sum(p["severity"] == name for p in found["problems"]) for name in ("error", "warning", "hint")
    }
    total = sum(found["addresses"].values())
    missing = sum(one["count"] for one in found["problems"] if one["code"] in ("unmatched", "no-address"))
    matched = total - missing if total else 0
    shown = by_severity["error"] + by_severity["warning"]
    problems = [_problem(one, found) for one in found["problems"]]
    errors = [one for one in problems if one["severity"] == "error"]
    return {
        "fields": list(labels.items()),
        "recognised": _recognised(found["file"]),
        "sheet": _sheet(found),
        "sizes": [_width(labels.get(one["field"], tk._("is not loaded"))) for one in found["columns"]],
        "replaces": next((v for v in versions if v["reference_date"] == found["reference_date"]), None),
        "counts_text": _counts(by_severity),
        "addresses_shown": [(words[way], tk.h.iw_number(number)) for way, number in found["addresses"].items()],
        "matched": matched,
        "total": total,
        "confirm": bool(found["confirm"]),
        "undecided": any(problem["code"] == "no-dwelling" for problem in found["problems"]),
        "addressed": any(one["field"] == "street" for one in found["columns"]),
        "unmatched": [{"row": one["row"], "way": words[one["way"]]} for one in found["unmatched"][:UNMATCHED]],
        "more": max(0, missing - UNMATCHED),
        "look": look,
        "switch": [
            {"value": value, "text": text, "on": value == look}
            for value, text in (("first", tk._("Extract")),
                                ("problems", tk._("only problems ({number})").format(number=shown)))
        ],
        "problems": problems,
        "repairable": found["rows"] > 0 and all(one["acts"] for one in errors),
        "first": next((n for n, one in enumerate(problems, 1) if one["severity"] == "error" and one["acts"]), 0),
        "errors_left": tk.ungettext("{count} error is left.", "{count} errors are left.", by_severity["error"]).format(
            count=by_severity["error"]
        ),
        "repairs": [_decision(one) for one in found["file"]["repairs"]],
    }


def _problem(one: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A problem with what can be done here: rows to leave out, cells, addresses and columns to decide."""
    shown = {line["row"] for line in found["file"]["rows"]}
    column = next((n for n, c in enumerate(found["columns"], 1) if c["column"] == one["column"]), 0)
    field = found["columns"][column - 1]["field"] if column else ""
    error = one["severity"] == "error"
    singles = _singles(one, field)
    several = len(one["rows"]) > SOME or one["code"] not in LEFT_OUT
    values = [v for v in found["file"]["values"] if v["column"] == one["column"] and v["value"]]
    values = values if one["code"] in OF_VALUES else []
    addresses = found["file"]["addresses"] if one["code"] == "unmatched" else []
    drop = error and field and field != "dwelling"
    whole, columns = [*_keys(one), *_whole(one), *_blank(one, found)], _columns(one, found)
    if "keys" in one and not one["alike"]:  # rows that differ are no dwelling written twice
        keys = len(one["keys"])
        whole, singles = whole[:keys], [*singles, *(whole[keys:] if several else ())]
    return {
        **one,
        "acts": bool(singles or whole or columns or addresses or drop or any(v["may"] for v in values)),
        "where": _where(one),
        "href": _href(one, column, shown),
        "whole": whole,
        "singles": [] if several else singles,
        "folded": singles if several and (one["count"] > 1 or not whole) else [],
        "columns": columns,
        "values": [
            {"text": _quoted(v["value"]), "count": v["count"],
             "options": [(json.dumps({"action": "value", "column": v["column"], "value": v["value"], "becomes": b}),
                          b or tk._("no entry")) for b in v["may"]]}
            for v in values if v["may"]
        ],
        "addresses": [
            {"text": ", ".join(filter(None, (f"{a['street']} {a['house_number']}".strip(),
                                             f"{a['postcode']} {a['place']}".strip()))),
             "count": a["count"],
             "options": [(json.dumps({"action": "address", **{n: a[n] for n in ADDRESS}, "address": s["address"]}),
                          s["text"]) for s in a["suggestions"]]}
            for a in addresses
        ],
        "drop": json.dumps({"action": "column", "column": one["column"], "field": ""}) if drop else "",
    }  # fmt: skip


def _whole(one: dict[str, Any]) -> list[dict[str, str]]:
    """Buttons that decide about all cells of a problem at once."""
    count = one["count"]
    blank = tk.ungettext("Leave this value blank", "Leave these {count} values blank", count)
    rows = tk.ungettext("Leave out this row", "Leave out these {count} rows", count)
    if one["code"] == "id-twice":
        count, rows = one["left"], tk.ungettext(
            "Keep only the first row of each number: {count} row is left out",
            "Keep only the first row of each number: {count} rows are left out", one["left"],
        )  # fmt: skip
    words = {"blank": blank, "rows": rows}
    above = {"action": "above", "column": one["column"]}
    return [
        {"text": tk._("Take the addresses from the row above"), "value": json.dumps(above)}
        if action == "above" else
        {"text": words[action].format(count=tk.h.iw_number(count)),
         "value": json.dumps({"action": action, "column": one["column"], "code": one["code"]})}
        for action in one["may"]
    ]  # fmt: skip


def _keys(one: dict[str, Any]) -> list[dict[str, str]]:
    """Buttons that say what names a dwelling together with its number."""
    text = tk._("Take {key} and the dwelling number together")
    return [
        {"text": text.format(key=key_label(key, reader_language())),
         "value": json.dumps({"action": "key", "column": one["column"], "with": key})}
        for key in one.get("keys", ())
    ]  # fmt: skip


def _decision(one: dict[str, Any]) -> dict[str, str]:
    """What was decided, with the button that takes it back; of the stock before one that says otherwise, where the page
    has nothing else for it."""
    decision = {name: value for name, value in one.items() if name not in ("cells", "rows", "again")}
    if not one.get("again"):
        return {"text": _repaired(one), "name": "undo", "value": json.dumps(decision)}
    text = tk._("{decision} (as for the stock before)").format(decision=_repaired(one))
    name = "repair" if one["action"] == "key" else ""
    return {"text": text, "name": name, "value": json.dumps({**decision, "with": ""})}


def _blank(one: dict[str, Any], found: dict[str, Any]) -> list[dict[str, str]]:
    """Buttons that say what the blank cells of a yes/no column mean."""
    asked = [v for v in found["file"]["values"] if v["column"] == one["column"] and not v["value"]]
    words = {"ja": tk._("Blank means: yes"), "nein": tk._("Blank means: no"), "": tk._("Blank means: not known")}
    return [
        {"text": words[b], "value": json.dumps({"action": "value", "column": v["column"], "value": "", "becomes": b})}
        for v in asked if one["code"] == "one-mark"
        for b in v["may"]
    ]  # fmt: skip


def _singles(one: dict[str, Any], field: str) -> list[dict[str, str]]:
    """Buttons for single rows and cells of a problem that has any remedy of this kind."""
    if not one["may"]:
        return []
    found = []
    for row in one["rows"]:
        if "blank" in one["may"] and field:
            cell = {"action": "cell", "column": one["column"], "row": row}
            text = tk._("Leave the value in row {row} blank").format(row=row)
            found.append({"text": text, "value": json.dumps(cell)})
        if "rows" in one["may"]:
            whole = {"action": "row", "row": row}
            found.append({"text": tk._("Leave out row {row}").format(row=row), "value": json.dumps(whole)})
    return found


def _columns(one: dict[str, Any], found: dict[str, Any]) -> dict[str, Any] | None:
    """What to say of a column that is not known, or which column is the one that is missing."""
    language = reader_language()
    if one["code"] in ("unused", "unused-section"):
        taken = {column["field"] for column in found["columns"]}
        free = [(field.name, _capital(field.label(language))) for field in fields().values() if field.name not in taken]
        offered = [("", tk._("Do not load")), *free]
        options = [(_column(one["column"], name), label) for name, label in offered]
        return {"label": tk._("Meaning of the column"), "options": options}
    missing = {"no-dwelling": "dwelling", "no-street-column": "street", "id-twice": "dwelling"}.get(one["code"])
    if missing and not one.get("alike"):
        options = [
            (_column(column["column"], missing), column["column"])
            for column in found["columns"]
            if column["column"] != one["column"]
        ]
        again = one["code"] == "id-twice"
        label = tk._("Or another column is the dwelling number") if again else tk._("Which column is it?")
        return {"label": label, "options": options}
    return None


def _column(name: str, field: str) -> str:
    return json.dumps({"action": "column", "column": name, "field": field})


def _href(one: dict[str, Any], column: int, shown: Collection[int]) -> str | None:
    """Where a problem is to be seen on the page: its first cell, or all columns where one of them is missing."""
    if one["code"] in ("no-dwelling", "no-street-column"):
        return "#columns"
    row = one["rows"][0] if one["rows"] else 0
    if row not in shown:
        return f"#column-{column}" if column else None
    return f"#cell-{row}-{column}" if column else f"#row-{row}"


def _where(one: dict[str, Any]) -> str:
    named = tk._("Lines between the dwellings") if one["code"] == "unused-section" else tk._("Column “{column}”")
    place = named.format(column=one["column"]) if one["column"] else tk._("Whole table")
    if not one["rows"]:
        return place
    rows = ", ".join(map(str, one["rows"])) + (" …" if one["count"] > len(one["rows"]) else "")
    if len(one["rows"]) == 1 and one["count"] == 1:
        return f"{place}, {tk._('row {row}').format(row=rows)}"
    return f"{place}, {tk._('rows {rows}').format(rows=rows)}"


def _quoted(text: str) -> str:
    return f"„{text}“" if reader_language().startswith("de") else f"“{text}”"


def _repaired(one: dict[str, Any]) -> str:
    """What was decided, as a sentence to its sender, with how many cells it met."""
    if one["action"] not in ("value", "address"):
        return told(one, reader_language())
    met = tk.ungettext("%(num)d row", "%(num)d rows", one["cells"]) % {"num": one["cells"]}
    if one["action"] == "value":
        text = tk._("{value} in column “{column}” counts as {becomes} ({rows})")
        if not one["value"]:
            text = tk._("Blank in column “{column}” counts as {becomes} ({rows})")
        becomes = _quoted(one["becomes"]) if one["becomes"] else tk._("no entry")
        return text.format(value=_quoted(one["value"]), column=one["column"], becomes=becomes, rows=met)
    text = tk._("Address chosen for {address} ({rows})")
    return text.format(address=_quoted(f"{one['street']} {one['house_number']}".strip()), rows=met)


def _counts(by_severity: Mapping[str, int]) -> str:
    """How many problems there are of each kind; kinds of which there is none are left out."""
    errors, warnings = by_severity["error"], by_severity["warning"]
    words = [
        *([tk._("1 error") if errors == 1 else tk._("{count} errors").format(count=errors)] * bool(errors)),
        *([tk._("1 warning") if warnings == 1 else tk._("{count} warnings").format(count=warnings)] * bool(warnings)),
    ]
    return ", ".join(words) or tk._("no errors")


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def _width(text: str) -> str:
    """The size of a select in which a text is not cut."""
    return next((f"w{size}" for size in (9, 12, 15, 18) if len(text) <= size - 2), "w24")


def _recognised(file: dict[str, Any]) -> list[tuple[str, str]]:
    """What was understood of the file as such."""
    signs = {";": tk._("semicolon"), ",": tk._("comma"), "\t": tk._("tabulator")}
    lines = [
        (tk._("Encoding"), file["encoding"]),
        (tk._("Separator"), signs.get(file["separator"] or "", file["separator"])),
        (tk._("Sheet"), file["sheet"]),
        (tk._("Names of the columns"), _in_rows(file["header_rows"])),
    ]
    return [(label, text) for label, text in lines if text]


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
        "chosen": tk._("chosen by you"),
        "number": tk._("house found, its suffix not"),
        "range": tk._("first house of a range"),
        "near": tk._("street spelt differently"),
        "ambiguous": tk._("several streets fit"),
        "no-street": tk._("street not in the register"),
        "no-number": tk._("house number not in the register"),
        "unreadable": tk._("no readable address"),
    }
