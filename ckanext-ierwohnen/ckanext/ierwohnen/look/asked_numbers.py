"""Whole numbers that actions are asked with. CKAN's validators fail where nothing but a blank is sent."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def natural_number(value: Any) -> int:
    """A whole number from 0 on, or its digits."""
    found = _whole(value)
    if found is None or found < 0:
        raise tk.Invalid(tk._("Must be a natural number"))
    return found


def positive_number(value: Any) -> int:
    """A whole number from 1 on, or its digits."""
    found = _whole(value)
    if found is None or found < 1:
        raise tk.Invalid(tk._("Must be a positive integer"))
    return found


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = int(value)
    except (ValueError, OverflowError):  # no digits, far too many of them, no number, or one without end
        return None
    return found if isinstance(value, str) or found == value else None
