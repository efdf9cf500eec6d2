"""The steps of a release as its owners see them: who did what and when, who is missing, and until when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import ckan.plugins.toolkit as tk
from markupsafe import Markup, escape

from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.releases.roles import person_of, title_of
from ckanext.ierwohnen.tables.wording import reader_language

NAMED = 3
"""As many owners are named in a step; all of them stand under the approvals."""


def steps_of(release: dict[str, Any], own: Collection[str] = ()) -> tuple[list[dict[str, Any]], int]:
    """The four steps with who and when, and which one is on.

    :param own: organizations for which the reader acts
    """
    taken = {step["step"]: step for step in release.get("steps", ())}
    state = release["state"]
    items = [
        {"title": tk._("prepared"), "text": who(taken.get("prepare"))},
        _checked(release, taken, own),
        {"title": _approval_title(release), "text": _approvals(release, taken, own)},
        {"title": tk._("published"), "text": who(taken.get("publish")) or _to_come(release)},
    ]
    at = {"prepared": 2, "refused": 2, "checked": 3, "approved": 4}
    if release.get("overdue") or state == "rejected":
        return items, 3 if "pass" in taken else 2
    return items, at.get(state, 5)


def who(step: dict[str, Any] | None) -> str | Markup:
    """Person, organization and time of a step, "" for none."""
    if step is None:
        return ""
    named = [person_of(step["person"]), title_of(step["organization"]) if step["organization"] else ""]
    return _lines(", ".join(part for part in named if part), when(step))


def when(step: dict[str, Any]) -> str:
    """Day and time of a step."""
    return str(tk.h.iw_moment(step["at"]))


def deadline_of(release: dict[str, Any]) -> str:
    """Until when owners join and approve, "" for as long as the release lasts."""
    return format_date(release["decide_by"], locale=reader_language()) if release.get("decide_by") else ""


def missing_of(release: dict[str, Any]) -> list[str]:
    """Owners who had not joined, or after the check not approved, when the time for it ended."""
    steps = release.get("steps", ())
    asked = ("approve",) if any(step["step"] == "pass" for step in steps) else ("prepare", "join")
    done = {step["organization"] for step in steps if step["step"] in asked}
    return [owner for owner in release["owners"] if owner not in done]


def _checked(release: dict[str, Any], taken: dict[str, Any], own: Collection[str]) -> dict[str, Any]:
    for step, title in (("pass", tk._("checked: passed")), ("refuse", tk._("checked: not releasable"))):
        if step in taken:
            version = ((release.get("report") or {}).get("rules") or {}).get("version")
            how = tk._("automatically, rules {version}").format(version=version) if version else tk._("automatically")
            return {"title": title, "text": _lines(how, when(taken[step]))}
    if release["state"] in ("rejected", "expired"):
        return {"title": tk._("The check"), "text": tk._("stopped") if release.get("stopped") else tk._("not checked")}
    if release.get("open"):
        missing = tk._("waits for {names}").format(names=named(release["open"], own))
        return {"title": tk._("checked"), "text": _lines(missing, _until(release))}
    return {"title": tk._("checked"), "text": tk._("automatically")}


def _approval_title(release: dict[str, Any]) -> str:
    if len(release["owners"]) == 1:
        return tk._("approved by the owner of the data")
    return tk._("approved by {count} owners of the data").format(count=len(release["owners"]))


def _approvals(release: dict[str, Any], taken: dict[str, Any], own: Collection[str]) -> str | Markup:
    given = [step for step in release.get("steps", ()) if step["step"] == "approve"]
    if release["state"] == "checked":
        missing = tk._("Missing: {names}").format(names=named(release["open"], own))
        return _lines(_given(len(given)), missing, _until(release))
    if len(given) > 1:
        return _lines(_given(len(given)), when(given[-1]))
    if given:
        return who(given[0])
    return _until(release) if release["state"] in ("prepared", "checked") else ""


def _given(count: int) -> str:
    if not count:
        return ""
    return tk._("1 has approved.") if count == 1 else tk._("{count} have approved.").format(count=count)


def _until(release: dict[str, Any]) -> str:
    last = deadline_of(release)
    return tk._("Deadline {date}").format(date=last) if last else ""


def _to_come(release: dict[str, Any]) -> str:
    """What the last step waits for, and for whom it is."""
    if release["state"] not in ("prepared", "checked", "approved") or release.get("overdue"):
        return ""
    audience = release["audience"]
    if release["state"] == "approved":
        return tk._("All have approved. Somebody of an owner publishes it.")
    if audience["kind"] == "public":
        return tk._("when all have approved, for everyone")
    count = len(audience["organizations"])
    if count == 1:
        return tk._("when all have approved, for 1 organization")
    return tk._("when all have approved, for {count} organizations").format(count=count)


def named(owners: Iterable[str], own: Collection[str] = ()) -> str:
    """Owners by name, the reader's first; of many only some."""
    ordered = sorted(owners, key=lambda owner: (owner not in own, title_of(owner)))
    names = [title_of(o) + (" " + tk._("(your organization)") if o in own else "") for o in ordered[:NAMED]]
    rest = len(ordered) - len(names)
    told = ", ".join(names)
    return tk._("{names} and {count} more").format(names=told, count=rest) if rest else told


def _lines(*texts: str) -> Markup:
    return Markup("<br>").join(escape(text) for text in texts if text)
