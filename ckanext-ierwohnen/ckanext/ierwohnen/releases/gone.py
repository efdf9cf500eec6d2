"""The page of a release that has ended: for those who could read it while it was published, and for nobody else."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.releases import outside
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.roles import actor_of
from ckanext.ierwohnen.vault import settings
from ckanext.ierwohnen.vault.errors import VaultError


def gone(number: str) -> tuple[str, int] | None:
    """The page with its status; None if this reader may not know that there was such a release.

    The store is asked the same, whatever the number: how long that takes tells nothing.
    """
    try:
        ended = releases.ended(settings.store(), actor_of(reader_context()))
    except VaultError:
        return None
    found = next((one for one in ended if one["number"] == number), None)
    if found is None:
        return None
    shown = {"number": number, "told": _told(found["how"], number), "after": _after(found["after"])}
    return tk.render("ierwohnen/releases/gone.html", shown), 404


def _told(how: str, number: str) -> str:
    words = {
        "withdrawn": tk._("The release {number} has been withdrawn."),
        "superseded": tk._("The release {number} has been replaced by a later one."),
        "expired": tk._("The release {number} has expired: the time that was agreed for it is over."),
    }
    return words[how].format(number=number)


def _after(later: dict[str, Any] | None) -> dict[str, Any] | None:
    """The release in its place, if this reader may read it."""
    if later is None:
        return None
    if later["public"]:
        address = tk.h.url_for("dataset.read", id=outside.name_of(later["number"]))
    else:
        address = tk.h.url_for("ierwohnen_releases.read", id=later["number"])
    return {"title": later["title"], "address": address}
