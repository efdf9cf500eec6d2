"""What the dataset's page and form ask for: template functions ``h.iw_catalogue_…``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.catalogue.freshness import dataset_freshness
from ckanext.ierwohnen.indicators.vocabulary import in_language, vocabulary


def language() -> str:
    """The reader's language as two letters."""
    return str(tk.h.lang())[:2]


def term(name: str, value: str) -> str:
    """The label of a vocabulary's term by code or URI."""
    return vocabulary(name).text(value, language())


def freshness(dataset: dict[str, Any]) -> dict[str, Any]:
    """The freshness of a dataset today, as words and dates; see catalogue/freshness.py."""
    return dataset_freshness(dataset, date.today()).as_dict()


def sections(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fields of a schema in the sections of the form: ``[{"id", "title", "folded", "fields"}]``, in order."""
    result: list[dict[str, Any]] = []
    for field in fields:
        section = field.get("section") or {"id": "", "title": "", "folded": False}
        if not result or result[-1]["id"] != section["id"]:
            result.append({**section, "title": in_language(section["title"], language()), "fields": []})
        result[-1]["fields"].append(field)
    return result


def has_error(fields: list[dict[str, Any]], errors: dict[str, Any] | None) -> bool:
    """Whether one of the fields has an error: a folded section with one is opened."""
    return any((errors or {}).get(f["field_name"]) for f in fields)


def is_filled(fields: list[dict[str, Any]], data: dict[str, Any] | None) -> bool:
    """Whether one of the fields has a value."""
    return any((data or {}).get(f["field_name"]) for f in fields)


def name_licence(dataset: dict[str, Any]) -> None:
    """Add title and address of a licence of our vocabulary, which CKAN's own register does not know."""
    found = vocabulary("licences").find(dataset.get("license_id"))
    if found is None:
        return
    dataset["license_title"] = found.text(_language_or_german())
    dataset["isopen"] = bool(found.more.get("open"))
    if found.more.get("url"):
        dataset["license_url"] = found.more["url"]


def _language_or_german() -> str:
    try:
        return language()
    except (RuntimeError, TypeError):  # in a job there is no reader
        return "de"


HELPERS: dict[str, Callable[..., Any]] = {
    "iw_catalogue_term": term,
    "iw_catalogue_freshness": freshness,
    "iw_catalogue_sections": sections,
    "iw_catalogue_has_error": has_error,
    "iw_catalogue_is_filled": is_filled,
}
