"""Pages of the indicators: all by topic, and one with definition, sources and latest values."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.explain_text import formula_in_names
from ckanext.ierwohnen.indicators.lacking import divided_otherwise, lacking
from ckanext.ierwohnen.indicators.points import same_point
from ckanext.ierwohnen.indicators.sensitivity_page import sensitivity_part
from ckanext.ierwohnen.indicators.source_rows import with_rows
from ckanext.ierwohnen.indicators.sources import readable_sources
from ckanext.ierwohnen.indicators.value_table import value_table
from ckanext.ierwohnen.indicators.values import TOTAL
from ckanext.ierwohnen.indicators.vocabulary import in_language, vocabulary
from ckanext.ierwohnen.indicators.wording import WORDS, explain, words
from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import reader_context

MOST_ROWS = 200_000  # units × dates
indicators = without_nul(Blueprint("ierwohnen_indicators", __name__))


@indicators.get("/ierwohnen/indikatoren", endpoint="index")
def index() -> str:
    """All indicators by topic; a search word narrows them."""
    asked = tk.request.args.get("q", "").strip()
    found = tk.get_action("ierwohnen_indicator_list")(reader_context(), {"q": asked} if asked else {})
    held = {i["code"] for i in tk.get_action("ierwohnen_indicator_list")(reader_context(), {"with_sources": True})}
    topics = [
        {
            "code": topic.code,
            "title": topic.text(_language()),
            "indicators": [
                {
                    "name": in_language(i["name"], _language()),
                    "unit": vocabulary("units").text(i["unit"], _language()),
                    "href": tk.h.url_for("ierwohnen_indicators.show", code=i["code"]),
                    "held": i["code"] in held,
                }
                for i in found
                if i["topic"] == topic.code
            ],
        }
        for topic in vocabulary("topics")
    ]
    shown = [topic for topic in topics if topic["indicators"]]
    return tk.render("ierwohnen_indicators/index.html", {"topics": shown, "q": asked, "count": len(found)})


@indicators.get("/ierwohnen/indikator/<code>", endpoint="show")
def show(code: str) -> str | tuple[str, int]:
    """One indicator: what it is, where it comes from, its values."""
    indicator = active_catalogue().find(code)
    if indicator is None:
        return tk.abort(404, tk._("There is no indicator “{code}”.").format(code=code))
    shown = tk.get_action("ierwohnen_indicator_show")(reader_context(), {"code": indicator.code})
    keys = ("system", "level", "source", "period", "unit", "sort", "q", "page")
    asked = {key: tk.request.args[key] for key in keys if tk.request.args.get(key)}
    place = {key: asked[key] for key in ("system", "level", "source") if key in asked}
    try:
        wish = {"code": indicator.code, "limit": MOST_ROWS, **place}
        values = tk.get_action("ierwohnen_indicator_values")(reader_context(), wish)
    except (tk.ObjectNotFound, tk.ValidationError):
        return _not_there(indicator, asked)
    if "source" in asked and not values["candidates"]:  # there is no table at all
        return _not_there(indicator, asked)
    table = _table(values, indicator, asked)
    unit = vocabulary("units").find(indicator.unit)
    return tk.render(
        "ierwohnen_indicators/show.html",
        {
            "indicator": indicator,
            "name": indicator.name_in(_language()),
            "description": indicator.description_in(_language()),
            "topic": vocabulary("topics").text(indicator.topic, _language()),
            "definition": _definition(indicator),
            "sources": _choices([*(values["candidates"] if table else []), *values["others"]]),
            "whose": _whose(values["sources"]) if table else [],
            "reasons": [] if table else _reasons(indicator),
            "other_levels": None if table else _other_levels(indicator, asked),
            "rule": values["rule"],
            "table": table,
            "way": _way(indicator.code, values, place, asked.get("unit"), table),
            "unit": unit.text(_language()) if unit else indicator.unit,
            "symbol": _symbol(indicator) or "",
            "sensitivity": _sensitivity(indicator, values, table),
            "used_by": [_link(c) for c in shown["used_by"]],
            "related": [_link(c) for c in indicator.parts],
        },
    )


def _not_there(indicator: Indicator, asked: dict[str, str]) -> tuple[str, int]:
    """A way on from a table or level that is not there for this reader: withdrawn, for others, or never there."""
    what, why = tk._("There is no such spatial level here."), tk._("There are values at other levels.")
    if "source" in asked:
        what = tk._("There is no such table here.")
        why = tk._("It was taken away or withdrawn, is for other readers, or its number has a mistake.")
    page = {
        "what": what, "why": why, "name": indicator.name_in(_language()),
        "href": tk.h.url_for("ierwohnen_indicators.show", code=indicator.code),
    }  # fmt: skip
    return tk.render("ierwohnen_indicators/not_there.html", page), 404


def _other_levels(indicator: Indicator, asked: dict[str, str]) -> str | None:
    """The address of the page without the level that was asked for, if the indicator has values at others."""
    place = {key: asked[key] for key in ("system", "source") if key in asked}
    if "level" not in asked:
        return None
    wish = {"code": indicator.code, "limit": 1, **place}
    found = tk.get_action("ierwohnen_indicator_values")(reader_context(), wish)["results"]
    return tk.h.url_for("ierwohnen_indicators.show", code=indicator.code, **place) if found else None


def _reasons(indicator: Indicator) -> list[str]:
    """Why there are no values: what no table tells, and tables whose classes do not fit."""
    tables = readable_sources(reader_context())
    known = {code for one in tables for code in one.indicators}
    told = []
    for one in lacking(indicator, known, active_catalogue()):
        name = one.name_in(_language())
        others = divided_otherwise(one, tables)
        if others:
            template = tk._("“{name}”: the classes of “{table}” do not make it up exactly.")
            told.append(template.format(name=name, table=", ".join(others)))
        else:
            told.append(tk._("No published table states “{name}”.").format(name=name))
    return told or [tk._("The tables for it have no area and date in common.")]


def _sensitivity(
    indicator: Indicator, values: dict[str, Any], table: dict[str, Any] | None
) -> dict[str, Any] | None:  # fmt: skip
    """How firm the order of a composite is at the date shown; None for other indicators."""
    if indicator.composite is None or table is None or values["level"] == TOTAL:
        return None
    asked = {key: values[key] for key in ("system", "level") if values[key]}
    asked |= {"code": indicator.code, "period": table["period"]}
    found = tk.get_action("ierwohnen_indicator_sensitivity")(reader_context(), asked)
    return sensitivity_part(found, {row["unit"]: row["name"] for row in values["results"]})


def _way(
    code: str, values: dict[str, Any], place: dict[str, str], unit: str | None, table: dict[str, Any] | None
) -> dict[str, Any] | None:
    """The way to the value of one unit at the date shown; None where none is asked or there is no such value."""
    if unit is None or table is None:
        return None
    asked = {
        **place,
        "code": code,
        "level": values["level"],
        "units": [unit],
        "period": table["period"],
        "explain": True,
    }
    found = tk.get_action("ierwohnen_indicator_values")(reader_context(), asked)["results"]
    return with_rows(reader_context(), found[0]["way"]) if found and found[0]["way"] else None


def _choices(sources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sources with what asks for each: number of a release, name of a dataset, or a resource of several."""
    names = [source["package"] for source in sources]
    return [
        {**one, "ask": (one["number"] or one["package"]) if names.count(one["package"]) == 1 else one["resource_id"]}
        for one in sources
    ]


