"""What the page of a release shows: the table as its audience would get it, the steps, the report in words."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context
from markupsafe import Markup

from ckanext.ierwohnen.confidential.figures import SECONDARY
from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.indicators.vocabulary import vocabulary
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.places.lookup import readable_level_keys
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.cell_words import in_words
from ckanext.ierwohnen.releases.outside import LICENCE
from ckanext.ierwohnen.releases.reasons import why_told
from ckanext.ierwohnen.releases.roles import title_of
from ckanext.ierwohnen.releases.rows import Places, rows_of
from ckanext.ierwohnen.releases.steps_page import deadline_of, named, who
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language

TONES = {
    "prepared": "info", "checked": "info", "approved": "info", "published": "good", "refused": "bad",
    "rejected": "bad", "withdrawn": "mute", "superseded": "mute", "expired": "mute",
}  # fmt: skip
AFTER = ("published", "withdrawn", "superseded", "expired")  # what once was published
MOST = 10_000  # releases that a page may ask for at once


def state_word(state: str) -> str:
    """A state in words."""
    words = {
        "prepared": tk._("prepared"), "checked": tk._("waits for approval"), "approved": tk._("approved"),
        "published": tk._("published"), "refused": tk._("not releasable"), "rejected": tk._("turned down"),
        "withdrawn": tk._("withdrawn"), "superseded": tk._("superseded"), "expired": tk._("expired"),
    }  # fmt: skip
    return words[state]


def audience_words(audience: dict[str, Any]) -> tuple[str, str]:
    """(kind of the chip, for whom in words)."""
    if audience["kind"] == "public":
        return "public", tk._("for everyone")
    if audience["kind"] == "alliance":
        return "alliance", tk._("for the alliance")
    names = ", ".join(sorted(title_of(o) for o in audience["organizations"]))
    return "organization", tk._("only {names}").format(names=names)


def table_of(context: Context, release: dict[str, Any]) -> dict[str, Any]:
    """Columns and rows for the table part: every place of the release, below the one in which it lies."""
    language, known = reader_language(), catalogue()
    short = "en" if language.startswith("en") else "de"
    places = Places.of(context, release["level"])
    placed = bool(release["level"]) or not release["dimensions"]  # the sum of all in each row says nothing
    columns: list[dict[str, Any]] = []
    if placed:
        columns = [{"label": tk._("Key"), "key": True}, {"label": tk._("Spatial unit")}]
    columns += [{"label": known.dimensions[name].title[short]} for name in release["dimensions"]]
    beside = [name for name in ("own", "before", "difference") if name in next(iter(release["cells"]), {})]
    heads = {"own": tk._("own value"), "before": tk._("before"), "difference": tk._("change against before")}
    for name in release["figures"]:
        unit = known.figures[name].unit[short]
        columns.append({"label": known.figures[name].title[short], "unit": unit, "numeric": True})
        columns += [{"label": heads[one], "unit": unit, "numeric": True} for one in beside]
    # What was turned down keeps its report, but none of its figures.
    reasons = ((release.get("report") or {}).get("reasons") or [])[: len(release["cells"])]
    cells = [{**cell, "why": why} for cell, why in zip_longest(release["cells"], reasons)]
    worded = any(reasons) and not beside  # beside other figures there is no room for words
    if worded:
        columns.append({"label": tk._("Protection, in words"), "words": True})
    rows = []
    for row in rows_of(cells, release["dimensions"], release["level"], places):
        shown: list[Any] = [row.key or "–", places.name(row.level, row.key, language)] if placed else []
        for name, code in zip(release["dimensions"], row.codes, strict=True):
            category = known.dimensions[name].label(code, language)
            shown.append(say("all-categories", language) if code == TOTAL else category)
        for cell in row.cells:
            shown += [{**cell["figure"], "secondary": cell["why"] == SECONDARY}, *(cell[one] or "" for one in beside)]
        if worded:
            shown.append(why_told(row.cells, len(release["figures"]), language))
        whole = row.level != release["level"] or bool(row.codes and set(row.codes) == {TOTAL})
        rows.append({"cells": shown, "kind": "sum" if whole else None, "depth": row.depth if row.key else 0})
    return {"columns": columns, "header": 1 if placed else 0, "rows": rows}


def title_with_date(release: dict[str, Any]) -> str:
    """The title, with the reference date where it does not name that, or its year, already."""
    date = format_date(release["reference_date"], locale=reader_language())
    year = release["reference_date"][:4]
    told = re.search(rf"(?<!\d){year}(?!\d)", release["title"])
    return release["title"] if told else f"{release['title']}, {date}"


def ended_by(release: dict[str, Any]) -> dict[str, str] | None:
    """Who turned a release down or withdrew it, for whom, when and why; for the owners' people, who alone get steps."""
    for step in release.get("steps", ()):
        if step["step"] in ("reject", "withdraw"):
            return {"who": who(step), "reason": step["reason"]}
    return None


