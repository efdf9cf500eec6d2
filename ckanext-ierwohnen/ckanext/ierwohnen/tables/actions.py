"""Actions of the tables room: check, put aside, publish, follow."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import Context

from ckanext.ierwohnen.look.marking import N_

from . import background_check, choices, clean, deliveries, jobs, publish, recognise, removal, schema, versions
from .check_result import as_dict
from .checking import check_source, in_words, known, read
from .exports import offer
from .exports.formats import FORMATS, WHOLE_NAMES
from .extract import Extract
from .model import Delivery, Job
from .one_state import datastore_info, datastore_search
from .problems import Severity
from .repairs import Repairs
from .version_actions import ierwohnen_version_list, ierwohnen_version_restore, ierwohnen_version_show
from .version_changes import check_with_changes
from .wording import placed, reader_language, translated

CHECKED_AT_ONCE = 8 << 20  # bytes
CHOICES = ("roles", "hints", "spatial_system", "repairs")
STEPS = {
    "waiting": N_("Waiting for its turn"),
    "reading": N_("Reading and checking the file"),
    "checking": N_("Checking the rows"),
    "loading": N_("Loading the rows"),
    "indexing": N_("Making the table ready to read"),
    "searching": N_("Preparing the search in the table"),
    "switching": N_("Putting the new version in place"),
    "done": N_("Done"),
}


@tk.side_effect_free
def ierwohnen_table_check(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Read a table as an office delivered it, and say what was understood and what is wrong. Nothing is stored.

    :param resource_id: check the resource's waiting delivery, or else its own file
    :param upload: check this file (multipart); with `resource_id` as that resource's next delivery
    :param roles: `[{"column": name, "role": …, "level": …, "system": …, "period": …, "indicator": …, "unit": …,
        "dimension": …}]`, where they differ from the proposal (optional)
    :param hints: how to read the file: `encoding`, `separator`, `decimal`, `sheet`, `header_rows` … (optional)
    :param spatial_system: match keys with this spatial system, instead of the one that the dataset names; `*` for any
    :param repairs: `[{"action": "replace", "row": 14, "column": name, "value": "5,7"}, …]`: offers of `problems` that a
        person takes; `replace`, `replace_key`, `keep` (with `note`), `drop_row`, `drop_key`, or a setting (optional)
    :param mode: what publishing would do, `replace` (default) or `append`: the differences follow it
    :param show: which rows of the file to show: `all` (default; from `offset` on), an `extract` (the first ones, those
        with a problem, totals), or those with `problems`
    :param limit: how many rows to show at most (default 200)
    :param background: true lets a job check a large file of a resource: the answer is `{"job": id}` until it is done,
        then the check (optional)
    :returns: `filename`, `size`, `delivery`, `dialect`, `rows`, `columns` with role, reason and confidence,
        `problems` with row, column, value, code, message, remedy, severity, `counts` by severity; what publishing
        would change: `version` (number of the present one, 0 for none), `since` (its `number`, `created`) and
        `differences` (sentences, each with `about`) and `lost` (sentences: what would be gone), null if there is none
        to compare with
    :raises ValidationError: if the file is not a table
    """
    tk.check_access("ierwohnen_table_check", context, data_dict)
    data = schema.validated(data_dict, schema.table_check())
    resource = _resource(context, data["resource_id"]) if data.get("resource_id") else None
    if data.get("upload") is None and resource is None:
        raise tk.ValidationError({"resource_id": [tk._("Name a resource, or send a file as upload.")]})
    before = known(context, resource) if resource else None
    latest = versions.current(resource["id"]) if resource else None
    extract = Extract(data["show"], data["limit"], data["offset"])
    if data.get("upload") is not None:
        with deliveries.temporary(data["upload"]) as source, in_words():
            found, report, changed = check_with_changes(context, source, data, before, latest)
            return {**as_dict(found, report, source, None, extract), **changed}
    assert resource is not None
    delivery = Delivery.open_for(resource["id"])
    with deliveries.source(resource, delivery) as source, in_words():
        if data["background"] and background_check.is_long(source):
            given = {name: data[name] for name in (*CHOICES, "mode") if data.get(name)}
            return background_check.checked(context, resource, delivery, source, given, extract, _user_id(context))
        found, report, changed = check_with_changes(context, source, data, before, latest)
        return {**as_dict(found, report, source, delivery, extract), **changed}


