"""What the actions of this room take."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.schema import validator_args
from ckan.types import Schema

from ckanext.ierwohnen.indicators.derived import KINDS
from ckanext.ierwohnen.look.asked_numbers import natural_number


@validator_args
def indicator_list(ignore_missing, unicode_safe, boolean_validator, default) -> Schema:  # type: ignore[no-untyped-def]
    """Of ``ierwohnen_indicator_list``."""
    return {
        "topic": [ignore_missing, unicode_safe],
        "q": [ignore_missing, unicode_safe],
        "with_sources": [default(False), boolean_validator],
        "limit": [default(1000), natural_number],
        "offset": [default(0), natural_number],
    }


@validator_args
def indicator_show(not_empty, unicode_safe) -> Schema:  # type: ignore[no-untyped-def]
    """Of ``ierwohnen_indicator_show``."""
    return {"code": [not_empty, unicode_safe]}


@validator_args
def indicator_values(  # type: ignore[no-untyped-def]
    not_empty,
    ignore_missing,
    unicode_safe,
    default,
    one_of,
    boolean_validator,
) -> Schema:
    """Of ``ierwohnen_indicator_values``."""
    return {
        "code": [not_empty, unicode_safe],
        "system": [ignore_missing, one_text],
        "level": [ignore_missing, one_text],
        "units": [ignore_missing, texts],
        "source": [ignore_missing, one_text],
        "as": [default("value"), one_of(list(KINDS))],
        "years": [default(1), years_back],
        "base": [ignore_missing, natural_number],
        "per": [default("population"), one_text],
        "explain": [default(False), boolean_validator],
        "period": [ignore_missing, one_text],
        "from": [ignore_missing, one_text],
        "to": [ignore_missing, one_text],
        "limit": [default(10000), natural_number],
        "offset": [default(0), natural_number],
    }


@validator_args
def indicator_alerts(ignore_missing) -> Schema:  # type: ignore[no-untyped-def]
    """Of ``ierwohnen_indicator_alerts``."""
    return {
        "system": [ignore_missing, one_text],
        "level": [ignore_missing, one_text],
        "period": [ignore_missing, a_year],
        "at_least": [ignore_missing, natural_number],
    }


@validator_args
def indicator_profile(not_empty) -> Schema:  # type: ignore[no-untyped-def]
    """Of ``ierwohnen_indicator_profile``."""
    return {"system": [not_empty, one_text], "level": [not_empty, one_text], "unit": [not_empty, one_text]}


@validator_args
def indicator_sensitivity(not_empty, ignore_missing, unicode_safe) -> Schema:  # type: ignore[no-untyped-def]
    """Of ``ierwohnen_indicator_sensitivity``."""
    return {
        "code": [not_empty, unicode_safe],
        "system": [ignore_missing, one_text],
        "level": [ignore_missing, one_text],
        "period": [ignore_missing, one_text],
    }


def years_back(value: Any) -> int:
    """One to fifty years."""
    text = one_text(value)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 50):
        raise tk.Invalid(tk._("Give 1 to 50 years"))
    return int(text)


def a_year(value: Any) -> str:
    """A year, or a date that begins with one."""
    text = one_text(value)
    if not (text.isascii() and text[:4].isdigit() and len(text) >= 4):
        raise tk.Invalid(tk._("Give a year or a date, such as 2025 or 2025-12-31"))
    return text


def one_text(value: Any) -> str:
    """A single text; a whole number counts as one (a year). A list would otherwise become text by itself."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise tk.Invalid(tk._("Must be a single text, not a list or an object"))
    return str(value)


def texts(value: Any) -> list[str]:
    """A list of texts, also written with commas between, as in an address."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list):
        raise tk.Invalid(tk._("Must be a list of keys"))
    return [one_text(one) for one in given]
