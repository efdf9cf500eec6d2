"""What the page of a release shows: the table as its audience would get it, the steps, the report in words."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.places.lookup import readable_level_keys
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.cell_words import in_words
from ckanext.ierwohnen.releases.roles import title_of
from ckanext.ierwohnen.releases.steps_page import deadline_of, who
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language

TONES = {
    "prepared": "info", "checked": "info", "approved": "info", "published": "good", "refused": "bad",
    "rejected": "bad", "withdrawn": "mute", "superseded": "mute", "expired": "mute",
}  # fmt: skip


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
    return "organization", tk._("for {names}").format(names=names)


def table_of(context: Any, release: dict[str, Any]) -> dict[str, Any]:
    """Columns and rows for the table part."""
    language = reader_language()
    known = catalogue()
    names = _names(context, release)
    placed = bool(release["level"]) or not release["dimensions"]  # the city as a whole in each row says nothing
    columns: list[dict[str, Any]] = [{"label": tk._("Key")}, {"label": tk._("Spatial unit")}] if placed else []
    columns += [{"label": known.dimensions[name].title[language]} for name in release["dimensions"]]
    beside = [name for name in ("own", "before", "difference") if name in next(iter(release["cells"]), {})]
    heads = {"own": tk._("own value"), "before": tk._("before"), "difference": tk._("change against before")}
    for name in release["figures"]:
        unit = known.figures[name].unit[language]
        columns.append({"label": known.figures[name].title[language], "unit": unit, "numeric": True})
        columns += [{"label": heads[one], "unit": unit, "numeric": True} for one in beside]
    reasons = (release.get("report") or {}).get("reasons") or []
    rows: dict[tuple[str, ...], list[Any]] = {}
    whys: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for number, cell in enumerate(release["cells"]):
        codes = tuple(cell[name] for name in release["dimensions"])
        place = (cell["level"], cell["key"], *codes)
        if place not in rows:
            labels = [
                tk._("all") if code == TOTAL else known.dimensions[name].label(code, language)
                for name, code in zip(release["dimensions"], codes, strict=True)
            ]
            rows[place] = [*([cell["key"] or "–", _unit(cell, names)] if placed else []), *labels]
        rows[place] += [cell["figure"], *(cell[one] or "" for one in beside)]
        if reasons and reasons[number]:
            title = known.figures[cell["indicator"]].title[language]
            whys.setdefault(place, {}).setdefault(reasons[number], []).append(title)
    if any(whys.values()):
        columns.append({"label": tk._("Protection, in words"), "words": True})
        for place, cells in rows.items():
            cells.append(_why(whys.get(place, {}), len(release["figures"]), language))
    return {
        "columns": columns,
        "header": 1 if placed else 0,
        "rows": [
            {"cells": cells, "kind": "sum" if place[0] != release["level"] or _whole(place) else None}
            for place, cells in rows.items()
            if not _repeated(place, rows, release["level"])
            and any(_filled(cell) for cell in cells if isinstance(cell, dict))
        ],
    }


def _repeated(place: tuple[str, ...], rows: dict[tuple[str, ...], list[Any]], finest: str) -> bool:
    """Whether a row only says of a coarser level what one of the finest says: dwellings of unknown address."""
    level, key, *codes = place
    return not key and level not in ("", finest) and rows.get((finest, key, *codes)) == rows[place]


def _why(found: dict[str, list[str]], figures: int, language: str) -> str:
    """Why figures of one place are kept secret; they are named where it is not the same for all."""
    same = len(found) == 1 and figures == len(next(iter(found.values())))
    told = [
        (say(f"why-{reason}", language), "" if same else f" ({', '.join(titles)})") for reason, titles in found.items()
    ]
    return "; ".join(f"{words}{of}" for words, of in told)


def _whole(place: tuple[str, ...]) -> bool:
    return len(place) > 2 and set(place[2:]) == {TOTAL}


def _filled(figure: dict[str, Any]) -> bool:
    """Whether there is something to see: a row of nothing but zeros is left out, one with a point never."""
    return bool(figure["value"]) or figure["status"] not in ("ok", "blocked")


def ended_by(release: dict[str, Any]) -> dict[str, str] | None:
    """Who turned a release down or withdrew it, for whom, when and why; for the owners' people, who alone get steps."""
    for step in release.get("steps", ()):
        if step["step"] in ("reject", "withdraw"):
            return {"who": who(step), "reason": step["reason"]}
    return None


def refused_cell(context: Any, release: dict[str, Any]) -> str:
    """The cell at which the check stopped, in words; "" if it named none."""
    cell = ((release.get("report") or {}).get("refused") or {}).get("cell")
    return in_words(cell, _names(context, release), reader_language()) if cell else ""


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


def facts_of(context: Any, release: dict[str, Any]) -> list[tuple[str, str]]:
    """What the owners agree to."""
    language, known = reader_language(), catalogue()
    short = "en" if language.startswith("en") else "de"
    broken = [known.dimensions[name].title[short] for name in release["dimensions"]]
    consents = ", ".join(title_of(o) for o in release.get("consents", ()))
    replaced = release.get("replaced") or ""
    found = [
        *([(tk._("Replaces"), replaced)] if replaced else []),
        (tk._("Figures"), ", ".join(known.figures[name].title[short] for name in release["figures"])),
        (tk._("By place"), _level(context, release, language)),
        *([(tk._("Broken down by"), ", ".join(broken))] if broken else []),
        (tk._("Audience"), audience_words(release["audience"])[1]),
        (tk._("Purpose"), release["purpose"]),
        (tk._("Agreement"), release["agreement"]),
        (tk._("Valid until"), format_date(release["valid_until"], locale=language)),
        *([(tk._("Deadline of the owners"), deadline_of(release))] if release.get("decide_by") else []),
        (tk._("Sources"), tk._("stock of {names}, {date}").format(
            names=", ".join(sorted(title_of(o) for o in release["owners"])),
            date=format_date(release["reference_date"], locale=language))),
    ]  # fmt: skip
    return [*found, (tk._("Consents"), consents)] if consents else found


def _level(context: Any, release: dict[str, Any], language: str) -> str:
    if not release["level"]:
        return tk._("city as a whole")
    found = [k for k in readable_level_keys(context) if f"{k.system}/{k.level}" == release["level"]]
    return f"{found[0].title(language)}, {found[0].boundary_date.year}" if found else release["level"]


def _unit(cell: dict[str, Any], names: dict[tuple[str, str], str]) -> str:
    if not cell["level"]:
        return tk._("City as a whole")
    if not cell["key"]:
        return tk._("address unknown")
    return names.get((cell["level"], cell["key"]), cell["key"])


def _names(context: Any, release: dict[str, Any]) -> dict[tuple[str, str], str]:
    system = release["level"].partition("/")[0]
    if not system:
        return {}
    return {
        (f"{keys.system}/{keys.level}", key): name
        for keys in readable_level_keys(context)
        if keys.system == system
        for key, name in keys.units.items()
    }
