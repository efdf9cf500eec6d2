"""What lies in the protected store is nowhere else, whoever looks: one served portal, every role, every path.

A company's stock and a release for one organization are planted; then everybody asks for everything, the figures are
withdrawn and deleted, and all that a portal keeps outside of the store is searched for them.
"""

from __future__ import annotations

import random
import re
import statistics
import time
import uuid

import canary
import pytest
import touring
from touring import Visitor

INSIDE = {"company_analyst_2", "company_approver_2"}
AUDIENCE = INSIDE | {"planner"}
TOURING = (None, "planner", "company_analyst_1", "sysadmin", "company_analyst_2")
# Each must hold something known, or nothing was looked at. What: by the beginning of a place's name.
KNOWN = {
    "database ckan": b"wohnungsleerstand-stadtteile", "database datastore": b"Eichgrund",
    "search select": b"wohnungsleerstand-stadtteile", "search admin/luke": b"wohnungsleerstand",
    "queue": b"rq:", "file": b"Eichgrund", "log live-web": b"ckan",
    "log live-jobs": b"ckan", "database server's log": b"PostgreSQL",
}  # fmt: skip
NOT_FOLLOWED = re.compile(r"_logout|/delete|/datastore/dump|/download|/file$|/ierwohnen/(figure|boundaries)")


@pytest.fixture(scope="module")
def planted(live_portal):
    assert not live_portal.city_problem
    return canary.plant(live_portal)


@pytest.fixture(scope="module")
def visitors(live_portal):
    """One for each role; what they hear is looked through at the end."""
    return {role: Visitor(live_portal, role) for role in touring.ROLES}


def strange() -> dict[str, str]:
    """Names of a release that there is not."""
    release = str(uuid.uuid4())
    number = f"F-{time.gmtime().tm_year}-{''.join(random.choices('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', k=6))}"
    return {"id": release, "number": number, "name": f"freigabe-{number.lower()}"}


def hidden_from(role, live_portal):
    """The names of the demonstration's and the planted releases of which somebody with a role knows nothing."""
    seen = {one["id"] for one in live_portal.call("ierwohnen_release_list", role=role)["results"]}
    found = {}
    for owner in ("company_analyst_1", "company_analyst_2"):
        for one in live_portal.call("ierwohnen_release_list", role=owner)["results"]:
            if one["id"] not in seen:
                names = {"id": one["id"], "number": one["number"], "name": f"freigabe-{one['number'].lower()}"}
                found[one["state"], one["audience"]["kind"]] = names
    return found


def test_what_one_may_not_know_is_not_there(live_portal, planted, visitors):
    """By every path that could tell: the same answer as for a release that does not exist, never a refusal."""
    wrong = []
    for role, visitor in visitors.items():
        hidden, other = hidden_from(role, live_portal), strange()
        assert hidden or role in INSIDE
        expected = {path: visitor.told(path, other) for path in touring.OF_RELEASE}
        # The planted one, if it is hidden, or one in another state: the code is the same for all.
        names = next((n for n in hidden.values() if n["id"] == planted.release), next(iter(hidden.values()), other))
        for path in touring.OF_RELEASE:
            if (told := visitor.told(path, names)) != expected[path]:
                wrong.append(f"{role}: {path}: {told.status} {told.text[:80]!r}, not {expected[path].status}")
    assert not wrong, "\n".join(wrong)


def test_what_is_for_everybody_has_its_rdf(live_portal, visitors):
    """The paths by which hidden ones are asked for lead somewhere: a public release answers on them."""
    released = live_portal.call("ierwohnen_release_list")["results"]
    one = next(one for one in released if one["audience"]["kind"] == "public")
    names = {"id": one["id"], "number": one["number"], "name": f"freigabe-{one['number'].lower()}"}
    rdf = [path for path in touring.OF_RELEASE if re.search(r"\{(id|name)\}\.(rdf|ttl|xml|jsonld)$", path)]
    replies = {path: visitors[None].get(path, **names) for path in rdf if "feeds" not in path}
    assert {"rdf", "ttl", "xml", "jsonld"} == {path.rpartition(".")[2] for path in replies}
    assert all(reply.status_code == 200 and one["title"] in reply.text for reply in replies.values()), {
        path: reply.status_code for path, reply in replies.items()
    }


