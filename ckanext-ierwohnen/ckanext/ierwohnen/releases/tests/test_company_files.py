"""No data file gets into a company's organization but as stock, whichever way; what lies there is named, and stays."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import uploader
from ckan.tests import factories
from ckan.tests.helpers import call_action
from click.testing import CliRunner
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.releases.cli import doctor
from ckanext.ierwohnen.releases.texts import TEXTS
from ckanext.ierwohnen.vault.quiet_jobs import queue_id

from .city import City, by, city
from .stage import ON_CKAN

__all__ = ["city"]
pytestmark = ON_CKAN
LIST = b"Mieter;IBAN;Nettokaltmiete\nAnna Muster;DE89370400440532013000;512,5\n"
LINK = {"name": "x", "url": "https://example.org/x.csv"}
ROW = {"Mieter": "Anna Muster"}
ROWS = [{"WE-Nr": f"W{number}", "Wohnfläche": "50", "Zimmer": "2"} for number in range(3)]


def upload(content: bytes = LIST) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename="Bestand.csv")


def dataset(city: City, owner: str, **more: Any) -> str:
    fields = {"title": "Titel", "notes": "x", "private": False, "owner_org": city.organizations[owner]["id"], **more}
    return by(city, (owner, "editor"), "package_create", name=factories.Dataset.stub().name, **fields)["id"]


def brought(
    own: str, other: str, left: str, company: str, person: str, shelves: dict[str, str]
) -> list[tuple[str, dict[str, Any]]]:  # fmt: skip
    """Each way in which data get into a company's organization.

    :param own: an empty dataset of it
    :param other: one of an office, with a file
    :param left: a file that lies in the company's from earlier, in a private dataset
    :param person: whose a file of CKAN's own store is
    :param shelves: an office's dataset and a private one of the company's that hold such files and no resources
    """
    there, name = model.Resource.get(left).package_id, model.Package.get(own).name
    return [
        ("resource_create", {"package_id": own, "name": "x", "upload": upload()}),
        ("resource_create", {"package_id": own, **LINK}),
        ("package_update", {**call_action("package_show", id=own), "resources": [LINK]}),
        ("package_patch", {"id": own, "resources": [LINK]}),
        ("package_revise", {"match": {"id": own}, "update": {"resources": [LINK]}}),
        ("package_revise", {"match": {"id": own}, "update__resources__extend": [LINK]}),
        ("resource_patch", {"id": left, "url": LINK["url"], "url_type": ""}),
        ("resource_patch", {"id": left, "clear_upload": "true", "url": LINK["url"]}),
        ("resource_patch", {"id": left, "upload": upload(b"a\n1\n")}),
        ("resource_update", {"id": left, "name": "x", "upload": upload(b"a\n1\n")}),
        ("resource_update", {"id": left, **LINK}),
        ("package_patch", {"id": there, "resources": [{"id": left, **LINK}]}),
        ("package_revise", {"match": {"id": there}, "update__resources__0": LINK}),
        ("package_patch", {"id": other, "owner_org": company}),
        ("package_update", {**call_action("package_show", id=other), "owner_org": company}),
        ("package_owner_org_update", {"id": other, "organization_id": company}),
        ("package_revise", {"match": {"id": other}, "update": {"owner_org": company}}),
        ("bulk_update_public", {"org_id": company, "datasets": [there]}),
        ("package_patch", {"id": there, "private": False}),
        ("datastore_create", {"resource": {"package_id": own}, "records": [ROW]}),
        ("datastore_create", {"resource_id": left, "force": True, "records": [ROW]}),
        ("datastore_upsert", {"resource_id": left, "force": True, "method": "insert", "records": [ROW]}),
        *(("file_ownership_transfer", {"id": file(person), "owner_type": kind, "owner_id": owner}) for kind, owner in (
            ("package", own), ("package", there), ("resource", left), ("organization", company), ("package", name),
            ("resource", "alt"))),
        ("package_patch", {"id": shelves["planning"], "owner_org": company}),
        ("package_patch", {"id": shelves["late"], "private": False}),
        ("ierwohnen_table_publish", {"resource_id": left}),
        ("ierwohnen_delivery_create", {"resource_id": left, "upload": upload()}),
    ]  # fmt: skip


def file(person: str = "") -> str:
    """A file of somebody, or of nobody, in CKAN's own store."""
    found = model.File(name="x", location=factories.Dataset.stub().name, storage="default")
    model.Session.add(found)
    if person:
        model.Session.flush()
        model.Session.add(model.FileOwner(file_id=found.id, owner_id=person, owner_type="user"))
    model.Session.commit()
    return found.id


