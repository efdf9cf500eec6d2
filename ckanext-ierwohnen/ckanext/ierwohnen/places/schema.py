"""What the actions of this room accept."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.asked_numbers import natural_number
from ckanext.ierwohnen.look.storable import storable

FURTHEST = 2**31  # offset; PostgreSQL takes no number without end


def system_list() -> dict[str, Any]:
    """Paging."""
    return _paging(limit=100, most=1000)


def system_show() -> dict[str, Any]:
    """Name or id of the dataset of type spatial-system."""
    return {"id": [_v("not_missing"), _v("not_empty"), _v("unicode_safe"), plain_text]}


def unit_list() -> dict[str, Any]:
    """A system; optionally a level and a parent's key; paging."""
    text = [_v("ignore_missing"), _v("unicode_safe"), plain_text]
    return {"system": system_show()["id"], "level": text, "parent": text, **_paging(limit=1000, most=50_000)}


def unit_geometry() -> dict[str, Any]:
    """A system, one of its levels, and how finely borders are drawn: full, fine (default), coarse."""
    needed = system_show()["id"]
    return {
        "system": needed,
        "level": needed,
        "detail": [_v("default")("fine"), _v("one_of")(["full", "fine", "coarse"])],
    }


def crosswalk_show() -> dict[str, Any]:
    """Two systems; their levels if these are not the finest ones of the same code; what shares are measured by."""
    needed, text = system_show()["id"], [_v("ignore_missing"), _v("unicode_safe"), plain_text]
    return {"from": needed, "to": needed, "from_level": text, "to_level": text, "basis": text}


def crosswalk_load() -> dict[str, Any]:
    """Two systems and their levels, and the table: an upload beside, or pairs."""
    return {**crosswalk_show(), "pairs": [_v("ignore_missing"), pairs], "source": [_v("default")(""), plain_text],
            "__extras": [_v("ignore")]}  # fmt: skip


def pairs(value: Any) -> list[tuple[str, str, float | None]]:
    """A list of ``{"from": key, "to": key, "share": 0.62}`` or of ``[key, key, share]``; no share means the whole."""
    try:
        rows = [(r["from"], r["to"], r.get("share")) if isinstance(r, dict) else (*r, None)[:3] for r in value]
        return [(str(source), str(target), None if share is None else float(share)) for source, target, share in rows]
    except (TypeError, ValueError, KeyError, AttributeError) as wrong:
        raise tk.Invalid(tk._("Must be a list of pairs with from, to and share")) from wrong


def system_load() -> dict[str, Any]:
    """The dataset, the YAML, and where the files are: resource ids of the dataset; uploads come beside."""
    return {
        "id": system_show()["id"],
        "description": [_v("not_missing"), _v("not_empty"), _v("unicode_safe")],
        "resources": [_v("ignore_missing"), text_list],
        "check_only": [_v("default")(False), _v("boolean_validator")],
        "background": [_v("ignore_missing"), _v("boolean_validator")],
        "confirm_place": [_v("default")(False), _v("boolean_validator")],
        "__extras": [_v("ignore")],
    }


def load_show() -> dict[str, Any]:
    """The id that loading in the background gave."""
    return system_show()


def text_list(value: Any) -> list[str]:
    """A list of texts; one text counts as a list of one."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise tk.Invalid(tk._("Must be a list of texts"))
    return [item for item in found if item]


def plain_text(value: Any) -> Any:
    """A text that PostgreSQL can hold."""
    if not storable(str(value)):
        raise tk.Invalid(tk._("Must be a text"))
    return value


def _paging(limit: int, most: int) -> dict[str, Any]:
    def at_most(value: Any) -> Any:
        return min(value, most) if isinstance(value, int) else value  # CKAN goes on after a refusal

    def in_reach(value: Any) -> Any:
        return min(value, FURTHEST) if isinstance(value, int) else value

    return {
        "limit": [_v("default")(limit), natural_number, at_most],
        "offset": [_v("default")(0), natural_number, in_reach],
    }


def _v(name: str) -> Any:
    return tk.get_validator(name)
