"""The published states of tables: their records in CKAN's database, their rows and files on disk.

A state lies in a folder below CKAN's storage path that no page serves: `file`, as it was uploaded, and `rows.parquet`.
It is `prepared` before its table is swapped in. What readers see turns on one moment only, the commit of that
swap: the swapped table names the job, and so the state that is in place.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.model.types import make_uuid

from ckanext.datastore.backend.postgres import get_read_engine, identifier

from . import snapshots
from .deliveries import Source
from .model import Job, Version
from .store import StoreColumn

BLOCK = 1 << 20
PREPARED, PUBLISHED = "prepared", "published"


def kept_versions() -> int:
    """How many states of a table keep their rows and file (`ierwohnen.tables.kept_versions`)."""
    return int(tk.config.get("ierwohnen.tables.kept_versions") or 100)


def root() -> Path:
    """Where the states of all tables lie."""
    return Path(tk.config["ckan.storage_path"]) / "ierwohnen" / "versions"


def folder(resource_id: str, version_id: str) -> Path:
    """Where a state lies."""
    return root() / resource_id / version_id


def rows_path(version: Version) -> Path:
    """The rows of a state."""
    return folder(version.resource_id, version.id) / "rows.parquet"


def file_path(version: Version) -> Path:
    """The uploaded file from which a state was made."""
    return folder(version.resource_id, version.id) / "file"


def columns_of(version: Version) -> list[StoreColumn]:
    """The columns of a state with their data dictionary."""
    return [StoreColumn(**column) for column in version.columns]


def field_of(stored: dict[str, Any]) -> dict[str, Any]:
    """A column of a state as `datastore_info` gave it then."""
    entries = {key: value for data in stored["plugin_data"].values() for key, value in data.items()}
    return {"id": stored["name"], "type": stored["type"], "info": stored["info"], **entries}


def draft(job: Job, mode: str, rows: int, columns: Iterable[StoreColumn], source: Source) -> Version:
    """A new state with its file, not yet recorded. The caller adds the rows, and `record`s or `discard`s it."""
    latest = current(job.resource_id)
    version = Version(
        id=make_uuid(),
        package_id=job.package_id,
        resource_id=job.resource_id,
        number=latest.number + 1 if latest else 1,
        job_id=job.id,
        user_id=job.user_id,
        mode=mode,
        filename=source.filename,
        size=source.size,
        rows=rows,
        columns=[vars(column) for column in columns],
        kept=True,
        state=PREPARED,
    )
    place = folder(version.resource_id, version.id)
    place.mkdir(parents=True)
    version.checksum = _keep(source.path, file_path(version))
    return version


def _keep(source: Path, target: Path) -> str:
    """Link or copy a file so that it is on disk for good; returns its SHA-256.

    CKAN replaces files and never writes into one, so a link stays as it was.
    """
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    digest = hashlib.sha256()
    with target.open("rb") as kept:
        while block := kept.read(BLOCK):
            digest.update(block)
        os.fsync(kept.fileno())
    return digest.hexdigest()


def keep_rows(version: Version, cursor: Any, table: str) -> None:
    """Store the rows of a DataStore table as those of the state."""
    names = [column["name"] for column in version.columns]
    select = ", ".join(identifier(name) for name in names)
    query = f"COPY (SELECT {select} FROM {identifier(table)} ORDER BY _id) TO STDOUT WITH (FORMAT csv)"
    snapshots.write(lambda out: cursor.copy_expert(query, out), rows_path(version), names)


def record(version: Version) -> None:
    """Record a state as prepared; its rows and file are complete."""
    model.Session.add(version)
    model.Session.commit()


def discard(version: Version) -> None:
    """Drop a state that was never published."""
    place = folder(version.resource_id, version.id)
    if sa.inspect(version).persistent:
        model.Session.delete(version)
        model.Session.commit()
    shutil.rmtree(place, ignore_errors=True)


def job_in_place(resource_id: str) -> str | None:
    """The job whose table is the published one; None if there is no table, or it was made by other means."""
    with get_read_engine().connect() as connection:
        comment = connection.scalar(
            sa.text("SELECT obj_description(to_regclass(:name), 'pg_class')"), {"name": identifier(resource_id)}
        )
    mark = (comment or "").split()
    return mark[1] if len(mark) > 1 and mark[0] == "ierwohnen" else None


def of_job(job_id: str) -> Version | None:
    """The state that a job published or prepared."""
    query = sa.select(Version).where(Version.job_id == job_id)
    return model.Session.scalars(query, execution_options={"populate_existing": True}).first()


def prepared(resource_id: str) -> list[Version]:
    """States that were prepared, and either not swapped in or not followed by CKAN's metadata yet."""
    query = sa.select(Version).where(Version.resource_id == resource_id, Version.state == PREPARED)
    return list(model.Session.scalars(query, execution_options={"populate_existing": True}))


def in_place(version: Version) -> bool:
    """Whether a prepared state is what readers of the table see."""
    return job_in_place(version.resource_id) == version.job_id


def listed(resource_id: str) -> list[Version]:
    """The published states of a resource, the newest first; a prepared one counts from the moment of its swap."""
    query = sa.select(Version).where(Version.resource_id == resource_id).order_by(Version.number.desc())
    found = list(model.Session.scalars(query, execution_options={"populate_existing": True}))
    return [version for version in found if version.state == PUBLISHED or in_place(version)]


def current(resource_id: str) -> Version | None:
    """The newest published state."""
    return next(iter(listed(resource_id)), None)


def numbered(resource_id: str, number: int) -> Version | None:
    """The state with this number."""
    return next((version for version in listed(resource_id) if version.number == number), None)


def by_id(version_id: str) -> Version | None:
    """A state by its id."""
    return model.Session.get(Version, version_id)


def publish(version: Version) -> None:
    """Note that CKAN's metadata follow the state; give up the oldest ones beyond the number that is kept."""
    version.state = PUBLISHED
    model.Session.commit()
    _give_up(listed(version.resource_id))


def _give_up(states: list[Version]) -> None:
    kept, old = states[: kept_versions()], states[kept_versions() :]
    needed = {version.file_of for version in kept}
    for version in old:
        rows_path(version).unlink(missing_ok=True)
        if version.id not in needed:
            shutil.rmtree(folder(version.resource_id, version.id), ignore_errors=True)
        version.kept = False
    model.Session.commit()


def remove(resource_ids: Iterable[str]) -> None:
    """Delete all states of resources that are no more, records and files."""
    gone = list(resource_ids)
    model.Session.query(Version).filter(Version.resource_id.in_(gone)).delete(synchronize_session=False)
    model.Session.commit()
    for resource_id in gone:
        shutil.rmtree(root() / resource_id, ignore_errors=True)


def sweep(resource_id: str) -> None:
    """Drop folders that no record names: left by a worker that was killed while it made them."""
    place = root() / resource_id
    if place.is_dir():
        query = sa.select(Version.id).where(Version.resource_id == resource_id)
        known = set(model.Session.scalars(query))
        for left in place.iterdir():
            if left.name not in known:
                shutil.rmtree(left, ignore_errors=True)
