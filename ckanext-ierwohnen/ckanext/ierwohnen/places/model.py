"""Spatial systems in CKAN's database: one row a system, level, unit, and one a level's geometry at a detail.

All rows hang on the dataset by foreign keys that cascade: purging the dataset, in whichever way, takes them
along.
"""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB


def _of_system() -> sa.Column:
    target = sa.ForeignKey("ierwohnen_places_system.dataset_id", ondelete="CASCADE")
    return sa.Column("dataset_id", sa.UnicodeText, target, primary_key=True)


class StoredSystem(tk.BaseModel):
    """A loaded spatial system. ``revision`` changes with every load; ``extent`` is west, south, east,
    north.
    """

    __tablename__ = "ierwohnen_places_system"

    dataset_id = sa.Column(sa.UnicodeText, sa.ForeignKey("package.id", ondelete="CASCADE"), primary_key=True)
    revision = sa.Column(sa.UnicodeText, nullable=False)
    title = sa.Column(sa.UnicodeText, nullable=False)
    title_en = sa.Column(sa.UnicodeText, nullable=False)
    boundary_date = sa.Column(sa.Date, nullable=False)
    source = sa.Column(sa.UnicodeText, nullable=False)
    licence = sa.Column(sa.UnicodeText, nullable=False)
    loaded = sa.Column(sa.DateTime(timezone=True), nullable=False)
    extent = sa.Column(sa.ARRAY(sa.Float), nullable=False)
    outline = sa.Column(sa.UnicodeText, nullable=False)
    description = sa.Column(sa.UnicodeText, nullable=False)
    findings = sa.Column(JSONB, nullable=False)


class StoredLevel(tk.BaseModel):
    """A level; ``position`` counts from 0, coarse to fine."""

    __tablename__ = "ierwohnen_places_level"

    dataset_id = _of_system()
    code = sa.Column(sa.UnicodeText, primary_key=True)
    position = sa.Column(sa.Integer, nullable=False)
    title = sa.Column(sa.UnicodeText, nullable=False)
    title_en = sa.Column(sa.UnicodeText, nullable=False)
    parent = sa.Column(sa.UnicodeText)


class StoredUnit(tk.BaseModel):
    """A unit: area in square metres, a middle point inside it in degrees."""

    __tablename__ = "ierwohnen_places_unit"

    dataset_id = _of_system()
    level = sa.Column(sa.UnicodeText, primary_key=True)
    key = sa.Column(sa.UnicodeText, primary_key=True)
    name = sa.Column(sa.UnicodeText, nullable=False)
    parent = sa.Column(sa.UnicodeText)
    area = sa.Column(sa.Float, nullable=False)
    longitude = sa.Column(sa.Float, nullable=False)
    latitude = sa.Column(sa.Float, nullable=False)


class StoredGeometry(tk.BaseModel):
    """The GeoJSON of a level at a detail, gzipped, ready to be served."""

    __tablename__ = "ierwohnen_places_geometry"

    dataset_id = _of_system()
    level = sa.Column(sa.UnicodeText, primary_key=True)
    detail = sa.Column(sa.UnicodeText, primary_key=True)
    body = sa.Column(sa.LargeBinary, nullable=False)
