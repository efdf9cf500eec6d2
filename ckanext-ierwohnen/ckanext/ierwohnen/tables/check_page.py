"""What the check page shows, made from the result of `ierwohnen_table_check`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.ierwohnen.look.marking import N_

from . import column_roles, problem_list, row_views
from .checking import ANY_SYSTEM, AS_FOUND
from .choices import HINTS, to_form
from .crosswalk_part import crosswalk_part
from .dialect import TITLES
from .roles import Role
from .wording import reader_language

ENCODINGS = ("utf-8", "cp1252", "latin-1", "utf-16", "mac_roman", "cp850")
SEPARATORS = {";": N_("Semicolon"), ",": N_("Comma"), "\t": N_("Tab"), "|": N_("Vertical bar")}
DECIMALS = {",": N_("Decimal comma"), ".": N_("Decimal point")}


def page(
    check: Mapping[str, Any], chosen: Mapping[str, Any], resource: Mapping[str, Any], look: row_views.Look
) -> dict[str, Any]:
    """Everything that the template needs beyond the dataset."""
    marks = problem_list.marks(check["problems"])
    columns = column_roles.columns(check)
    wide = [column for column in columns if column["wide"]]
    return {
        "filename": check["filename"],
        "size": check["size"],
        "delivery": check["delivery"],
        "counts": check["counts"],
        "counts_text": _counts(check["counts"]),
        "told": tk._("Checked: {counts}.").format(counts=_counts(check["counts"])),
        "errors_left": tk.ungettext("%(num)d error left.", "%(num)d errors left.", check["counts"]["error"])
        % {"num": check["counts"]["error"]},
        "recognised": [fact for fact in _recognised(check, _hints(check, chosen), chosen) if fact],
        "columns": columns,
        "columns_sent": to_form(columns),
        "wide": wide[0]["choice"] if len(wide) > 1 and len({column["choice"] for column in wide}) == 1 else None,
        "wide_options": column_roles.wide_options(wide) if len(wide) > 1 else [],
        "rows": row_views.lines(check, columns, marks, look),
        "look": look.text,
        "switch": row_views.switch(look, check),
        "pages": row_views.pages(look, check),
        "statuses": _statuses(check),
        "problems": problem_list.groups(check),
        "repairs": problem_list.repairs(check),
        "crosswalk": crosswalk_part(check["crosswalk"]) if check["crosswalk"] else None,
        "data_rows": check["row_count"],
        "summary": tk.ungettext("%(num)d row of data", "%(num)d rows of data", check["row_count"] or 0)
        % {"num": check["row_count"] or 0},
        "unclear": _unclear(columns),
        "recognition": _recognition(check["recognition"]),
        "version": check["version"],
        "since": check["since"],
        "differences": check["differences"],
        "may_append": bool(resource.get("datastore_active")),
        "mode": chosen.get("mode", "replace"),
    }


def _recognition(found: Mapping[str, Any] | None) -> str:
    """Whether the table is built as the last delivery was, in words."""
    if found is None:
        return ""
    since = tk.h.iw_date(found["published"][:10]) if found["published"] else ""
    if found["same_columns"]:
        text = tk._("Built like the delivery of {date}; its roles are taken over.") if since else tk._(
            "Built like the published table; its roles are taken over.")  # fmt: skip
        return text.format(date=since)
    parts = []
    if found["missing"]:
        parts.append(tk._("missing: {columns}").format(columns=", ".join(found["missing"])))
    if found["added"]:
        parts.append(tk._("new: {columns}").format(columns=", ".join(found["added"])))
    return tk._("Columns differ from the published table; {what}.").format(what="; ".join(parts))


def _unclear(columns: list[dict[str, Any]]) -> str:
    """How many columns still have no role."""
    count = sum(column["open"] for column in columns)
    words = tk.ungettext("%(num)d column without a role", "%(num)d columns without a role", count) % {"num": count}
    return words if count else ""


def _counts(counts: Mapping[str, int]) -> str:
    words = []
    if counts["error"]:
        words.append(tk.ungettext("%(num)d error", "%(num)d errors", counts["error"]) % {"num": counts["error"]})
    if counts["warning"]:
        found = tk.ungettext("%(num)d warning", "%(num)d warnings", counts["warning"])
        words.append(found % {"num": counts["warning"]})
    return ", ".join(words) or tk._("nothing to do")


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
        _fact(tk._("Sheet"), _sheet(dialect), "sheet", hints, _sheets(dialect)) if dialect["sheet"] else None,
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


def _sheets(dialect: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The sheets to choose among; a hidden one says so."""
    hidden = tk._("{sheet} (hidden)")
    return [
        (name, hidden.format(sheet=name) if name in dialect["hidden_sheets"] else name) for name in dialect["sheets"]
    ]


def _sheet(dialect: Mapping[str, Any]) -> str:
    """The sheet that was read, and how many there are."""
    names = dict(_sheets(dialect))
    if len(names) == 1:
        return names[dialect["sheet"]]
    return tk._("{sheet}, one of {count}").format(sheet=names[dialect["sheet"]], count=len(names))


def _hints(check: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """How the file is read, as the last delivery was and as a person chose."""
    return {**check["carried"], **(chosen.get("hints") or {})}


def _fact(
    label: str,
    text: str | None,
    name: str = "",
    hints: Mapping[str, Any] | None = None,
    options: Iterable[tuple[str, str]] = (),
) -> dict[str, Any]:
    listed = [{"value": value, "text": shown} for value, shown in options]
    overrides = name in HINTS and name in (hints or {})  # the hint of an earlier choice or delivery has to be undone
    as_found = [{"value": AS_FOUND if overrides else "", "text": tk._("as found")}]
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
    wide = len({c["period"] for c in check["columns"] if c["role"] == Role.INDICATOR and c.get("period")})
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
