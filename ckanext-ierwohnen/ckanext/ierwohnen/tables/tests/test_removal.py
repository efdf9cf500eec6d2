"""What was published goes with its resource, wherever it lies: disk, DataStore, CKAN's database, search index."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from .conftest import KEY, NEXT_YEAR, upload


def names(resource_id: str) -> set[str]:
    """Under which something of a resource may lie: its own id, and those of its jobs, deliveries and versions."""
    from ckan import model

    from ckanext.ierwohnen.tables.model import Delivery, Job, Version

    found = {resource_id}
    for kind in (Job, Delivery, Version):
        found |= {one for (one,) in model.Session.query(kind.id).filter_by(resource_id=resource_id)}
    return found


def traces(known: set[str]) -> set[str]:
    """Where anything at all is still there under these names."""
    return {*_on_disk(known), *_in_the_datastore(known), *_in_our_tables(known), *_in_the_index(known)}


def _on_disk(known: set[str]) -> set[str]:
    """Folders below CKAN's storage path; an uploaded file of CKAN's lies in folders of the first six letters."""
    root = Path(tk.config["ckan.storage_path"])
    split = {f"{name[:3]}/{name[3:6]}/{name[6:]}" for name in known}
    paths = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    return {
        f"disk: {'/'.join(path.parts[:2])}"
        for path in paths
        if known.intersection(path.parts) or any(str(path).endswith(one) for one in split)
    }


def _in_the_datastore(known: set[str]) -> set[str]:
    """Tables, views, sequences, indexes and functions, and what PostgreSQL remembers of their rows."""
    from ckanext.ierwohnen.tables import store

    with store.writing() as cursor:
        cursor.execute(
            "SELECT relkind::text, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
            "WHERE nspname = 'public' UNION ALL SELECT 'stats', resource_id FROM _table_stats "
            "UNION ALL SELECT 'alias', alias_of FROM _table_metadata WHERE alias_of IS NOT NULL"
        )
        found = cursor.fetchall()
    return {f"datastore: {kind}" for kind, name in found if any(one in name for one in known)}


def _in_our_tables(known: set[str]) -> set[str]:
    """Any row in any of our tables, in whatever column; and CKAN's views."""
    import sqlalchemy as sa
    from ckan import model

    tables = [name for name in sa.inspect(model.meta.engine).get_table_names() if name.startswith("ierwohnen")]
    assert {"ierwohnen_job", "ierwohnen_delivery", "ierwohnen_table_version"} <= set(tables)
    found = set()
    for table in [name for name in tables if "alembic" not in name] + ["resource_view"]:
        rows = model.Session.execute(sa.text(f'SELECT row_to_json(t)::text FROM "{table}" t')).scalars()
        found |= {f"database: {table}" for row in rows if any(one in row for one in known)}
    return found


def _in_the_index(known: set[str]) -> set[str]:
    from ckan.lib.search.common import make_connection

    found = json.dumps(make_connection().search("*:*", rows=1000).docs, default=str)
    return {"search index" for one in known if one in found}


EVERYWHERE = {
    "disk: resources/TREE", "disk: ierwohnen/deliveries", "disk: ierwohnen/versions", "disk: ierwohnen/downloads",
    "datastore: r", "datastore: S", "datastore: i", "datastore: v", "datastore: stats", "datastore: alias",
    "database: ierwohnen_job", "database: ierwohnen_delivery", "database: ierwohnen_table_version",
    "database: resource_view", "search index",
}  # fmt: skip


def tree(found: set[str]) -> set[str]:
    """The same, with one word for the folders that CKAN names after the id."""
    return {"disk: resources/TREE" if one.startswith("disk: resources/") else one for one in found}


