"""Steps of a release as jobs, so that a worker which takes one can be killed in the midst of it."""

from __future__ import annotations

from typing import Any

import canary
import ckan.plugins.toolkit as tk


def prepare(user: str, organization: str, day: str) -> None:
    """Prepare the release of a day. Its planted words are here, not in the queue, where nobody may find them."""
    take(
        "prepare", user, organization=organization, title=f"{canary.WORD} {day}", reference_date=day,
        figures=["dwellings"], level="s/quarter", audience="public", purpose=f"{canary.WORD}nzweck", agreement="§ 6",
        valid_until="2028-12-31", consent=True,
    )  # fmt: skip


def take(verb: str, user: str, **data: Any) -> None:
    """Call the action for a step, as its page does."""
    tk.get_action(f"ierwohnen_release_{verb}")({"user": user, "ignore_auth": False}, data)
