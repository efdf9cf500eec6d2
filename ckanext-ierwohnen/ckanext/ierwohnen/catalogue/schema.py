"""What the actions of this room take."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Schema

from ckanext.ierwohnen.catalogue.delivery_list import Standing
from ckanext.ierwohnen.look.asked_numbers import natural_number

MOST = 1_000


def delivery_list() -> Schema:
    """`ierwohnen_delivery_list`: which organization, which standing, and the page."""
    text, missing = tk.get_validator("unicode_safe"), tk.get_validator("ignore_missing")
    return {
        "organization": [missing, text],
        "standing": [missing, text, standings],
        "limit": [tk.get_validator("default")(100), natural_number, at_most],
        "offset": [tk.get_validator("default")(0), natural_number],
        "__extras": [tk.get_validator("ignore")],
    }


def standings(value: str) -> list[str]:
    """Known standings, separated by commas."""
    named = [part.strip() for part in value.split(",") if part.strip()]
    unknown = [name for name in named if name not in set(Standing)]
    if unknown:
        text = tk._("There is no standing “{name}”; there are: {known}.")
        raise tk.Invalid(text.format(name=unknown[0], known=", ".join(Standing)))
    return named


def at_most(value: int) -> int:
    """No more than a page may hold."""
    return min(value, MOST) if isinstance(value, int) else value


def validated(data_dict: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """The checked parameters; ValidationError by field otherwise."""
    data, errors = tk.navl_validate(data_dict, schema, {})
    if errors:
        raise tk.ValidationError(errors)
    return data