@pytest.fixture
def full(office: Any, published: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """A resource of which everything is there that there can be."""
    from ckanext.ierwohnen.tables import publish, store, versions
    from ckanext.ierwohnen.tables.exports import kept

    resource = published()
    given = {"resource_id": resource["id"], "upload": upload(NEXT_YEAR), "roles": [KEY], "mode": "append"}
    publish.run(office.call("ierwohnen_table_publish", **given)["job"])
    killed = office.call("ierwohnen_table_publish", **{**given, "upload": upload(NEXT_YEAR.replace("6", "7"))})["job"]
    with store.writing() as cursor:  # what a killed worker leaves
        store.create(cursor, store.staged_name(killed), [store.StoreColumn("Nr", "text")])
        cursor.execute(f'CREATE VIEW "leerstand_{resource["id"]}" AS SELECT * FROM "{resource["id"]}"')
    (versions.root() / resource["id"] / "half-made").mkdir()
    (versions.root() / resource["id"] / "half-made" / "file").touch()
    with kept.making(resource["id"]) as scratch:
        (scratch / "made").write_text("x")
        kept.keep(resource["id"], "state_csv", scratch / "made")
    office.call("resource_view_create", resource_id=resource["id"], title="Bild", view_type="image_view")
    return resource


def delete_resource(office, resource):
    office.call("resource_delete", id=resource["id"])


def leave_it_out(office, resource):
    office.call("package_patch", id=office.dataset["id"], resources=[])


def as_sysadmin(action, **parameters):
    from ckan.tests import factories

    tk.get_action(action)({"user": factories.Sysadmin()["name"], "ignore_auth": False}, parameters)


def purge_dataset(office, resource):
    office.call("package_delete", id=office.dataset["id"])
    as_sysadmin("dataset_purge", id=office.dataset["id"])


def purge_without_trash(office, resource):
    as_sysadmin("dataset_purge", id=office.dataset["name"])


def purge_on_the_trash_page(office, resource):
    """As a sysadmin clicks on it: CKAN calls the purging itself."""
    from ckan.config.middleware import make_app
    from ckan.tests import factories

    office.call("package_delete", id=office.dataset["id"])
    token = factories.APIToken(user=factories.Sysadmin()["name"])["token"]
    with make_app(tk.config)._wsgi_app.test_client() as client:
        reply = client.post("/ckan-admin/trash", data={"action": "all"}, headers={"Authorization": token})
    assert reply.status_code == 302, reply.text


def purge_organization(office, resource):
    office.call("package_delete", id=office.dataset["id"])
    as_sysadmin("organization_purge", id=office.organization["name"])


WAYS = [
    delete_resource, leave_it_out, purge_dataset, purge_without_trash, purge_on_the_trash_page, purge_organization,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nothing_is_left(office, full, way):
    known = names(full["id"])
    assert tree(traces(known)) == EVERYWHERE
    way(office, full)
    assert traces(known) == set()


def test_another_resource_of_the_dataset_stays(office, full, published):
    other = published()
    before = traces(names(other["id"]))
    office.call("resource_delete", id=full["id"])
    assert traces(names(other["id"])) == before >= {"datastore: r", "database: ierwohnen_table_version"}


def test_the_trash_keeps_it_and_shows_it_to_nobody(office, full, app):
    """A deleted dataset can come back; until then it is as if it were gone."""
    place = f"/dataset/{office.dataset['name']}/resource/{full['id']}/versions"
    addresses = (place, f"{place}/1", f"{place}/1/file", f"{place}/1/rows.csv", f"/ierwohnen/tables/{full['id']}/x.csv")
    known = names(full["id"])
    office.call("package_delete", id=office.dataset["id"])
    assert tree(traces(known)) == EVERYWHERE - {"search index"}
    for address in addresses:
        app.get(address, status=404)
    for action in ("ierwohnen_version_list", "ierwohnen_version_show", "ierwohnen_version_restore"):
        with pytest.raises(tk.ObjectNotFound):
            office.call(action, "stranger", resource_id=full["id"], version=1)
    as_sysadmin("package_patch", id=office.dataset["id"], state="active")
    assert office.call("datastore_search", "stranger", resource_id=full["id"])["total"] == 10


def test_a_deletion_or_purge_that_is_refused_removes_nothing(office, full):
    """One that fails, one of an organization that still has datasets, and those of people who may not."""
    with pytest.raises(tk.ValidationError):
        office.call("package_patch", id=office.dataset["id"], resources=[], name="nicht / erlaubt")
    with pytest.raises(tk.ValidationError):
        as_sysadmin("organization_purge", id=office.organization["id"])
    known = names(full["id"])
    assert tree(traces(known)) == EVERYWHERE
    office.call("package_delete", id=office.dataset["id"])
    for action, gone in (("dataset_purge", office.dataset["id"]), ("organization_purge", office.organization["id"])):
        with pytest.raises(tk.NotAuthorized):
            office.call(action, id=gone)
    assert tree(traces(known)) == EVERYWHERE - {"search index"}


@pytest.mark.parametrize("step", ["stage", "record", "swap"])
def test_a_resource_that_is_deleted_while_its_table_is_made_leaves_nothing(office, full, monkeypatch, step):
    """Whatever the job has made by then: it finds at its end that nobody wants its table."""
    from ckan.lib.redis import connect_to_redis

    from ckanext.ierwohnen.tables import publish, store, versions

    connect_to_redis().flushdb()  # the job of the killed worker
    job = office.call("ierwohnen_table_publish", resource_id=full["id"], upload=upload(NEXT_YEAR), roles=[KEY])["job"]
    known = names(full["id"])
    place = {"stage": publish, "record": versions, "swap": store}[step]
    original = getattr(place, step)

    def deleted_before(*args: Any) -> Any:
        monkeypatch.setattr(place, step, original)
        office.call("resource_delete", id=full["id"])
        return original(*args)

    monkeypatch.setattr(place, step, deleted_before)
    with contextlib.suppress(Exception):  # the staged table may have gone under its hands
        publish.run(job)
    assert traces(known) == set()
