"""For whom an action is asked: the person of the present request, or somebody without an account."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def reader_context() -> Any:
    """A context for one action as the person of this request; of a visitor the name is empty."""
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


def nobody() -> Any:
    """A context for one action as somebody without an account, with authorization in force."""
    return {"user": "", "auth_user_obj": None}
