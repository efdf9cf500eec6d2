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

SOON = 30
"""Days before its end in which a published release is told to end soon."""
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

    :return: `organization`; `ends` (days, if soon); `newer` (a day with newer stock); `corrected` (when the stock of
        the same day was loaded anew after the check)
    """
    roles = actor_of(context).roles if release["owned"] else {}
    own = next((o for o in release["owners"] if roles.get(o) in ACTING), None)
    if own is None:
        return None
    found = {"organization": own, "ends": days_left(release), "newer": "", "corrected": ""}
    if release["state"] != State.PUBLISHED:
        return found
    data = {"organization": own, "purpose": tk._("page of the release")}
    versions = tk.get_action("ierwohnen_stock_list")(context, data)
    if versions and versions[0]["reference_date"] > release["reference_date"]:
        found["newer"] = versions[0]["reference_date"]
    checked = next((s["at"] for s in release["steps"] if s["step"] == "pass"), "")
    same = next((v["loaded_at"] for v in versions if v["reference_date"] == release["reference_date"]), "")
    if same and checked and dt.datetime.fromisoformat(same) > dt.datetime.fromisoformat(checked):
        found["corrected"] = same
    return found