def test_nobody_takes_a_step_of_others(live_portal, planted, visitors):
    """Whoever may not know it is told that there is none; its audience, that it is not theirs."""
    wrong = []
    for role in [role for role in visitors if role not in INSIDE]:
        for verb in touring.STEPS:
            data = {"organization": canary.COMPANY, "reason": "x"}
            replies = [
                touring.answer(visitors[role].post(f"ierwohnen_release_{verb}", **data, id=asked), {"id": asked})
                for asked in (planted.release, str(uuid.uuid4()))
            ]
            expected = 403 if role in AUDIENCE else 404
            if replies[0].status != expected or (role not in AUDIENCE and replies[0] != replies[1]):
                wrong.append(f"{role} {verb}: {replies}")
    assert not wrong, "\n".join(wrong)
    assert live_portal.call("ierwohnen_release_show", role=canary.ANALYST, id=planted.release)["state"] == "published"


def test_the_time_of_an_answer_tells_nothing(planted, visitors):
    """A hidden release and none take equally long, by turns."""
    taken: dict[str, list[float]] = {"hidden": [], "none": []}
    for turn in range(24):
        for kind in ("hidden", "none") if turn % 2 else ("none", "hidden"):
            asked = planted.release if kind == "hidden" else str(uuid.uuid4())
            began = time.perf_counter()
            visitors["alliance_partner"].post("ierwohnen_release_show", id=asked)
            taken[kind].append(time.perf_counter() - began)
    hidden, none = (statistics.median(sorted(times)[:12]) for times in taken.values())
    assert 0.6 < hidden / none < 1.6, (hidden, none)


def test_planted_values_are_nowhere_outside_the_store(live_portal, planted, visitors):
    """After a tour of everybody; its audience and its owner read the figures, and so do pages of theirs."""
    for role in TOURING:
        tour(visitors[role], planted)
    told = {
        f"{role}: {asked}": found for role, visitor in visitors.items() if role not in AUDIENCE
        for asked, content in visitor.heard.items() if (found := canary.signs_in(content))
    }  # fmt: skip
    assert not told, told
    assert any(canary.signs_in(content) for content in visitors[canary.ANALYST].heard.values())
    canary.pull_up(live_portal, planted)
    assert looked_through() == {}


def test_a_value_outside_of_the_store_would_be_found(live_portal):
    """In a file, a table of each database, the index, the queue and a log: the look into everything sees it."""
    from installer.portal import Portal

    with canary.left_outside(Portal(quiet=True).live) as places:
        found = looked_through()
    assert places <= set(found), places - set(found)
    assert set(found) - places <= {"search admin/luke", "log set-up.log"}


def tour(visitor, planted):
    """Everything that somebody asks for; the owner follows every link as well."""
    names = {**planted.names(), "company": canary.COMPANY}
    for path in touring.PLACES:
        reply = visitor.get(path, **names)
        assert reply.status_code < 500, (visitor.role, path, reply.text[-300:])
    for job in planted.jobs:
        visitor.post("ierwohnen_job_show", id=job)
    visitor.post("package_search", q=f"{canary.WORD[:6]}*")
    visitor.post("ierwohnen_release_list", q=canary.WORD[:6])
    if visitor.role in AUDIENCE:
        visitor.get("/ierwohnen/freigaben/{id}", **names)
    if visitor.role == canary.ANALYST:
        for reply in touring.follow(visitor, ("/", "/ierwohnen/freigaben/", "/dashboard/"), NOT_FOLLOWED):
            assert reply.status_code < 500, reply.url


def looked_through():
    """Where planted values were found."""
    from installer.portal import Portal

    found, known = {}, set()
    for place, content in canary.outside(Portal(quiet=True).live):
        if signs := canary.signs_in(content):
            found[place] = signs
        known |= {name for name, word in KNOWN.items() if place.startswith(name) and word in content}
    assert known == set(KNOWN), f"nothing was found in {set(KNOWN) - known}"
    return found
