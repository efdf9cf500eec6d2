"""Crosswalks between loaded systems, for a reader.

A crosswalk that an office states comes first; else it is computed from geometry: by area, or by weights at points that
other rooms know (dwellings, people, addresses). Computed ones are cached by the revisions of both systems.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import numpy as np
import shapely
from ckan.types import Context

from ckanext.ierwohnen.places import lookup, store, stored_crosswalks
from ckanext.ierwohnen.places.crosswalk import Basis, Crosswalk, crosswalk_from_table
from ckanext.ierwohnen.places.findings import BoundaryError
from ckanext.ierwohnen.places.interfaces import ICrosswalkWeights, WeightPoints
from ckanext.ierwohnen.places.loading import locale
from ckanext.ierwohnen.places.model import StoredSystem
from ckanext.ierwohnen.places.overlay import crosswalk_by_area
from ckanext.ierwohnen.places.reprojection import WGS84, centre, metric_crs, reproject
from ckanext.ierwohnen.places.simplify import Detail


def crosswalk(
    context: Context,
    source: str,
    target: str,
    source_level: str | None = None,
    target_level: str | None = None,
    basis: str | None = None,
) -> tuple[Crosswalk, str, str]:
    """The crosswalk between two systems that the reader may see, with the two levels that were used.

    :param basis: what the shares are measured by (one of ``bases``); by default the table that an office states, else
        the area
    :raises ObjectNotFound: a system or level is not there for this reader; ValidationError: the systems do not cover
        the same place, there is nothing of this basis, or a stated table no longer fits the systems
    """
    _, old = lookup.readable_system(context, source)
    _, new = lookup.readable_system(context, target)
    from_level = source_level or finest_common(old, new)
    to_level = target_level or from_level
    try:
        found = _measured(context, old, new, (from_level, to_level), (source, target), basis)
    except BoundaryError as refused:
        raise tk.ValidationError({"to": [finding.text(locale()) for finding in refused.findings]}) from refused
    return found, from_level, to_level


def bases(context: Context, source: str, target: str, level: str) -> list[str]:
    """What shares between two systems can be measured by for this reader, the default first."""
    _, old = lookup.readable_system(context, source)
    _, new = lookup.readable_system(context, target)
    stated = stored_crosswalks.find(old.dataset_id, new.dataset_id, level, level)
    weighted = [basis for plugin in _plugins() for basis in plugin.crosswalk_bases(context, (source, target), level)]
    return [*([str(Basis.TABLE)] if stated else []), str(Basis.AREA), *dict.fromkeys(weighted)]


def show(
    context: Context,
    source: str,
    target: str,
    source_level: str | None,
    target_level: str | None,
    basis: str | None = None,
) -> dict[str, Any]:
    """The crosswalk as the action gives it."""
    found, from_level, to_level = crosswalk(context, source, target, source_level, target_level, basis)
    return {
        "from": {"system": source, "level": from_level},
        "to": {"system": target, "level": to_level},
        "basis": str(found.basis),
        "bases": bases(context, source, target, from_level) if from_level == to_level else [str(found.basis)],
        "pairs": [{"from": share.source, "to": share.target, "share": share.share} for share in found.shares],
        "quality": asdict(found.quality()),
        "findings": [finding.as_dict(locale()) for finding in found.findings],
    }


def _measured(
    context: Context, old: StoredSystem, new: StoredSystem, levels: tuple[str, str], names: tuple[str, str],
    basis: str | None,
) -> Crosswalk:  # fmt: skip
    stated = stored_crosswalks.find(old.dataset_id, new.dataset_id, *levels) if basis in (None, Basis.TABLE) else None
    if stated is not None:
        _refuse_unknown_levels(old, new, levels)
        sources, targets = (
            set(store.unit_names(system.dataset_id, level)) for system, level in zip((old, new), levels, strict=True)
        )
        return crosswalk_from_table(((s, t, share) for s, t, share in stated.pairs), sources, targets)
    if basis in (None, Basis.AREA):
        return _by_area(old.dataset_id, old.revision, levels[0], new.dataset_id, new.revision, levels[1])
    weights = _weights(context, str(basis), names, levels[1]) if basis != Basis.TABLE else None
    if weights is None:
        text = tk._('There are no weights "{basis}" between these systems. There are: {bases}.')
        known = ", ".join(bases(context, *names, levels[0]))
        raise tk.ValidationError({"basis": [text.format(basis=basis, bases=known)]})
    old_shapes, new_shapes = _shapes(old, levels[0]), _shapes(new, levels[1])
    measured = _overlay(old_shapes, new_shapes, weights)
    return replace(measured, basis=Basis(basis) if basis in set(Basis) else Basis.WEIGHT)


def _refuse_unknown_levels(old: StoredSystem, new: StoredSystem, levels: tuple[str, str]) -> None:
    for system, level in zip((old, new), levels, strict=True):
        if level not in {found.code for found in store.levels_of(system.dataset_id)}:
            raise tk.ObjectNotFound(tk._("Spatial level not found"))


def _plugins() -> Iterable[ICrosswalkWeights]:
    return p.PluginImplementations(ICrosswalkWeights)


def _weights(context: Context, basis: str, names: tuple[str, str], level: str) -> WeightPoints | None:
    for plugin in _plugins():
        found = plugin.crosswalk_weights(context, basis, names, level)
        if found is not None and len(found.weights):
            return found
    return None


def finest_common(old: StoredSystem, new: StoredSystem) -> str:
    known = {level.code for level in store.levels_of(new.dataset_id)}
    common = [level.code for level in store.levels_of(old.dataset_id) if level.code in known]
    if not common:
        raise tk.ValidationError({"from_level": [tk._("The systems have no level in common; name both levels.")]})
    return common[-1]


@lru_cache(maxsize=16)
def _by_area(
    old_id: str, old_revision: str, old_level: str, new_id: str, new_revision: str, new_level: str
) -> Crosswalk:
    return _overlay(level_shapes(old_id, old_revision, old_level), level_shapes(new_id, new_revision, new_level))


Shapes = tuple[list[str], np.ndarray]


def _overlay(old: Shapes, new: Shapes, weights: WeightPoints | None = None) -> Crosswalk:
    metres = metric_crs(*centre(old[1], WGS84))
    flat = [reproject(shapes, WGS84, metres) for shapes in (old[1], new[1])]
    if weights is None:
        return crosswalk_by_area(old[0], flat[0], new[0], flat[1])
    points = reproject(shapely.points(weights.coordinates), WGS84, metres)
    return crosswalk_by_area(old[0], flat[0], new[0], flat[1], points, weights.weights)


def _shapes(system: StoredSystem, level: str) -> Shapes:
    return level_shapes(system.dataset_id, system.revision, level)


@lru_cache(maxsize=8)
def level_shapes(dataset_id: str, revision: str, level: str) -> Shapes:
    """Keys and shapes (degrees, full detail) of a level of a system that the caller has found readable."""
    collection = lookup.stored_geometry(dataset_id, revision, level, Detail.FULL)
    keys = [feature["id"] for feature in collection["features"]]
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in collection["features"]]
    return keys, np.array(shapes, dtype=object)