def _whose(sources: list[dict[str, Any]]) -> list[str]:
    """The owners of the releases that the values come from."""
    return list(dict.fromkeys(one["owners"] for one in sources if one["owners"]))


def _table(values: dict[str, Any], indicator: Indicator, asked: dict[str, str]) -> dict[str, Any] | None:
    """The values of one date, the latest if none is asked, with the dates to choose from; None without values."""
    periods = sorted({row["period"] or "" for row in values["results"]}, reverse=True)
    if not periods:
        return None
    numbered = {row["period"] or "" for row in values["results"] if row["figure"]["value"] is not None}
    wish = same_point(asked.get("period"), periods)
    chosen = wish if wish in periods else max(numbered, default=periods[0])
    page = asked.get("page", "")
    made = value_table(
        values["results"], indicator, chosen or "", sort=asked.get("sort"), words=asked.get("q", ""),
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1, locale=_language(),
    )  # fmt: skip
    hows = {row["unit"]: row["how"] for row in values["results"] if (row["period"] or "") == chosen}
    place = {"code": indicator.code, "system": values["system"], "level": values["level"], "period": chosen}
    kept = {**place, **{key: asked[key] for key in ("source", "unit", "q", "sort") if key in asked}}

    def address(**changes: Any) -> str:
        wish = {key: value for key, value in {**kept, **changes}.items() if value}
        return str(tk.h.url_for("ierwohnen_indicators.show", **wish, _anchor="values"))

    def way(unit: str) -> str:
        more = {"source": asked["source"]} if "source" in asked else {}
        return str(tk.h.url_for("ierwohnen_indicators.show", **place, **more, unit=unit, _anchor="way"))

    return {
        "made": made, "how": {unit: explain(how) for unit, how in hows.items()}, "way": way, "to": address,
        "period": chosen, "periods": periods, "level": values["level"], "system": values["system"],
        "q": asked.get("q", ""), "unit": asked.get("unit"),
        "points": tk._("pts") if indicator.unit == "percent" else "",
    }  # fmt: skip


def _definition(indicator: Indicator) -> list[tuple[str, str]]:
    rows = [
        (tk._("Unit"), vocabulary("units").text(indicator.unit, _language())),
        (tk._("Computed as"), formula_in_names(indicator)),
        (tk._("Adding up over space"), tk._(WORDS[f"space.{indicator.space}"])),
        (tk._("Time"), tk._(WORDS[f"time.{indicator.time}"])),
        (tk._("Reference date"), in_language(indicator.reference_date, _language())),
        (tk._("Better is"), words(f"direction.{indicator.direction}")),
        (tk._("Smallest meaningful level"), tk._(WORDS[f"level.{indicator.smallest_level}"])),
        (tk._("Usual source"), in_language(indicator.source, _language())),
    ]
    for key, title in (("watch", tk._("Watch from")), ("act", tk._("Act from"))):
        limit = indicator.thresholds.get(key)
        if limit is not None:
            rows.append((title, tk.h.iw_number(limit, unit=_symbol(indicator))))
    return [(title, text) for title, text in rows if text]


def _symbol(indicator: Indicator) -> str | None:
    unit = vocabulary("units").find(indicator.unit)
    return in_language(unit.more.get("symbol"), _language()) or None if unit else None


def _link(code: str) -> dict[str, str]:
    found = active_catalogue().find(code)
    return {
        "name": found.name_in(_language()) if found else code,
        "href": tk.h.url_for("ierwohnen_indicators.show", code=code),
    }


def _language() -> str:
    return str(tk.h.lang())[:2]
