"""Stores and removes the crosswalk that an office states, for actions and the page; the caller has authorized."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.places import conversion, lookup, stored_crosswalks
from ckanext.ierwohnen.places.crosswalk_file import MOST_ROWS, Pair, read_crosswalk
from ckanext.ierwohnen.places.findings import BoundaryError, error
from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.places.loading import locale
from ckanext.ierwohnen.places.model import StoredSystem

MOST_BYTES = 50_000_000


def load(context: Context, asked: dict[str, Any], upload: FileStorage | None) -> dict[str, Any]:
    """Read, check and store; ValidationError under ``crosswalk`` with everything that is wrong."""
    old, new, levels = _ends(context, asked)
    try:
        pairs = asked.get("pairs") or _read(upload)
        found = stored_crosswalks.check(pairs, _keys(old, levels[0]), _keys(new, levels[1]))
    except BoundaryError as refused:
        raise tk.ValidationError({"crosswalk": [f.text(locale()) for f in refused.findings]}) from refused
    source = asked.get("source") or (upload.filename if upload else "") or ""
    stored_crosswalks.replace(old.dataset_id, new.dataset_id, levels, found, source)
    model.Session.commit()
    return {
        "from": {"system": asked["from"], "level": levels[0]},
        "to": {"system": asked["to"], "level": levels[1]},
        "pairs": len(found.shares),
        "quality": asdict(found.quality()),
        "findings": [finding.as_dict(locale()) for finding in found.findings],
    }


def delete(context: Context, asked: dict[str, Any]) -> bool:
    """Remove the stated crosswalk; False if there was none."""
    old, new, levels = _ends(context, asked)
    found = stored_crosswalks.remove(old.dataset_id, new.dataset_id, levels)
    model.Session.commit()
    return found


def _ends(context: Context, asked: dict[str, Any]) -> tuple[StoredSystem, StoredSystem, tuple[str, str]]:
    _, old = lookup.readable_system(context, asked["from"])
    _, new = lookup.readable_system(context, asked["to"])
    if old.dataset_id == new.dataset_id:
        raise tk.ValidationError({"to": [tk._("A crosswalk leads from one spatial system to another.")]})
    level = asked.get("from_level") or conversion.finest_common(old, new)
    return old, new, (level, asked.get("to_level") or level)


def _keys(system: StoredSystem, level: str) -> LevelKeys:
    for keys in lookup.level_keys_of(system):
        if keys.level == level:
            return keys
    raise tk.ObjectNotFound(tk._("Spatial level not found"))


def _read(upload: FileStorage | None) -> list[Pair]:
    if upload is None or not upload.filename:
        raise BoundaryError(error("crosswalk_no_table"))
    data = upload.stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BoundaryError(error("crosswalk_file_large", file=upload.filename, limit=MOST_ROWS))
    return read_crosswalk(data, upload.filename)
