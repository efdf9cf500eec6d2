"""What could be agreed on instead of what the check refused. Each change leads to the form, in which it stands already.

A house that is alone in its release reads what a trial of the change gave. Several houses are offered changes of what
they all know, their definition, which nobody has tried: what a trial gives would tell one of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.rows import Places
from ckanext.ierwohnen.releases.steps_page import named
from ckanext.ierwohnen.tables.wording import reader_language

CONSENT, LEVEL, WITHOUT, OWNERS = "consent", "level", "without", "owners"
SMALLER = ("already-disclosed", "not-protectable", "too-many-cells", "too-much-work", "too-little-time",
           "too-little-memory", "not-possible", "level-unknown", "worked-out")  # fmt: skip
FEWER = ("already-disclosed", "not-protectable", "field-missing")
"""Refusals that fewer figures may help."""


def changes_of(context: Context, release: dict[str, Any]) -> list[dict[str, Any]]:
    """`message` (what a trial gave, or empty), `link` (the words of the button) and `change` (as the form takes it)."""
    refused = (release.get("report") or {}).get("refused")
    if not refused:
        return []
    places = Places.of(context, release["level"])
    tried = [_tried(entry, places) for entry in refused.get("advice", ())]
    if tried:
        return tried
    return [{"message": "", **_told(change, places)} for change in _untried(context, refused["code"], release, places)]


def changed(
    values: dict[str, Any], changes: Sequence[str], offered: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:  # fmt: skip
    """The form with these changes, and those that it could take: what it does not offer is left as it is."""
    found, taken = dict(values), []
    for change in changes:
        kind, _, concerns = change.partition(":")
        before = dict(found)
        if kind == CONSENT:
            found["consent"] = True
        elif kind == LEVEL and concerns in ("", *(code for code, _ in offered["levels"])):
            found["level"] = concerns
        elif kind == WITHOUT:
            for name in ("dimensions", "figures"):
                found[name] = [one for one in found[name] if one != concerns]
        elif kind == OWNERS:
            known = {code for code, _ in offered["organizations"]}
            found["sources"] = [one for one in concerns.split() if one in known]
        taken += [change] if found != before else []
    return found, taken


def told(context: Context, changes: Sequence[str], values: dict[str, Any]) -> list[str]:
    """Changes that the form has taken, in words."""
    places = Places.of(context, values["level"])
    shown = [f"{OWNERS}:{' '.join(values['sources'])}" if one.startswith(OWNERS) else one for one in changes]
    return [str(_told([change], places)["link"]) for change in shown]


def _tried(entry: dict[str, Any], places: Places) -> dict[str, Any]:
    kind = {"coarser": LEVEL, "without": WITHOUT}.get(entry["kind"])
    change = [f"{kind}:{entry['concerns']}"] if kind else []
    if entry.get("consent") or entry["kind"] == "consent":
        change.append(CONSENT)
    return {"message": entry["message"], **_told(change, places)}


def _untried(context: Context, code: str, release: dict[str, Any], places: Places) -> Iterator[list[str]]:
    level = release["level"]
    if code in SMALLER and level:
        known = places.levels.get(level)
        yield [f"{LEVEL}:{known.system}/{known.above}" if known and known.above else f"{LEVEL}:"]
    if code in (*SMALLER, "field-missing"):
        yield from ([f"{WITHOUT}:{name}"] for name in release["dimensions"])
    if code in FEWER and len(release["figures"]) > 1:
        yield from ([f"{WITHOUT}:{name}"] for name in release["figures"])
    agreed = set(release["consents"]) == set(release["owners"])
    if code in ("one-owner", "already-disclosed", "not-protectable") and not agreed:
        yield [CONSENT]
    if code in ("owners-apart", "worked-out"):
        yield from _owners_of_others(context, release)


def _owners_of_others(context: Context, release: dict[str, Any]) -> Iterator[list[str]]:
    """The owners of earlier releases of the same date, of which the reader's company was one itself."""
    found = tk.get_action("ierwohnen_release_list")(tk.fresh_context(context), {"limit": 1000})["results"]
    met = {frozenset(release["owners"])}
    for one in found:
        owners = frozenset(one["owners"])
        if one["owned"] and one["reference_date"] == release["reference_date"] and owners not in met:
            met.add(owners)
            yield [f"{OWNERS}:{' '.join(sorted(owners))}"]


def _told(change: list[str], places: Places) -> dict[str, Any]:
    language = reader_language()
    words = []
    for kind, _, concerns in (one.partition(":") for one in change):
        if kind == CONSENT:
            words.append(tk._("with consent to be recognisable"))
        elif kind == LEVEL:
            level = places.level(concerns, language)
            words.append(tk._("by place: {level}").format(level=level) if concerns else tk._("not divided by place"))
        elif kind == WITHOUT:
            about = catalogue().dimensions.get(concerns) or catalogue().figures.get(concerns)
            title = about.title["en" if language.startswith("en") else "de"] if about else concerns
            words.append(tk._("without {title}").format(title=title))
        elif kind == OWNERS:
            words.append(tk._("of {names}").format(names=named(concerns.split())))
    return {"link": ", ".join(words), "change": change}