def ierwohnen_delivery_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Put a new file of a resource aside, to be checked and published. The published version stays meanwhile.

    :param resource_id: the resource
    :param upload: the file (multipart); an earlier delivery that still waits gives way
    :returns: `id`, `resource_id`, `filename`, `size`
    :raises ValidationError: if the file is empty, too large or not a table
    """
    tk.check_access("ierwohnen_delivery_create", context, data_dict)
    data = schema.validated(data_dict, schema.delivery_create())
    resource = _resource(context, data["resource_id"])
    return _delivered(context, resource, data["upload"])


def _delivered(context: Context, resource: dict[str, Any], upload: Any) -> dict[str, Any]:
    jobs.refuse_if_busy(resource["id"])
    with in_words(), deliveries.staging(resource, _user_id(context), upload) as delivery:
        read(deliveries.path_of(delivery), delivery.filename or "", None)
    return {
        "id": delivery.id, "resource_id": delivery.resource_id, "filename": delivery.filename, "size": delivery.size
    }  # fmt: skip


def ierwohnen_table_recognise(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say which published table a file continues, by its columns and its name. Nothing is stored.

    :param upload: the file (multipart)
    :param package_id: look among the tables of this dataset (optional)
    :param organization: look among those of this organization, by id or name; else of all whose datasets one may change
    :returns: `best`, the resource that the file clearly continues, or null; `candidates`, the likeliest first:
        `resource_id`, `package_id`, `dataset`, `name`, `share` (0 to 1), `same_columns`, `missing`, `added`
    :raises ValidationError: if the file is not a table
    """
    tk.check_access("ierwohnen_table_recognise", context, data_dict)
    data = schema.validated(data_dict, schema.table_recognise())
    with deliveries.temporary(data["upload"]) as source, in_words():
        table = read(source.path, source.filename, None)
        return recognise.recognised(context, table, data.get("package_id"), data.get("organization"))


