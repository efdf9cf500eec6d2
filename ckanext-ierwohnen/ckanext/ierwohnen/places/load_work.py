"""Reads boundary files, checks them and stores the system with what the dataset says about it, in one transaction."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.common import config
from ckan.lib import uploader
from ckan.logic import fresh_context
from ckan.types import Context

from ckanext.ierwohnen.places import store
from ckanext.ierwohnen.places.boundaries import Boundaries, Note, in_silence, load_boundaries
from ckanext.ierwohnen.places.description import parse_description
from ckanext.ierwohnen.places.drawing import extent, extent_polygon
from ckanext.ierwohnen.places.findings import BoundaryError, Finding, error, errors_in
from ckanext.ierwohnen.places.intake import Limits
from ckanext.ierwohnen.places.known_places import compare_places

MAX_SIZE_OPTION = "ierwohnen.places.max_file_mb"
NamedFile = tuple[str, Path]


def limits() -> Limits:
    """What this portal accepts."""
    return Limits(file_bytes=int(config[MAX_SIZE_OPTION]) * 1_000_000)


def perform(
    context: Context,
    package: model.Package,
    description: str,
    files: Sequence[NamedFile],
    check_only: bool,
    note: Note = in_silence,
    confirm_place: bool = False,
) -> tuple[dict[str, Any], list[Finding]]:
    """Read and check files, and (unless ``check_only``) store; the caller has authorized.

    ``confirm_place``: somebody has said that units which the portal knows elsewhere have moved here. Returns what the
    action answers, without the findings, and these. Raises BoundaryError with everything that is
    wrong; nothing is changed then.
    """
    told = parse_description(description, package.title or package.name)
    with tempfile.TemporaryDirectory(prefix="ierwohnen-places-") as folder:
        boundaries = load_boundaries(package.name, told, files, Path(folder), limits(), note)
    boundaries.findings.extend(compare_places(context, package, boundaries, confirm_place))
    if errors_in(boundaries.findings):
        raise BoundaryError(errors_in(boundaries.findings))
    if not check_only:
        _store(context, package, boundaries, description, note)
    done = {
        "id": package.name,
        "stored": not check_only,
        "boundary_date": boundaries.system.boundary_date.isoformat(),
        "levels": _levels(boundaries),
    }
    return done, boundaries.findings


def resource_file(package: model.Package, resource_id: str) -> NamedFile:
    """Name and path of a resource's file; BoundaryError if it is not one of this dataset, or has no file."""
    resource = model.Resource.get(resource_id)
    # Only files of this dataset: the right to edit it says nothing about other datasets' files.
    if resource is None or resource.package_id != package.id or resource.state != "active":
        raise BoundaryError(error("resource_unknown", resource=resource_id))
    found = uploader.get_resource_uploader({"id": resource.id, "url_type": resource.url_type})
    path = Path(found.get_path(resource.id)) if resource.url_type == "upload" else None
    if path is None or not path.is_file():
        raise BoundaryError(error("resource_without_file", resource=resource.name or resource_id))
    return PurePosixPath(resource.url or "").name or resource_id, path


def _store(context: Context, package: model.Package, boundaries: Boundaries, description: str, note: Note) -> None:
    """Store the system and what the dataset says about it, together: the last commit makes both visible."""
    own = fresh_context(context)
    try:
        store.replace_system(package.id, boundaries, description, note)
        tk.get_action("package_patch")(own, {"id": package.id, **_metadata(boundaries)})
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise


def _metadata(boundaries: Boundaries) -> dict[str, Any]:
    """Fields of the dataset that follow from its boundaries; ckanext-spatial finds the dataset by ``spatial``."""
    return {
        "spatial": json.dumps(extent_polygon(extent(boundaries))),
        "boundary_date": boundaries.system.boundary_date.isoformat(),
        "levels": _levels(boundaries),
    }


def _levels(boundaries: Boundaries) -> list[dict[str, Any]]:
    return [
        {
            "code": loaded.level.code,
            "title": loaded.level.title,
            "title_en": loaded.level.title_en,
            "units": len(loaded.keys),
        }
        for loaded in boundaries.levels
    ]
