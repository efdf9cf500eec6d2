"""Every example of docs/actions.md runs against a served portal with the demonstration city."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
import requests

PAGE = Path(__file__).parent.parent / "docs" / "actions.md"
EXAMPLE = re.compile(r"^(GET|POST) +(ierwohnen_\w+)(?:\?(\S+))?(?: +as (\w+))?(?:, (\{.*\}))?$", re.M)
EXAMPLES = [match.groups() for match in EXAMPLE.finditer(PAGE.read_text("utf-8"))]
ACTIONS = set(re.findall(r"^\| `(ierwohnen_\w+)` \|", PAGE.read_text("utf-8"), re.M))
# What the last word of an action's name tells: it reads.
READS = (
    "list", "show", "figures", "unmatched", "geometry", "export", "recognise", "values", "alerts", "profile",
    "sensitivity", "suggest",
)  # fmt: skip


def call(portal: Any, method: str, action: str, query: str | None, role: str | None, body: dict | None) -> Any:
    headers = {"Authorization": portal.accounts[role]["token"]} if role else {}
    url = f"{portal.url}/api/3/action/{action}" + (f"?{query}" if query else "")
    answer = requests.request(method, url, json=body, headers=headers, timeout=60)
    assert answer.ok, answer.text[:500]
    return answer.json()["result"]


@pytest.fixture(scope="module")
def resource(live_portal: Any) -> str:
    package = call(live_portal, "GET", "package_show", "id=haushalte-stadtteile", None, None)
    return package["resources"][0]["id"]


def test_there_are_examples():
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e[0] == "GET" and not e[3]], ids=lambda e: e[1])
def test_reading_examples_answer(live_portal: Any, resource: str, example: tuple):
    method, action, query, _, _ = example
    query = query.replace("RESOURCE", resource) if query else query
    assert call(live_portal, method, action, query, None, None)


def test_a_table_is_checked_published_and_restored_by_action(live_portal: Any, resource: str):
    job = None
    before = call(live_portal, "GET", "ierwohnen_version_list", f"resource_id={resource}", None, None)["count"]
    for method, action, query, role, body in [e for e in EXAMPLES if e[3]]:
        data = json.loads(body.replace("RESOURCE", resource)) if body else None
        query = query.replace("JOB", job) if query and job else query
        result = call(live_portal, method, action, query, role, data)
        if method == "POST" and isinstance(result, dict) and result.get("job"):
            job = result["job"]
            done(live_portal, job)
    newest, *_ = call(live_portal, "GET", "ierwohnen_version_list", f"resource_id={resource}", None, None)["results"]
    assert (newest["number"], newest["mode"], newest["restored"]) == (before + 2, "restore", 1)


def test_get_reads_but_where_the_page_says_post(live_portal: Any):
    paragraph = re.search(r"^By POST only.*?\n\n", PAGE.read_text("utf-8"), re.S | re.M)
    told = set(re.findall(r"`(ierwohnen_\w+)`", paragraph[0])) if paragraph else set()
    answers = {one: requests.get(f"{live_portal.url}/api/3/action/{one}", timeout=60) for one in sorted(ACTIONS)}
    refused = {one for one, answer in answers.items() if answer.status_code == 400 and "use POST" in answer.text}
    reading = {one for one in ACTIONS if one.endswith(READS)}
    assert len(ACTIONS) > 40 and len(refused - reading) > 15
    assert refused & reading == told


def done(portal: Any, job: str) -> None:
    """Wait until a job is done."""
    for _ in range(480):
        state = call(portal, "GET", "ierwohnen_job_show", f"id={job}", "publisher", None)
        if state["state"] in ("done", "failed"):
            break
        time.sleep(0.25)
    assert state["state"] == "done", state


def test_the_values_are_the_published_ones(live_portal: Any):
    query = "code=vacancy_rate&level=quarter&period=2025-12-31"
    rows = call(live_portal, "GET", "ierwohnen_indicator_values", query, None, None)["results"]
    by_unit = {row["unit"]: row["figure"] for row in rows}
    assert by_unit["42"]["value"] == pytest.approx(14.4, abs=0.05) and by_unit["42"]["status"] == "ok"
    assert by_unit["34"]["value"] is None and by_unit["34"]["status"] == "secret"