def ierwohnen_delivery_delete(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Drop the delivery of a resource that waits to be published, with what was chosen for it.

    :param resource_id: the resource
    :returns: `{"deleted": true}`, or false if none waited
    """
    tk.check_access("ierwohnen_delivery_delete", context, data_dict)
    data = schema.validated(data_dict, schema.by_resource())
    jobs.refuse_if_busy(data["resource_id"])
    return {"deleted": deliveries.discard(data["resource_id"])}


def ierwohnen_table_publish(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Publish a table into the DataStore, with the meaning of its columns in the data dictionary.

    The work runs as a background job. Readers see the last published version until the new one is complete.

    :param resource_id: publishes the resource's waiting delivery, or else its own file
    :param upload: a new file (multipart) that becomes the delivery first (optional)
    :param roles: as in `ierwohnen_table_check`, where they differ from the proposal (optional)
    :param hints: as in `ierwohnen_table_check` (optional)
    :param spatial_system: as in `ierwohnen_table_check` (optional)
    :param repairs: as in `ierwohnen_table_check`; recorded in the job's result (optional)
    :param mode: `replace` (default) puts the table in the place of the published one; `append` adds its rows, and in a
        wide table its years: new ones join, the same ones are corrected, those that the file does not hold stay
    :param delivery: refuse if this delivery is not the one that waits; empty: the resource's own file (optional)
    :param version: refuse if the table has another present version than this number; 0 for none (optional)
    :param accept_if_clean: true publishes only what needs nobody's look: a table that was published before, with the
        same columns and clear roles, without errors and without warnings of a new kind, and without differences beyond
        what its series shows; else the delivery waits, and the error `accept_if_clean` says why (optional)
    :returns: `{"job": id}`, to be followed with `ierwohnen_job_show`
    :raises ValidationError: if the table still has errors, or another publication of it is running
    """
    tk.check_access("ierwohnen_table_publish", context, data_dict)
    data = schema.validated(data_dict, schema.table_publish())
    resource = _resource(context, data["resource_id"])
    jobs.refuse_if_busy(resource["id"])
    if data.get("upload") is not None:
        _delivered(context, resource, data["upload"])
    delivery = Delivery.open_for(resource["id"])
    _refuse_overtaken(resource["id"], delivery, data)
    given = {name: data[name] for name in CHOICES if data.get(name)}
    chosen = given or choices.parameters(choices.kept(delivery))
    _refuse_errors(context, resource, delivery, chosen, data["accept_if_clean"], data["mode"])
    job = jobs.enqueue(
        publish.run,
        kind="publish",
        package_id=resource["package_id"],
        resource_id=resource["id"],
        user_id=_user_id(context),
        parameters={
            "delivery": delivery.id if delivery else None,
            "mode": data["mode"],
            "choices": chosen,
            "accept_if_clean": data["accept_if_clean"],
        },
    )
    return {"job": job.id}


def _refuse_overtaken(resource_id: str, delivery: Delivery | None, data: dict[str, Any]) -> None:
    """Refuse to publish what the person did not look at: somebody else was quicker since."""
    waiting = delivery.id if delivery and delivery.filename else ""
    if "delivery" in data and (data["delivery"] or "") != waiting:
        text = tk._("Meanwhile another file was delivered for this table. Look at its check before you publish.")
        raise tk.ValidationError({"delivery": [text]})
    latest = versions.current(resource_id)
    if "version" in data and data["version"] != (latest.number if latest else 0):
        text = tk._(
            "Meanwhile somebody else has published version {number} of this table. "
            "Look at what your file would change in it, then publish."
        )
        raise tk.ValidationError({"version": [text.format(number=latest.number if latest else 0)]})


def _refuse_errors(
    context: Context,
    resource: dict[str, Any],
    delivery: Delivery | None,
    chosen: dict[str, Any],
    unseen: bool,
    mode: str,
) -> None:
    """Say at once what the job would say; large files are checked by the job alone, unless they go unseen."""
    with deliveries.source(resource, delivery) as source, in_words():
        if source.size > CHECKED_AT_ONCE and not unseen:
            return
        before = known(context, resource)
        if not unseen:
            _, report = check_source(context, source, chosen, before)
        else:
            latest = versions.current(resource["id"])
            found, report, changed = check_with_changes(context, source, {**chosen, "mode": mode}, before, latest)
    errors = [problem for problem in report.problems if problem.severity == Severity.ERROR]
    if errors:
        raise tk.ValidationError({"table": [placed(problem) for problem in errors[:20]]})
    if unseen:
        clean.refuse_unless_clean(found, report, changed, replaces=mode == "replace")


@tk.side_effect_free
def ierwohnen_table_export(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say where a published table can be downloaded, in which formats; or give the description of its columns.

    :param id: the resource
    :param format: `xlsx`, `csv`, `csv-excel`, `geojson`, `gpkg`, `parquet`, `datapackage` or `tableschema`;
        all of them without it
    :returns: `format`, `title`, `hint`, `filename`, `url`, `media_type` and `reason` (why not to be had, else empty);
        for the descriptions also `content`; without `format` a list of these under `formats`
    :raises ObjectNotFound: if the resource cannot be seen, or has no published table
    """
    tk.check_access("ierwohnen_table_export", context, data_dict)
    data = schema.validated(data_dict, schema.table_export())
    found = [asdict(one) for one in offer.downloads(context, data["id"])]
    if not data.get("format"):
        return {"id": data["id"], "formats": found}
    chosen = next(one for one in found if one["format"] == data["format"])
    if data["format"] in WHOLE_NAMES:
        made = offer.ready(context, data["id"], FORMATS[data["format"]])
        chosen["content"] = json.loads(made.path.read_text("utf-8"))
    return {"id": data["id"], **chosen}


@tk.side_effect_free
def ierwohnen_job_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """How far a job is. Seen by those who may change the dataset.

    :param id: the job's id
    :returns: `state` (waiting, running, interrupted, done, failed), `step`, `step_text`, `done` of `total`
        (null if not known), `message` with all `messages` in the reader's language, `result`
    """
    tk.check_access("ierwohnen_job_show", context, data_dict)
    job = Job.get(tk.get_or_bust(data_dict, "id"))
    if job is None:
        raise tk.ObjectNotFound(tk._("There is no such job."))
    stored = job.message if isinstance(job.message, list) else [job.message] if job.message else []
    messages = [translated(message) for message in stored]
    if job.state == "done" and job.result and job.result.get("message"):
        messages = [translated(job.result["message"])]
    return {
        "id": job.id,
        "kind": job.kind,
        "resource_id": job.resource_id,
        "package_id": job.package_id,
        "state": jobs.state(job),
        "step": job.step,
        "step_text": tk._(STEPS.get(job.step, job.step)),
        "done": job.done,
        "total": job.total,
        "message": " ".join(messages),
        "messages": messages,
        "result": _result(job.result or {}),
        "created": job.created.isoformat(),
        "changed": job.changed.isoformat(),
    }


def _result(stored: dict[str, Any]) -> dict[str, Any] | None:
    """What came of a job, with each repair in the reader's words."""
    shown = {key: value for key, value in stored.items() if key != "message"}
    if shown.get("repairs"):
        shown["repairs"] = Repairs.of(shown["repairs"]).as_dicts(reader_language())
    return shown or None


@tk.chained_action
def dataset_purge(original: Callable[..., Any], context: Context, data_dict: dict[str, Any]) -> Any:
    """Purge a dataset, then the DataStore tables, files, deliveries and jobs of its resources."""
    resource_ids = removal.resources_of(str(data_dict.get("id") or ""))
    result = original(context, data_dict)  # authorizes first; nothing is removed if it refuses
    removal.remove(resource_ids)
    return result


@tk.chained_action
def organization_purge(original: Callable[..., Any], context: Context, data_dict: dict[str, Any]) -> Any:
    """Purge an organization, then its datasets in the trash: nobody could bring them back without it.

    CKAN itself leaves them without an owner, and refuses while there are datasets outside the trash.
    """
    package_ids = removal.trash_of(str(data_dict.get("id") or ""))
    result = original(context, data_dict)  # authorizes first; nothing is removed if it refuses
    for package_id in package_ids:
        tk.get_action("dataset_purge")({**tk.fresh_context(context), "ignore_auth": True}, {"id": package_id})
    return result


def _resource(context: Context, resource_id: str) -> dict[str, Any]:
    return tk.get_action("resource_show")(tk.fresh_context(context), {"id": resource_id})


def _user_id(context: Context) -> str:
    user = model.User.get(context.get("user"))
    return user.id if user else authz.get_user_id_for_username(context["user"])


__all__ = [
    "dataset_purge",
    "datastore_info",
    "datastore_search",
    "ierwohnen_delivery_create",
    "ierwohnen_delivery_delete",
    "ierwohnen_job_show",
    "ierwohnen_table_check",
    "ierwohnen_table_export",
    "ierwohnen_table_publish",
    "ierwohnen_table_recognise",
    "ierwohnen_version_list",
    "ierwohnen_version_restore",
    "ierwohnen_version_show",
    "organization_purge",
]
