"""What was published goes with its resource: table, file, deliveries, jobs."""

from __future__ import annotations

from pathlib import Path

from .conftest import NEXT_YEAR, upload


def traces(resource_id: str) -> list[str]:
    """What is still there of a resource."""
    from ckan import model
    from ckan.lib import uploader

    from ckanext.ierwohnen.tables import deliveries, store
    from ckanext.ierwohnen.tables.model import Delivery, Job

    found = []
    with store.writing() as cursor:
        if store.exists(cursor, resource_id):
            found.append("table")
    path = uploader.get_resource_uploader({"id": resource_id, "url_type": "upload"}).get_path(resource_id)
    if Path(path).exists():
        found.append("file")
    for kept in model.Session.query(Delivery).filter_by(resource_id=resource_id):
        found.append("delivery")
        if deliveries.path_of(kept).exists():
            found.append("delivered file")
    found += ["job"] * model.Session.query(Job).filter_by(resource_id=resource_id).count()
    return found


def test_everything_is_there_before(office, published):
    resource = published()
    office.call("ierwohnen_delivery_create", resource_id=resource["id"], upload=upload(NEXT_YEAR))
    assert traces(resource["id"]) == ["table", "file", "delivery", "delivered file", "job"]


def test_a_deleted_resource_leaves_nothing(office, published):
    resource = published()
    office.call("ierwohnen_delivery_create", resource_id=resource["id"], upload=upload(NEXT_YEAR))
    office.call("resource_delete", id=resource["id"])
    assert traces(resource["id"]) == []


def test_a_resource_left_out_of_an_update_leaves_nothing(office, published):
    resource = published()
    office.call("package_patch", id=office.dataset["id"], resources=[])
    assert traces(resource["id"]) == []


def test_another_resource_of_the_dataset_stays(office, published):
    gone, kept = published(), published()
    office.call("resource_delete", id=gone["id"])
    assert traces(kept["id"]) == ["table", "file", "job"]


def test_a_purged_dataset_leaves_nothing(office, published):
    import ckan.plugins.toolkit as tk
    from ckan.tests import factories

    resource = published()
    sysadmin = factories.Sysadmin()
    office.call("package_delete", id=office.dataset["id"])
    assert "table" in traces(resource["id"])  # the trash keeps it: a deleted dataset can come back
    tk.get_action("dataset_purge")({"user": sysadmin["name"], "ignore_auth": False}, {"id": office.dataset["id"]})
    assert traces(resource["id"]) == []


def test_who_may_not_purge_removes_nothing(office, published):
    import ckan.plugins.toolkit as tk
    import pytest

    resource = published()
    with pytest.raises(tk.NotAuthorized):
        office.call("dataset_purge", id=office.dataset["id"])
    assert "table" in traces(resource["id"])
