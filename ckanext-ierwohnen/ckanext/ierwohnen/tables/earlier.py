"""What was decided for the last published delivery of a table, so that the next one need not be told again."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from ckan import model

from .meanings import ColumnMeaning
from .model import Delivery, Job
from .recognition import YEAR, Likeness, PublishedColumn, likeness, stem
from .roles import Role

# How to read: what follows from the office's software stays true; which rows of a file hold the table does not.
CARRIED = ("encoding", "separator", "sheet", "decimal", "missing", "zero", "names")


@dataclass(frozen=True)
class Earlier:
    """The last published delivery: how it was read, which columns were set aside, its file, when, and its warnings.

    `accepted` are the kinds of warnings (code and column) with which it was published. `figures`: which figures the
    file itself said its columns were (`said_figures.py`); `title`: what stood above the table last (`titles.py`); None
    if that is not known. `signs`: columns of signs, and of which column's figures they were (`sign_columns.py`).
    """

    hints: Mapping[str, Any] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    filename: str = ""
    sheet: str | None = None
    published: dt.datetime | None = None
    accepted: frozenset[tuple[str, str | None]] | None = None
    figures: Mapping[str, str | None] | None = None
    title: str | None = None
    signs: Mapping[str, str] = field(default_factory=dict)


def earlier_delivery(resource: Mapping[str, Any]) -> Earlier | None:
    """The last published delivery of a resource; None if none was published by a job that is still known."""
    query = sa.select(Job).where(Job.resource_id == resource["id"], Job.kind == "publish", Job.state == "done")
    job = model.Session.scalars(query.order_by(Job.created.desc()).limit(1)).first()
    if job is None:
        return None
    chosen = job.parameters.get("choices") or {}
    hints = {name: value for name, value in (chosen.get("hints") or {}).items() if name in CARRIED and value}
    sheet = hints.get("sheet")
    if isinstance(sheet, str) and YEAR.search(sheet):
        del hints["sheet"]  # the sheet of that year
    roles = [role for role in chosen.get("roles") or [] if role.get("role") == Role.UNUSED]
    unused = job.parameters.get("left_out") or [role["column"] for role in roles]
    signs = job.parameters.get("signs") or {}
    warnings = job.parameters.get("warnings")
    return Earlier(
        hints,
        tuple(name for name in unused if name not in signs),
        _filename(job, resource),
        sheet,
        job.changed,
        None if warnings is None else frozenset((code, column) for code, column in warnings),
        job.parameters.get("figures"),
        job.parameters.get("title"),
        signs,
    )


def _filename(job: Job, resource: Mapping[str, Any]) -> str:
    delivery = model.Session.get(Delivery, job.parameters["delivery"]) if job.parameters.get("delivery") else None
    if delivery is not None and delivery.filename:
        return str(delivery.filename)
    return re.sub(r".*/", "", str(resource.get("url") or ""))


def compared(
    names: list[str], meanings: Iterable[ColumnMeaning] | None, before: Earlier | None, filename: str
) -> Likeness | None:
    """How the columns and the file of a delivery compare with the published table; None if there is none."""
    published = [
        PublishedColumn(meaning.label, meaning.period) for meaning in meanings or () if meaning.role != Role.STATUS
    ]
    if not published:
        return None
    before = before or Earlier()
    return likeness(names, published, (*before.unused, *before.signs), (stem(filename), stem(before.filename)))