def stored(city: City, kind: str, owner: str) -> dict[str, Any]:
    """A file that was uploaded into CKAN's own store and given to somebody."""
    name = f"mieterliste-{uuid4()}.csv"
    found = by(city, ("boss", "sysadmin"), "file_create", name=name, storage="shelf", upload=upload())
    given = {"id": found["id"], "owner_type": kind, "owner_id": owner}
    return by(city, ("boss", "sysadmin"), "file_ownership_transfer", **given)


def refused(error: Any, text: str = "company-files") -> bool:
    parts = [part for sentence in TEXTS[text] for part in [sentence.partition("{")[0]]]
    return any(part in str(error.value.error_dict) for part in parts)


def test_a_companys_files_come_in_as_stock_only(city):
    own = dataset(city, "big")
    for more in ({"resources": [LINK]}, {"state": "draft"}):
        with pytest.raises(tk.ValidationError) as why:
            dataset(city, "big", **more)
        model.Session.rollback()
        assert refused(why)
    with pytest.raises(tk.NotAuthorized):  # whoever may not write there learns nothing of the company
        by(city, ("rival", "editor"), "resource_create", package_id=own, **LINK)
    assert by(city, ("big", "editor"), "package_patch", id=own, notes="y")["notes"] == "y"
    assert not call_action("package_show", id=own)["resources"]
    other = dataset(city, "planning")
    assert by(city, ("planning", "editor"), "resource_create", package_id=other, name="x", upload=upload())["id"]


@pytest.mark.ckan_config("ckan.files.storage.shelf.type", "ckan:memory")
def test_what_lay_there_before_stays_as_it_is_and_keeps_stock_out(city, ckan_config, monkeypatch):
    """An organization with files that becomes a company: by its first stock, which waits, and by name."""
    editor = city.people["late", "editor"] = factories.User()
    city.organizations["late"] = factories.Organization(users=[{"name": editor["id"], "capacity": "admin"}])
    company = city.organizations["late"]
    own, other, there = dataset(city, "late"), dataset(city, "planning"), dataset(city, "late", private=True)
    by(city, ("planning", "editor"), "resource_create", package_id=other, name="x", upload=upload())
    left = by(city, ("late", "editor"), "resource_create", package_id=there, name="alt", upload=upload())["id"]
    by(city, ("late", "editor"), "datastore_create", resource_id=left, force=True, records=[{"a": "1"}])
    shelves = {"planning": dataset(city, "planning"), "late": dataset(city, "late", title="Regal", private=True)}
    files = [stored(city, *owner) for owner in (
        ("package", shelves["late"]), ("package", model.Package.get(there).name), ("resource", left),
        ("organization", company["id"]))]  # fmt: skip
    strange = stored(city, "package", shelves["planning"])
    stock = {"organization": company["name"], "reference_date": "2025-12-31", "rows": ROWS}
    for action in ("ierwohnen_stock_check", "ierwohnen_stock_load"):
        with pytest.raises(tk.ValidationError) as why:
            by(city, ("late", "editor"), action, **stock, purpose="p")
        assert refused(why, "company-holds") and "Titel (3), Regal (1)" in str(why.value.error_dict)
        assert f"{company['title']} (1)" in str(why.value.error_dict) and "file_delete" in str(why.value.error_dict)
        with pytest.raises(tk.ObjectNotFound):
            by(city, ("rival", "editor"), action, **stock, purpose="p")
    assert not CliRunner().invoke(doctor).output.count("alt")
    monkeypatch.setitem(ckan_config, "ierwohnen.companies", company["name"])
    before = everything(own, other, there, left)
    harvester = {"user": call_action("get_site_user")["name"], "ignore_auth": True}
    for who in (("late", "editor"), ("boss", "sysadmin"), None):
        for action, data in brought(own, other, left, company["id"], editor["id"], shelves):
            # Nobody but the sysadmin and programs may move what is an office's.
            kinds = (tk.ValidationError, tk.NotAuthorized) if who == ("late", "editor") else tk.ValidationError
            with pytest.raises(kinds) as why:
                by(city, who, action, **data) if who else call_action(action, dict(harvester), **data)
            model.Session.rollback()
            assert why.type is tk.NotAuthorized or refused(why), (who, action, data, why.value)
            theirs = data.get("id", data.get("match", {}).get("id")) in (other, shelves["planning"])
            assert why.type is tk.ValidationError or theirs
    model.Session.add(model.Resource(package_id=own, url="https://example.org"))
    with pytest.raises(tk.ValidationError):
        model.Session.commit()
    assert everything(own, other, there, left) == before
    told = CliRunner().invoke(doctor)
    assert told.exit_code == 1 and left in told.output and company["title"] in told.output and other not in told.output
    assert all(told.output.count(f"{one['name']} ({one['id']})") == 2 for one in files)
    assert strange["id"] not in told.output
    with pytest.raises(tk.ValidationError) as why:
        by(city, ("boss", "sysadmin"), "organization_patch", id=company["id"], name="ein-anderer-name")
    assert refused(why, "company-name")

    described = by(city, ("late", "editor"), "resource_patch", id=left, description="bis 2024")
    assert described["description"] == "bis 2024", "what lies there may be described"
    for one in files:
        who = ("boss", "sysadmin") if one["owner_type"] == "organization" else ("late", "editor")
        by(city, who, "file_delete", id=one["id"])
    assert "mieterliste" not in CliRunner().invoke(doctor).output
    by(city, ("late", "editor"), "package_delete", id=there)
    for who in (("late", "editor"), ("boss", "sysadmin")):
        with pytest.raises(tk.ValidationError) as why:
            by(city, who, "package_patch", id=there, state="active")
        model.Session.rollback()
        assert refused(why)
    assert left in CliRunner().invoke(doctor).output, "a deleted dataset keeps its files until it is purged"
    by(city, ("boss", "sysadmin"), "dataset_purge", id=there)
    clean = CliRunner().invoke(doctor)
    assert "keine Dateien" in clean.output and left not in clean.output
    assert by(city, ("late", "editor"), "ierwohnen_stock_check", **stock)["rows"] == len(ROWS)


