"""Loads large boundary files in the background: kept in CKAN's database, run by CKAN's worker, safe to run twice.

Files that were sent along lie under CKAN's storage path until the work has ended, in a folder that no page serves.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.common import config
from ckan.model.types import make_uuid
from ckan.types import Context

from ckanext.ierwohnen.look.marking import N_
from ckanext.ierwohnen.places import holding
from ckanext.ierwohnen.places.findings import BoundaryError, Finding, Severity, error
from ckanext.ierwohnen.places.load_work import NamedFile, perform, resource_file
from ckanext.ierwohnen.places.model import StoredLoad

STEPS = {
    "waiting": N_("Waiting for its turn"),
    "reading": N_("Reading the files"),
    "borders": N_("Fitting the borders together"),
    "drawing": N_("Drawing at several details"),
    "storing": N_("Storing"),
}
OPEN = ("waiting", "running")
KEPT = timedelta(days=30)  # for which what came of a load can still be looked at


@dataclass
class Notes:
    """Notes how far a load is, in transactions of its own, so that others see it while the work goes on."""

    load_id: str

    def __call__(self, step: str, done: int, total: int) -> None:
        """As ``boundaries.Note``."""
        _write(self.load_id, step=step, done=done, total=total)


def enqueue(
    context: Context,
    package: model.Package,
    description: str,
    resource_ids: Sequence[str],
    sent: Sequence[NamedFile],
    check_only: bool,
    confirm_place: bool = False,
) -> str:
    """Put the files aside and hand the work to the worker; returns the job's id. Commits.

    Raises ValidationError while another load of the dataset waits or runs.
    """
    # Two people at once: the second waits here, and is then refused.
    lock = holding.lock_key(f"ierwohnen_places_enqueue:{package.id}")
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    _refuse_if_busy(package.id)
    user = model.User.get(context["user"])
    load = StoredLoad(
        id=make_uuid(), dataset_id=package.id, user_id=user.id if user else "", description=description,
        resources=list(resource_ids), files=[name for name, _ in sent], check_only=check_only,
        confirm_place=confirm_place, created=_now(), changed=_now(),
    )  # fmt: skip
    place = _folder(load.id)
    place.mkdir(parents=True)
    try:
        for number, (_, path) in enumerate(sent):
            shutil.move(path, place / str(number))
        old = StoredLoad.state.not_in(OPEN) & (StoredLoad.changed < _now() - KEPT)
        model.Session.execute(sa.delete(StoredLoad).where(old))
        model.Session.add(load)
        model.Session.commit()
        told = {"job_id": load.id, **holding.rq_options()}
        tk.enqueue_job(run, [load.id], title=f"boundaries {package.name}", rq_kwargs=told)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return str(load.id)


def find(load_id: str) -> StoredLoad | None:
    """The load with this id, read afresh: a worker may have changed it meanwhile."""
    # PostgreSQL takes no text with a zero in it, and an address may hold one.
    return None if "\0" in load_id else model.Session.get(StoredLoad, load_id, populate_existing=True)


def state(load: StoredLoad) -> str:
    """`waiting`, `running`, `interrupted` (its worker is gone; it will be run again), `done` or `failed`."""
    if load.state == "running" and not holding.is_held(_lock(load.dataset_id)):
        current = find(load.id)  # it may have ended between the two looks
        return "interrupted" if current and current.state == "running" else current.state if current else "failed"
    return load.state


def show(load: StoredLoad, locale: str) -> dict[str, Any]:
    """How far a load is and what was noticed, in the reader's language, as the action gives it."""
    told = [Finding(f["code"], Severity(f["severity"]), f["params"]).as_dict(locale) for f in load.findings]
    return {
        "id": load.id,
        "dataset_id": load.dataset_id,
        "check_only": load.check_only,
        "state": state(load),
        "step": load.step,
        "step_text": tk._(STEPS.get(load.step, load.step)),
        "done": load.done,
        "total": load.total,
        "findings": told,
        "result": {**load.result, "findings": told} if load.result else None,
        "created": load.created.isoformat(),
        "changed": load.changed.isoformat(),
    }


