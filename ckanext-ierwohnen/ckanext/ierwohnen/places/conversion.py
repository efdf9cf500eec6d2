"""Crosswalks between loaded systems, for a reader: computed from their geometry, cached by both revisions."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import ckan.plugins.toolkit as tk
import numpy as np
import shapely
from ckan.types import Context

from ckanext.ierwohnen.places import lookup, store
from ckanext.ierwohnen.places.crosswalk import Crosswalk
from ckanext.ierwohnen.places.findings import BoundaryError
from ckanext.ierwohnen.places.loading import locale
from ckanext.ierwohnen.places.model import StoredSystem
from ckanext.ierwohnen.places.overlay import crosswalk_by_area
from ckanext.ierwohnen.places.reprojection import WGS84, centre, metric_crs, reproject
from ckanext.ierwohnen.places.simplify import Detail


def crosswalk(
    context: Context, source: str, target: str, source_level: str | None = None, target_level: str | None = None
) -> tuple[Crosswalk, str, str]:
    """The crosswalk by area between two systems that the reader may see, with the two levels that were used.

    Raises ObjectNotFound if a system or level is not there for this reader, ValidationError if the systems do not cover
    the same place.
    """
    _, old = lookup.readable_system(context, source)
    _, new = lookup.readable_system(context, target)
    from_level = source_level or _finest_common(old, new)
    to_level = target_level or from_level
    try:
        found = _computed(old.dataset_id, old.revision, from_level, new.dataset_id, new.revision, to_level)
    except BoundaryError as refused:
        raise tk.ValidationError({"to": [finding.text(locale()) for finding in refused.findings]}) from refused
    return found, from_level, to_level


def show(
    context: Context, source: str, target: str, source_level: str | None, target_level: str | None
) -> dict[str, Any]:
    """The crosswalk as the action gives it."""
    found, from_level, to_level = crosswalk(context, source, target, source_level, target_level)
    return {
        "from": {"system": source, "level": from_level},
        "to": {"system": target, "level": to_level},
        "basis": str(found.basis),
        "pairs": [{"from": share.source, "to": share.target, "share": share.share} for share in found.shares],
        "quality": asdict(found.quality()),
        "findings": [finding.as_dict(locale()) for finding in found.findings],
    }


def _finest_common(old: StoredSystem, new: StoredSystem) -> str:
    known = {level.code for level in store.levels_of(new.dataset_id)}
    common = [level.code for level in store.levels_of(old.dataset_id) if level.code in known]
    if not common:
        raise tk.ValidationError({"from_level": [tk._("The systems have no level in common; name both levels.")]})
    return common[-1]


@lru_cache(maxsize=16)
def _computed(
    old_id: str, old_revision: str, old_level: str, new_id: str, new_revision: str, new_level: str
) -> Crosswalk:
    old_keys, old_shapes = _shapes(old_id, old_revision, old_level)
    new_keys, new_shapes = _shapes(new_id, new_revision, new_level)
    metres = metric_crs(*centre(old_shapes, WGS84))
    return crosswalk_by_area(
        old_keys, reproject(old_shapes, WGS84, metres), new_keys, reproject(new_shapes, WGS84, metres)
    )


def _shapes(dataset_id: str, revision: str, level: str) -> tuple[list[str], np.ndarray]:
    collection = lookup.stored_geometry(dataset_id, revision, level, Detail.FULL)
    keys = [feature["id"] for feature in collection["features"]]
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in collection["features"]]
    return keys, np.array(shapes, dtype=object)