def test_from_the_order_of_a_first_stock_on_no_file_comes_in(city, reset_queues):
    editor = city.people["late", "editor"] = factories.User()
    city.organizations["late"] = factories.Organization(users=[{"name": editor["id"], "capacity": "admin"}])
    own = dataset(city, "late")
    stock = {"organization": city.organizations["late"]["name"], "reference_date": "2025-12-31"}
    by(city, ("late", "editor"), "ierwohnen_stock_check", **stock, rows=ROWS, keep=True)
    link = by(city, ("late", "editor"), "resource_create", package_id=own, **LINK)["id"]  # one only waits
    by(city, ("late", "editor"), "resource_delete", id=link)
    job = by(city, ("late", "editor"), "ierwohnen_stock_load", **stock, rows=ROWS, purpose="p")["job"]
    for data in ({"upload": upload(), "name": "x"}, LINK):
        with pytest.raises(tk.ValidationError) as why:
            by(city, ("late", "editor"), "resource_create", package_id=own, **data)
        model.Session.rollback()
        assert refused(why, "company-loading")
    tk.job_from_id(queue_id(job)).delete()  # it never ran
    link = by(city, ("late", "editor"), "resource_create", package_id=own, **LINK)["id"]
    by(city, ("late", "editor"), "resource_delete", id=link)
    job = by(city, ("late", "editor"), "ierwohnen_stock_load", **stock, rows=ROWS, purpose="p")["job"]
    tk.job_from_id(queue_id(job)).perform()
    with pytest.raises(tk.ValidationError) as why:
        by(city, ("late", "editor"), "resource_create", package_id=own, **LINK)
    model.Session.rollback()
    assert refused(why)


def test_a_company_does_not_end_before_its_stock_and_releases_do(city):
    company = city.organizations["lone"]
    for who, action, data in (
        (("boss", "sysadmin"), "organization_delete", {}), (("boss", "sysadmin"), "organization_purge", {}),
        (("lone", "admin"), "organization_patch", {"state": "deleted"}),
        (("boss", "sysadmin"), "organization_patch", {"state": "deleted"}),
    ):  # fmt: skip
        with pytest.raises((tk.NotAuthorized, tk.ValidationError)) as why:
            by(city, who, action, id=company["id"], **data)
        model.Session.rollback()
        told = f"{why.value} {getattr(why.value, 'error_dict', '')}"
        assert any(text in told for text in TEXTS["company-end"]), action
        assert model.Group.get(company["id"]).state == "active"
    assert by(city, ("lone", "admin"), "ierwohnen_stock_list", organization=company["id"]), "its members are members"
    empty = factories.Organization()
    by(city, ("boss", "sysadmin"), "organization_delete", id=empty["id"])
    by(city, ("boss", "sysadmin"), "organization_purge", id=empty["id"])
    assert model.Group.get(empty["id"]) is None


def everything(own: str, other: str, there: str, left: str) -> list[Any]:
    model.Session.expire_all()
    shown = [call_action("package_show", id=one) for one in (own, other, there)]
    with open(uploader.get_resource_uploader({"id": left}).get_path(left), "rb") as file:
        content = file.read()
    return [*shown, call_action("datastore_search", resource_id=left)["records"], content]
