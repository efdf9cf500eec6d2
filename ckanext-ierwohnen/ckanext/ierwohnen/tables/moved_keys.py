"""What became of a unit that is no more: its name at the earlier boundary date, and where it went, by area."""

from __future__ import annotations

from collections.abc import Mapping

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.places.keys import LevelKeys

from .check_keys import Moves
from .messages import message

LANGUAGES = ("de", "en")
SMALL = 0.005  # shares below half a per cent are borders that were drawn a little differently


def moves(context: Context) -> Moves:
    """Tells for a key of an earlier boundary date what became of it, with what this person may read."""

    def told(old: LevelKeys, new: LevelKeys, key: str) -> Mapping[str, str]:
        shares = _shares(context, old, new, key)
        return {language: _sentence(old, new, key, shares, language) for language in LANGUAGES}

    return told


def _shares(context: Context, old: LevelKeys, new: LevelKeys, key: str) -> dict[str, float]:
    """Shares of the unit by the key of today's unit, the largest first; empty if that cannot be told."""
    if not p.plugin_loaded("ierwohnen_places"):
        return {}
    from ckanext.ierwohnen.places.conversion import crosswalk

    try:
        found, _, _ = crosswalk(tk.fresh_context(context), old.system, new.system, old.level, new.level)
    except (tk.ValidationError, tk.ObjectNotFound):
        return {}
    shares = {share.target: share.share for share in found.by_source.get(key, []) if share.share >= SMALL}
    return dict(sorted(shares.items(), key=lambda entry: -entry[1]))


def _sentence(old: LevelKeys, new: LevelKeys, key: str, shares: dict[str, float], language: str) -> str:
    params = {"year": str(old.boundary_date.year), "name": old.units[key]}
    if not shares:
        return message("key_known_before", params, language)
    titles = {target: f"{target} {new.units.get(target, '')}".strip() for target in shares}
    if len(shares) == 1:
        return message("key_moved_whole", {**params, "targets": next(iter(titles.values()))}, language)
    parts = [
        message("key_share", {"share": round(100 * share), "target": titles[target]}, language)
        for target, share in shares.items()
    ]
    return message("key_moved_split", {**params, "targets": parts}, language)
