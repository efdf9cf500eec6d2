"""Random lives of releases: companies deliver, release, correct and withdraw; every reader keeps what it is shown.

The office is where it happens: `Desk` holds the pure check and a memory, `test_sequences` the portal's actions.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.releases.audience import EVERYBODY, Audience, among
from ckanext.ierwohnen.releases.checking import Check
from ckanext.ierwohnen.releases.dates import Dates
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.past import Past, connected, related, seen_by, seen_by_owners
from ckanext.ierwohnen.releases.refusal import CheckRefused

from .houses import DAY, KNOWN, QUARTERS, TODAY, company, definition, numbered
from .onlooker import Narrow, Onlooker, Shown, dark_cells
from .unknowns import Unknowns

ROOMS = ("1-2", "3", "4", "5+")
YEARS = ("-1918", "1950-1990")
CATEGORIES = {"place:s/quarter": tuple(QUARTERS), "vacancy": ("vacant", "let"), "rooms": ROOMS, "construction": YEARS}
COMPANIES = tuple(f"o{n}" for n in range(7))
OFFICES = ("planning", "friend", "stranger")
AUDIENCES: tuple[tuple[str, ...], ...] = (
    (), ("planning", "friend"), ("planning",), ("friend", "o1"), ("planning", "o2", "o3"), ("friend", "stranger", "o2"),
)  # fmt: skip
FIGURES = (("dwellings",), ("dwellings", "vacant"), ("dwellings", "rent"), ("rent",), ("vacant",),
           ("dwellings", "vacant", "rent"), ("dwellings", "vacancy_rate", "rent"))  # fmt: skip
LEVELS = ("", "s/district", "s/quarter", "s/quarter")
KINDS = ("same", "numbered", "recoded", "some", "few", "moved")


@dataclass(frozen=True)
class Wish:
    """A release that somebody wants; audience: organizations, none for everybody; lead: who prepares."""

    owners: tuple[str, ...]
    day: dt.date
    figures: tuple[str, ...]
    level: str
    dimensions: tuple[str, ...]
    audience: tuple[str, ...]
    replaces: str = ""

    @property
    def consents(self) -> tuple[str, ...]:
        return self.owners if len(self.owners) == 1 else ()


class Office(Protocol):
    """Where releases are made."""

    def deliver(self, owner: str, day: dt.date, homes: pd.DataFrame) -> None:
        """Load stock."""

    def check(self, wish: Wish) -> tuple[str, str]:
        """(release, "" or why it was refused) of a release that every owner has joined."""

    def end(self, release: str, how: str, owner: str) -> None:
        """ "publish", "reject" or "withdraw"."""

    def look(self, reader: str, known: Collection[str]) -> Mapping[str, Sequence[dict[str, Any]]]:
        """Release → its cells, for all that somebody gets now and does not know yet. "" is a visitor."""


@dataclass
class Desk:
    """An office without a portal."""

    homes: dict[str, pd.DataFrame] = field(default_factory=dict)
    current: dict[tuple[str, dt.date], str] = field(default_factory=dict)
    past: list[Past] = field(default_factory=list)
    cells: dict[str, tuple[Definition, list[dict[str, Any]]]] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    parameters: Parameters = field(default_factory=Parameters)

    def deliver(self, owner: str, day: dt.date, homes: pd.DataFrame) -> None:
        version = f"{owner}/{len(self.homes)}"
        self.homes[version] = homes.drop(columns="house")
        self.current[owner, day] = version

    def check(self, wish: Wish) -> tuple[str, str]:
        name = f"r{len(self.cells)}"
        audience: Audience = among(wish.audience) if wish.audience else EVERYBODY
        new = definition(list(wish.owners), figures=list(wish.figures), level=wish.level, reference_date=wish.day,
                         dimensions=list(wish.dimensions), audience=audience, consents=list(wish.consents))  # fmt: skip
        versions = tuple(self.current[o, wish.day] for o in new.owners)
        dates = Dates(new, dict(zip(new.owners, versions, strict=True)), self.homes)
        same = related(new, self.past)
        past = dates.chosen(same, [p for p in connected(new, self.past) if p not in same])
        used = dict.fromkeys([*versions, *(v for p in past for v in p.versions)])
        self.cells[name] = new, []
        try:
            homes = {v: self.homes[v] for v in used}
            checked = Check(new, versions, homes, past, self.parameters, today=TODAY, places=KNOWN).run()
        except CheckRefused as refused:
            self.state[name] = "refused"
            return name, refused.code
        self.past.append(Past(name, new, seen_by(new), checked.versions, checked.patterns, waiting=True))
        self.cells[name] = new, checked.cells
        self.state[name] = "checked"
        return name, ""

    def end(self, release: str, how: str, owner: str) -> None:
        self.state[release] = how
        place = next(n for n, p in enumerate(self.past) if p.id == release)
        if how == "publish":
            self.past[place] = replace(self.past[place], waiting=False)
        elif how == "reject":
            audience = seen_by_owners(self.past[place].definition)
            known = [replace(self.past[place], seen_by=audience, waiting=False)] if audience else []
            self.past[place : place + 1] = known

    def look(self, reader: str, known: Collection[str]) -> Mapping[str, Sequence[dict[str, Any]]]:
        return {
            release: cells for release, (new, cells) in self.cells.items() if cells and release not in known
            and (reader in new.owners or (self.state[release] == "publish" and new.audience.admits([reader])))
        }  # fmt: skip


@dataclass
class Life:
    """What happened in one town, and what everybody was ever shown.

    kinds: how the stock of a later day comes from that of the day before; undecided: how many of the releases that pass
    are decided about later only
    """

    office: Office
    dice: np.random.Generator
    day: dt.date = DAY
    companies: tuple[str, ...] = COMPANIES
    readers: tuple[str, ...] = (*COMPANIES, *OFFICES, "")
    kinds: Sequence[str] = KINDS
    undecided: float = 0.0
    waiting: list[str] = field(default_factory=list)
    homes: dict[tuple[str, dt.date], pd.DataFrame] = field(default_factory=dict)
    days: list[dt.date] = field(default_factory=list)
    made: dict[str, tuple[Wish, dict[str, pd.DataFrame]]] = field(default_factory=dict)
    out: dict[str, Wish] = field(default_factory=dict)
    shown: dict[str, dict[str, Shown]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    refused: list[tuple[Wish, dict[str, pd.DataFrame], str]] = field(default_factory=list)

    def begin(self) -> None:
        """The companies' first delivery."""
        self.days.append(self.day)
        for owner in self.companies:
            size = int(self.dice.choice([6, 10, 16, 30, 60]))
            homes = company(int(self.dice.integers(10**6)), owner, size)
            self.deliver(owner, homes.assign(house=[f"{owner}-{n}" for n in range(len(homes))]))

    def deliver(self, owner: str, homes: pd.DataFrame) -> None:
        self.homes[owner, self.days[-1]] = homes.reset_index(drop=True)
        self.office.deliver(owner, self.days[-1], self.homes[owner, self.days[-1]])

    def next_day(self) -> None:
        """Stock of another day, much of it the same."""
        before = self.days[-1]
        self.days.append(before + dt.timedelta(days=int(self.dice.choice([1, 92, 366]))))
        kinds = []
        for owner in self.companies:
            kind = "same" if self.dice.random() < 0.5 else str(self.dice.choice(list(self.kinds)))
            kinds.append(f"{owner} {kind}")
            self.deliver(owner, later(self.homes[owner, before], kind, self.dice))
        self.story.append(f"day {self.days[-1]}: {', '.join(kinds)}")

    def step(self) -> None:
        """A release, the correction of one that is out, or a withdrawal; now and then another day before it."""
        if self.dice.random() < 0.2:
            self.next_day()
        for release in [one for one in self.waiting if self.dice.random() < 0.3]:
            self.waiting.remove(release)
            self.decide(release)
        kind = str(self.dice.choice(["release", "correction", "withdrawal"], p=[0.55, 0.3, 0.15]))
        if kind == "release" or not self.out:
            self.counts["release"] += 1
            self.release(self.wish())
            return
        self.counts[kind] += 1
        old = sorted(self.out)[int(self.dice.integers(len(self.out)))]
        wish = self.out.pop(old)
        owner = str(self.dice.choice(wish.owners))
        if kind == "withdrawal":
            self.office.end(old, "withdraw", owner)
            self.story.append(f"{old} withdrawn")
            self.look()
            return
        if self.days[-1] == wish.day:
            how = str(self.dice.choice(["some", "few", "numbered", "moved"]))
            self.story.append(f"{owner} delivers again: {how}")
            self.deliver(owner, later(self.homes[owner, wish.day], how, self.dice))
        if not self.release(replace(wish, replaces=old)):
            self.out[old] = wish

    def wish(self) -> Wish:
        """A release of five to seven companies, now and then of one by itself."""
        dice = self.dice
        many = 1 if dice.random() < 0.1 else int(dice.integers(5, 8))
        owners = tuple(sorted(str(o) for o in dice.choice(self.companies, many, replace=False)))
        at = len(self.days) - 1 - int(dice.random() < 0.25 and len(self.days) > 1)
        figures = FIGURES[int(dice.integers(len(FIGURES)))]
        by = ("rooms",) if dice.random() < 0.1 else ()
        audience = AUDIENCES[int(dice.integers(len(AUDIENCES)))]
        return Wish(owners, self.days[at], figures, LEVELS[int(dice.integers(4))], by, audience)

    def release(self, wish: Wish) -> bool:
        """Through all steps, or turned down on the way; whether it is out."""
        release, code = self.office.check(wish)
        homes = {owner: self.homes[owner, wish.day] for owner in wish.owners}
        self.made[release] = wish, homes
        told = f"{release} {wish.day} {'+'.join(wish.owners)} {'+'.join(wish.figures)} {wish.level} {wish.dimensions}"
        self.story.append(
            f"{told} for {wish.audience or 'all'} {wish.replaces and '← ' + wish.replaces}: {code or 'ok'}"
        )
        self.counts[f"refused {code}" if code else "passed"] += 1
        if code:
            self.refused.append((wish, homes, code))
            return False
        self.look()
        if self.undecided and not wish.replaces and self.dice.random() < self.undecided:
            self.waiting.append(release)
            self.story.append(f"{release} waits")
            return False
        return self.decide(release)

    def decide(self, release: str) -> bool:
        """Published, or turned down, as it has to be where stock has changed since; whether it is out."""
        wish, homes = self.made[release]
        changed = any(self.homes[owner, wish.day] is not of for owner, of in homes.items())
        if changed or self.dice.random() < 0.12:
            self.office.end(release, "reject", wish.owners[0])
            self.story.append(f"{release} rejected")
            return False
        self.office.end(release, "publish", wish.owners[0])
        self.story.append(f"{release} published")
        self.out[release] = wish
        self.look()
        return True

    def look(self) -> None:
        """Everybody asks for everything, and keeps it: cells of a release never change."""
        for reader in self.readers:
            kept = self.shown.setdefault(reader, {})
            for release, cells in self.office.look(reader, kept).items():
                wish, homes = self.made[release]
                agreed = frozenset(wish.consents)
                kept[release] = Shown(release, str(wish.day), homes, wish.dimensions, agreed, cells)

    def onlookers(self, more: Mapping[str, Sequence[Shown]] | None = None) -> Iterator[Onlooker]:
        """Everybody, with all that it has seen; or some readers, with something more."""
        for reader in self.readers if more is None else more:
            shown = [*self.shown.get(reader, {}).values(), *(more or {}).get(reader, ())]
            used = {d for one in shown for d in one.dimensions}
            categories = {c: v for n, (c, v) in enumerate(CATEGORIES.items()) if n < 2 or c in used}
            yield Onlooker(reader, shown, Unknowns(categories), QUARTERS)

    def needless(self) -> int:
        """How many releases were refused although all of it kept secret would have told nobody too much, then or since.

        Not each of them could have shown anything, but none of them had to be refused for what was told before.
        """
        found = 0
        for number, (wish, homes, _) in enumerate(self.refused):
            by = {d: CATEGORIES[d] for d in wish.dimensions}
            cells = dark_cells(homes, wish.figures, wish.level, by, QUARTERS)
            name, agreed = f"refused {number}", frozenset(wish.consents)
            dark = Shown(name, str(wish.day), homes, wish.dimensions, agreed, cells)
            admitted = {*(wish.audience or self.readers), *wish.owners}
            found += not any(
                onlooker.narrow() for onlooker in self.onlookers({r: [dark] for r in self.readers if r in admitted})
            )
        return found

    def narrow(self) -> list[Narrow]:
        """What somebody knows too well."""
        return [narrow for onlooker in self.onlookers() for narrow in onlooker.narrow()]


