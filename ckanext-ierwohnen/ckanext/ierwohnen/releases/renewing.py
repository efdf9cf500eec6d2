"""When a release should be prepared anew: it ends soon, there is newer stock, or its stock was loaded again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.releases.auth import ACTING
from ckanext.ierwohnen.releases.roles import actor_of
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.releases.steps_page import named

SOON = 30
"""Days before its end in which a published release is told to end soon."""
UNCHECKED = (State.PREPARED, State.REFUSED, State.EXPIRED, State.REJECTED)
"""States in which nobody can say whether all owners had stock."""
URGENT = 7
"""Days before the deadline in which owners are told that it ends soon."""


def days_left(release: dict[str, Any]) -> int | None:
    """In how many days a published release ends, if that is soon; None otherwise."""
    if release["state"] != State.PUBLISHED:
        return None
    left = (dt.date.fromisoformat(release["valid_until"]) - clock.today()).days
    return left if left <= SOON else None


def is_urgent(release: dict[str, Any]) -> bool:
    """Whether the time to join and approve ends soon."""
    last = release.get("decide_by")
    if not last or release["state"] not in (State.PREPARED, State.CHECKED):
        return False
    return (dt.date.fromisoformat(last) - clock.today()).days <= URGENT


def again(context: Context, release: dict[str, Any]) -> dict[str, Any] | None:
    """For which of the reader's companies the same could be prepared anew, and what speaks for it.

    Only what is published can grow old, so only then the company's stock is looked at, which its ledger notes.

    :return: `organization`; `ends` (days, if soon); `newer` (a day with newer stock); `beside` (names of other owners
        of whose stock of that day the reader cannot know); `corrected` (when the stock of the same day was loaded anew
        after the check)
    """
    roles = actor_of(context).roles if release["owned"] else {}
    own = next((o for o in release["owners"] if roles.get(o) in ACTING), None)
    if own is None:
        return None
    found = {"organization": own, "ends": days_left(release), "newer": "", "beside": "", "corrected": ""}
    if release["state"] != State.PUBLISHED:
        return found
    data = {"organization": own, "purpose": tk._("page of the release")}
    versions = tk.get_action("ierwohnen_stock_list")(context, data)
    days = [one["reference_date"] for one in versions if one["reference_date"] > release["reference_date"]]
    if days:
        others = [owner for owner in release["owners"] if owner != own]
        unknown = _unknown(context, others, days)
        found["newer"] = next((day for day in days if not unknown[day]), days[0])
        found["beside"] = named(unknown[found["newer"]])
    checked = next((s["at"] for s in release["steps"] if s["step"] == "pass"), "")
    same = next((v["loaded_at"] for v in versions if v["reference_date"] == release["reference_date"]), "")
    if same and checked and dt.datetime.fromisoformat(same) > dt.datetime.fromisoformat(checked):
        found["corrected"] = same
    return found


def _unknown(context: Context, owners: list[str], days: list[str]) -> dict[str, list[str]]:
    """Day → those of these owners of whom the reader does not know that they have stock of it.

    Known is what releases tell: one that passed its check was made of all its owners' stock. The store itself does not
    tell one company of another's.
    """
    if not owners:
        return {day: [] for day in days}
    listed = tk.get_action("ierwohnen_release_list")(tk.fresh_context(context), {"limit": 1000})["results"]
    known = {
        (one["reference_date"], owner)
        for one in listed if one["state"] not in UNCHECKED for owner in one["owners"]
    }  # fmt: skip
    return {day: [owner for owner in owners if (day, owner) not in known] for day in days}
