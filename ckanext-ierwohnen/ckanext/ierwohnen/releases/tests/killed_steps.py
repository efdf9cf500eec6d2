"""Steps of a release as jobs, so that a worker which takes one can be killed in the midst of it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def take(verb: str, user: str, **data: Any) -> None:
    """Call the action for a step, as its page does."""
    tk.get_action(f"ierwohnen_release_{verb}")({"user": user, "ignore_auth": False}, data)
