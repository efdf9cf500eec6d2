"""Large boundary files are loaded by a job: told step by step, killed without harm, seen by editors only."""

from __future__ import annotations

import io
from pathlib import Path

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import helpers
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.places import load_jobs, load_work, store
from ckanext.ierwohnen.places.model import StoredLoad
from ckanext.ierwohnen.places.tests.office import YAML, ask, load


def folder_of(job: str) -> Path:
    return Path(tk.config["ckan.storage_path"]) / "ierwohnen" / "boundaries" / job


@pytest.fixture
def waiting(office, upload):
    """A load that waits for the worker."""
    answer = load(office, upload(), background=True)
    assert answer == {"id": office.name, "stored": False, "job": answer["job"]}
    return answer["job"]


def shown(office, job):
    return ask("ierwohnen_spatial_system_load_show", office.editor["name"], id=job)


def test_the_job_stores_what_loading_at_once_would(office, upload, waiting):
    before = shown(office, waiting)
    assert (before["state"], before["result"]) == ("waiting", None)
    assert store.system_of(office.dataset["id"]) is None
    load_jobs.run(waiting)
    told = shown(office, waiting)
    assert told["state"] == "done"
    assert [(level["code"], level["units"]) for level in told["result"]["levels"]] == [("bezirk", 2), ("quartier", 12)]
    again = load(office, upload())
    lies_at, *others = [one for one in told["result"].pop("findings") if one not in again["findings"]]
    assert lies_at["params"]["city"] == "Potsdam" and not others  # of an office's first boundaries only
    del again["findings"]
    assert told["result"] == again
    assert not folder_of(waiting).exists()


def test_steps_are_told_while_it_works(office, waiting, monkeypatch):
    noted = []
    write = load_jobs._write
    monkeypatch.setattr(load_jobs, "_write", lambda load_id, **values: (noted.append(values), write(load_id, **values)))
    load_jobs.run(waiting)
    assert list(dict.fromkeys(note["step"] for note in noted if "step" in note)) == [
        "reading", "borders", "drawing", "storing"
    ]  # fmt: skip
    assert {"step": "drawing", "done": 2, "total": 3} in noted


def test_running_twice_changes_nothing(office, waiting):
    load_jobs.run(waiting)
    revision = store.system_of(office.dataset["id"]).revision
    load_jobs.run(waiting)
    model.Session.expire_all()
    assert store.system_of(office.dataset["id"]).revision == revision


def test_a_killed_worker_leaves_the_old_system_and_running_again_completes(office, upload, monkeypatch):
    load(office, upload())
    old = store.system_of(office.dataset["id"]).revision
    job = load(office, upload(), description=YAML.replace("2021-01-01", "2022-01-01"), background=True)["job"]

    def killed(*args):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(load_work, "_store", killed)
        with pytest.raises(SystemExit):
            load_jobs.run(job)
    assert shown(office, job)["state"] == "interrupted"
    assert store.system_of(office.dataset["id"]).revision == old
    load_jobs.run(job)
    assert shown(office, job)["state"] == "done"
    model.Session.expire_all()
    assert store.system_of(office.dataset["id"]).boundary_date.year == 2022


def test_what_is_wrong_is_told_as_at_once(office, upload):
    job = load(office, FileStorage(io.BytesIO(b"a;b\n1;2"), "x.csv"), background=True)["job"]
    load_jobs.run(job)
    told = shown(office, job)
    assert (told["state"], told["result"]) == ("failed", None)
    with pytest.raises(tk.ValidationError) as refused:
        load(office, FileStorage(io.BytesIO(b"a;b\n1;2"), "x.csv"))
    assert [finding["message"] for finding in told["findings"]] == refused.value.error_dict["boundaries"]
    assert not folder_of(job).exists()


def test_a_wrong_description_is_told_at_once(office, upload):
    with pytest.raises(tk.ValidationError):
        load(office, upload(), description="title: Ohne Ebenen", background=True)


def test_only_one_at_a_time(office, upload, waiting):
    with pytest.raises(tk.ValidationError):
        load(office, upload(), background=True)


def test_who_lost_the_right_meanwhile_loads_nothing(office, waiting):
    organization = office.organization["id"]
    helpers.call_action("organization_member_delete", {"user": office.admin["name"]}, id=organization,
                        username=office.editor["name"])  # fmt: skip
    try:
        load_jobs.run(waiting)
        assert load_jobs.find(waiting).state == "failed"
        assert store.system_of(office.dataset["id"]) is None
    finally:
        helpers.call_action("organization_member_create", {"user": office.admin["name"]}, id=organization,
                            username=office.editor["name"], role="editor")  # fmt: skip


def test_others_do_not_see_it(office, waiting):
    for user in ("", office.stranger["name"]):
        for job in (waiting, "no-such-job", "with\0zero"):
            with pytest.raises(tk.NotAuthorized):
                ask("ierwohnen_spatial_system_load_show", user, id=job)


def test_purging_the_dataset_takes_the_job_along(office, waiting):
    helpers.call_action("dataset_purge", {"user": office.admin["name"]}, id=office.dataset["id"])
    load_jobs.run(waiting)
    assert model.Session.get(StoredLoad, waiting) is None
    assert not folder_of(waiting).exists()


@pytest.mark.ckan_config("ierwohnen.places.background_mb", "0")
def test_the_size_decides_and_the_page_follows(office, upload, app):
    headers = {"Authorization": office.editor["token"]}
    sent = {"description": YAML, "files": upload(), "check": "1"}
    answer = app.post(f"/ierwohnen/boundaries/{office.name}", headers=headers, data=sent, follow_redirects=False)
    assert answer.status_code == 302
    page = app.get(answer.location, headers=headers)
    assert 'data-state="waiting"' in page.body and 'http-equiv="refresh"' in page.body
    job = answer.location.rsplit("/", 1)[1]
    load_jobs.run(job)
    part = app.get(answer.location, headers={**headers, "HX-Request": "true"}).body
    assert 'data-state="done"' in part and "<html" not in part and "hx-get" not in part
    assert store.system_of(office.dataset["id"]) is None
    form = app.get(f"/ierwohnen/boundaries/{office.name}?load={job}", headers=headers).body
    assert "title: Musterstadt" in form
    app.get(f"/ierwohnen/boundaries/{office.name}?load=%00", headers=headers, status=404)
    app.get(answer.location, status=404)
