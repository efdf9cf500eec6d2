"""The release engine: it alone reads several companies at once, and what it reads leaves it as a checked table only.

Nothing that it returns, raises or logs holds a record. Stock is read through the vault's one door, when every owner has
joined; records behind earlier releases are read by their owners' entries in the ledger as well.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import psycopg2

from ckanext.ierwohnen.confidential.errors import LimitError
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.releases.advice import advice
from ckanext.ierwohnen.releases.checking import Check, Checked
from ckanext.ierwohnen.releases.dates import Dates
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.earlier import Earlier
from ckanext.ierwohnen.releases.every_place import PlaceKeys
from ckanext.ierwohnen.releases.past import Past
from ckanext.ierwohnen.releases.phases import ADVISING, CHECKING, FOR_ANOTHER, READING, Followed, Stopped
from ckanext.ierwohnen.releases.records import columns_needed, packed, records_of_each, unpacked
from ckanext.ierwohnen.releases.refusal import CheckRefused
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.releases.store import agreed, case_of
from ckanext.ierwohnen.vault.capability import Claims
from ckanext.ierwohnen.vault.door import DayStock, StockVersion, stock_of_day
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.journal import note
from ckanext.ierwohnen.vault.reader import Reader
from ckanext.ierwohnen.vault.sealing import Keys
from ckanext.ierwohnen.vault.store import Store

NAME = "release-engine"
WORK = 36_000_000  # counted steps of a check, about half an hour: these decide which other dates count, no clock
ROUNDS = 3  # how often a check that was overtaken starts again
COMMON = "Gemeinsame Prüfung mit früheren Freigaben"
FINISHING = 0x69770001  # a lock of the database, held while a check is noted
TOGETHER = 20  # owners whose stock is read in one go
MACHINE = {"too-little-time": "check-too-long", "too-little-memory": "check-too-large"}
TOO_LARGE = {  # limits of size, in words of a release
    "crossing-too-large": "too-many-cells", "joint-too-large": "too-many-cells", "sums-unsolved": "not-possible",
}  # fmt: skip
TRIED = ("not-protectable", "already-disclosed", "one-owner", "worked-out")  # refusals for which changes are tried


@dataclass
class Engine:
    """The engine with its store, the companies' keys and the city's rules.

    `alone`: holds off checks that share something with this one, and gives whether they had to be waited for.
    `places`: of public levels all places, as releases list them.
    `pause`: called with a word before each step that could be the last one; for tests that end the process there.
    """

    store: Store
    keys: Keys
    parameters: Parameters
    seconds: float = 5 * 3600.0
    work: int = WORK
    alone: Callable[[Iterable[str]], AbstractContextManager[bool]] = field(default=lambda shared: nullcontext(False))
    places: PlaceKeys = field(default_factory=dict, repr=False)
    pause: Callable[[str], None] = field(default=lambda word: None)
    _began: int = field(default=0, init=False, repr=False)

    def check(self, release: str) -> State | None:
        """Check a release that all owners have joined; None if there is nothing to do (any more).

        :raises VaultError: `overtaken` again and again, or what the store refuses; the release then stays prepared
        :raises Stopped: if the release comes to its end meanwhile
        """
        for left in reversed(range(ROUNDS)):
            try:
                return self._check(release)
            except VaultError as error:
                if error.code != "overtaken" or not left:
                    raise
        return None

    def _check(self, release: str) -> State | None:
        found = self._one("SELECT vault.release_case(%s)", release)
        if not found or found["state"] != State.PREPARED or not case_of(found).joined:
            return None
        definition = agreed(found["definition"], found["steps"])
        self._began = int(time.time())
        self._note(release, FOR_ANOTHER)
        while True:
            earlier = Earlier.of(definition, self._one)
            with self.alone(earlier.shared) as waited:
                if not waited or not earlier.outdated(self._one):
                    return self._checked(release, definition, earlier, found["number"])

    def _checked(self, release: str, definition: Definition, earlier: Earlier, number: str) -> State:
        self._progress(release, READING)
        try:
            stock = self._stock(release, definition, number)
            made = records_of_each([(one.version.organization, one.rows) for one in stock if one.rows is not None])
            records = {one.version.id: made[one.version.organization] for one in stock}
            records |= self._bases(earlier.same, records)
            versions = tuple(one.version.id for one in stock)
            records |= self._bases(earlier.others, records, gone=True)
            dates = Dates(definition, dict(zip(definition.owners, versions, strict=True)), records)
            past = dates.chosen(earlier.same, earlier.others)
            records = {v: records[v] for v in dict.fromkeys([*versions, *sorted(v for p in past for v in p.made_of)])}
            self._progress(release, CHECKING)
            limits = self._limits(release)
            check = Check(definition, versions, records, past, self.parameters, limits, places=self.places)
            check.partly = len(past) < len(earlier.same) + sum(map(dates.known, earlier.others))
            checked = _within_limits(check, len(earlier.same))
            self.pause("checked")
        except LimitError as error:
            _refuse_machine(error)
            refusal: CheckRefused | None = CheckRefused(TOO_LARGE.get(error.code, error.code))
        except CheckRefused as error:
            refusal = error
        else:
            self._pass(release, earlier, checked, [one.version for one in stock], records)
            return State.CHECKED
        told = _told(refusal, definition)
        if len(definition.owners) == 1 and refusal.code in TRIED:
            self._progress(release, ADVISING)
            tried = advice(check)
            told |= {"advice": tried} if tried else {}
        self._finish(release, earlier, "refuse", {"report": {"refused": told}, "versions": []}, {})
        return State.REFUSED

    def _stock(self, release: str, definition: Definition, number: str) -> list[DayStock]:
        """The stock of each owner, read for several in one go; of how many it is read is noted on the way."""
        found: list[DayStock] = []
        for at in range(0, len(definition.owners), TOGETHER):
            if at:
                self._progress(release, f"{READING} {at} {len(definition.owners)}")
            some, rows = definition.owners[at : at + TOGETHER], []
            try:
                rows = stock_of_day(
                    self.store, Reader(NAME, frozenset(some)), some, definition.reference_date, purpose=number,
                    columns=columns_needed(), needs=frozenset(definition.needs()), keys=self.keys,
                )  # fmt: skip
            except VaultError as error:
                if error.code != "no-such-stock":
                    raise
            if not rows:
                raise CheckRefused("no-stock")
            found += rows
            if any(one.rows is None for one in found):
                raise CheckRefused("field-missing")
        return found

    def _bases(
        self, past: Sequence[Past], known: dict[str, pd.DataFrame], *, gone: bool = False
    ) -> dict[str, pd.DataFrame]:  # fmt: skip
        """The records behind earlier releases, each by an entry in its owner's ledger.

        The entry does not name the new release, nor anybody else: owners who have no part in it may not know of it,
        and who releases with whom is theirs to know.

        :param gone: whether some may be missing
        :raises CheckRefused: `history-gone` if an owner has deleted them
        """
        wanted = {v for p in past for v in p.versions} - set(known)
        owners = sorted({o for p in past for o in p.definition.owners})
        if not wanted:
            return {}
        reader = Reader(NAME, frozenset(owners))
        entries = note(self.store, reader, owners, "release check", "records", COMMON, apart=True)
        found = {}
        with self.store.transaction(Claims(NAME, see=entries)) as cursor:
            for version in sorted(wanted):
                cursor.execute("SELECT org, body, wrapped FROM vault.release_basis_of(%s)", (version,))
                row = cursor.fetchone()
                if row is None and gone:
                    continue
                if row is None:
                    raise CheckRefused("history-gone")
                found[version] = unpacked(self._opened(version, row[0], bytes(row[1]), row[2]))
        return found

    def _opened(self, version: str, owner: str, content: bytes, wrapped: Any) -> bytes:
        if wrapped is None:
            return content
        (text,) = self.keys.seal(owner, _sealed(version), bytes(wrapped)).open("", content)
        return bytes.fromhex(text or "")

    def _closed(self, version: str, owner: str, content: bytes) -> tuple[bytes, bytes | None]:
        if not self.keys.has(owner):
            return content, None
        seal, wrapped = self.keys.new_seal(owner, _sealed(version))
        return seal.close("", [content.hex()]), wrapped

    def _pass(
        self, release: str, earlier: Earlier, checked: Checked, versions: Sequence[StockVersion],
        records: dict[str, pd.DataFrame],
    ) -> None:  # fmt: skip
        bodies = {v.id: self._closed(v.id, v.organization, packed(records[v.id])) for v in versions}
        owners = sorted(v.organization for v in versions)
        entries = note(self.store, Reader(NAME, frozenset(owners)), owners, "release check", "kept", "release")
        result = {
            "cells": checked.cells, "patterns": checked.patterns, "report": checked.report,
            "versions": [v.id for v in versions],
        }  # fmt: skip
        self._finish(release, earlier, "pass", result, entries, bodies)

    def _finish(
        self, release: str, earlier: Earlier, step: str, result: dict[str, Any], entries: dict[str, int],
        bodies: dict[str, tuple[bytes, bytes | None]] | None = None,
    ) -> None:  # fmt: skip
        self.pause(step)
        with self.store.transaction(Claims(NAME, see=entries)) as cursor:
            for version, (content, wrapped) in (bodies or {}).items():
                closed = wrapped and psycopg2.Binary(wrapped)
                cursor.execute("SELECT vault.release_keep(%s, %s, %s)", (version, psycopg2.Binary(content), closed))
            self.pause("kept")
            cursor.one("SELECT pg_advisory_xact_lock(%s)", FINISHING)  # checks of two dates may be of the same stock
            if earlier.overtaken(cursor.one):
                raise VaultError("overtaken")
            counter = earlier.counters[earlier.definition.source]
            cursor.one("SELECT vault.release_finish(%s, %s, %s, %s)", release, counter, step, json.dumps(result))
        self.pause("finished")

    def _one(self, query: str, *values: Any) -> Any:
        with self.store.transaction(Claims(NAME)) as cursor:
            return cursor.one(query, *values)

    def _progress(self, release: str, word: str) -> None:
        self.pause(word)
        if not self._wanted(release):
            raise Stopped
        self._note(release, word)

    def _wanted(self, release: str) -> bool:
        """Whether the release is still to be checked; that one cannot ask is no reason to stop."""
        with suppress(VaultError):
            return self._one("SELECT vault.release_case(%s) ->> 'state'", release) == State.PREPARED
        return True

    def _note(self, release: str, word: str) -> None:
        self._one("SELECT vault.release_progress(%s, %s)", release, f"{word} @{self._began}")

    def _limits(self, release: str) -> Followed:
        """The check's limits, which note its phases, each once, also where it is tried again with fewer dates; that one
        cannot be noted is no reason to stop."""
        known: set[str] = set()

        def told(phase: str) -> None:
            if phase in known:
                return
            known.add(phase)
            with suppress(VaultError):
                self._note(release, phase)

        return Followed(self.seconds, work=self.work, told=told, wanted=lambda: self._wanted(release))

    def failed(self, release: str, code: str) -> None:
        """Note that a check could not be made, and why: it may be asked for again."""
        self._one("SELECT vault.release_progress(%s, %s)", release, f"failed {code}")


def _within_limits(check: Check, same: int) -> Checked:
    """The check; if it grows too large with releases of other dates, with the half of them that are most alike.

    Each try has half of the counted work that is left, the one without any other date all of it; after one that took
    too much a quarter of them is left. So the same release gets the same answer on every machine.

    :param same: how many of the earlier releases are of the same date; these stay
    :raises LimitError: if it is too large without any other date, or the machine too slow or too small
    """
    whole, free = check.limits, check.limits.work
    while True:
        others = len(check.past) - same
        limits = replace(whole, work=free and free // (2 if others else 1), spent=0)
        try:
            return replace(check, limits=limits).run()
        except LimitError as error:
            if not others or error.code in MACHINE:
                raise
            left = others // (4 if error.code == "too-much-work" else 2)
        free = free and free - min(limits.spent, limits.work or 0)
        check = replace(check, past=check.past[: same + left], partly=True)


def _refuse_machine(error: LimitError) -> None:
    """:raises VaultError: if the machine is too slow or too small: that says nothing of the release"""
    if error.code in MACHINE:
        raise VaultError(MACHINE[error.code]) from None


def _told(refused: CheckRefused, definition: Definition) -> dict[str, Any]:
    """What owners may know of a refusal. The rule tells about whose records are in the cell, so a house reads it only
    where it is alone."""
    told: dict[str, Any] = {"code": refused.code, "cell": refused.cell}
    return told | ({"rule": refused.rule} if len(definition.owners) == 1 else {})


def _sealed(version: str) -> str:
    return f"release {version}"
