"""Published states: listed, looked at, compared, restored, removed; seen by those who see the dataset now."""

from __future__ import annotations

import hashlib
from threading import Barrier, Thread

import ckan.plugins.toolkit as tk
import pytest

from .conftest import KEY, LONG, NEXT_YEAR, upload


def publish_next(office, resource, text=NEXT_YEAR, filename="neu.csv", **parameters):
    from ckanext.ierwohnen.tables import publish

    given = {"roles": [KEY], **parameters}
    file = upload(text, filename)
    job = office.call("ierwohnen_table_publish", resource_id=resource["id"], upload=file, **given)["job"]
    publish.run(job)
    shown = office.call("ierwohnen_job_show", id=job)
    assert shown["state"] == "done", shown
    return shown


def restore(office, resource, number):
    from ckanext.ierwohnen.tables import restoring

    job = office.call("ierwohnen_version_restore", resource_id=resource["id"], version=number)["job"]
    restoring.run(job)
    shown = office.call("ierwohnen_job_show", id=job)
    assert shown["state"] == "done", shown


def listed(office, resource, who="editor"):
    return office.call("ierwohnen_version_list", who, resource_id=resource["id"])["results"]


def texts(version):
    return [one["text"] for one in version["differences"]]


def content(office, resource):
    """Rows, data dictionary and file as readers have them now."""
    from ckan.lib import uploader

    rows = office.call("datastore_search", resource_id=resource["id"], sort="_id")["records"]
    fields = office.call("datastore_info", id=resource["id"])["fields"]
    shown = office.call("resource_show", id=resource["id"])
    path = uploader.get_resource_uploader(dict(shown)).get_path(resource["id"])
    with open(path, "rb") as file:
        return rows, fields, shown["url"], shown["format"], file.read()


def test_each_publication_is_a_version_with_what_changed(office, published):
    resource = published()
    publish_next(office, resource)
    new, old = listed(office, resource)
    assert (new["number"], new["current"], old["number"], old["current"]) == (2, True, 1, False)
    assert new["filename"] == "neu.csv" and new["user"] == office.editor["fullname"]
    assert new["checksum"] == hashlib.sha256(NEXT_YEAR.encode("cp1252")).hexdigest()
    assert texts(old) == ["Erster veröffentlichter Stand: 5 Zeilen."]
    assert texts(new) == ["Neu: 31.12.2026.", "Nicht mehr enthalten: 31.12.2025."]


def test_metadata_that_were_read_just_before_a_publication_ended_show_its_state(office, published):
    """A reader may have a resource in hand, read with its dataset or before it, while the metadata are committed.

    The state may not be noted as published yet: its worker may have been killed just then.
    """
    from ckan import model

    from ckanext.ierwohnen.tables import presenting, versions

    resource = published()
    in_hand = office.call("package_show", id=resource["package_id"])
    publish_next(office, resource)
    now = office.call("package_show", id=resource["package_id"])
    told = [now["resources"][0][name] for name in ("url", "size", "mimetype", "format")]
    assert in_hand["resources"][0]["url"] != told[0]
    mixed = now | {"resources": [dict(one) for one in in_hand["resources"]]}
    killed = now | {"resources": [dict(one) for one in in_hand["resources"]]}
    for read in (in_hand, mixed):
        presenting.show([read])
        assert [read["resources"][0][name] for name in ("url", "size", "mimetype", "format")] == told
    assert presenting._late([now]) == []  # what is read from now on needs no second look
    versions.current(resource["id"]).state = versions.PREPARED
    model.Session.commit()
    presenting.show([killed])
    assert [killed["resources"][0][name] for name in ("url", "size", "mimetype", "format")] == told


def test_a_repair_is_recorded_with_its_version(office, published):
    repair = {"action": "keep", "row": 6, "column": "Wohnungen", "note": "geprüft"}
    (version,) = listed(office, published(repairs=[repair]))
    assert version["repairs"][0]["note"] == "geprüft"


def test_the_check_says_what_would_change(office, published):
    resource = published()
    without = NEXT_YEAR.replace("13;Bahnhofsvorstadt;31.12.2026;1.924;7,9\n", "")
    office.call("ierwohnen_delivery_create", resource_id=resource["id"], upload=upload(without))
    check = office.call("ierwohnen_table_check", resource_id=resource["id"], roles=[KEY])
    assert check["since"]["number"] == 1
    assert {"about": "units", "text": "Eine Einheit fehlt: Bahnhofsvorstadt (13)."} in check["differences"]


