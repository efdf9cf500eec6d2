"""Releases in the protected store, as the portal reaches them: what one may see of them, and the steps one takes.

Everything goes through functions of the database that look at the proof of who acts for whom, and refuse by themselves.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.releases.definition import UNREADABLE, Definition
from ckanext.ierwohnen.releases.states import Case, State, Step, Taken
from ckanext.ierwohnen.vault.capability import Claims
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.journal import note
from ckanext.ierwohnen.vault.reader import Reader, ledger_text
from ckanext.ierwohnen.vault.store import Store

log = logging.getLogger(__name__)
PATIENCE = 30.0  # seconds
PORTAL = "portal"
_AT_WORK: dict[str, threading.Lock] = {}
CONSENT = "consent"  # as the reason of a step that joins: the owner agrees to be recognisable


@dataclass(frozen=True)
class Actor:
    """Who acts: the account's name, and its role in each of its organizations (id → analyst, approver or member).

    `account` is the account's id, which stays the same when it is renamed.
    """

    name: str
    roles: Mapping[str, str]
    account: str = ""

    @property
    def reader(self) -> Reader:
        """The same for the vault."""
        return Reader(self.name, frozenset(self.roles))


@dataclass(frozen=True)
class Release:
    """A release as one reader may know it: `owned` if the reader acts for an owner; only then steps are told.

    `outdated`: an owner's stock was loaded again or deleted since the check, so that nobody may approve or publish it.
    """

    id: str
    number: str
    definition: Definition
    case: Case
    owned: bool
    progress: str
    since: dt.datetime
    times: tuple[dt.datetime, ...] = ()
    outdated: bool = False

    @property
    def state(self) -> State:
        """Where it stands; what is past its day has expired, whether somebody noted it or not."""
        alive = self.case.state in (State.PREPARED, State.CHECKED, State.APPROVED, State.PUBLISHED)
        past = self.definition.valid_until < clock.today()
        return State.EXPIRED if self.overdue or (alive and past) else self.case.state

    @property
    def stopped(self) -> bool:
        """Whether it came to its end while it was checked."""
        running = bool(self.progress) and not self.progress.startswith("failed")
        return running and self.state in (State.REJECTED, State.EXPIRED)

    @property
    def overdue(self) -> bool:
        """Whether it ended since not all owners had joined and approved in time."""
        open_ = self.case.state in (State.PREPARED, State.CHECKED, State.EXPIRED) and not self.case.decided
        last = self.definition.decide_by
        return open_ and last is not None and last < clock.today()


def prepare(store: Store, actor: Actor, organization: str, definition: Definition) -> str:
    """Note a new release; returns its id.

    :raises VaultError: if the person does not act for the company
    """
    with store.transaction(_claims(actor)) as cursor:
        stored = json.dumps(definition.stored())
        return cursor.one("SELECT vault.release_prepare(%s, %s)::text", organization, stored)


def take(store: Store, actor: Actor, release: str, step: Step, organization: str, reason: str = "") -> State:
    """Take a step for an owner; entries in every owner's ledger go with it.

    :raises VaultError: `refused` if there is no such release for this person, `not-now`, `stock-changed`
    """
    with store.transaction(_claims(actor)) as cursor:
        reason = ledger_text("reason", reason)
        return State(cursor.one("SELECT vault.release_take(%s, %s, %s, %s)", release, str(step), organization, reason))


def releases(store: Store, actor: Actor) -> list[Release]:
    """All that the person may know of: its companies' own, and those of whose audience it is, the newest first."""
    with store.transaction(_claims(actor)) as cursor:
        cursor.execute("SELECT vault.release_list()")
        found = [release for row in cursor.fetchall() if (release := _read(row[0]))]
    return sorted(found, key=lambda r: (r.since, r.id), reverse=True)


def find(store: Store, actor: Actor, name: str) -> Release:
    """One of these by its id or number.

    :raises VaultError: `no-release`, whether it exists or not
    """
    for release in releases(store, actor):
        if name in (release.id, release.number) and (release.owned or release.state == State.PUBLISHED):
            return release
    raise VaultError("no-release")


