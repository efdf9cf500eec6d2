"""What the actions of this room take."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Schema

from ckanext.ierwohnen.vault.schema import day


def prepare() -> Schema:
    """`ierwohnen_release_prepare`."""
    missing, text, needed = (tk.get_validator(n) for n in ("ignore_missing", "unicode_safe", "not_empty"))
    return {
        "organization": [needed, text],
        "title": [needed, text],
        "sources": [missing, names],
        "reference_date": [needed, day],
        "figures": [needed, names],
        "level": [tk.get_validator("default")(""), text],
        "dimensions": [missing, names],
        "audience": [needed, tk.get_validator("one_of")(["public", "alliance", "organizations"])],
        "organizations": [missing, names],
        "purpose": [needed, text],
        "agreement": [needed, text],
        "valid_until": [needed, day],
        "consent": [tk.get_validator("default")(False), tk.get_validator("boolean_validator")],
        "replaces": [missing, text],
        "__extras": [tk.get_validator("ignore")],
    }


def step() -> Schema:
    """The steps of a release."""
    text = tk.get_validator("unicode_safe")
    return {
        "id": [tk.get_validator("not_empty"), text],
        "organization": [tk.get_validator("not_empty"), text],
        "reason": [tk.get_validator("default")(""), text],
        "consent": [tk.get_validator("default")(False), tk.get_validator("boolean_validator")],
        "__extras": [tk.get_validator("ignore")],
    }


def show() -> Schema:
    """`ierwohnen_release_show`."""
    text = tk.get_validator("unicode_safe")
    return {
        "id": [tk.get_validator("not_empty"), text],
        "purpose": [tk.get_validator("default")("Ansicht"), text],
        "own": [tk.get_validator("default")(""), text],
        "against": [tk.get_validator("default")(False), tk.get_validator("boolean_validator")],
        "__extras": [tk.get_validator("ignore")],
    }


def listing() -> Schema:
    """`ierwohnen_release_list`."""
    number = tk.get_validator("natural_number_validator")
    return {
        "q": [tk.get_validator("default")(""), tk.get_validator("unicode_safe")],
        "state": [tk.get_validator("ignore_missing"), tk.get_validator("unicode_safe")],
        "limit": [tk.get_validator("default")(100), number],
        "offset": [tk.get_validator("default")(0), number],
        "__extras": [tk.get_validator("ignore")],
    }


def names(value: Any) -> list[str]:
    """Names as a list, its JSON text, or separated by blanks or commas."""
    found = value
    if isinstance(value, str):
        try:
            found = json.loads(value)
        except ValueError:
            found = value.replace(",", " ").split()
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise tk.Invalid(tk._("Send a list of names"))
    return found
