"""Key figures: the newest value of an indicator for the whole area, its change, and its years.

What is returned is JSON, so that the public form can be kept (see cache.py).
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic import NotAuthorized, NotFound, ValidationError

from ckanext.ierwohnen.look.numbers import format_date, format_number
from ckanext.ierwohnen.look.template_functions import locale, route_or_none
from ckanext.ierwohnen.look.within_page import once
from ckanext.ierwohnen.portal.candidates import action_or_none

WHOLE = "city"
"""The level that the indicators' actions use for the whole area."""


def key_figures(context: dict[str, Any], codes: list[str]) -> list[dict[str, Any]]:
    """The key figures that have a value which this reader may see, in the order of `codes`."""
    return [made for code in codes if (made := key_figure(context, code))]


def key_figure(context: dict[str, Any], code: str) -> dict[str, Any] | None:
    """One key figure for the whole area: label, figure, unit, change, date, years, source; None without a value."""
    found = values(context, code, level=WHOLE)
    rows = [row for row in found["results"] if row["figure"]["value"] is not None] if found else []
    if found is None or not rows:
        return None
    rows = yearly(rows)
    definition, last = found["definition"], rows[-1]
    before = rows[-2] if len(rows) > 1 else None
    sources = told_by(found["sources"], rows)
    of_last = [found["sources"][place] for place in last["sources"]]
    return {
        "code": code,
        "label": in_language(definition["name"]),
        "figure": last["figure"],
        "unit": symbol(definition["unit"]),
        "change": change(definition, before, last) if before else "",
        "date": tk._("as of {date}").format(date=format_date(last["period"], locale=locale())),
        "trend": [row["figure"]["value"] for row in rows],
        "trend_text": trend_text(rows),
        "periods": [{"period": row["period"], "figure": row["figure"]} for row in rows],
        "source": "; ".join(one["text"] for one in sources),
        "organization": "; ".join(dict.fromkeys(organization(context, one) for one in sources)),
        "owners": whose(of_last),
        "limited": not_for_everyone(sources),
        "href": route_or_none("ierwohnen_indicators.show", code=code),
    }


def values(context: dict[str, Any], code: str, **asked: Any) -> dict[str, Any] | None:
    """What `ierwohnen_indicator_values` gives, with the definition; None where there is nothing for this reader."""
    show, find = action_or_none("ierwohnen_indicator_show"), action_or_none("ierwohnen_indicator_values")
    if show is None or find is None:
        return None
    try:
        definition = show(dict(context), {"code": code})
        found = find(dict(context), {"code": code, **asked})
    except (NotFound, NotAuthorized, ValidationError):
        return None
    # A table without a date tells no point of a course.
    dated = [row for row in found["results"] if isinstance(row["period"], str) and row["period"]]
    return {**found, "results": dated, "definition": definition}


def told_by(sources: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tables that these rows come from, those of most rows first; ``text``: with their years if these differ."""
    from ckanext.ierwohnen.indicators.origins import shares, years_told

    cells = [(row["period"], frozenset(str(place) for place in row["sources"])) for row in rows]
    told = shares(cells, [str(place) for place in range(len(sources))])
    dates = [years_told(one.first, one.last, locale()) for one in told]
    made = []
    for one, when in zip(told, dates, strict=True):
        source = sources[int(one.resource_id)]
        made.append({**source, "text": f"{source['title']} ({when})" if len(set(dates)) > 1 else source["title"]})
    return made


def yearly(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a year, the last and most exact one: two tables may date the same year `2025` and `2025-12-31`."""
    return list({row["period"][:4]: row for row in sorted(rows, key=lambda row: row["period"])}.values())


def change(definition: dict[str, Any], before: dict[str, Any], last: dict[str, Any]) -> str:
    """The change since the value before, in words that fit the unit.

    Shares change by percentage points; balances, which may be below zero, are told beside the former value; all
    else changes by percent.
    """
    old, new = before["figure"]["value"], last["figure"]["value"]
    language = locale()
    if definition["unit"] == "percent":
        points = format_number(new - old, precision=definition["precision"], signed=True, locale=language)
        return tk._("{change} pts").format(change=points)
    if old <= 0 or new < 0 or definition["kind"]["of"] == "change" or definition["unit"].startswith("per_"):
        return tk._("before: {value}").format(value=before["figure"]["text"])
    return format_number(100 * (new - old) / old, precision=1, signed=True, unit="%", locale=language)


def trend_text(rows: list[dict[str, Any]]) -> str:
    """The trend line in words, for those who do not see it."""
    if len(rows) < 2:
        return ""
    first, last = rows[0], rows[-1]
    return tk._("{from_date} to {to_date}: from {first} to {last}").format(
        from_date=format_date(first["period"], locale=locale()),
        to_date=format_date(last["period"], locale=locale()),
        first=first["figure"]["text"],
        last=last["figure"]["text"],
    )


def symbol(unit: str) -> str:
    """What stands behind a number of this unit; nothing for counts."""
    from ckanext.ierwohnen.indicators.vocabulary import vocabulary

    term = vocabulary("units").find(unit)
    return in_language(term.more.get("symbol") or {}) if term else unit


def in_language(text: dict[str, str]) -> str:
    """The text in the reader's language, else in German."""
    return text.get(locale()) or text.get("de") or ""


def whose(sources: list[dict[str, Any]]) -> str:
    """The owners of the releases that a figure comes from; empty where none is one: it may be of the whole area."""
    return "; ".join(dict.fromkeys(one["owners"] for one in sources if one.get("owners")))


def not_for_everyone(sources: list[dict[str, Any]]) -> bool:
    """Whether one of the tables is for some readers only."""
    return any(one.get("limited") for one in sources)


def organization(context: dict[str, Any], source: dict[str, Any]) -> str:
    """Whose figures a source holds: the owners of a release, else the organization that publishes the dataset."""
    if source.get("owners") or source.get("limited"):
        return source.get("owners") or ""
    name = source["package"]
    return once(("organization of", context.get("user", ""), name), lambda: _organization(context, name))


def _organization(context: dict[str, Any], package: str) -> str:
    found = tk.get_action("package_show")(dict(context), {"id": package})
    return (found.get("organization") or {}).get("title", "")