def test_before_the_first_publication_nothing_is_compared(office):
    check = office.call("ierwohnen_table_check", resource_id=office.resource()["id"])
    assert check["since"] is None and check["differences"] is None


def test_an_earlier_state_is_looked_at_as_it_was(office, published):
    resource = published()
    publish_next(office, resource)
    shown = office.call("ierwohnen_version_show", resource_id=resource["id"], version=1, limit=2)
    assert len(shown["records"]) == 2 and shown["rows"] == 5 and not shown["current"]
    assert shown["records"][1]["Stichtag"] == "2025-12-31" and shown["records"][1]["Wohnungen"] == "1894"
    assert {column["id"]: column.get("iw_role") for column in shown["columns"]}["Nr"] == "key"
    with pytest.raises(tk.ObjectNotFound):
        office.call("ierwohnen_version_show", resource_id=resource["id"], version=7)


def test_restoring_brings_rows_dictionary_and_file_back_as_a_new_version(office, published):
    resource = published()
    before = content(office, resource)
    publish_next(office, resource, NEXT_YEAR.replace("Wohnungen", "Wohneinheiten"))
    between = content(office, resource)
    assert between != before
    restore(office, resource, 1)
    after = content(office, resource)
    for name, was, now in zip(("rows", "fields", "url", "format", "file"), before, after, strict=True):
        assert was == now, name
    restored, _, _ = listed(office, resource)
    assert (restored["number"], restored["mode"], restored["restored"]) == (3, "restore", 1)
    assert [row["Nr"] for row in office.call("datastore_search", resource_id=resource["id"], q="Altstadt")["records"]]
    restore(office, resource, 2)  # nothing is lost
    assert content(office, resource) == between


def test_an_appended_state_is_restored_with_the_file_it_had(office, published):
    resource = published()
    publish_next(office, resource, mode="append")
    appended = content(office, resource)
    publish_next(office, resource, LONG.replace("10,9", "11,9"), "ganz-neu.csv")
    restore(office, resource, 2)
    assert content(office, resource) == appended
    assert len(appended[0]) == 10 and appended[2].endswith("leerstand.csv")


def test_the_present_version_is_not_restored(office, published):
    with pytest.raises(tk.ValidationError):
        office.call("ierwohnen_version_restore", resource_id=published()["id"], version=1)


def test_only_those_who_may_change_the_dataset_restore(office, published):
    resource = published()
    publish_next(office, resource)
    for who in ("member", "stranger"):
        with pytest.raises(tk.NotAuthorized):
            office.call("ierwohnen_version_restore", who, resource_id=resource["id"], version=1)
        assert "user" not in listed(office, resource, who)[0]


def test_the_states_of_a_private_dataset_are_as_private(office, published, app):
    resource = published()
    office.call("package_patch", id=office.dataset["id"], private=True)
    assert len(listed(office, resource, "member")) == 1
    for action in ("list", "show", "restore"):
        with pytest.raises(tk.ObjectNotFound):
            office.call(f"ierwohnen_version_{action}", "stranger", resource_id=resource["id"], version=1)
    place = f"/dataset/{office.dataset['name']}/resource/{resource['id']}/versions"
    for page in ("", "/1", "/1/file", "/1/rows.csv"):
        assert app.get(place + page, status=404)


def test_pages_and_downloads_of_an_earlier_state(office, published, app):
    resource = published()
    publish_next(office, resource)
    place = f"/dataset/{office.dataset['name']}/resource/{resource['id']}/versions"
    listing = app.get(place).body
    assert "Stand 2" in listing and "Stand 1" in listing and "Neu: 31.12.2026." in listing
    assert "wiederherstellen" not in listing and office.editor["fullname"] not in listing
    page = app.get(f"{place}/1").body
    assert "Früherer Stand" in page and "Altstadt" in page and "geschützt" in page
    file = app.get(f"{place}/1/file")
    assert file.data == LONG.encode("cp1252") and file.headers["Content-Disposition"].startswith("attachment")
    rows = app.get(f"{place}/1/rows.csv")
    assert rows.body.splitlines()[0].startswith("Nr,Stadtteil,Stichtag,Wohnungen")
    assert "11,Altstadt,2025-12-31,1894,10.9" in rows.body
    for reply in (file, rows):
        assert "no-store" in reply.headers["Cache-Control"] and reply.headers["X-Content-Type-Options"] == "nosniff"
    assert app.get(f"{place}/9", status=404)


