"""Random releases, corrections and withdrawals of several companies through the Action API, audited from outside.

After each step everybody (every organization's member, a sysadmin, a visitor) asks for all that it can see: the lists,
the cells, the indicators. At the end of a town's life each lines up what it ever got, of all days, and tries to work
out what was kept secret: offices, and every company with what it knows of itself (`onlooker`).

`IERWOHNEN_SEQUENCE=100` takes at least so many steps (the daily run takes a few), `IERWOHNEN_SEED` other towns.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("ckan")

from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.indicators.tests.small_city import make_city
from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.readers import LOADING, reader_named

from .city import City
from .houses import QUARTERS
from .lives import COMPANIES, KINDS, OFFICES, Life, Wish
from .stage import PLUGINS, with_ckan
from .test_indicator_tables import KEYS, SYSTEM, placed

pytestmark = with_ckan(PLUGINS)
STEPS = int(os.environ.get("IERWOHNEN_SEQUENCE", "6"))
SEED = int(os.environ.get("IERWOHNEN_SEED", "7"))
STEPS_A_TOWN = 8
CHANGES = tuple(os.environ.get("IERWOHNEN_CHANGES", ",".join(KINDS)).split(","))  # how stock of another day may differ
ASKING = ("planning", "o1", "stranger", "")  # who asks for indicators
LEVELS = {"": "", "s/district": f"{SYSTEM}/district", "s/quarter": f"{SYSTEM}/quarter"}
DISTRICTS = {key: district for district, key in KEYS.items()}


@dataclass
class Portal:
    """The office of a life: everything through the portal's actions."""

    city: City
    owners: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, set[float | None]] = field(default_factory=dict)
    days: set[dt.date] = field(default_factory=set)

    def deliver(self, owner: str, day: dt.date, homes: pd.DataFrame) -> None:
        self.days.add(day)
        reader = reader_named(self.city.people[owner, "editor"]["name"], LOADING)
        organization = self.city.organizations[owner]["id"]
        load_stock(vault.store(), reader, organization, day, [placed(homes)], purpose="p")

    def check(self, wish: Wish) -> tuple[str, str]:
        kind = "organizations" if wish.audience else "public"
        names = [self.city.organizations[one]["name"] for one in wish.audience]
        more = {"organizations": names} if names else {}
        more |= {"replaces": wish.replaces} if wish.replaces else {}
        owners = list(wish.owners)
        release = self.city.prepare(
            owners, kind, figures=list(wish.figures), level=LEVELS[wish.level], dimensions=list(wish.dimensions),
            reference_date=wish.day.isoformat(), consent=bool(wish.consents), **more,
        )["id"]  # fmt: skip
        self.owners[release] = owners
        for owner in owners[1:]:
            self.city.step("join", release, owner, "editor")
        jobs.check(release)
        found = self.city.act("show", (owners[0], "editor"), id=release)
        if found["state"] == "checked":
            return release, ""
        return release, found["report"]["refused"]["code"] if found["state"] == "refused" else found["state"]

    def end(self, release: str, how: str, owner: str) -> None:
        if how == "publish":
            for one in self.owners[release]:
                self.city.step("approve", release, one)
            self.city.step("publish", release, owner)
        else:
            self.city.step(how, release, owner, "editor", reason="Fehler")

    def look(self, reader: str, known: Collection[str]) -> Mapping[str, Sequence[dict[str, Any]]]:
        who = self.city.people[reader, "sysadmin" if reader == "boss" else "editor"] if reader else {"name": ""}
        context = {"user": who["name"], "ignore_auth": False}
        listed = call_action("ierwohnen_release_list", dict(context), limit=1000)["results"]
        found = {}
        for release in (one["id"] for one in listed if one["id"] in self.owners and one["id"] not in known):
            cells = call_action("ierwohnen_release_show", dict(context), id=release)["cells"]
            if cells:
                found[release] = [_read(cell) for cell in cells]
        seen = self.values.setdefault(reader, {None})
        seen.update(cell["value"] for cells in found.values() for cell in cells)
        if reader in ASKING:
            self.ask(reader, context)
        return found

    def ask(self, reader: str, context: dict[str, Any]) -> None:
        """The indicators tell nobody more than the releases do."""
        for day in self.days:
            asked = {"code": "company_dwellings", "system": SYSTEM, "period": day.isoformat()}
            for level in ("city", "quarter"):
                told = call_action("ierwohnen_indicator_values", dict(context), **asked, level=level)["results"]
                read = {row["figure"]["value"] for row in told if row["how"] == "read"}
                assert read <= self.values[reader], (reader, level)


def _read(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell as the action gives it, in the town's own keys."""
    level = cell["level"].replace(SYSTEM, "s")
    place = {"level": level, "key": DISTRICTS[cell["key"]] if level == "s/district" else cell["key"]}
    codes = {k: v for k, v in cell.items() if k in ("rooms", "construction")}
    figure = cell["figure"]
    return {**place, **codes, "figure": cell["indicator"], "value": figure["value"], "status": figure["status"]}


@pytest.fixture
def town(clean_db, clean_index, reset_queues, monkeypatch) -> Callable[[], City]:
    """Makes towns: seven companies and three offices of their own, one sysadmin and one set of boundaries."""
    monkeypatch.setattr(jobs, "LATER", 0.0)
    boss = factories.Sysadmin()
    quarters = {key: KEYS[district] for key, district in QUARTERS.items()}

    def made() -> City:
        people, organizations = {("boss", "sysadmin"): boss}, {}
        for name in (*COMPANIES, *OFFICES):
            for capacity in ("editor", "admin"):
                people[name, capacity] = factories.User()
            users = [{"name": people[name, c]["name"], "capacity": c} for c in ("editor", "admin")]
            organizations[name] = factories.Organization(users=users)
        return City(organizations, people)

    city = made()
    make_city(boss["name"], city.organizations["planning"]["id"], SYSTEM, quarters)
    return made


def test_what_anybody_could_ever_see_tells_no_secret(town):
    counts: Counter[str] = Counter()
    told, closest, number = [], [], 0
    while sum(counts[kind] for kind in ("release", "correction", "withdrawal")) < STEPS:
        number += 1
        readers = (*COMPANIES, *OFFICES, "boss", "")
        life = Life(Portal(town()), np.random.default_rng([SEED, number]), readers=readers, kinds=CHANGES)
        life.begin()
        for _ in range(min(STEPS, STEPS_A_TOWN)):
            life.step()
        counts += life.counts
        for onlooker in life.onlookers():
            if narrow := onlooker.narrow():
                told.append((number, onlooker.reader, narrow[:3], life.story))
            counts["protected figures judged"] += onlooker.asked
            closest += onlooker.closest
        for release, wish in life.out.items():  # the next town's indicators tell of that town
            life.office.end(release, "withdraw", wish.owners[0])
        counts["refused without need"] += life.needless() if STEPS > STEPS_A_TOWN else 0
        assert any(life.shown.values())
        print(f"{number} towns, {dict(counts)}; narrowest in protection levels: {min(closest, default='')}", flush=True)
        print(*told, sep="\n", flush=True)
    assert told == []
