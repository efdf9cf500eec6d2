"""Publishing: one step from the old version to the new, and nothing between."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from .conftest import KEY, LONG, NEXT_YEAR, WIDE, upload


def records(office, resource, **query):
    found = office.call("datastore_search", resource_id=resource["id"], **query)
    return found["records"]


def test_the_table_has_typed_columns_and_signs_beside_the_values(office, published):
    resource = published()
    rows = {row["Nr"]: row for row in records(office, resource)}
    assert len(rows) == 5
    assert float(rows["11"]["Wohnungen"]) == 1894 and float(rows["11"]["Leerstand in %"]) == 10.9
    assert rows["12"]["Leerstand in %"] is None and rows["12"]["Leerstand in %_status"] == "secret"
    assert rows["99"]["Leerstand in %_status"] == "blocked"
    assert rows["11"]["Stichtag"] == "2025-12-31"
    types = {field["id"]: field["type"] for field in office.call("datastore_info", id=resource["id"])["fields"]}
    assert types["Wohnungen"] == "numeric" and types["Nr"] == "text"


def test_full_text_search_works(office, published):
    resource = published()
    assert [row["Nr"] for row in records(office, resource, q="Altstadt")] == ["11"]


def test_search_in_a_large_table_is_prepared_afterwards(office, published, monkeypatch):
    from ckanext.ierwohnen.tables import publish

    monkeypatch.setattr(publish, "SEARCH_AT_ONCE", 2)
    resource = published()
    assert records(office, resource, q="Altstadt") == []
    publish.run_search(resource["id"])
    assert [row["Nr"] for row in records(office, resource, q="Altstadt")] == ["11"]


def test_the_resource_is_active_and_its_file_stays(office, published):
    resource = office.call("resource_show", id=published()["id"])
    assert resource["datastore_active"] is True
    assert resource["url_type"] == "upload" and resource["url"].endswith("leerstand.csv")


def test_a_column_set_aside_is_not_published(office, published):
    resource = published(roles=[KEY, {"column": "Stadtteil", "role": "unused"}])
    assert "Stadtteil" not in records(office, resource)[0]


def test_a_file_that_came_after_a_killed_publication_is_not_replaced(office, published, monkeypatch):
    """The table of the delivery is in place; the file that somebody gave the resource since then stays."""
    from ckanext.ierwohnen.tables import publish, switching

    class Killed(BaseException):
        pass

    def die(version):
        raise Killed

    resource = published()
    with monkeypatch.context() as patch:
        patch.setattr(switching, "follow", die)
        neu = upload(NEXT_YEAR, "neu.csv")
        job = office.call("ierwohnen_table_publish", resource_id=resource["id"], upload=neu)["job"]
        with pytest.raises(Killed):
            publish.run(job)
    office.call("resource_patch", id=resource["id"], upload=upload(LONG, "danach.csv"), url="danach.csv")
    switching.take_up(resource["id"])
    assert {row["Stichtag"] for row in records(office, resource)} == {"2026-12-31"}
    assert office.call("resource_show", id=resource["id"])["url"].endswith("danach.csv")
    assert not switching.versions.prepared(resource["id"])


def test_a_new_delivery_replaces_table_and_file_at_once(office, published):
    from ckanext.ierwohnen.tables import publish

    resource = published()
    office.call("ierwohnen_delivery_create", resource_id=resource["id"], upload=upload(NEXT_YEAR, "neu.csv"))
    assert {row["Stichtag"] for row in records(office, resource)} == {"2025-12-31"}
    assert office.call("resource_show", id=resource["id"])["url"].endswith("leerstand.csv")
    publish.run(office.call("ierwohnen_table_publish", resource_id=resource["id"])["job"])
    assert {row["Stichtag"] for row in records(office, resource)} == {"2026-12-31"}
    assert office.call("resource_show", id=resource["id"])["url"].endswith("neu.csv")


def test_append_adds_the_year_and_refuses_it_twice(office, published):
    from ckanext.ierwohnen.tables import publish

    resource = published()
    for expected in ("done", "failed"):
        job = office.call(
            "ierwohnen_table_publish", resource_id=resource["id"], upload=upload(NEXT_YEAR), mode="append"
        )["job"]
        publish.run(job)
        shown = office.call("ierwohnen_job_show", id=job)
        assert shown["state"] == expected, shown
    assert "2026-12-31" in shown["message"]
    assert len(records(office, resource)) == 10
    assert len(records(office, resource, q="Altstadt")) == 2


def test_append_names_the_columns_that_do_not_fit(office, published):
    from ckanext.ierwohnen.tables import publish

    resource = published()
    other = upload(NEXT_YEAR.replace("Wohnungen", "Haushalte"))
    job = office.call("ierwohnen_table_publish", resource_id=resource["id"], upload=other, mode="append")["job"]
    publish.run(job)
    shown = office.call("ierwohnen_job_show", id=job)
    assert shown["state"] == "failed"
    assert "Wohnungen" in shown["message"] and "Haushalte" in shown["message"]
    assert len(records(office, resource)) == 5


def test_errors_are_refused_and_the_last_good_version_stays(office, published):
    resource = published()
    broken = NEXT_YEAR.replace("1.901", "kaputt")
    with pytest.raises(tk.ValidationError) as error:
        office.call("ierwohnen_table_publish", resource_id=resource["id"], upload=upload(broken))
    assert "6" in str(error.value.error_dict["table"]) and "kaputt" in str(error.value.error_dict["table"])
    assert float(records(office, resource, filters={"Nr": "11"})[0]["Wohnungen"]) == 1894


def test_an_unreadable_delivery_is_not_even_kept(office, published):
    from ckanext.ierwohnen.tables.model import Delivery

    resource = published()
    with pytest.raises(tk.ValidationError):
        office.call("ierwohnen_delivery_create", resource_id=resource["id"], upload=upload(b"%PDF-1.7"))
    assert Delivery.open_for(resource["id"]) is None


def test_wide_tables_are_published_as_they_are(office, published):
    resource = published(WIDE, "haushalte.csv")
    assert len(records(office, resource)) == 3


def test_only_those_who_may_change_the_dataset_publish(office):
    resource = office.resource()
    for who in ("member", "stranger"):
        with pytest.raises(tk.NotAuthorized):
            office.call("ierwohnen_table_publish", who, resource_id=resource["id"])
        with pytest.raises(tk.NotAuthorized):
            office.call("ierwohnen_delivery_create", who, resource_id=resource["id"], upload=upload(LONG))


def test_a_private_dataset_stays_private(office, published):
    resource = published()
    office.call("package_patch", id=office.dataset["id"], private=True)
    for who in ("stranger",):
        with pytest.raises(tk.NotAuthorized):
            office.call("datastore_search", who, resource_id=resource["id"])
    assert len(office.call("datastore_search", "member", resource_id=resource["id"])["records"]) == 5
