"""Jobs: seen by those who may, kept in the database, run again when their worker was killed."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from .conftest import NEXT_YEAR, upload


def start(office, resource, **parameters):
    return office.call("ierwohnen_table_publish", resource_id=resource["id"], **parameters)["job"]


def test_waiting_running_done(office):
    from ckanext.ierwohnen.tables import publish

    resource = office.resource()
    job = start(office, resource)
    assert office.call("ierwohnen_job_show", id=job)["state"] == "waiting"
    publish.run(job)
    shown = office.call("ierwohnen_job_show", id=job)
    assert (shown["state"], shown["step"]) == ("done", "done")
    assert shown["result"]["rows"] == 5 and "5" in shown["message"]


def test_a_foreign_job_looks_like_none(office):
    job = start(office, office.resource())
    for who in ("member", "stranger"):
        messages = set()
        for job_id in (job, "0" * 36):
            with pytest.raises(tk.NotAuthorized) as error:
                office.call("ierwohnen_job_show", who, id=job_id)
            messages.add(str(error.value))
        assert len(messages) == 1


def test_a_second_publication_of_the_same_table_waits(office):
    resource = office.resource()
    start(office, resource)
    with pytest.raises(tk.ValidationError) as error:
        start(office, resource)
    assert "resource_id" in error.value.error_dict


def test_a_lost_queue_does_not_block_the_table(office):
    from ckan.lib.redis import connect_to_redis

    from ckanext.ierwohnen.tables import publish

    resource = office.resource()
    lost = start(office, resource)
    connect_to_redis().flushdb()
    job = start(office, resource)
    publish.run(job)
    assert office.call("ierwohnen_job_show", id=lost)["state"] == "failed"
    assert office.call("ierwohnen_job_show", id=job)["state"] == "done"


def test_a_job_whose_worker_is_dead_does_not_block_the_table(office):
    """The queue itself would find that only minutes later."""
    from ckan import model

    from ckanext.ierwohnen.tables import publish
    from ckanext.ierwohnen.tables.model import Job

    resource = office.resource()
    dead = start(office, resource)
    tk.job_from_id(dead).set_status("started")
    with pytest.raises(tk.ValidationError):  # it may be about to begin
        start(office, resource)
    model.Session.query(Job).filter_by(id=dead).update({"state": "running"})
    model.Session.commit()
    job = start(office, resource)
    publish.run(dead)
    assert office.call("ierwohnen_job_show", id=dead)["state"] == "failed"
    publish.run(job)
    assert office.call("ierwohnen_job_show", id=job)["state"] == "done"


def test_running_a_done_job_again_changes_nothing(office):
    from ckanext.ierwohnen.tables import publish

    resource = office.resource()
    publish.run(start(office, resource))
    job = start(office, resource, upload=upload(NEXT_YEAR), mode="append")
    publish.run(job)
    publish.run(job)
    assert office.call("datastore_search", resource_id=resource["id"])["total"] == 10


def test_a_job_killed_after_the_swap_is_only_finished(office, monkeypatch):
    """An appended year is not added twice when the job runs again."""
    from ckanext.ierwohnen.tables import publish, switching

    resource = office.resource()
    publish.run(start(office, resource))
    job = start(office, resource, upload=upload(NEXT_YEAR), mode="append")

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(switching, "follow", die)
        with pytest.raises(Killed):
            publish.run(job)
    assert office.call("ierwohnen_job_show", id=job)["state"] == "interrupted"
    publish.run(job)
    assert office.call("ierwohnen_job_show", id=job)["state"] == "done"
    assert office.call("datastore_search", resource_id=resource["id"])["total"] == 10


def test_a_real_worker_takes_the_job(office):
    from ckan.lib.jobs import Worker

    resource = office.resource()
    job = start(office, resource)
    Worker().work(burst=True)
    assert office.call("ierwohnen_job_show", id=job)["state"] == "done"
    assert office.call("datastore_search", resource_id=resource["id"])["total"] == 5
