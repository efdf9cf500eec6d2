"""The role of each column on the check page: which one, of what, why, how sure; and what else it could be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.marking import N_

from .checking import indicator_names
from .choices import choice_of
from .roles import Role
from .sign_columns import EVERY
from .wording import reader_language

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
SURE, LIKELY = 0.9, 0.7  # confidence from which a proposal is called certain, or likely
Option = dict[str, Any]


def columns(check: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everything that stands above each column."""
    keys, names = _levels(check), _indicators()
    found = [_column(column, place, check, keys, names) for place, column in enumerate(check["columns"])]
    several = len({column["period"] for column in found if column["wide"]}) > 1
    return [{**column, "wide": column["wide"] and several} for column in found]


def _column(
    column: Mapping[str, Any], place: int, check: Mapping[str, Any], keys: list[Option], names: list[Option]
) -> dict[str, Any]:
    choice, role = choice_of(column), str(column["role"])
    return {
        "place": place,
        "name": column["name"],
        "choice": choice,
        "proposed": column["proposed_choice"],
        "open": role == Role.UNCLEAR,
        "size": _size(role),
        "roles": _roles(role),
        "of": _of(role, choice, column, check, keys, names),
        "reason": tk._("chosen by you") if column["chosen"] else column["reason"],
        "sure": _sure(column),
        "doubtful": not column["chosen"] and column["confidence"] < LIKELY,
        "period": column.get("period"),
        "wide": bool(role == Role.INDICATOR and column.get("period")),
        "numeric": role in (Role.INDICATOR, Role.WEIGHT),
    }


def _sure(column: Mapping[str, Any]) -> str:
    """How sure the proposal is, in a word; nothing for what a person chose, or what is open anyway."""
    if column["chosen"] or column["role"] == Role.UNCLEAR:
        return ""
    if column["confidence"] >= SURE:
        return tk._("certain")
    return tk._("likely") if column["confidence"] >= LIKELY else tk._("uncertain")


def _roles(chosen: str) -> list[Option]:
    offered = [role for role in ROLE_TITLES if role != Role.UNCLEAR or chosen == Role.UNCLEAR]
    if chosen == Role.UNCLEAR:
        offered = [Role.UNCLEAR, *offered[:-1]]
    return [{"value": str(role), "text": tk._(ROLE_TITLES[role]), "on": role == chosen} for role in offered]


def _of(
    role: str, choice: str, column: Mapping[str, Any], check: Mapping[str, Any], keys: list[Option], names: list[Option]
) -> dict[str, Any] | None:
    """The second field: of which level, which indicator, which column; None for roles that need none."""
    if role == Role.KEY:
        label, options = tk._("Level and date"), [*keys, {"value": "key|", "text": tk._("of another system")}]
    elif role == Role.INDICATOR:
        own = {"value": "indicator|", "text": tk._("of one's own")}
        label, options = tk._("Which indicator"), [own, *names]
    elif role == Role.STATUS:
        others = [one["name"] for one in check["columns"] if one["role"] == Role.INDICATOR]
        options = [{"value": f"status|{name}", "text": name} for name in others]
        if len(others) != 1:
            options.append({"value": f"status|{EVERY}", "text": tk._("all figures of the row")})
        label = tk._("Signs of the column")
    else:
        return None
    wanted = choice if "|" in choice else f"{choice}|"
    if wanted not in {option["value"] for option in options}:
        options = [{"value": wanted, "text": _own_title(column)}, *options]
    listed = [{**option, "on": option["value"] == wanted} for option in options]
    chosen = next(option["text"] for option in listed if option["on"])
    missing = bool(column["chosen"] and wanted.endswith("|") and column["proposed_choice"] != choice)
    return {"label": label, "options": listed, "chosen": chosen, "missing": missing}


def _own_title(column: Mapping[str, Any]) -> str:
    return str(column.get("level") or column.get("indicator") or column.get("status_of") or tk._("not said"))


def _size(role: str) -> str:
    """Class of the first field's width, so that what is chosen can be read."""
    return f"w{max(9, -(-len(tk._(ROLE_TITLES[Role(role)])) // 3) * 3)}"


def _levels(check: Mapping[str, Any]) -> list[Option]:
    return [
        {
            "value": f"key|{entry['system']}|{entry['level']}",
            "text": tk._("{level}, as of {date}").format(level=entry["title"], date=boundary(entry["boundary_date"])),
        }
        for entry in check["systems"]
    ]


def boundary(text: str) -> str:
    """A boundary date as people call it: the year alone if it is its first day."""
    day = date.fromisoformat(text[:10])
    return str(day.year) if (day.month, day.day) == (1, 1) else str(tk.h.iw_date(text))


def _indicators() -> list[Option]:
    named = [(name.title(reader_language()), name.code) for name in indicator_names()]
    return [{"value": f"indicator|{code}", "text": text} for text, code in sorted(named)]


def wide_options(found: Iterable[Mapping[str, Any]]) -> list[Option]:
    """What may stand in all the columns of periods: the choices of one of them."""
    first = next(iter(found))
    return [
        {**option, "value": option["value"].rstrip("|")} for option in (first["of"]["options"] if first["of"] else [])
    ]
