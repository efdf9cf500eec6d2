"""What the actions of this room take."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.schema import validator_args
from ckan.types import Schema


@validator_args
def indicator_list(ignore_missing, unicode_safe, boolean_validator, natural_number_validator, default) -> Schema:  # type: ignore[no-untyped-def]
    """Of ``ierwohnen_indicator_list``."""
    return {
        "topic": [ignore_missing, unicode_safe],
        "q": [ignore_missing, unicode_safe],
        "with_sources": [default(False), boolean_validator],
        "limit": [default(1000), natural_number_validator],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def indicator_show(not_empty, unicode_safe) -> Schema:  # type: ignore[no-untyped-def]
    """Of ``ierwohnen_indicator_show``."""
    return {"code": [not_empty, unicode_safe]}


@validator_args
def indicator_values(  # type: ignore[no-untyped-def]
    not_empty, ignore_missing, unicode_safe, natural_number_validator, default, list_of_strings
) -> Schema:
    """Of ``ierwohnen_indicator_values``."""
    return {
        "code": [not_empty, unicode_safe],
        "system": [ignore_missing, one_text],
        "level": [ignore_missing, one_text],
        "units": [ignore_missing, list_of_strings],
        "period": [ignore_missing, one_text],
        "from": [ignore_missing, one_text],
        "to": [ignore_missing, one_text],
        "limit": [default(10000), natural_number_validator],
        "offset": [default(0), natural_number_validator],
    }


def one_text(value: Any) -> str:
    """A single text; a whole number counts as one (a year). A list would otherwise become text by itself."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise tk.Invalid(tk._("Must be a single text, not a list or an object"))
    return str(value)
