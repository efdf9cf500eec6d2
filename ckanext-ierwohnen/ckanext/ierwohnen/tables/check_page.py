"""What the check page shows, made from the result of `ierwohnen_table_check`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from . import problem_list
from .checking import ANY_SYSTEM, indicator_names
from .choices import choice_of, to_form
from .crosswalk_part import crosswalk_part
from .dialect import TITLES
from .problems import row_label
from .roles import Role
from .wording import N_, reader_language

ROLE_TITLES = {
    Role.KEY: N_("Key"),
    Role.NAME: N_("Name"),
    Role.PERIOD: N_("Period"),
    Role.INDICATOR: N_("Indicator"),
    Role.DIMENSION: N_("Dimension"),
    Role.WEIGHT: N_("Weight"),
    Role.CONTRIBUTOR: N_("Contributor"),
    Role.NOTE: N_("Note"),
    Role.COORDINATE: N_("Coordinate"),
    Role.STATUS: N_("Signs"),
    Role.UNUSED: N_("Do not publish"),
    Role.UNCLEAR: N_("Choose a role"),
}
ENCODINGS = ("utf-8", "cp1252", "latin-1", "utf-16", "mac_roman", "cp850")
SEPARATORS = {";": N_("Semicolon"), ",": N_("Comma"), "\t": N_("Tab"), "|": N_("Vertical bar")}
DECIMALS = {",": N_("Decimal comma"), ".": N_("Decimal point")}
HEAD_ROWS, AROUND = 14, 1
MOST_CARRIED = 60


def page(check: Mapping[str, Any], chosen: Mapping[str, Any], resource: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the template needs beyond the dataset."""
    marks = problem_list.marks(check["problems"])
    columns = [_column(column, place) for place, column in enumerate(check["columns"])]
    wide = [column for column in columns if column["wide"]]
    return {
        "filename": check["filename"],
        "size": check["size"],
        "delivery": check["delivery"],
        "counts": check["counts"],
        "counts_text": _counts(check["counts"]),
        "errors_left": tk.ungettext("%(num)d error left.", "%(num)d errors left.", check["counts"]["error"])
        % {"num": check["counts"]["error"]},
        "recognised": [fact for fact in _recognised(check, chosen.get("hints") or {}, chosen) if fact],
        "columns": columns,
        "columns_sent": to_form(columns),
        "wide": wide[0]["choice"] if len(wide) > 1 and len({column["choice"] for column in wide}) == 1 else None,
        "role_options": _role_options(check),
        "rows": _rows(check, columns, marks),
        "statuses": _statuses(check),
        "problems": problem_list.groups(check),
        "repairs": problem_list.repairs(check),
        "crosswalk": crosswalk_part(check["crosswalk"]) if check["crosswalk"] else None,
        "data_rows": check["row_count"],
        "summary": tk.ungettext("%(num)d row of data", "%(num)d rows of data", check["row_count"] or 0)
        % {"num": check["row_count"] or 0},
        "earlier": "",
        "may_append": bool(resource.get("datastore_active")),
        "mode": chosen.get("mode", "replace"),
    }


def _counts(counts: Mapping[str, int]) -> str:
    words = [
        tk.ungettext("%(num)d error", "%(num)d errors", counts["error"]) % {"num": counts["error"]},
        tk.ungettext("%(num)d warning", "%(num)d warnings", counts["warning"]) % {"num": counts["warning"]},
    ]
    return ", ".join(words) if counts["error"] or counts["warning"] else tk._("nothing to do")


