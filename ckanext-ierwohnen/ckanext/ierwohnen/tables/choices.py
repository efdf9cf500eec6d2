"""What a person chooses on the check page, as the form sends it, as it is kept, and as actions take it.

A choice of role is one text, so that a plain select can send it: `key|system|level`, `indicator|code`,
`dimension`, `unused` … Only what differs from the proposal is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .model import Delivery
from .roles import Role

HINTS = ("encoding", "separator", "decimal", "sheet")
MODES = ("replace", "append")
MOST_COLUMNS = 1_000
DETAILS = {Role.KEY: ("system", "level"), Role.INDICATOR: ("indicator",), Role.STATUS: ("status_of",)}


def from_form(form: Mapping[str, str]) -> dict[str, Any]:
    """Hints, roles by column name, spatial system and mode, from the page's form."""
    roles: dict[str, str] = {}
    wide = form.get("wide", "")
    for place in range(MOST_COLUMNS):
        name = form.get(f"column-{place}")
        if name is None:
            break
        role = form.get(f"role-{place}", "")
        if form.get(f"wide-{place}") and wide != form.get("wide-was", ""):
            role = wide
        if role and role != form.get(f"proposed-{place}"):
            roles[name] = role
    mode = form.get("mode", "replace")
    return {
        "hints": {name: form[f"hint-{name}"] for name in HINTS if form.get(f"hint-{name}")},
        "roles": roles,
        "spatial_system": form.get("hint-spatial_system") or None,
        "mode": mode if mode in MODES else "replace",
    }


def kept(delivery: Delivery | None) -> dict[str, Any]:
    """What was chosen so far."""
    return dict(delivery.choices or {}) if delivery is not None else {}


def parameters(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The choices as `ierwohnen_table_check` and `ierwohnen_table_publish` take them."""
    roles = [{"column": name, **role_of(choice)} for name, choice in (chosen.get("roles") or {}).items()]
    given = {"hints": chosen.get("hints"), "roles": roles, "spatial_system": chosen.get("spatial_system")}
    return {name: value for name, value in given.items() if value}


def role_of(choice: str) -> dict[str, Any]:
    """The role that a choice means: `key|berlin|plr` → `{"role": "key", "system": "berlin", "level": "plr"}`."""
    role, *details = choice.split("|")
    return {"role": role, **dict(zip(DETAILS.get(role, ()), details, strict=False))}  # type: ignore[call-overload]


def choice_of(column: Mapping[str, Any]) -> str:
    """The choice that stands for the role of a column (a dictionary of the check's result)."""
    role = str(column["role"])
    details = [str(column.get(name) or "") for name in DETAILS.get(role, ())]  # type: ignore[call-overload]
    return "|".join([role, *details]) if any(details) else role