def opened(store: Store, actor: Actor, release: Release, purpose: str) -> dict[str, Any]:
    """Its `cells` (None before the check), and for owners the `report`; the reading is in every owner's ledger first.

    :raises VaultError: `no-purpose`, `refused`
    """
    entries = {}
    if not (release.definition.audience.public and release.state == State.PUBLISHED):
        entries = note(store, actor.reader, release.definition.owners, "release read", release.number, purpose)
    with store.transaction(Claims(actor.name, acting=actor.roles, entries=entries)) as cursor:
        return cursor.one("SELECT vault.release_cells(%s)", release.id)


def expire(store: Store) -> None:
    """Note what the calendar has ended."""
    with store.transaction(Claims(PORTAL)) as cursor:
        cursor.execute("SELECT vault.release_expire()")


@contextmanager
def reminding(store: Store, actor: Actor) -> Iterator[Callable[[str, str, str], bool]]:
    """Ask whether an owner is told something of a release for the first time (release, organization, what).

    That it was told is kept at the end, unless an error is raised.
    """
    with store.transaction(_claims(actor)) as cursor:
        yield lambda release, organization, what: bool(
            cursor.one("SELECT vault.release_remind(%s, %s, %s)", release, organization, what)
        )


def outside(store: Store) -> dict[str, bool]:
    """Public release that is or was published → whether it may be outside of the vault now."""
    with store.transaction(Claims(PORTAL)) as cursor:
        cursor.execute("SELECT vault.release_outside()")
        return {row[0]["id"]: row[0]["out"] for row in cursor.fetchall()}


def ended(store: Store, actor: Actor) -> list[dict[str, Any]]:
    """Releases that the person could read while they were published, as one whom they were for, and that have ended.

    :return: `number`, `how` (withdrawn, superseded, expired) and `after`: None, or `number`, `title` and `public` of
        the release in its place that the person may read
    """
    with store.transaction(_claims(actor)) as cursor:
        cursor.execute("SELECT vault.release_ended()")
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def alone(store: Store, release: str) -> Iterator[None]:
    """While this lasts, no other thread or process brings the outside of the release in line with the store.

    :raises VaultError: `busy` if one does so for too long
    """
    mine = _AT_WORK.setdefault(release, threading.Lock())  # threads that wait take no connection from the one at work
    if not mine.acquire(timeout=PATIENCE):
        raise VaultError("busy")
    try:
        with store.transaction() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (store.lock_number(f"release outside {release}"),))
            yield
    finally:
        mine.release()


def agreed(stored: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> Definition:
    """The definition, with the consents that owners gave as they joined."""
    definition = Definition.of({"consents": [], **stored})
    given = {s["organization"] for s in steps if s["step"] == Step.JOIN and s["reason"] == CONSENT}
    return replace(definition, consents=tuple(sorted({*definition.consents, *given})))


def case_of(found: Mapping[str, Any]) -> Case:
    """The machine of a stored release."""
    steps = tuple(
        Taken(Step(s["step"]), s["organization"], s["person"], s["role"], s["reason"], s.get("account", ""))
        for s in found["steps"]
    )
    return Case(frozenset(found["owners"]), steps, State(found["state"]))


def _read(found: Mapping[str, Any]) -> Release | None:
    """A release, or None if its definition cannot be read: it must not keep anybody from all others."""
    try:
        return _release(found)
    except UNREADABLE as error:
        log.error("release %s cannot be read: %s", found["number"], type(error).__name__)
        return None


def _release(found: Mapping[str, Any]) -> Release:
    return Release(
        found["id"], found["number"], agreed(found["definition"], found["steps"]), case_of(found), found["owned"],
        found["progress"] if found["owned"] else "", dt.datetime.fromisoformat(found["since"]),
        tuple(dt.datetime.fromisoformat(s["at"]) for s in found["steps"]), found["outdated"],
    )  # fmt: skip


def _claims(actor: Actor) -> Claims:
    return Claims(actor.name, acting=actor.roles, account=actor.account)
