"""The companies' part of the demonstration: small companies, addresses, stock and releases, each by its own people.

Everything goes through the actions, as the companies' accounts do it; what is there already stays.
"""

from __future__ import annotations

import datetime as dt
import io
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.common import config
from ckan.lib.jobs import get_queue
from rq import SimpleWorker
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.releases.jobs import CHECKS, enqueue_settle

from . import content
from . import quarters as q
from .addresses import addresses, register_file
from .companies import Company, companies
from .stock_files import stock_file

JOB_PATIENCE = 300  # seconds
LARGE_YEARS, SMALL_YEARS = (q.LAST_YEAR - 1, q.LAST_YEAR), (q.LAST_YEAR,)
PURPOSE = "Jahreslieferung nach Kooperationsvertrag § 4"
Say = Callable[[str], None]
Context = dict[str, Any]


class CompanyDataFailed(Exception):
    """A part could not be loaded; the message says which and why."""


@dataclass
class CompanyData:
    """Fills the protected store. `acting`: an account's name → a context in which it acts."""

    names: dict[str, str]  # role → account
    site_user: str
    acting: Callable[[str], Context]
    say: Say

    def load(self) -> None:
        """Addresses, small companies, stock, releases.

        :raises CompanyDataFailed: naming what could not be loaded
        """
        self._register()
        self._small_companies()
        self._stock()
        self._releases()

    def _register(self) -> None:
        name = config.get("ierwohnen.addresses.file")
        if name:
            content_, file = register_file(), Path(name)
            if not file.exists() or file.read_bytes() != content_:
                file.write_bytes(content_)
            self.say(f"register of addresses: {len(addresses())} houses")

    def _small_companies(self) -> None:
        for person in content.trustees():
            if model.User.get(person["name"]) is None:
                tk.get_action("user_create")(
                    self.acting(self.site_user),
                    {**{key: person[key] for key in ("name", "fullname", "about")},
                     "email": f"{person['name']}@neuwald.example", "password": secrets.token_urlsafe(24)},
                )  # fmt: skip
        users = [{"name": person["name"], "capacity": person["capacity"]} for person in content.trustees()]
        small = [company for company in companies() if company.small]
        for company in small:
            if model.Group.get(company.name) is None:
                tk.get_action("organization_create")(
                    self.acting(self.site_user),
                    {"name": company.name, "title": company.title, "users": users,
                     "description": "Wohnungseigentümer in Neuwald, vertreten durch die Treuhand Muldeland."},
                )  # fmt: skip
        self.say(f"{len(small)} small companies")

    def _person(self, organization: str, capacity: str) -> str:
        """Who acts for an organization as `editor` or `admin`."""
        for role, person in content.people().items():
            if person["organizations"].get(organization) == capacity:
                return self.names[role]
        return next(person["name"] for person in content.trustees() if person["capacity"] == capacity)

    def _call(self, action: str, user: str, **data: Any) -> Any:
        return tk.get_action(action)(self.acting(user), data)

    def _stock(self) -> None:
        jobs = [job for company in companies() for job in self._deliver(company)]
        for title, user, job in self._worked_off(jobs):
            result = self._ended(title, user, job)["result"]
            if result["rows"] > 1000:
                self.say(f"{title}: {result['rows']} dwellings, {result['unmatched']} without address")
        self.say(f"{len(jobs)} deliveries of stock")

    def _deliver(self, company: Company) -> Iterator[tuple[str, str, str]]:
        user = self._person(company.name, "editor")
        listed = self._call("ierwohnen_stock_list", user, organization=company.name, purpose=PURPOSE)
        there = {version["reference_date"] for version in listed}
        for year in SMALL_YEARS if company.small else LARGE_YEARS:
            day = f"{year}-12-31"
            if day not in there:
                table = stock_file(company, year)
                upload = FileStorage(io.BytesIO(table.content), filename=table.filename)
                job = self._call("ierwohnen_stock_load", user, organization=company.name, reference_date=day,
                                 upload=upload, purpose=PURPOSE)["job"]  # fmt: skip
                yield f"{company.title}, {year}", user, job

    def _releases(self) -> None:
        for told in content.releases():
            user = self._person(told["organization"], "editor")
            found = self._call("ierwohnen_release_list", user, q=told["title"])["results"]
            release = next((one for one in found if one["title"] == told["title"] and not one.get("overdue")), None)
            self._release(told, release or self._prepared(told, user))
        enqueue_settle()  # public ones that an older version made are made again

    def _prepared(self, told: dict[str, Any], user: str) -> dict[str, Any]:
        sources = [company.name for company in companies()] if told["sources"] == "all" else told["sources"]
        fields = ("organization", "title", "reference_date", "figures", "level", "audience", "purpose", "agreement",
                  "valid_until")  # fmt: skip
        data = {name: str(told[name]) if name == "valid_until" else told[name] for name in fields}
        data |= {name: told[name] for name in ("dimensions", "organizations") if name in told}
        if "weeks" in told:
            data["decide_by"] = (clock.today() + dt.timedelta(weeks=told["weeks"])).isoformat()
        consent = bool(told.get("consent"))
        release = self._call("ierwohnen_release_prepare", user, **data, sources=sources, consent=consent)
        for owner in sources:
            if owner != told["organization"]:
                self._call("ierwohnen_release_join", self._person(owner, "editor"), id=release["id"],
                           organization=owner, consent=consent)  # fmt: skip
        return self._call("ierwohnen_release_show", user, id=release["id"])

    def _release(self, told: dict[str, Any], release: dict[str, Any]) -> None:
        """Go on from where the release stands to where the demonstration wants it."""
        user, title = self._person(told["organization"], "editor"), told["title"]
        if release["state"] == "prepared":
            for _ in self._worked_off([(title, user, f"release-{release['id']}")]):
                self._ended(title, user, f"release-{release['id']}")
        state, goal = self._state(user, release), told["goal"]
        if state == "refused" and goal != "refused":
            raise CompanyDataFailed(f"{title}: the check refused it")
        if state == "checked" and goal != "refused":
            for owner in self._call("ierwohnen_release_show", user, id=release["id"])["open"]:
                name = model.Group.get(owner).name
                if goal != "waiting" or name != told["organization"]:
                    self._step("approve", name, release)
        if self._state(user, release) == "approved" and goal in ("published", "withdrawn"):
            self._step("publish", told["organization"], release)
        if self._state(user, release) == "published" and goal == "withdrawn":
            self._step("withdraw", told["organization"], release, reason=told["reason"])
        self.say(f"{title}: {self._state(user, release)}")

    def _state(self, user: str, release: dict[str, Any]) -> str:
        return self._call("ierwohnen_release_show", user, id=release["id"])["state"]

    def _step(self, verb: str, organization: str, release: dict[str, Any], **data: Any) -> None:
        person = self._person(organization, "admin")
        self._call(f"ierwohnen_release_{verb}", person, id=release["id"], organization=organization, **data)

    def _worked_off(self, jobs: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
        """The jobs, each when it is its turn. This process lends the portal's worker a hand, since that one starts
        a process with all of CKAN anew for each job."""
        if jobs:
            queues = [get_queue(), get_queue(CHECKS)]
            SimpleWorker(queues, connection=queues[0].connection).work(burst=True, logging_level="ERROR")
        yield from jobs

    def _ended(self, title: str, user: str, job: str) -> dict[str, Any]:
        until = time.monotonic() + JOB_PATIENCE
        while time.monotonic() < until:
            model.Session.rollback()  # see what the worker has committed since
            state = self._call("ierwohnen_job_show", user, id=job)
            if state["state"] == "done":
                return state
            if state["state"] in ("failed", "interrupted"):
                raise CompanyDataFailed(f"{title}: {state['message']}")
            time.sleep(0.1)
        raise CompanyDataFailed(f"{title}: the job worker did not finish within {JOB_PATIENCE} s. Is it running?")