def _recognised(check: Mapping[str, Any], hints: Mapping[str, Any], chosen: Mapping[str, Any]) -> list[Any]:
    """The lines of the left pane: what was found, and what else it could be."""
    dialect = check["dialect"]
    text = dialect["format"] == "csv"
    systems = sorted({entry["system"] for entry in check["systems"]})
    header = ", ".join(map(str, check["header_rows"]))
    return [
        _fact(
            tk._("Encoding"), dialect["encoding"], "encoding", hints, [(name, TITLES[name]) for name in ENCODINGS]
        ) if text else None,
        _fact(
            tk._("Separator"), tk._(SEPARATORS.get(dialect["separator"], dialect["separator"] or "")),
            "separator", hints, [(sign, tk._(name)) for sign, name in SEPARATORS.items()],
        ) if text else None,
        _fact(tk._("Sheet"), dialect["sheet"], "sheet", hints, [(name, name) for name in dialect["sheets"]])
        if dialect["sheet"] else None,
        _fact(
            tk._("Numbers"), tk._(DECIMALS.get(dialect["decimal"], N_("Whole numbers"))), "decimal", hints,
            [(sign, tk._(name)) for sign, name in DECIMALS.items()],
        ),
        _fact(tk._("Header rows"), tk._("Row {rows}").format(rows=header) if header else tk._("none found")),
        *_special_facts(check),
        _fact(tk._("Footnotes"), _span([line["row"] for line in check["foot"]])) if check["foot"] else None,
        _fact(tk._("Form"), _form(check)),
        _fact(tk._("Signs"), _signs(check)) if _statuses(check) else None,
        _fact(
            tk._("Spatial system"), _system_title(check["spatial_system"]) or tk._("found by the keys"),
            "spatial_system", {"spatial_system": chosen.get("spatial_system")},
            [*((name, _system_title(name)) for name in systems), (ANY_SYSTEM, tk._("found by the keys"))],
        ) if systems else None,
    ]  # fmt: skip


def _fact(
    label: str,
    text: str | None,
    name: str = "",
    hints: Mapping[str, Any] | None = None,
    options: Iterable[tuple[str, str]] = (),
) -> dict[str, Any]:
    listed = [{"value": value, "text": shown} for value, shown in options]
    as_found = [{"value": "", "text": tk._("as found")}]
    return {
        "label": label,
        "text": text or "–",
        "name": name,
        "chosen": chosen if isinstance(chosen := (hints or {}).get(name), str) else "",
        "options": as_found + listed if listed else [],
    }


def _system_title(name: str | None) -> str:
    """The title of a spatial system's dataset; its name if this reader may not see it."""
    if not name:
        return ""
    found = model.Package.get(name)  # the systems listed are those that this person may read
    return found.title or name if found else name


def _special_facts(check: Mapping[str, Any]) -> list[dict[str, Any]]:
    titles = {"total": tk._("Total row"), "not_assignable": tk._("Not assignable")}
    facts = []
    for kind, title in titles.items():
        rows = [row for row in check["special_rows"] if row["kind"] == kind]
        if rows:
            keys = sorted({row["key"] for row in rows if row["key"]})
            where = _span([row["row"] for row in rows])
            text = tk._("{where}, shown but not counted; key {keys}")
            facts.append(_fact(title, text.format(where=where, keys=", ".join(keys) or "–")))
    return facts


def _span(rows: list[int]) -> str:
    known = sorted(row for row in rows if row)
    if not known:
        return tk._("at the end")
    if len(known) == 1:
        return tk._("Row {rows}").format(rows=known[0])
    if known[-1] - known[0] == len(known) - 1:
        return tk._("Row {first} to {last}").format(first=known[0], last=known[-1])
    return tk._("Rows {rows}").format(rows=", ".join(map(str, known[:5])) + (" …" if len(known) > 5 else ""))


def _form(check: Mapping[str, Any]) -> str:
    wide = sum(bool(column["role"] == Role.INDICATOR and column.get("period")) for column in check["columns"])
    if wide > 1:
        return tk._("wide, one column for each of {count} periods").format(count=wide)
    return tk._("long, one row for each unit")


def _statuses(check: Mapping[str, Any]) -> list[str]:
    """The signs met in the value columns; an ordinary value and an empty cell are none."""
    return [status for status in check["statuses"] if status not in ("ok", "missing")]


def _signs(check: Mapping[str, Any]) -> str:
    quoted = "{} × „{}“" if reader_language().startswith("de") else "{} × “{}”"
    counted = [(check["statuses"][status], tk.h.iw_sign(status)["sign"]) for status in _statuses(check)]
    return " · ".join(quoted.format(tk.h.iw_number(count), sign) for count, sign in counted)


def _column(column: Mapping[str, Any], place: int) -> dict[str, Any]:
    choice = choice_of(column)
    return {
        "place": place,
        "name": column["name"],
        "choice": choice,
        "proposed": column["proposed_choice"],
        "open": column["role"] == Role.UNCLEAR,
        "reason": tk._("chosen by you") if column["chosen"] else column["reason"],
        "period": column.get("period"),
        "wide": bool(column["role"] == Role.INDICATOR and column.get("period")),
        "numeric": column["role"] in (Role.INDICATOR, Role.WEIGHT),
    }


