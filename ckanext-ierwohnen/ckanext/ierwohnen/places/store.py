"""Writes and reads spatial systems in CKAN's database. No authorization here: callers have done it
(lookup.py).
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import ckan.model as model
import sqlalchemy as sa

from ckanext.ierwohnen.places.boundaries import Boundaries, Note, in_silence
from ckanext.ierwohnen.places.drawing import extent, feature_collections, outline_svg, unit_facts
from ckanext.ierwohnen.places.holding import lock_key
from ckanext.ierwohnen.places.model import StoredGeometry, StoredLevel, StoredSystem, StoredUnit
from ckanext.ierwohnen.places.simplify import Detail


@dataclass(frozen=True)
class LevelCount:
    """A stored level with its number of units."""

    code: str
    title: str
    title_en: str
    parent: str | None
    units: int


def replace_system(dataset_id: str, boundaries: Boundaries, description: str, note: Note = in_silence) -> str:
    """Put a system in the place of the dataset's former one, in the running transaction; the caller commits.

    Returns the new revision. Readers see the old system until the commit, then the new one.
    """
    prepared = _rows(dataset_id, boundaries, description, note)
    note("storing", 0, 0)
    # Two loads of one dataset at once would both delete and then collide: the second waits here.
    lock = lock_key(f"ierwohnen_places {dataset_id}")
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    model.Session.execute(sa.delete(StoredSystem).where(StoredSystem.dataset_id == dataset_id))
    for table, rows in prepared:
        model.Session.execute(sa.insert(table), rows)
    return prepared[0][1][0]["revision"]


def system_of(dataset_id: str) -> StoredSystem | None:
    """The system of a dataset, if one is loaded."""
    return model.Session.get(StoredSystem, dataset_id)


def all_systems() -> list[tuple[str, str, str]]:
    """Dataset id, dataset name and revision of every loaded system of an active dataset, newest date
    first.
    """
    query = (
        sa.select(StoredSystem.dataset_id, model.Package.name, StoredSystem.revision)
        .join(model.Package, model.Package.id == StoredSystem.dataset_id)
        .where(model.Package.state == "active")
        .order_by(StoredSystem.boundary_date.desc(), model.Package.name)
    )
    return [tuple(row) for row in model.Session.execute(query)]


def levels_of(dataset_id: str) -> list[LevelCount]:
    """Levels coarse to fine."""
    counts = (
        sa.select(StoredUnit.level, sa.func.count().label("units"))
        .where(StoredUnit.dataset_id == dataset_id)
        .group_by(StoredUnit.level)
        .subquery()
    )
    query = (
        sa.select(StoredLevel, counts.c.units)
        .join(counts, counts.c.level == StoredLevel.code)
        .where(StoredLevel.dataset_id == dataset_id)
        .order_by(StoredLevel.position)
    )
    return [
        LevelCount(level.code, level.title, level.title_en, level.parent, units)
        for level, units in model.Session.execute(query)
    ]


def units_of(
    dataset_id: str,
    level: str | None = None,
    parent: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[StoredUnit]:
    """Units by level (coarse to fine) and key."""
    query = (
        sa.select(StoredUnit)
        .join(
            StoredLevel,
            (StoredLevel.dataset_id == StoredUnit.dataset_id) & (StoredLevel.code == StoredUnit.level),
        )
        .where(StoredUnit.dataset_id == dataset_id)
        .order_by(StoredLevel.position, StoredUnit.key.collate("C"))
        .limit(limit)
        .offset(offset)
    )
    if level is not None:
        query = query.where(StoredUnit.level == level)
    if parent is not None:
        query = query.where(StoredUnit.parent == parent)
    return list(model.Session.scalars(query))


def unit_names(dataset_id: str, level: str) -> dict[str, str]:
    """Key → name of a level's units."""
    query = (
        sa.select(StoredUnit.key, StoredUnit.name)
        .where(StoredUnit.dataset_id == dataset_id, StoredUnit.level == level)
        .order_by(StoredUnit.key.collate("C"))
    )
    return {key: name for key, name in model.Session.execute(query)}


def unit_parents(dataset_id: str, level: str) -> dict[str, str]:
    """Key → key of the unit of the next coarser level in which it lies, for a level's units that lie in one."""
    query = sa.select(StoredUnit.key, StoredUnit.parent).where(
        StoredUnit.dataset_id == dataset_id, StoredUnit.level == level, StoredUnit.parent.is_not(None)
    )
    return {key: parent for key, parent in model.Session.execute(query)}


def unit_places(dataset_id: str, level: str) -> dict[str, tuple[str, float, float]]:
    """Key → name, longitude and latitude of a level's units."""
    query = sa.select(StoredUnit.key, StoredUnit.name, StoredUnit.longitude, StoredUnit.latitude).where(
        StoredUnit.dataset_id == dataset_id, StoredUnit.level == level
    )
    return {key: (name, x, y) for key, name, x, y in model.Session.execute(query)}


def geometry_of(dataset_id: str, level: str, detail: str) -> bytes | None:
    """Gzipped GeoJSON of a level, or None if there is no such level or detail."""
    query = sa.select(StoredGeometry.body).where(
        StoredGeometry.dataset_id == dataset_id,
        StoredGeometry.level == level,
        StoredGeometry.detail == detail,
    )
    body = model.Session.execute(query).scalar_one_or_none()
    return None if body is None else bytes(body)


def _rows(
    dataset_id: str, boundaries: Boundaries, description: str, note: Note
) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Everything that is stored, computed before the transaction's first lock is taken."""
    told = boundaries.description
    system = {
        "dataset_id": dataset_id,
        "revision": uuid4().hex,
        "title": told.title,
        "title_en": told.title_en,
        "boundary_date": told.boundary_date,
        "source": told.source,
        "licence": told.licence,
        "loaded": datetime.now(UTC),
        "extent": list(extent(boundaries)),
        "outline": outline_svg(boundaries),
        "description": description,
        "findings": [
            {"code": f.code, "severity": str(f.severity), "de": f.text("de"), "en": f.text("en")}
            for f in boundaries.findings
        ],
    }
    levels = [
        {"dataset_id": dataset_id, "code": level.code, "position": position, "title": level.title,
         "title_en": level.title_en, "parent": level.parent}
        for position, level in enumerate(boundaries.system.levels)
    ]  # fmt: skip
    units = [
        {"dataset_id": dataset_id, "level": loaded.level.code, "key": key, "name": name, "parent": parent,
         "area": facts.area, "longitude": facts.longitude, "latitude": facts.latitude}
        for loaded in boundaries.levels
        for key, name, parent, facts in zip(
            loaded.keys, loaded.names, loaded.parents, unit_facts(boundaries, loaded), strict=True
        )
    ]  # fmt: skip
    geometry = []
    for number, detail in enumerate(Detail):
        note("drawing", number, len(Detail))
        geometry += [
            # Without a time in the head the same shapes give the same bytes.
            {"dataset_id": dataset_id, "level": level, "detail": str(detail),
             "body": gzip.compress(text.encode("utf-8"), mtime=0)}
            for level, text in feature_collections(boundaries, detail).items()
        ]  # fmt: skip
    return [(StoredSystem, [system]), (StoredLevel, levels), (StoredUnit, units), (StoredGeometry, geometry)]
