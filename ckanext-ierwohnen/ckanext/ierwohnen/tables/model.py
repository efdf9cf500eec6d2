"""What the room keeps in CKAN's database: jobs with their progress, and deliveries that wait to be published."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.model.types import make_uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.ierwohnen.look.storable import storable


def now() -> dt.datetime:
    """The present time in UTC, without zone, as CKAN's own tables keep it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class Job(tk.BaseModel):  # type: ignore[name-defined, misc]
    """Long work: its state lives here, not only in Redis, so that it outlives a lost queue."""

    __tablename__ = "ierwohnen_job"

    id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True, default=make_uuid)
    kind: Mapped[str] = mapped_column(sa.UnicodeText)
    package_id: Mapped[str] = mapped_column(sa.UnicodeText, index=True)
    resource_id: Mapped[str] = mapped_column(sa.UnicodeText, index=True)
    user_id: Mapped[str] = mapped_column(sa.UnicodeText)
    state: Mapped[str] = mapped_column(sa.UnicodeText, default="waiting")
    step: Mapped[str] = mapped_column(sa.UnicodeText, default="waiting")
    done: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    total: Mapped[int | None] = mapped_column(sa.BigInteger)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    message: Mapped[Any] = mapped_column(JSONB, nullable=True)
    result: Mapped[Any] = mapped_column(JSONB, nullable=True)
    created: Mapped[dt.datetime] = mapped_column(sa.DateTime, default=now)
    changed: Mapped[dt.datetime] = mapped_column(sa.DateTime, default=now, onupdate=now)

    @classmethod
    def get(cls, job_id: object) -> Job | None:
        """The job with this id, read afresh: a worker may have changed it meanwhile."""
        if not isinstance(job_id, str) or not storable(job_id):
            return None
        return model.Session.get(cls, job_id, populate_existing=True)

    @classmethod
    def latest(cls, resource_id: str) -> Job | None:
        """The youngest job of a resource."""
        query = sa.select(cls).where(cls.resource_id == resource_id)
        return model.Session.scalars(
            query.order_by(cls.created.desc()).limit(1), execution_options={"populate_existing": True}
        ).first()


class Delivery(tk.BaseModel):  # type: ignore[name-defined, misc]
    """A file that waits to be checked and published, and what a person chose for it so far.

    `filename` is empty when the choices belong to the resource's own file: nothing is stored a second time.
    """

    __tablename__ = "ierwohnen_delivery"

    id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True, default=make_uuid)
    package_id: Mapped[str] = mapped_column(sa.UnicodeText, index=True)
    resource_id: Mapped[str] = mapped_column(sa.UnicodeText, index=True)
    user_id: Mapped[str] = mapped_column(sa.UnicodeText)
    filename: Mapped[str | None] = mapped_column(sa.UnicodeText)
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    state: Mapped[str] = mapped_column(sa.UnicodeText, default="open")
    choices: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created: Mapped[dt.datetime] = mapped_column(sa.DateTime, default=now)
    published: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)

    @classmethod
    def open_for(cls, resource_id: str) -> Delivery | None:
        """The delivery of a resource that waits to be published; there is at most one."""
        query = sa.select(cls).where(cls.resource_id == resource_id, cls.state == "open")
        return model.Session.scalars(query.order_by(cls.created.desc()).limit(1)).first()


class Version(tk.BaseModel):  # type: ignore[name-defined, misc]
    """A published state of a table: what it was made of, and what it was like. Its rows and file lie on disk.

    `prepared` until CKAN's metadata follow the swapped table; `columns` are the table's with their data dictionary;
    `file_of` is the version whose file is the resource's file in this state, and `delivered` says that it has to become
    it; `kept` is False once rows and file were given up (`ierwohnen.tables.kept_versions`).
    """

    __tablename__ = "ierwohnen_table_version"
    __table_args__ = (sa.UniqueConstraint("resource_id", "number"),)

    id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True, default=make_uuid)
    package_id: Mapped[str] = mapped_column(sa.UnicodeText, index=True)
    resource_id: Mapped[str] = mapped_column(sa.UnicodeText, index=True)
    number: Mapped[int] = mapped_column(sa.Integer)
    state: Mapped[str] = mapped_column(sa.UnicodeText, default="prepared")
    job_id: Mapped[str] = mapped_column(sa.UnicodeText)
    user_id: Mapped[str] = mapped_column(sa.UnicodeText)
    created: Mapped[dt.datetime] = mapped_column(sa.DateTime, default=now)
    mode: Mapped[str] = mapped_column(sa.UnicodeText)
    restored: Mapped[int | None] = mapped_column(sa.Integer)
    filename: Mapped[str] = mapped_column(sa.UnicodeText)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    checksum: Mapped[str] = mapped_column(sa.UnicodeText)
    file_of: Mapped[str | None] = mapped_column(sa.UnicodeText)
    delivered: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    rows: Mapped[int] = mapped_column(sa.BigInteger)
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    repairs: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    crosswalk: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    compared_with: Mapped[int | None] = mapped_column(sa.Integer)
    differences: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    kept: Mapped[bool] = mapped_column(sa.Boolean, default=True)