def _role_options(check: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The select above each column: plain roles, then keys by system and level, then indicators by name."""
    plain = [role for role in ROLE_TITLES if role not in (Role.KEY, Role.INDICATOR)]
    options = [
        {"title": "", "options": [{"value": str(role), "text": tk._(ROLE_TITLES[role])} for role in reversed(plain)]}
    ]
    keys = [
        {
            "value": f"key|{entry['system']}|{entry['level']}",
            "text": tk._("Key: {level}, as of {date}").format(
                level=entry["title"], date=tk.h.iw_date(entry["boundary_date"])
            ),
        }
        for entry in check["systems"]
    ]
    options.append({"title": tk._("Key"), "options": [*keys, {"value": "key", "text": tk._("Key of another system")}]})
    names = [
        {"value": f"indicator|{name.code}", "text": name.names[0] if name.names else name.code}
        for name in sorted(indicator_names(), key=lambda name: name.names[:1])
    ]
    own = {"value": "indicator", "text": tk._("Indicator of one's own")}
    options.append({"title": tk._("Indicator"), "options": [*names, own]})
    known = {option["value"] for group in options for option in group["options"]}
    others = {choice_of(column): column for column in check["columns"] if choice_of(column) not in known}
    if others:
        listed = [{"value": choice, "text": _own_title(column)} for choice, column in others.items()]
        options.append({"title": tk._("As found"), "options": listed})
    return options


def _own_title(column: Mapping[str, Any]) -> str:
    title = tk._(ROLE_TITLES.get(column["role"], str(column["role"])))
    detail = column.get("level") or column.get("indicator") or column.get("status_of")
    return f"{title}: {detail}" if detail else title


def _rows(
    check: Mapping[str, Any], columns: list[dict[str, Any]], marks: Mapping[tuple[int, str], str]
) -> list[dict[str, Any]]:
    """The file as it is: title, head, the first rows, every row with a problem or a special key, the foot."""
    around = [
        {"number": line["row"], "kind": "title", "text": line["text"], "note": tk._("title, not published")}
        for line in check["title"]
    ]
    head = check["header_rows"][-1:]
    around += [
        {"number": number, "kind": "header", "cells": [{"text": column["name"]} for column in columns]}
        for number in head
    ]
    special = {row["row"]: row["kind"] for row in check["special_rows"]}
    wanted = {row for row, _ in marks} | set(special) | _carried(check)
    shown, hidden = [], 0
    for place, row in enumerate(check["rows"]):
        if place < HEAD_ROWS or row["row"] in wanted:
            if hidden:
                shown.append(_gap(hidden))
                hidden = 0
            shown.append(_row(row, columns, marks, special))
        else:
            hidden += 1
    rest = hidden + max(0, (check["row_count"] or 0) - len(check["rows"]))
    if rest:
        shown.append(_gap(rest))
    foot = [
        {"number": line["row"] or "", "kind": "foot", "text": line["text"], "note": tk._("footnote")}
        for line in check["foot"]
    ]
    return [*around, *shown, *foot]


def _carried(check: Mapping[str, Any]) -> set[int]:
    """The rows of units that a conversion to other boundaries has changed: they are shown before publishing."""
    changed = {move["to"] for move in (check["crosswalk"] or {"moves": []})["moves"]}
    key = next((place for place, column in enumerate(check["columns"]) if column["role"] == Role.KEY), None)
    found = [row["row"] for row in check["rows"] if key is not None and row["cells"][key] in changed]
    return set(found[:MOST_CARRIED])


def _gap(count: int) -> dict[str, Any]:
    words = tk.ungettext("%(num)d more row without objection", "%(num)d more rows without objection", count)
    return {"gap": words % {"num": count}}


def _row(
    row: Mapping[str, Any],
    columns: list[dict[str, Any]],
    marks: Mapping[tuple[int, str], str],
    special: Mapping[int, str],
) -> dict[str, Any]:
    cells = []
    for column, text in zip(columns, row["cells"], strict=False):
        mark = marks.get((row["row"], column["name"]))
        css = " ".join(filter(None, ["num" if column["numeric"] else "", mark]))
        words = {"error": tk._("error"), "warning": tk._("warning")}.get(mark or "")
        cells.append({"text": text, "css": css, "mark": words})
    kinds = {"total": "total", "not_assignable": "unassigned"}
    label = row_label(row["row"])["en" if reader_language().startswith("en") else "de"]
    kind = kinds.get(special.get(row["row"], ""), "data")
    return {"number": row["row"], "label": label, "kind": kind, "cells": cells}
