"""The rows of the file on the check page: as they are, with their numbers; an extract, those with problems, or all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from .extract import SHOWN
from .problems import row_label
from .wording import reader_language

PAGE = 200  # rows of one page of all rows
MOST = 400  # rows of an extract, and of those with problems
MOST_BETWEEN = 1_000_000  # row numbers further apart are of different sheets
KINDS = {"total": "total", "not_assignable": "unassigned"}
Marks = Mapping[tuple[int, str], str]


@dataclass(frozen=True)
class Look:
    """Which rows somebody looks at: `show` as in `extract.py`; `start` is the place of the first one of all rows."""

    show: str = "extract"
    start: int = 0

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Look:
        """From the fields of the form or the address of the page; a button (`all@200`) goes before them."""
        show, _, start = (values.get("look") or values.get("rows") or "extract").partition("@")
        if show not in SHOWN:
            return cls()
        return cls(show, int(start) if show == "all" and start.isascii() and start.isdigit() else 0)

    @property
    def text(self) -> str:
        """The value that `of` reads."""
        return f"{self.show}@{self.start}" if self.start else self.show

    @property
    def parameters(self) -> dict[str, Any]:
        """As `ierwohnen_table_check` takes it."""
        whole = self.show == "all"
        return {"show": self.show, "limit": PAGE if whole else MOST, "offset": self.start}


def switch(look: Look, check: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The three ways to look at the rows."""
    found = check["counts"]["error"] + check["counts"]["warning"]
    titles = {
        "extract": tk._("Extract"),
        "problems": tk._("only problems ({number})").format(number=tk.h.iw_number(found)),
        "all": tk._("all rows"),
    }
    return [{"value": show, "text": text, "on": show == look.show} for show, text in titles.items()]


def pages(look: Look, check: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where one is among all rows, and the way on and back."""
    count = check["row_count"] or 0
    if look.show != "all" or count <= PAGE:
        return None
    first, last = look.start + 1, min(look.start + PAGE, count)
    before = Look("all", max(look.start - PAGE, 0)).text if look.start else None
    text = tk._("{first} to {last} of {count} rows").format(
        first=tk.h.iw_number(first), last=tk.h.iw_number(last), count=tk.h.iw_number(count)
    )
    return {"text": text, "before": before, "after": Look("all", last).text if last < count else None}


def lines(check: Mapping[str, Any], columns: list[dict[str, Any]], marks: Marks, look: Look) -> list[dict[str, Any]]:
    """The file as it is: title, head, the rows looked at with the gaps between them, the foot."""
    special = {row["row"]: row["kind"] for row in check["special_rows"]}
    chips = {name: _chips(met) for name, met in check["signs"].items()}
    rows, expected = [], look.start
    for row in check["rows"]:
        if row["place"] > expected:
            rows.append(_gap(rows, row, expected, look))
        rows.append(_row(row, columns, marks, special, chips))
        expected = row["place"] + 1
    if look.show != "all" and expected < (check["row_count"] or 0):
        rows.append(_rest((check["row_count"] or 0) - expected, expected, look))
    if look.show == "problems":
        return rows
    return [*_head(check, columns), *rows, *_foot(check)] if not look.start else [*rows, *_foot(check)]


def _head(check: Mapping[str, Any], columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    note = tk._("title, not published")
    title = [{"number": one["row"], "kind": "title", "text": one["text"], "note": note} for one in check["title"]]
    names = [{"text": column["name"]} for column in columns]
    return title + [{"number": number, "kind": "header", "cells": names} for number in check["header_rows"][-1:]]


def _foot(check: Mapping[str, Any]) -> list[dict[str, Any]]:
    note = tk._("footnote")
    return [{"number": one["row"] or "", "kind": "foot", "text": one["text"], "note": note} for one in check["foot"]]


def _gap(shown: list[dict[str, Any]], row: Mapping[str, Any], expected: int, look: Look) -> dict[str, Any]:
    before = next((one["number"] for one in reversed(shown) if one.get("number")), None)
    if look.show == "problems" or before is None or not 1 < row["row"] - before < MOST_BETWEEN:
        return _rest(row["place"] - expected, expected, look)
    first, last = before + 1, row["row"] - 1
    one = tk._("Row {rows}").format(rows=_label(first))
    text = one if first == last else tk._("Row {first} to {last}").format(first=_label(first), last=_label(last))
    return {"gap": _unobjected(text), "open": Look("all", expected).text}


def _rest(count: int, expected: int, look: Look) -> dict[str, Any]:
    words = tk.ungettext("%(num)d more row", "%(num)d more rows", count) % {"num": count}
    return {"gap": words if look.show == "problems" else _unobjected(words), "open": Look("all", expected).text}


def _label(row: int) -> str:
    """The number of a row as people say it."""
    return row_label(row)["en" if reader_language().startswith("en") else "de"]


def _unobjected(where: str) -> str:
    return tk._("{where}: no objection").format(where=where)


def _chips(statuses: list[str]) -> dict[str, dict[str, str]]:
    """The signs met in a column that stand instead of a number: how each looks, and its word."""
    found = [sign for status in statuses if (sign := tk.h.iw_sign(status))]
    return {
        sign["sign"]: {"css": "iw-sign protected" if sign["status"] == "secret" else "iw-sign", "word": sign["label"]}
        for sign in found
        if sign["place"] == "instead" and sign["status"] not in ("nothing", "below_half")
    }


def _row(
    row: Mapping[str, Any],
    columns: list[dict[str, Any]],
    marks: Marks,
    special: Mapping[int, str],
    chips: Mapping[str, Mapping[str, dict[str, str]]],
) -> dict[str, Any]:
    cells = []
    for column, text in zip(columns, row["cells"], strict=False):
        mark = marks.get((row["row"], column["name"]))
        css = " ".join(filter(None, ["num" if column["numeric"] else "", mark]))
        words = {"error": tk._("error"), "warning": tk._("warning")}.get(mark or "")
        sign = chips.get(column["name"], {}).get(text.strip())
        cells.append({"text": text, "css": css, "mark": words, "sign": sign})
    kind = KINDS.get(special.get(row["row"], ""), "data")
    return {"number": row["row"], "label": _label(row["row"]), "kind": kind, "cells": cells}
