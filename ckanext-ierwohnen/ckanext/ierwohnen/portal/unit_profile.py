"""The profile of one unit over all topics: what the page, its print and its file show."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import asdict
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic import NotAuthorized, NotFound, ValidationError
from flask import current_app
from markupsafe import Markup

from ckanext.ierwohnen.look.csv_cells import csv_bytes, exact_number
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.look.template_functions import locale, route_or_none
from ckanext.ierwohnen.portal import cache, config
from ckanext.ierwohnen.portal.candidates import action_or_none
from ckanext.ierwohnen.portal.key_figures import not_for_everyone, whose

MOST_KEY_FIGURES = 6


def profile(reader: dict[str, Any], system: str, level: str, key: str) -> dict[str, Any] | None:
    """The lines by topic with footnotes of their sources; None where no plugin or table tells anything.

    What everybody may see is kept; what only this reader may see is made anew.
    """
    if tk.current_user.is_authenticated:
        found = _found(reader, system, level, key)
    else:
        found = cache.kept(
            "profile",
            lambda: _found(cache.public_context(), system, level, key),
            language=locale(), system=system, level=level, key=key,
        )  # fmt: skip
    if not found or not found["topics"]:
        return None
    notes = _footnotes(found)
    return {**found, "sources": notes, "key_figures": _key_figures(found), "statuses": _statuses(found)}


def _found(reader: dict[str, Any], system: str, level: str, key: str) -> dict[str, Any] | None:
    find = action_or_none("ierwohnen_indicator_profile")
    if find is None:
        return None
    try:
        found: dict[str, Any] = find(dict(reader), {"system": system, "level": level, "unit": key})
    except (NotFound, NotAuthorized, ValidationError):
        return None
    return found


def _footnotes(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The tables behind the lines, numbered as they are first named; each line gets its ``notes``, whose it is and
    whether it is for some readers only."""
    notes: dict[str, dict[str, Any]] = {}
    for topic in found["topics"]:
        for row in topic["rows"]:
            for source in row["sources"]:
                notes.setdefault(source["package"], {**source, "number": len(notes) + 1})
            row["owners"], row["limited"] = whose(row["sources"]), not_for_everyone(row["sources"])
            row["notes"] = sorted({notes[source["package"]]["number"] for source in row["sources"]})
    return list(notes.values())


def _key_figures(found: dict[str, Any]) -> list[dict[str, Any]]:
    by_code = {row["code"]: row for topic in found["topics"] for row in topic["rows"]}
    wanted = [by_code[code] for code in config.key_figures() if code in by_code]
    return wanted[:MOST_KEY_FIGURES]


def _statuses(found: dict[str, Any]) -> list[str]:
    rows = [row for topic in found["topics"] for row in topic["rows"]]
    return [row["figure"]["status"] for row in rows] + [row["city"]["status"] for row in rows if row["city"]]


def change_text(row: dict[str, Any], years: str) -> str:
    """A change with its unit: `+1,3 %`, `−0,5 Prozentp.`; empty where there is none."""
    change = row["change"].get(years)
    if not change:
        return ""
    return f"{change['text']}\u202f{change['unit']}" if change["unit"] else str(change["text"])


def unit_beside(row: dict[str, Any]) -> str:
    """The unit where the name does not say it already (`Geburten je 1.000`)."""
    def plain(text: str) -> str:
        return "".join(letter for letter in text.casefold() if letter.isalnum())

    return "" if plain(row["unit"]) and plain(row["unit"]) in plain(row["name"]) else str(row["unit"])


def trend_words(row: dict[str, Any]) -> str:
    """The trend in a word, or why none is told."""
    trend = row["trend"]
    if trend["p"] is None:
        return tk._("too few values")
    return {1: tk._("rising"), -1: tk._("falling"), 0: tk._("no trend")}[trend["way"]]


def trend_text(row: dict[str, Any]) -> str:
    """First and last number of the course, for those who do not see the line."""
    known = [one for one in row["series"] if one["value"] is not None]
    if len(known) < 2:
        return ""
    first, last = known[0]["year"], known[-1]["year"]
    return tk._("{word}, {first} to {last}").format(word=trend_words(row), first=first, last=last)


