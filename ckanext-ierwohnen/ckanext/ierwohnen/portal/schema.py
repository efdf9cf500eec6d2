"""What the actions of this room take."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.asked_numbers import natural_number

LONGEST_QUERY = 200


def search_suggest() -> dict[str, list[Any]]:
    """Parameters of `ierwohnen_search_suggest`."""
    validator = tk.get_validator
    return {
        "q": [validator("not_missing"), validator("unicode_safe"), _shortened],
        "limit": [validator("default")(5), natural_number, _within(1, 50)],
        "kinds": [validator("ignore_missing"), validator("json_list_or_string"), _list],
        "__extras": [validator("ignore")],
    }


def _shortened(value: str) -> str:
    """A pasted page is not a query; what fits is searched."""
    return value.strip()[:LONGEST_QUERY]


def _within(low: int, high: int) -> Any:
    def limit(value: Any) -> Any:
        return max(low, min(high, value)) if isinstance(value, int) else value  # CKAN goes on after a refusal

    return limit


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [part.strip() for part in str(value).split(",") if part.strip()]
