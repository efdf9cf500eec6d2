"""Random releases, corrections and withdrawals of several companies through the Action API, audited from outside.

After each step everybody (every organization's member, a sysadmin, a visitor) asks for all that it can see: the lists,
the cells, the indicators. At the end of a reference date each lines up what it ever got, and the exact attacker, which
shares no code with the room, tries to work out what was kept secret, alone and with what each company knows of itself.

`IERWOHNEN_SEQUENCE=100` takes at least so many steps (the daily run takes a few).
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

pytest.importorskip("ckan")

from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.confidential.tests.oracle import Attack, Leak
from ckanext.ierwohnen.confidential.tests.published import Figure, Publication, Record, Rules
from ckanext.ierwohnen.indicators.tests.small_city import make_city
from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.readers import LOADING, reader_named

from .city import City
from .houses import QUARTERS, town
from .test_indicator_tables import KEYS, PLUGINS, SYSTEM, placed

pytestmark = [
    pytest.mark.skipif("IERWOHNEN_VAULT_URL" not in os.environ, reason="runs under ./portal test"),
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.usefixtures("with_plugins", "with_request_context"),
]
STEPS = int(os.environ.get("IERWOHNEN_SEQUENCE", "3"))
STEPS_A_DATE = 10
COMPANIES = tuple(f"o{n}" for n in range(7))
OFFICES = ("planning", "friend", "stranger")
PARENTS = {"place": {**{q: KEYS[d] for q, d in QUARTERS.items()}, **dict.fromkeys(KEYS.values())}}
Who = tuple[str, str] | None
ASKING: tuple[Who, ...] = (("planning", "editor"), ("o1", "editor"), ("stranger", "editor"), None)


@dataclass
class Date:
    """One reference date: what was delivered, what is out, and what each reader was ever shown."""

    city: City
    dice: np.random.Generator
    number: int
    homes: dict[str, Any] = field(default_factory=dict)
    made_of: dict[str, tuple[Record, ...]] = field(default_factory=dict)
    deliveries: dict[tuple[Any, ...], tuple[Record, ...]] = field(default_factory=dict)
    out: dict[str, list[str]] = field(default_factory=dict)
    shown: dict[Who, list[Publication]] = field(default_factory=dict)
    looked: set[tuple[Who, str]] = field(default_factory=set)
    done: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Every company delivers."""
        sizes = {name: int(self.dice.integers(4, 14)) for name in COMPANIES}
        for name, records in town(seed=self.number, sizes=sizes).items():
            self.deliver(name, records)

    def deliver(self, name: str, records: Any) -> None:
        self.homes[name] = records
        reader = reader_named(self.city.people[name, "editor"]["name"], LOADING)
        organization = self.city.organizations[name]["id"]
        load_stock(vault.store(), reader, organization, self.city.day, [placed(records)], purpose="p")

    def step(self) -> None:
        """A release, the correction of one that is out, or a withdrawal; then everybody looks."""
        kind = str(self.dice.choice(["release", "correction", "withdrawal"], p=[0.45, 0.3, 0.25]))
        if kind == "release" or not self.out:
            kind = "release"
            chosen = self.dice.choice(COMPANIES, int(self.dice.integers(5, 8)), replace=False)
            self.release(sorted(str(name) for name in chosen))
        else:
            old = sorted(self.out)[int(self.dice.integers(len(self.out)))]
            owners = self.out.pop(old)
            if kind == "withdrawal":
                self.city.step("withdraw", old, str(self.dice.choice(owners)), "editor", reason="Fehler")
            else:
                late = str(self.dice.choice(owners))
                rest = self.homes[late].sample(frac=0.85, random_state=len(self.done))
                self.deliver(late, rest.reset_index(drop=True))
                if not self.release(owners, replaces=old):
                    self.out[old] = owners
        self.done.append(kind)
        self.look()

    def release(self, owners: list[str], **data: Any) -> bool:
        """Through all steps, or turned down on the way; whether it is out."""
        kind, readers = [("public", ()), ("organizations", ("planning", "friend")), ("organizations", ("planning",)),
                         ("organizations", ("friend", "o1"))][int(self.dice.integers(4))]  # fmt: skip
        more = {"organizations": [self.city.organizations[one]["name"] for one in readers]} if readers else {}
        level = ["", f"{SYSTEM}/district", f"{SYSTEM}/quarter"][int(self.dice.integers(3))]
        wish = {"figures": ["dwellings"], "level": level, "consent": False, **more, **data}
        release = self.city.prepare(owners, kind, **wish)["id"]
        for owner in owners[1:]:
            self.city.step("join", release, owner, "editor")
        jobs.check(release)
        self.made_of[release] = self.delivered(owners)
        self.look()
        if self.city.act("show", (owners[0], "editor"), id=release)["state"] != "checked":
            return False
        if self.dice.random() < 0.15:
            self.city.step("reject", release, owners[0], "editor", reason="nein")
            return False
        for owner in owners:
            self.city.step("approve", release, owner)
        self.city.step("publish", release, owners[0])
        self.out[release] = owners
        return True

    def delivered(self, owners: list[str]) -> tuple[Record, ...]:
        """The records of a release; the same delivery is one object to the attacker."""
        held = tuple(
            Record((row["place:s/quarter"],), owner, {"count": 1}, row["record"])
            for owner in owners for row in self.homes[owner].to_dict("records")
        )  # fmt: skip
        return self.deliveries.setdefault(tuple((r.name, r.leaf) for r in held), held)

    def look(self) -> None:
        """Everybody asks for everything, and keeps what is new: cells of a release never change."""
        for who in self.readers():
            context = {"user": self.city.people[who]["name"] if who else "", "ignore_auth": False}
            for listed in call_action("ierwohnen_release_list", dict(context), limit=1000)["results"]:
                if listed["id"] not in self.made_of or (who, listed["id"]) in self.looked:
                    continue
                cells = call_action("ierwohnen_release_show", dict(context), id=listed["id"])["cells"]
                if cells:
                    self.looked.add((who, listed["id"]))
                    self.keep(who, Publication(tuple(map(_figure, cells)), self.made_of[listed["id"]]))
            if who in ASKING:
                self.ask(who, context)

    def ask(self, who: Who, context: dict[str, Any]) -> None:
        """The indicators tell nobody more than the releases do."""
        seen = {figure.value for publication in self.shown.get(who, ()) for figure in publication.figures}
        asked = {"code": "company_dwellings", "system": SYSTEM, "period": self.city.day.isoformat()}
        for level in ("city", "quarter"):
            told = call_action("ierwohnen_indicator_values", dict(context), **asked, level=level)["results"]
            read = {row["figure"]["value"] for row in told if row["how"] == "read"}
            assert read <= {*seen, None}, (who, level)

    def keep(self, who: Who, publication: Publication) -> None:
        known = self.shown.setdefault(who, [])
        if all(p.figures != publication.figures or p.records is not publication.records for p in known):
            known.append(publication)

    def readers(self) -> list[Who]:
        return [(name, "editor") for name in (*COMPANIES, *OFFICES)] + [("boss", "sysadmin"), None]

    def leaks(self) -> list[tuple[Who, Leak]]:
        """What somebody can work out."""
        found = []
        for who, seen in self.shown.items():
            owners = {record.owner for p in seen for record in p.records}
            found += [(who, leak) for leak in Attack(seen, ("place",), PARENTS, "count", Rules()).leaks(owners)]
        return found


