"""Large files are checked by a job with progress; the page waits for it. Too large ones are refused in words."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories

from .conftest import LONG, upload

ROWS = 70_000


@pytest.fixture
def large(office):
    """A resource with a file of 70,000 rows, about 2.4 MB."""
    rows = "".join(f"{number:06d};Block {number:06d};31.12.2025;{number % 900}\n" for number in range(ROWS))
    return office.resource("Nr;Block;Stichtag;Wohnungen\n" + rows, "bloecke.csv")


def check(office, resource, **more):
    return office.call("ierwohnen_table_check", resource_id=resource["id"], background=True, show="extract", **more)


def run(app, job):
    """What the job worker does, which has the application about it."""
    from ckanext.ierwohnen.tables import background_check

    with app.flask_app.app_context():
        background_check.run(job)


def test_a_large_file_is_checked_by_a_job_and_the_check_is_found_again(office, large, app):
    job = check(office, large)["job"]
    assert office.call("ierwohnen_job_show", id=job)["state"] == "waiting"
    assert check(office, large)["job"] == job, "asked again, the same work goes on"
    run(app, job)
    shown = office.call("ierwohnen_job_show", id=job)
    assert shown["state"] == "done" and shown["total"] == pytest.approx(ROWS, abs=5)
    found = check(office, large)
    assert found["row_count"] == ROWS and found["version"] == 0
    other = check(office, large, roles=[{"column": "Wohnungen", "role": "unused"}])["job"]
    assert other != job, "another choice is another check"
    with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
        office.call("ierwohnen_job_show", id=job)  # nobody waits for it any longer


def test_two_who_look_at_the_same_time_wait_for_their_own(office, large):
    first = check(office, large)["job"]
    second = office.call("ierwohnen_table_check", resource_id=large["id"], background=True, show="problems")["job"]
    assert first != second and check(office, large)["job"] == first


def test_a_check_is_in_nobodys_way(office, large):
    check(office, large)
    assert office.call("ierwohnen_table_publish", resource_id=large["id"])["job"]


def test_a_small_file_is_checked_at_once(office):
    assert check(office, office.resource())["row_count"] == 5


def test_the_page_shows_how_far_the_check_is_and_then_the_check(office, large, app):
    token = {"Authorization": factories.APIToken(user=office.editor["name"])["token"]}
    address = f"/de/dataset/{office.dataset['name']}/resource/{large['id']}/check"
    page = app.get(address, headers=token).body
    assert "hx-get" in page and 'http-equiv="refresh"' in page, "renewed with and without JavaScript"
    from ckan import model

    from ckanext.ierwohnen.tables.model import Job

    job = model.Session.query(Job).filter_by(resource_id=large["id"], kind="check").one()
    run(app, job.id)
    page = app.get(address, headers=token).body
    assert "70.000" in page.replace("\u202f", ".").replace("&#8239;", ".") and "Veröffentlichen" in page


def test_a_file_above_the_limit_is_refused_on_the_page_with_the_limit(office, app, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckan.max_resource_size", 1)
    token = {"Authorization": factories.APIToken(user=office.editor["name"])["token"]}
    resource = office.resource()
    file = upload(LONG + "13;Bahnhofsvorstadt;31.12.2025;1.924;7,9\n" * 40_000)
    answer = app.post(
        f"/de/dataset/{office.dataset['name']}/resource/{resource['id']}/delivery",
        data={"upload": (file.stream, "zu_gross.csv")}, content_type="multipart/form-data", headers=token,
    )  # fmt: skip
    assert "größer als 1 MB" in answer.body and "Höchstens 1 MB" in answer.body
    assert office.call("ierwohnen_table_check", resource_id=resource["id"])["delivery"] is None
