"""A city of companies and offices in CKAN, with people of each role, for tests of releases through its actions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest

pytest.importorskip("ckan")

from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.readers import LOADING, reader_named

from .houses import DAY, town
from .stage import batch

SIZES = {"big": 70, "bigger": 80, "lone": 30, **{f"small{n}": 20 + n for n in range(4)}}
OWNERS = [name for name in SIZES if name != "lone"]
CANARY = "Kanarienfreigabe"


@dataclass
class City:
    """Organizations by name, and in each somebody who prepares (editor), approves (admin) and reads (member)."""

    organizations: dict[str, dict[str, Any]]
    people: dict[tuple[str, str], dict[str, Any]]
    day: dt.date = DAY

    def act(self, verb: str, who: tuple[str, str] | None, **data: Any) -> Any:
        context = {"user": self.people[who]["name"] if who else "", "ignore_auth": False}
        return call_action(f"ierwohnen_release_{verb}", context, **data)

    def step(self, verb: str, release: str, name: str, capacity: str = "admin", **data: Any) -> Any:
        return self.act(verb, (name, capacity), id=release, organization=self.organizations[name]["name"], **data)

    def prepare(self, owners: list[str], audience: str = "organizations", **data: Any) -> dict[str, Any]:
        given = {
            "organization": self.organizations[owners[0]]["name"], "title": f"Wohnungen {CANARY}",
            "sources": [self.organizations[o]["name"] for o in owners], "reference_date": self.day.isoformat(),
            "figures": ["dwellings", "vacancy_rate"], "level": "s/quarter", "audience": audience,
            "purpose": "Monitoring", "agreement": "Vereinbarung § 6", "valid_until": "2027-12-31",
            "consent": len(owners) == 1,
        }  # fmt: skip
        if audience == "organizations":
            given["organizations"] = [self.organizations["planning"]["name"]]
        return self.act("prepare", (owners[0], "editor"), **(given | data))

    def checked(self, owners: list[str], audience: str = "organizations", **data: Any) -> str:
        release = self.prepare(owners, audience, **data)["id"]
        for owner in owners[1:]:
            self.step("join", release, owner, "editor")
        jobs.check(release)
        return release

    def published(self, owners: list[str], audience: str = "organizations", **data: Any) -> str:
        release = self.checked(owners, audience, **data)
        for owner in owners:
            self.step("approve", release, owner)
        assert self.step("publish", release, owners[0])["state"] == "published"
        return release


@pytest.fixture
def city(request, reset_queues, monkeypatch) -> City:
    """A city for one test alone, whose companies have released nothing yet."""
    monkeypatch.setattr(jobs, "LATER", 0.0)
    if not stands():
        for clean in ("clean_db", "clean_index"):
            request.getfixturevalue(clean)
    found = made()
    LAST[:] = [found]
    for name, records in town(sizes=SIZES).items():
        reader = reader_named(found.people[name, "editor"]["name"], LOADING)
        organization = found.organizations[name]["id"]
        load_stock(vault.store(), reader, organization, found.day, [batch(records)], purpose="p")
    return found


@pytest.fixture
def any_city(request) -> City:
    """A city that may have been another test's: for what is refused, whatever there is."""
    return LAST[0] if stands() else request.getfixturevalue("city")


LAST: list[City] = []


def stands() -> bool:
    """Whether the last city is in the database, which others empty."""
    return bool(LAST) and model.User.get(LAST[0].people["boss", "sysadmin"]["id"]) is not None


def made() -> City:
    people, organizations = {}, {}
    for name in (*SIZES, "planning", "rival"):
        for capacity in ("editor", "admin", "member") if name in ("big", "planning", "rival") else ("editor", "admin"):
            people[name, capacity] = factories.User()
        users = [{"name": p["id"], "capacity": c} for (n, c), p in people.items() if n == name]
        organizations[name] = factories.Organization(users=users)
    people["boss", "sysadmin"] = factories.Sysadmin()
    return City(organizations, people)


def by(city: City, who: tuple[str, str] | None, action: str, **data: Any) -> Any:
    """An action as somebody calls it; nobody without a name."""
    return call_action(action, {"user": city.people[who]["name"] if who else "", "ignore_auth": False}, **data)
