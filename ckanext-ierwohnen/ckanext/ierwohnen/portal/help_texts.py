"""What `help_show` says of an action that plugins chain: CKAN tells of the chain itself, `partial(func, …)`."""

from __future__ import annotations

import functools
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context


def actions() -> dict[str, Any]:
    """The action to chain."""
    return {"help_show": help_show}


@tk.chained_action
@tk.side_effect_free
def help_show(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """The text of the action itself, whatever is chained to it."""
    if not isinstance(data_dict.get("name", ""), str):
        raise tk.ValidationError({"name": [tk._("Must be a single text, not a list or an object")]})
    found = original(context, data_dict)
    action = getattr(tk.get_action(data_dict["name"]), "__wrapped__", None)
    if not isinstance(action, functools.partial):
        return found
    while isinstance(action, functools.partial):
        action = action.args[0]
    return action.__doc__
