"""The description of the dataset of a public release in the reader's language: it is stored in German."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.within_page import once
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.outside import ANYBODY, PREFIX, notes
from ckanext.ierwohnen.releases.store import Release
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import settings
from ckanext.ierwohnen.vault.errors import VaultError

log = logging.getLogger(__name__)


def notes_in_english(package: Mapping[str, Any]) -> str:
    """The English description, for English readers of such a dataset; else empty."""
    if not str(package.get("name") or "").startswith(PREFIX) or not reader_language().startswith("en"):
        return ""
    found = once("public releases", _public).get(str(package.get("id")))
    return notes(found, "en") if found else ""


@tk.chained_helper
def get_translated(next_helper: Callable[..., Any], data_dict: Mapping[str, Any], field: str) -> Any:
    """CKAN's way to a field in the reader's language."""
    told = notes_in_english(data_dict) if field == "notes" else ""
    return told or next_helper(data_dict, field)


def _public() -> dict[str, Release]:
    try:
        return {one.id: one for one in releases.releases(settings.store(), ANYBODY) if one.definition.audience.public}
    except VaultError as error:
        log.error("descriptions of releases stay German: %s", error.code)
        return {}