def later(homes: pd.DataFrame, kind: str, dice: np.random.Generator) -> pd.DataFrame:
    """A delivery that comes from another one. `house` stays with the dwelling."""
    owner = str(homes["owner"].iat[0])
    if kind == "same":
        return homes.copy()
    if kind == "numbered":
        mark = int(dice.integers(10**9))
        new = numbered(f"{owner} {mark} {n}" for n in range(len(homes)))
        return homes.assign(record=new)
    if kind == "recoded":
        return homes.assign(rooms=homes["rooms"].map(dict(zip(ROOMS, [*ROOMS[1:], ROOMS[-1]], strict=True))))
    if kind == "few":  # most of it is sold, in all quarters but one
        stays = homes["place:s/quarter"] == str(dice.choice(list(QUARTERS)))
        found = homes[stays | (dice.random(len(homes)) < 0.3)]
        return found if len(found) else homes.copy()
    if kind == "moved":  # some are let, or stand vacant, by now
        turned = dice.random(len(homes)) < 0.1
        vacant = (homes["vacancy"] == "vacant") ^ turned
        area = np.where(homes["area"] > 0, homes["area"], 60.0) * ~vacant
        return homes.assign(vacancy=np.where(vacant, "vacant", "let"), area=area, rent=np.where(
            vacant, 0.0, np.where(homes["rent"] > 0, homes["rent"], 420.0)))  # fmt: skip
    gone = homes[dice.random(len(homes)) < 0.9]
    mark = int(dice.integers(10**6))
    more = company(mark, owner, int(dice.integers(0, 3)) + (0 if len(gone) else 1))
    numbers = numbered(f"{owner} {mark} new {n}" for n in range(len(more)))
    return pd.concat([gone, more.assign(record=numbers, house=numbers)], ignore_index=True)
