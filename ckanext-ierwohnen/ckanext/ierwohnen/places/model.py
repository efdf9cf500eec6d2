"""Spatial systems in CKAN's database: one row a system, level, unit, and one a level's geometry at a detail; stated
crosswalks; loads in the background.

All rows hang on the dataset by foreign keys that cascade: purging the dataset, in whichever way, takes them
along.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.model.types import make_uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column


def _of_system() -> Mapped[str]:
    target = sa.ForeignKey("ierwohnen_places_system.dataset_id", ondelete="CASCADE")
    return mapped_column("dataset_id", sa.UnicodeText, target, primary_key=True)


class StoredSystem(tk.BaseModel):
    """A loaded spatial system. ``revision`` changes with every load; ``extent`` is west, south, east,
    north.
    """

    __tablename__ = "ierwohnen_places_system"

    dataset_id: Mapped[str] = mapped_column(
        sa.UnicodeText, sa.ForeignKey("package.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    title: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    title_en: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    boundary_date: Mapped[date] = mapped_column(sa.Date, nullable=False)
    source: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    licence: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    loaded: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), nullable=False)
    extent: Mapped[list[float]] = mapped_column(sa.ARRAY(sa.Float), nullable=False)
    outline: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    description: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    findings: Mapped[list[dict[str, str]]] = mapped_column(JSONB, nullable=False)


class StoredLevel(tk.BaseModel):
    """A level; ``position`` counts from 0, coarse to fine."""

    __tablename__ = "ierwohnen_places_level"

    dataset_id: Mapped[str] = _of_system()
    code: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    position: Mapped[int] = mapped_column(sa.Integer, nullable=False)
    title: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    title_en: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    parent: Mapped[str | None] = mapped_column(sa.UnicodeText)


class StoredUnit(tk.BaseModel):
    """A unit: area in square metres, a middle point inside it in degrees."""

    __tablename__ = "ierwohnen_places_unit"

    dataset_id: Mapped[str] = _of_system()
    level: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    key: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    name: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    parent: Mapped[str | None] = mapped_column(sa.UnicodeText)
    area: Mapped[float] = mapped_column(sa.Float, nullable=False)
    longitude: Mapped[float] = mapped_column(sa.Float, nullable=False)
    latitude: Mapped[float] = mapped_column(sa.Float, nullable=False)


class StoredGeometry(tk.BaseModel):
    """The GeoJSON of a level at a detail, gzipped, ready to be served."""

    __tablename__ = "ierwohnen_places_geometry"

    dataset_id: Mapped[str] = _of_system()
    level: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    detail: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary, nullable=False)


class StoredCrosswalk(tk.BaseModel):
    """A crosswalk that an office states: ``pairs`` of old key, new key, share. It hangs on both datasets."""

    __tablename__ = "ierwohnen_places_crosswalk"

    from_id: Mapped[str] = mapped_column(
        sa.UnicodeText, sa.ForeignKey("package.id", ondelete="CASCADE"), primary_key=True
    )
    to_id: Mapped[str] = mapped_column(
        sa.UnicodeText, sa.ForeignKey("package.id", ondelete="CASCADE"), primary_key=True
    )
    from_level: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    to_level: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    source: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    loaded: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), nullable=False)
    pairs: Mapped[list[list[Any]]] = mapped_column(JSONB, nullable=False)


class StoredLoad(tk.BaseModel):
    """A load of boundaries in the background: how far it is, and what came of it (findings as code and parameters)."""

    __tablename__ = "ierwohnen_places_load"

    id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True, default=make_uuid)
    dataset_id: Mapped[str] = mapped_column(
        sa.UnicodeText, sa.ForeignKey("package.id", ondelete="CASCADE"), index=True, nullable=False
    )
    user_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    description: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    resources: Mapped[list[str]] = mapped_column(JSONB, nullable=False)
    files: Mapped[list[str]] = mapped_column(JSONB, nullable=False)
    check_only: Mapped[bool] = mapped_column(sa.Boolean, nullable=False)
    confirm_place: Mapped[bool] = mapped_column(sa.Boolean, default=False, nullable=False)
    state: Mapped[str] = mapped_column(sa.UnicodeText, default="waiting", nullable=False)
    step: Mapped[str] = mapped_column(sa.UnicodeText, default="waiting", nullable=False)
    done: Mapped[int] = mapped_column(sa.Integer, default=0, nullable=False)
    total: Mapped[int] = mapped_column(sa.Integer, default=0, nullable=False)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, nullable=False)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), nullable=False)
    changed: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), nullable=False)
