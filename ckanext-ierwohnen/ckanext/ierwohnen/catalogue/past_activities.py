"""The stream of activities keeps each state of a dataset with the labels of its day: who may see it is asked anew here.

CKAN writes down who may see an activity when it happens. A dataset that was public once would stay readable there, with
all its metadata, after it was made private, deleted or purged. So its activities follow it: they are seen by whoever
may see the dataset now, and they go when it is purged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib.plugins import get_permission_labels
from ckan.types import Context

from ckanext.ierwohnen.look.forgotten import forget

SENDERS = ("package_update", "package_delete", "bulk_update_private", "bulk_update_delete")
_NARROW = sa.text(
    "UPDATE activity SET permission_labels = :labels WHERE object_id = :id AND permission_labels && ARRAY['public']"
)
_VIEWS = sa.text("DELETE FROM activity WHERE object_id = :id AND activity_type LIKE '%resource view'")


def subscriptions() -> dict[Any, list[dict[str, Any]]]:
    """What CKAN tells us of: actions after which fewer people may see a dataset."""
    return {tk.signals.action_succeeded: [{"sender": name, "receiver": changed} for name in SENDERS]}


def changed(sender: str, context: Context, data_dict: dict[str, Any], result: Any, **_: Any) -> None:
    """Let the activities of a dataset that is no longer public be seen by those who may see it now."""
    if context.get("defer_commit") or not p.plugin_loaded("activity"):
        return
    names = data_dict.get("datasets") if sender.startswith("bulk") else [_named(data_dict, result)]
    if narrowed(names if isinstance(names, list) else [names]):
        model.Session.commit()


def narrowed(names: Iterable[Any]) -> int:
    """The number of datasets among these that are not public; their activities are narrowed."""
    found = 0
    for name in names:
        package = model.Package.get(name) if isinstance(name, str) and name else None
        if package is None or (package.state == model.State.ACTIVE and not package.private):
            continue
        labels = get_permission_labels().get_dataset_labels(package)
        model.Session.execute(_NARROW, {"id": package.id, "labels": labels})
        model.Session.execute(_VIEWS, {"id": package.id})  # for these CKAN asks no labels at all
        found += 1
    return found


@tk.chained_action
def dataset_purge(original: Callable[..., Any], context: Context, data_dict: dict[str, Any]) -> Any:
    """Purge a dataset, and what the stream of activities remembers of it."""
    package = model.Package.get(str(data_dict.get("id") or ""))
    if package is not None:
        tk.check_access("dataset_purge", tk.fresh_context(context), {"id": package.id})
        forget(package.id)
    return original(context, data_dict)


def _named(data_dict: dict[str, Any], result: Any) -> Any:
    if isinstance(result, dict):
        return result.get("id")
    return result if isinstance(result, str) else data_dict.get("id")