@pytest.mark.ckan_config("ierwohnen.tables.kept_versions", 2)
def test_beyond_the_number_that_is_kept_the_list_stays_and_the_rows_go(office, published):
    from ckanext.ierwohnen.tables import versions

    resource = published()
    publish_next(office, resource, mode="append")
    publish_next(office, resource, LONG.replace("10,9", "11,9"), "drei.csv")
    assert [version["kept"] for version in listed(office, resource)] == [True, True, False]
    first = versions.numbered(resource["id"], 1)
    assert not versions.rows_path(first).exists()
    assert versions.file_path(first).exists()  # still the file of the appended state
    publish_next(office, resource, LONG.replace("10,9", "12,9"), "vier.csv")
    assert len(list((versions.root() / resource["id"]).iterdir())) == 2
    with pytest.raises(tk.ValidationError):
        office.call("ierwohnen_version_restore", resource_id=resource["id"], version=1)


def test_a_refused_file_makes_no_version(office, published):
    from ckanext.ierwohnen.tables import publish, versions

    resource = published()
    for _ in range(2):
        office.call("ierwohnen_delivery_create", resource_id=resource["id"], upload=upload(NEXT_YEAR))
        job = office.call("ierwohnen_table_publish", resource_id=resource["id"], mode="append")["job"]
        publish.run(job)
    assert [version["number"] for version in listed(office, resource)] == [2, 1]
    assert len(list((versions.root() / resource["id"]).iterdir())) == 2


def test_a_dataset_that_ckan_would_not_take_is_refused_before_anything_changes(office, published):
    from ckan import model

    from ckanext.ierwohnen.tables import publish
    from ckanext.ierwohnen.tables.model import now

    resource = published()
    dataset = model.Package.get(office.dataset["id"])
    dataset.type, dataset.notes, dataset.metadata_modified = "indicator-data", "", now()  # this type needs notes
    model.Session.commit()
    job = office.call("ierwohnen_table_publish", resource_id=resource["id"], upload=upload(NEXT_YEAR))["job"]
    publish.run(job)
    shown = office.call("ierwohnen_job_show", id=job)
    assert shown["state"] == "failed" and "own details" in shown["message"], shown
    rows = office.call("datastore_search", resource_id=resource["id"])["records"]
    assert {row["Stichtag"] for row in rows} == {"2025-12-31"}
    assert len(listed(office, resource)) == 1


def test_of_two_people_who_publish_at_once_one_is_told_to_wait(office):
    from ckan import model

    resource = office.resource()
    start, told = Barrier(2), []

    def person() -> None:
        start.wait()
        try:
            told.append(office.call("ierwohnen_table_publish", resource_id=resource["id"], roles=[KEY])["job"])
        except tk.ValidationError as error:
            told.append(error.error_dict["resource_id"][0])
        finally:
            model.Session.remove()

    people = [Thread(target=person) for _ in range(2)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(len(text) == 36 for text in told) == [False, True]
    assert any("Another publication" in text for text in told), told  # outside a request in the source's language


def test_what_somebody_else_published_or_delivered_meanwhile_is_not_overwritten_unseen(office, published):
    resource = published()
    mine = office.call("ierwohnen_delivery_create", resource_id=resource["id"], upload=upload(NEXT_YEAR))["id"]
    office.call("ierwohnen_delivery_create", resource_id=resource["id"], upload=upload(LONG, "andere.csv"))
    with pytest.raises(tk.ValidationError) as error:
        office.call("ierwohnen_table_publish", resource_id=resource["id"], delivery=mine, version=1)
    assert "delivery" in error.value.error_dict
    publish_next(office, resource)
    with pytest.raises(tk.ValidationError) as error:
        office.call("ierwohnen_table_publish", resource_id=resource["id"], delivery="", version=1)
    assert "2" in error.value.error_dict["version"][0]


def test_rows_of_an_earlier_state_follow_the_rules_of_downloads(office, published, app):
    """No text becomes a formula; no number stands beside a sign that hides it; the newest state is the download."""
    attack = LONG.replace("Altstadt", "=cmd|' /C calc'!A0")
    resource = published(attack)
    place = f"/dataset/{office.dataset['name']}/resource/{resource['id']}/versions"
    rows = app.get(f"{place}/1/rows.csv")
    assert "11,'=cmd|' /C calc'!A0,2025-12-31,1894,10.9," in rows.body
    assert "\n=" not in rows.body and ",=" not in rows.body
    assert "12,Schlossvorstadt,2025-12-31,1402,,secret" in rows.body
    assert rows.data == app.get(f"/ierwohnen/tables/{resource['id']}/x.csv").data