def figures(reader: dict[str, Any], page: dict[str, Any], key: str) -> dict[str, Any]:
    """The map of where the unit lies and its population pyramid; each None where there is none.

    What everybody may see is kept.
    """
    if "ierwohnen_figure.page" not in current_app.view_functions:
        return {"map": None, "pyramid": None}  # the plugin of previews is off
    if tk.current_user.is_authenticated:
        return _figures(reader, page, key)
    made = cache.kept(
        "profile-figures",
        lambda: _figures(cache.public_context(), page, key),
        language=locale(), system=page["system"]["id"], level=page["level"]["code"], key=key,
    )  # fmt: skip
    return {**made, "map": made["map"] and Markup(made["map"])}


def _figures(reader: dict[str, Any], page: dict[str, Any], key: str) -> dict[str, Any]:
    from ckanext.ierwohnen.previews.unit_figures import locator_of, pyramid_of

    system, level = page["system"]["id"], page["level"]["code"]

    def link(other: str) -> str:
        return str(tk.h.url_for("ierwohnen_portal.place_unit", system=system, level=level, key=other))

    pyramid = pyramid_of(reader, system, level, key, here=link(key), locale=locale())  # type: ignore[arg-type]
    return {
        "map": locator_of(reader, system, level, (key,), link=link, locale=locale()),  # type: ignore[arg-type]
        "pyramid": asdict(pyramid) if pyramid else None,
    }


def printable(shown: dict[str, Any]) -> dict[str, Any]:
    """The map as a picture: WeasyPrint knows no halo of letters."""
    if not shown["map"]:
        return shown
    from ckanext.ierwohnen.previews.raster import png_of

    data = b64encode(png_of(str(shown["map"]))).decode()
    words = re.search(r'aria-label="([^"]*)"', str(shown["map"]))
    alt = Markup(words[1]) if words else ""
    return {**shown, "map": Markup('<img alt="{}" src="data:image/png;base64,{}">').format(alt, data)}


def as_csv(found: dict[str, Any]) -> bytes:
    """A row for each indicator, with heads and decimal sign of the reader's language."""
    rows = [_csv_row(topic["title"], row) for topic in found["topics"] for row in topic["rows"]]
    return csv_bytes(_csv_heads(), rows)


def _csv_heads() -> list[str]:
    return [
        tk._("Topic"), tk._("Indicator"), tk._("Code"), tk._("Unit"), tk._("Date"), tk._("Value"), tk._("Status"),
        tk._("Whole area"), tk._("Status of the whole area"), tk._("Rank"), tk._("out of"), tk._("Change in 1 year"),
        tk._("Change in 5 years"), tk._("Unit of the changes"),
        tk._("Direction of the trend"), tk._("Years of the trend"), tk._("Source"),
    ]  # fmt: skip


def _csv_row(topic: str, row: dict[str, Any]) -> list[str]:
    city, changes = row["city"] or {}, row["change"]
    units = "".join({change["unit"] for change in changes.values()})
    past = [_number((changes.get(years) or {}).get("value")) for years in ("1", "5")]
    sources = "; ".join(dict.fromkeys(one["title"] for one in row["sources"]))
    trend = row["trend"]["way"] if row["trend"]["p"] is not None else ""
    return [
        topic, row["name"], row["code"], row["unit"], row["period"], _number(row["figure"]["value"]),
        row["figure"]["status"], _number(city.get("value")), city.get("status", ""), row["rank"] or "", row["of"],
        *past, units, trend, row["trend"]["n"], sources,
    ]  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else exact_number(round(float(value), 6), locale())


def alerts_link(found: dict[str, Any]) -> str | None:
    """The page of conspicuous units of the same level."""
    return route_or_none("ierwohnen_alerts.index", system=found["system"], level=found["level"])


def title(page: dict[str, Any]) -> str:
    """`Stadtteil 42 Eichgrund, Gebietsstand 01.01.2021`, as the document and its file are called."""
    date = format_date(str(page["system"]["boundary_date"]), locale=locale())
    boundaries = tk._("Boundaries of {date}").format(date=date)
    return f"{page['level']['shown']} {page['unit']['name']}, {boundaries}"