def run(load_id: str) -> None:
    """Entry point for the job worker. A load that is done already is left alone.

    What is wrong with the files or the rights becomes the load's findings. A lost database is waited for and raised, so
    that RQ runs the job again; anything else is a defect: it is recorded with a calm message, and raised for the log.
    """
    with holding.patient():
        _run(load_id)


def _run(load_id: str) -> None:
    load = find(load_id)
    if load is None:  # the dataset was purged
        shutil.rmtree(_folder(load_id), ignore_errors=True)
        return
    with holding.hold(_lock(load.dataset_id)):
        load = find(load_id)
        if load is None or load.state not in OPEN:
            return
        _write(load_id, state="running")
        try:
            done, noticed = _work(load)
        except BoundaryError as refused:
            _end(load_id, "failed", refused.findings)
        except (tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound) as refused:
            _end(load_id, "failed", [error("load_refused", reason=text) for text in _texts(refused)])
        except holding.AWAY:
            model.Session.rollback()  # the state stays open, and RQ runs the job again
            raise
        except Exception:
            _end(load_id, "failed", [error("load_defect")])
            raise
        else:
            _end(load_id, "done", noticed, done)


def _work(load: StoredLoad) -> tuple[dict[str, Any], list[Finding]]:
    user, package = model.User.get(load.user_id), model.Package.get(load.dataset_id)
    if user is None or package is None:
        raise tk.NotAuthorized(tk._("The person who started this is no longer known."))
    context: Context = {"user": user.name, "auth_user_obj": user}
    # It may no more than its starter may now.
    tk.check_access("ierwohnen_spatial_system_load", tk.fresh_context(context), {"id": package.id})
    files = [resource_file(package, resource_id) for resource_id in load.resources]
    files += [(name, _folder(load.id) / str(number)) for number, name in enumerate(load.files)]
    missing = [name for name, path in files if not path.is_file()]
    if missing:
        raise BoundaryError([error("load_file_gone", file=name) for name in missing])
    notes = Notes(load.id)
    return perform(context, package, load.description, files, load.check_only, notes, load.confirm_place)


def _refuse_if_busy(dataset_id: str) -> None:
    """Raise ValidationError while a load of the dataset waits or runs; give up one that nobody will take up."""
    query = sa.select(StoredLoad).where(StoredLoad.dataset_id == dataset_id, StoredLoad.state.in_(OPEN))
    for load in model.Session.scalars(query).all():
        if holding.is_held(_lock(dataset_id)) or holding.is_queued(load.id, begun=load.state == "running"):
            raise tk.ValidationError(
                {"boundaries": [tk._("Other boundaries of this dataset are being loaded. Wait until that is done.")]}
            )
        _end(load.id, "failed", [error("load_lost")])


def _end(load_id: str, ended: str, noticed: Sequence[Finding], result: dict[str, Any] | None = None) -> None:
    model.Session.rollback()
    kept = [{"code": f.code, "severity": str(f.severity), "params": f.params} for f in noticed]
    _write(load_id, state=ended, findings=kept, result=result)
    shutil.rmtree(_folder(load_id), ignore_errors=True)


def _write(load_id: str, **values: Any) -> None:
    statement = sa.update(StoredLoad).where(StoredLoad.id == load_id).values(changed=_now(), **values)
    with holding.engine().begin() as connection:
        connection.execute(statement)


def _folder(load_id: str) -> Path:
    root = config.get("ckan.storage_path")
    if not root:
        raise tk.ValidationError({"boundaries": [tk._("This portal takes no files: ckan.storage_path is not set.")]})
    return Path(root) / "ierwohnen" / "boundaries" / load_id


def _lock(dataset_id: str) -> str:
    return f"ierwohnen_places_load:{dataset_id}"


def _texts(refused: Exception) -> list[str]:
    if isinstance(refused, tk.ValidationError):
        return [f"{name}: {text}" for name, text in refused.error_summary.items()]
    return [str(refused)]


def _now() -> datetime:
    return datetime.now(UTC)
