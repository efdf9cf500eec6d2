"""What the dataset's form asks for: template functions ``h.iw_catalogue_…``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.vocabulary import in_language, vocabulary
from ckanext.ierwohnen.look.reader import reader_context


def language() -> str:
    """The reader's language as two letters; German where nobody reads, as in a job."""
    try:
        return str(tk.h.lang())[:2]
    except (RuntimeError, TypeError):
        return "de"


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


def indicators() -> list[dict[str, Any]]:
    """The indicators by topic, to choose from: ``[{"title", "indicators": [{"code", "name"}]}]``."""
    catalogue = active_catalogue()
    return [
        {
            "title": topic.text(language()),
            "indicators": [{"code": i.code, "name": i.name_in(language())} for i in catalogue.topic(topic.code)],
        }
        for topic in vocabulary("topics")
    ]


def spatial_systems() -> list[dict[str, Any]]:
    """The spatial systems that the editor may see, to choose from: ``[{"name", "title"}]``."""
    context = reader_context()
    found = tk.get_action("package_search")(
        context, {"fq": "dataset_type:spatial-system", "rows": 100, "include_private": True, "sort": "title_string asc"}
    )
    return [{"name": one["name"], "title": one["title"] or one["name"]} for one in found["results"]]


HELPERS: dict[str, Callable[..., Any]] = {
    "iw_catalogue_sections": sections,
    "iw_catalogue_has_error": has_error,
    "iw_catalogue_is_filled": is_filled,
    "iw_catalogue_indicators": indicators,
    "iw_catalogue_spatial_systems": spatial_systems,
}
