"""What templates call as `h.iw_…`: the pure functions of this room in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import ckan.plugins.toolkit as tk
from markupsafe import Markup

from ckanext.ierwohnen.look import chips, numbers, signs
from ckanext.ierwohnen.look.sparkline import sparkline
from ckanext.ierwohnen.look.strip import strip
from ckanext.ierwohnen.look.text import text


def locale() -> str:
    """Language of this page, "de" or "en"; English outside a request."""
    language = tk.request.environ.get("CKAN_LANG") if tk.request else None
    return "de" if (language or "en").startswith("de") else "en"


def number(value: Any, precision: int | None = None, unit: str | None = None, signed: bool = False) -> str:
    """A number as readers of this language expect it."""
    return numbers.format_number(value, precision=precision, locale=locale(), signed=signed, unit=unit)


def date(value: Any) -> str:
    """A date, period or CKAN time stamp; of a time stamp in text only the day."""
    if isinstance(value, str) and "T" in value:
        try:
            value = datetime.fromisoformat(value).date()
        except ValueError:
            return value
    return numbers.format_date(value, locale=locale())


def moment(value: str | datetime | None) -> str:
    """Day and time of day of a time stamp where the portal's clock stands; stamps without a zone are UTC, as CKAN's."""
    if not value:
        return ""
    stamp = datetime.fromisoformat(value) if isinstance(value, str) else value
    stamp = stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)
    return numbers.format_date(stamp.astimezone(tk.h.get_display_timezone()), locale=locale())


def sign(status: str) -> dict[str, str] | None:
    """Sign, label, explanation and place of a status; None for an ordinary value."""
    entry = signs.vocabulary().get(signs.Status(status))
    if entry is None:
        return None
    return {
        "status": str(entry.status),
        "sign": entry.sign,
        "place": entry.place,
        "label": signs.label(entry.status, locale()),
        "explanation": signs.explanation(entry.status, locale()),
    }


def sign_row(statuses: Iterable[str]) -> list[dict[str, str]]:
    """The signs to be explained below a table with these statuses, each once."""
    return [found for entry in signs.legend(statuses) if (found := sign(entry.status))]


def all_signs() -> list[dict[str, str]]:
    """Every sign of the vocabulary."""
    return [found for status in signs.vocabulary() if (found := sign(status))]


def statuses(rows: Iterable[Any]) -> list[str]:
    """The statuses of all figures in the rows of a table (see the macro `table`)."""
    return [
        str(status)
        for row in rows
        for cell in row.get("cells", ())
        if (status := cell.get("status") if isinstance(cell, dict) else getattr(cell, "status", None))
    ]


def chip(kind: str, value: str) -> dict[str, str]:
    """Word, tone and icon of a chip."""
    found = chips.chip(kind, value)
    return {"word": text(found.word), "tone": found.tone, "icon": found.icon}


def spark(values: list[float | None], width: int = 58, height: int = 20, alt: str = "") -> Markup:
    """The trend line beside a figure."""
    return sparkline(values, width=width, height=height, alt=alt)


def route_or_none(endpoint: str, **parameters: Any) -> str | None:
    """The address of a page, or None where the plugin that serves it is off."""
    from flask import current_app

    if endpoint not in current_app.view_functions:
        return None
    return tk.h.url_for(endpoint, **parameters)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "iw_text": text,
    "iw_locale": locale,
    "iw_number": number,
    "iw_date": date,
    "iw_moment": moment,
    "iw_sign": sign,
    "iw_sign_row": sign_row,
    "iw_all_signs": all_signs,
    "iw_statuses": statuses,
    "iw_chip": chip,
    "iw_sparkline": spark,
    "iw_strip": strip,
    "iw_route": route_or_none,
}
