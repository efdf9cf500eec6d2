"""Replies of the really served portal keep uploaded files from acting as pages, and token replies out of caches."""

from __future__ import annotations

import pytest
import requests
from flask import Flask, request

SCRIPT = b"<!doctype html><title>x</title><script>document.title = 'taken over'</script>"


@pytest.fixture(scope="module")
def uploaded(live_portal):
    """The address of an HTML file that an administrator uploaded into a dataset."""
    token = {"Authorization": live_portal.accounts["sysadmin"]["token"]}
    organization = live_portal.call("organization_create", role="sysadmin", name="test-response-headers")
    dataset = live_portal.call(
        "package_create",
        role="sysadmin",
        name="test-response-headers",
        title="Kopfzeilen",
        notes="Probe",
        owner_org=organization["id"],
        license_id="dl-by-de/2.0",
        licenseAttributionByText="Probe",
        publisher=[{"name": "Probe"}],
    )
    reply = requests.post(
        f"{live_portal.url}/api/3/action/resource_create",
        data={"package_id": dataset["id"], "name": "page", "format": "HTML"},
        files={"upload": ("page.html", SCRIPT, "text/html")},
        headers=token,
        timeout=60,
    )
    assert reply.json()["success"], reply.text
    yield reply.json()["result"]["url"]
    live_portal.call("dataset_purge", role="sysadmin", id=dataset["id"])
    live_portal.call("organization_purge", role="sysadmin", id=organization["id"])


def test_an_uploaded_page_is_saved_and_cannot_run(uploaded):
    reply = requests.get(uploaded, timeout=60)
    assert reply.content == SCRIPT
    assert reply.headers["Content-Disposition"].startswith("attachment")
    assert "page.html" in reply.headers["Content-Disposition"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


def test_pages_allow_no_frames_of_others_and_no_foreign_forms(live_portal):
    policy = requests.get(live_portal.url, timeout=60).headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "form-action 'self'" in policy


@pytest.mark.parametrize(
    ("path", "uploaded"),
    [("/uploads/group/x.js", True), ("/./uploads/group/x.js", True), ("//uploads/x.js", True),
     ("/a/../uploads/x.js", True), ("/dataset/uploads/x.js", False), ("/uploads", False)],
)  # fmt: skip
def test_an_upload_is_known_however_its_path_is_written(path, uploaded):
    from ckanext.ierwohnen.portal import response_headers

    with Flask(__name__).test_request_context():
        request.environ["PATH_INFO"] = path
        request.path = path
        assert response_headers.is_file() is uploaded


def test_a_reply_to_a_token_is_private_and_to_nobody_public_as_before(live_portal):
    address = f"{live_portal.url}/api/3/action/package_list"
    token = {"Authorization": live_portal.accounts["sysadmin"]["token"]}
    assert "private" in requests.get(address, headers=token, timeout=60).headers["Cache-Control"]
    assert "public" not in requests.get(address, headers=token, timeout=60).headers["Cache-Control"]


def test_defaults_of_the_portal_are_the_safe_ones(live_portal):
    """What anybody may do over the API without an account: nothing that writes, nothing about people."""
    for action, parameters in (
        ("organization_create", {"name": "from-nowhere"}),
        ("group_create", {"name": "from-nowhere"}),
        ("user_create", {"name": "from-nowhere", "email": "a@example.org", "password": "long enough 1"}),
        ("user_list", {}),
        ("datastore_search_sql", {"sql": "SELECT 1"}),
    ):
        reply = requests.post(f"{live_portal.url}/api/3/action/{action}", json=parameters, timeout=60)
        assert reply.status_code in (400, 403), f"{action}: {reply.status_code} {reply.text[:200]}"
        assert not (isinstance(reply.json(), dict) and reply.json()["success"])