def refused_cell(context: Context, release: dict[str, Any]) -> str:
    """The cell at which the check stopped, in words; "" if it named none."""
    cell = ((release.get("report") or {}).get("refused") or {}).get("cell")
    return in_words(cell, Places.of(context, release["level"]).names, reader_language()) if cell else ""


def heading_of(release: dict[str, Any]) -> str:
    """What stands above the table, or above what is in its place."""
    state = release["state"]
    if state == "refused":
        return tk._("Report of the check")
    if state == "published":
        return tk._("What is published")
    if state in ("withdrawn", "superseded") or "publish" in {step["step"] for step in release.get("steps", ())}:
        return tk._("What was published")
    if state in ("rejected", "expired"):
        return tk._("This would have been published") if release["cells"] else tk._("Never checked")
    if release.get("outdated"):
        return tk._("This was checked")
    return tk._("This would be published") if release["cells"] else tk._("The check")


def shown_elsewhere(release: dict[str, Any]) -> list[dict[str, str]]:
    """The indicators that a published release feeds: code, name and address, what is relative first."""
    if release["state"] != "published" or not tk.h.iw_route("ierwohnen_indicators.index"):
        return []
    figures = sorted((catalogue().figures[name] for name in release["figures"]), key=lambda one: not one.precision)
    return [
        {
            "code": one.indicator, "name": one.title[reader_language()],
            "href": tk.h.url_for("ierwohnen_indicators.show", code=one.indicator, source=release["number"]),
        }
        for one in figures
    ]  # fmt: skip


def successor(context: Context, release: dict[str, Any]) -> dict[str, Any] | None:
    """The release that took the place of a superseded one, for its owners' people."""
    if release["state"] != "superseded" or not release["owned"]:
        return None
    known = tk.get_action("ierwohnen_release_list")(tk.fresh_context(context), {"limit": MOST})["results"]
    return next((one for one in known if one["replaces"] == release["id"] and one["state"] in AFTER), None)


def facts_of(context: Context, release: dict[str, Any], *, brief: bool = False) -> list[tuple[str, str]]:
    """What the owners agree to; `brief`: of many owners only some are named."""
    language, known = reader_language(), catalogue()
    short = "en" if language.startswith("en") else "de"
    broken = [known.dimensions[name].title[short] for name in release["dimensions"]]
    consents = ", ".join(title_of(o) for o in release.get("consents", ()))
    replaced = release.get("replaced") or ""
    found = [
        *([(tk._("Replaces"), _linked(replaced) if brief else replaced)] if replaced else []),
        (tk._("Figures"), ", ".join(known.figures[name].title[short] for name in release["figures"])),
        (tk._("By place"), _level(context, release, language)),
        *([(tk._("Broken down by"), ", ".join(broken))] if broken else []),
        (tk._("Audience"), _audience(release["audience"])),
        *([(tk._("License"), _licence(language))] if release["audience"]["kind"] == "public" else []),
        (tk._("Purpose"), release["purpose"]),
        (tk._("Agreement"), release["agreement"]),
        (tk._("Valid until"), format_date(release["valid_until"], locale=language)),
        *([(tk._("Deadline of the owners"), deadline_of(release))] if release.get("decide_by") else []),
        (tk._("Sources"), tk._("stock of {names}, {date}").format(
            names=named(release["owners"]) if brief else ", ".join(sorted(map(title_of, release["owners"]))),
            date=format_date(release["reference_date"], locale=language))),
    ]  # fmt: skip
    return [*found, (tk._("Consents"), consents)] if consents else found


def _linked(number: str) -> Markup:
    """The number of a release as the way to its page."""
    return Markup('<a href="{}">{}</a>').format(tk.h.url_for("ierwohnen_releases.read", id=number), number)


def _licence(language: str) -> str:
    """Under what the figures may be used by everyone."""
    found = vocabulary("licences").find(LICENCE)
    return found.text(language) if found else LICENCE


def _audience(audience: dict[str, Any]) -> str:
    """For whom in words; of the alliance with how many organizations it was agreed on."""
    words = audience_words(audience)[1]
    count = len(audience["organizations"])
    if audience["kind"] != "alliance":
        return words
    told = tk.ungettext("{words}, {count} organization", "{words}, {count} organizations", count)
    return told.format(words=words, count=count)


def _level(context: Context, release: dict[str, Any], language: str) -> str:
    if not release["level"]:
        return tk._("not divided by place")
    found = [k for k in readable_level_keys(context) if f"{k.system}/{k.level}" == release["level"]]
    return f"{found[0].title(language)}, {found[0].boundary_date.year}" if found else release["level"]
