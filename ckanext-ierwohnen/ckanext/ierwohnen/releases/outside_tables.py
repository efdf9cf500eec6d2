"""Whether the tables of public releases still are those that were released: cell by cell, by what the vault says.

Nobody can change them in the portal; who has the DataStore's password could.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.ierwohnen.releases import outside
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.rows import Places
from ckanext.ierwohnen.releases.store import Release
from ckanext.ierwohnen.vault.store import Store

PAGE = 10_000
NAMES = ("name", "level", "_id")  # of places, which an office may have renamed since, and CKAN's own number


def looked_at(store: Store) -> tuple[int, list[str]]:
    """How many public releases stand outside, and the numbers of those whose table is not the released one.

    One whose dataset is missing is made when settling.
    """
    there = set(outside.datasets())
    out = {one for one, may in releases.outside(store).items() if may and outside.dataset_id(one) in there}
    found = [one for one in releases.releases(store, outside.ANYBODY) if one.id in out]
    return len(found), sorted(one.number for one in found if not _alike(store, one))


def make_anew(store: Store, number: str) -> None:
    """Take the dataset of a public release away; settling makes it again.

    :raises VaultError: if there is no such release for everybody
    """
    release = releases.find(store, outside.ANYBODY, number)
    with releases.alone(store, release.id):
        model.Session.expire_all()
        outside.remove(release.id)


def _alike(store: Store, release: Release) -> bool:
    cells = releases.opened(store, outside.ANYBODY, release, "")["cells"]
    context = outside.portal_context()
    fields, records = outside.table(release.definition, cells, Places.of(context, release.definition.level))
    package = model.Package.get(outside.dataset_id(release.id))
    resources = package.resources if package is not None else []
    if len(resources) != 1:
        return False
    compared = [one["id"] for one in fields if one["id"] not in NAMES]
    try:
        return _told(_stored(context, resources[0].id), compared) == _told(records, compared)
    except tk.ObjectNotFound:
        return False


def _stored(context: Any, resource: str) -> Iterable[Mapping[str, Any]]:
    start = 0
    while True:
        wanted = {"resource_id": resource, "limit": PAGE, "offset": start, "sort": "_id", "include_total": False}
        rows = tk.get_action("datastore_search")({**context}, wanted)["records"]
        yield from rows
        start += len(rows)
        if not rows:
            return


def _told(rows: Iterable[Mapping[str, Any]], columns: list[str]) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(_plain(row.get(name)) for name in columns) for row in rows)


def _plain(value: Any) -> Any:
    """A number however it is kept, an empty text as nothing."""
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else float(value)
