"""What the actions of this room take."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.types import Schema

from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.schema import names, one_of
from ckanext.ierwohnen.vault.schema import day

PLACE, DATE, CLASS = "place", "date", "class"


def stock_figures() -> Schema:
    """`ierwohnen_stock_figures`."""
    missing, text, default = (tk.get_validator(n) for n in ("ignore_missing", "unicode_safe", "default"))
    return {
        "organization": [tk.get_validator("not_empty"), text],
        "purpose": [default("Eigene Zahlen"), text],
        "by": [default(PLACE), one_of([PLACE, DATE, CLASS])],
        "reference_date": [missing, day],
        "level": [default(""), text],
        "beside": [missing, names],
        "class": [default(next(iter(catalogue().dimensions))), one_of(list(catalogue().dimensions))],
        "__extras": [tk.get_validator("ignore")],
    }


def stock_unmatched() -> Schema:
    """`ierwohnen_stock_unmatched`."""
    text, needed = tk.get_validator("unicode_safe"), tk.get_validator("not_empty")
    return {
        "organization": [needed, text],
        "reference_date": [needed, day],
        "purpose": [tk.get_validator("default")("Adressen ohne Zuordnung"), text],
        "__extras": [tk.get_validator("ignore")],
    }


def stock_entry() -> Schema:
    """`ierwohnen_stock_entry_create`."""
    missing, text, needed = (tk.get_validator(n) for n in ("ignore_missing", "unicode_safe", "not_empty"))
    return {
        "organization": [needed, text],
        "title": [needed, text],
        "notes": [needed, text],
        "contact_name": [missing, text],
        "contact_email": [needed, text, tk.get_validator("email_validator")],
        "__extras": [tk.get_validator("ignore")],
    }