def _figure(cell: dict[str, Any]) -> Figure:
    secret = cell["figure"]["status"] == "secret"
    value = None if secret else int(cell["figure"]["value"])
    return Figure((("place", cell["key"] or "Total"),), "count", value, "secret" if secret else "published", ())


@pytest.fixture
def city(clean_db, clean_index, reset_queues, monkeypatch) -> City:
    """Seven companies, three offices, a sysadmin, and boundaries."""
    monkeypatch.setattr(jobs, "LATER", 0.0)
    people, organizations = {}, {}
    for name in (*COMPANIES, *OFFICES):
        for capacity in ("editor", "admin"):
            people[name, capacity] = factories.User()
        users = [{"name": people[name, c]["name"], "capacity": c} for c in ("editor", "admin")]
        organizations[name] = factories.Organization(users=users)
    people["boss", "sysadmin"] = factories.Sysadmin()
    quarters = {key: KEYS[district] for key, district in QUARTERS.items()}
    make_city(people["boss", "sysadmin"]["name"], organizations["planning"]["id"], SYSTEM, quarters)
    return City(organizations, people, dt.date(2001, 12, 31))


def test_what_anybody_could_ever_see_tells_no_secret(city):
    taken: list[str] = []
    while len(taken) < STEPS:
        number = len(taken) // STEPS_A_DATE + 1
        date = Date(city, np.random.default_rng([7, number]), number)
        date.begin()
        for _ in range(min(STEPS_A_DATE, STEPS - len(taken))):
            date.step()
        taken += date.done
        assert date.leaks() == [], (number, date.done)
        assert date.shown.get(("planning", "editor")) or len(date.done) < STEPS_A_DATE
        city.day += dt.timedelta(days=366)
    print(len(taken), "steps:", {kind: taken.count(kind) for kind in sorted(set(taken))})
