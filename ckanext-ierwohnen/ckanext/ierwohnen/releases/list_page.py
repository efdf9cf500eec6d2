"""The list of releases: on top what waits for the reader, then all others that it may know of, searched, in pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.releases import page, renewing
from ckanext.ierwohnen.releases.company_files import is_company
from ckanext.ierwohnen.releases.roles import actor_of, titled
from ckanext.ierwohnen.releases.states import ANALYST, APPROVER, State
from ckanext.ierwohnen.releases.steps_page import deadline_of, named
from ckanext.ierwohnen.releases.waiting import waiting
from ckanext.ierwohnen.vault.errors import VaultError

ROWS = 20
Q, STATE, PAGE = "q", "stand", "seite"


def shown(context: Context, asked: Mapping[str, str]) -> dict[str, Any]:
    """What the page shows for an address."""
    q, state, number = (asked.get(name, "").strip() for name in (Q, STATE, PAGE))
    state = state if state in set(State) else ""
    wish = {"q": q, "limit": page.MOST, **({"state": state} if state else {})}
    found = tk.get_action("ierwohnen_release_list")(context, wish)["results"]
    tasks = {one["number"]: one["what"] for one in waiting() or ()}
    mine = [one for one in found if one["number"] in tasks]
    others = [one for one in found if one["number"] not in tasks]
    pages = max(1, -(-len(others) // ROWS))
    at = min(max(1, int(number)), pages) if number.isdecimal() and len(number) < 7 else 1
    return {
        "prepare": _houses(context),
        "waiting": [_entry(one) | {"task": tasks[one["number"]]} for one in mine],
        "entries": [_entry(one) for one in others[(at - 1) * ROWS : at * ROWS]],
        "count": len(others), "page": at, "pages": pages, "q": q, "state": state,
        "searched": bool(q or state), "any": bool(found or q or state),
        "states": [(str(one), page.state_word(str(one))) for one in State],
    }  # fmt: skip


def _houses(context: Context) -> list[dict[str, str]]:
    """The housing companies for which the reader may prepare a release, by title."""
    try:
        mine = [o for o, role in actor_of(context).roles.items() if role in (ANALYST, APPROVER) and is_company(o)]
    except VaultError:
        return []
    groups = sorted(map(model.Group.get, mine), key=titled)
    return [{"name": group.name, "title": titled(group)} for group in groups]


def _entry(one: dict[str, Any]) -> dict[str, Any]:
    return {
        **one, "word": page.state_word(one["state"]), "tone": page.TONES[one["state"]],
        "audience": page.audience_words(one["audience"]),
        "ends": renewing.days_left(one) if one["owned"] else None,
        "deadline": deadline_of(one) if one["owned"] and one["state"] in ("prepared", "checked") else "",
        "urgent": renewing.is_urgent(one),
        "owners": named(one["owners"]),
    }  # fmt: skip
