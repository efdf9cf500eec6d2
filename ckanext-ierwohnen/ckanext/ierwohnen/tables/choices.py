"""What a person chooses on the check page, as the form sends it, as it is kept, and as actions take it.

A choice of role is one text, so that a plain select can send it: `key|system|level`, `indicator|code`,
`dimension`, `unused` … Only what differs from the proposal is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from .crosswalk_choice import chosen as chosen_crosswalk
from .crosswalk_choice import is_crosswalk, with_crosswalk
from .model import Delivery
from .repairs import MOST, added, is_setting, noted, settings, taken_back
from .roles import Role

HINTS = ("encoding", "separator", "decimal", "sheet")
MODES = ("replace", "append")
DETAILS = {Role.KEY: ("system", "level"), Role.INDICATOR: ("indicator",), Role.STATUS: ("status_of",)}


def from_form(form: Mapping[str, str], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Hints, roles by column name, spatial system and mode, from the page's form.

    What the form has no field for (repairs, and hints that came with an offer) stays as it was before.
    """
    roles: dict[str, str] = {}
    wide = form.get("wide", "")
    for place, (name, proposed, is_wide) in enumerate(_columns(form.get("columns", ""))):
        role = _chosen(form.get(f"role-{place}", ""), form.get(f"of-{place}", ""), proposed)
        if is_wide and wide != form.get("wide-was", ""):
            role = wide
        if role and role != proposed:
            roles[name] = role
    mode = form.get("mode", "replace")
    earlier = (before or {}).get("hints") or {}
    hidden = {name: value for name, value in earlier.items() if name not in HINTS or isinstance(value, dict)}
    return {
        "hints": {**hidden, **{name: form[f"hint-{name}"] for name in HINTS if form.get(f"hint-{name}")}},
        "roles": roles,
        "repairs": noted(_by_basis((before or {}).get("repairs") or [], form.get("crosswalk-basis", "")), _notes(form)),
        "spatial_system": form.get("hint-spatial_system") or None,
        "mode": mode if mode in MODES else "replace",
    }


def _notes(form: Mapping[str, str]) -> dict[tuple[int, str], str]:
    """What a person wrote about cells that are kept: the fields `note-3` with `note-of-3`, their row and column."""
    notes: dict[tuple[int, str], str] = {}
    for name, place in form.items():
        with suppress(ValueError, TypeError):
            if name.startswith("note-of-"):
                row, column = json.loads(place)
                notes[int(row), str(column)] = form.get(f"note-{name.removeprefix('note-of-')}", "")
    return notes


def _by_basis(repairs: list[dict[str, Any]], basis: str) -> list[dict[str, Any]]:
    """The repairs with the basis of the crosswalk as the form has it, if a table is converted."""
    choice = chosen_crosswalk(repairs)
    return with_crosswalk(repairs, {**choice.as_dict(), "basis": basis}) if choice and basis else repairs


def _chosen(role: str, of: str, proposed: str) -> str:
    """The choice that two fields make: the role, and of what (`key|berlin|plr`; `key|` is a key of nothing we know).

    When the role has just been changed, the second field still belongs to the earlier one, or is not there: then the
    proposal is taken if it has this role.
    """
    if not role or "|" in role:
        return role
    if of.split("|")[0] == role:
        return role if of == f"{role}|" else of
    return proposed if proposed.split("|")[0] == role else role


def with_repair(chosen: Mapping[str, Any], sent: str) -> dict[str, Any]:
    """The choices with one offer of the check taken, or with several of one kind; RepairWrong if one is no offer."""
    for offer in _offers(sent):
        chosen = _with_offer(chosen, offer)
    return dict(chosen)


def _with_offer(chosen: Mapping[str, Any], offer: dict[str, Any]) -> dict[str, Any]:
    kept_repairs = chosen.get("repairs") or []
    if is_crosswalk(offer):
        return {**chosen, "repairs": with_crosswalk(kept_repairs, offer)}
    if not is_setting(offer):
        rows = [one for one in kept_repairs if not is_crosswalk(one)]
        crosswalk = [one for one in kept_repairs if is_crosswalk(one)]
        return {**chosen, "repairs": [*added(rows, offer), *crosswalk]}
    hints, roles = settings([offer])
    named = {role["column"]: choice_of(role) for role in roles}
    earlier = chosen.get("hints") or {}
    if isinstance(hints.get("decimal"), dict) and isinstance(earlier.get("decimal"), dict):
        hints["decimal"] = {**earlier["decimal"], **hints["decimal"]}
    if "signs" in hints:
        hints["signs"] = {**earlier.get("signs", {}), **hints["signs"]}
    if "scale" in hints:
        hints["scale"] = {**earlier.get("scale", {}), **hints["scale"]}
    if "missing" in hints:
        hints["missing"] = list(dict.fromkeys([*earlier.get("missing", []), *hints["missing"]]))
    return {**chosen, "hints": {**earlier, **hints}, "roles": {**(chosen.get("roles") or {}), **named}}


def without_repair(chosen: Mapping[str, Any], sent: str) -> dict[str, Any]:
    """The choices with one repair taken back."""
    return {**chosen, "repairs": taken_back(chosen.get("repairs") or [], _offer(sent))}


def _offers(sent: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(sent)
    except ValueError:
        found = None
    listed = found if isinstance(found, list) and found else [found]
    return [offer if isinstance(offer, dict) else {} for offer in listed[:MOST]]


def _offer(sent: str) -> dict[str, Any]:
    try:
        offer = json.loads(sent)
    except ValueError:
        offer = None
    return offer if isinstance(offer, dict) else {}


def to_form(columns: Iterable[Mapping[str, Any]]) -> str:
    """What the form must send back of its columns, in one field: servers limit the number of fields of a form."""
    return json.dumps([[column["name"], column["proposed"], column["wide"]] for column in columns])


def _columns(sent: str) -> list[tuple[str, str, bool]]:
    """Name, proposed choice and whether it is one of the columns of periods; nothing if somebody tampered with it."""
    try:
        return [(str(name), str(proposed), bool(wide)) for name, proposed, wide in json.loads(sent or "[]")]
    except (TypeError, ValueError):
        return []


def kept(delivery: Delivery | None) -> dict[str, Any]:
    """What was chosen so far."""
    return dict(delivery.choices or {}) if delivery is not None else {}


def parameters(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The choices as `ierwohnen_table_check` and `ierwohnen_table_publish` take them."""
    roles = [{"column": name, **role_of(choice)} for name, choice in (chosen.get("roles") or {}).items()]
    given = {"hints": chosen.get("hints"), "roles": roles, "spatial_system": chosen.get("spatial_system"),
             "repairs": chosen.get("repairs")}  # fmt: skip
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
