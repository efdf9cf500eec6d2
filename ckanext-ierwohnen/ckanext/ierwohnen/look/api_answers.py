"""Answers in the form of the Action API, to requests that reach no action."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import request


def refusal(error: dict[str, object]) -> dict[str, object]:
    """The answer to a request that is refused; `error` with its `__type`."""
    action = (request.view_args or {}).get("logic_function")
    where = {"help": tk.url_for("api.action", logic_function="help_show", ver=3, name=action, _external=True)}
    return {**(where if action else {}), "success": False, "error": error}
