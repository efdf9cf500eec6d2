"""The check of a release: all that its readers could ever see and the new tables as one system, protected and audited.

Pure: what it needs is handed over. What passes is deterministic; what does not is refused with the cell and the reason.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ckanext.ierwohnen.confidential.audit import audit
from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.errors import ConfidentialityError, LimitError
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.known import top
from ckanext.ierwohnen.confidential.limits import Limits
from ckanext.ierwohnen.confidential.microdata import Microdata
from ckanext.ierwohnen.confidential.model import PUBLIC, Audiences, UnionModel
from ckanext.ierwohnen.confidential.parameters import Consent, Parameters, default_parameters
from ckanext.ierwohnen.confidential.protection import Outcome, protect
from ckanext.ierwohnen.confidential.rules import assess
from ckanext.ierwohnen.confidential.tabulate import Table
from ckanext.ierwohnen.releases.audience import Waiting, circles
from ckanext.ierwohnen.releases.cells import cells_of, counted, pattern_of
from ckanext.ierwohnen.releases.dates import without_other_dates
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.deliveries import Deliveries, microdata
from ckanext.ierwohnen.releases.divisions import Divisions
from ckanext.ierwohnen.releases.every_place import PlaceKeys, listed
from ckanext.ierwohnen.releases.last_look import looks
from ckanext.ierwohnen.releases.lineup import TooMany
from ckanext.ierwohnen.releases.past import Past, seen_by
from ckanext.ierwohnen.releases.place_sizes import place_sizes
from ckanext.ierwohnen.releases.place_tree import PlaceTree
from ckanext.ierwohnen.releases.reasons import why_hidden, widths
from ckanext.ierwohnen.releases.records import rented
from ckanext.ierwohnen.releases.refusal import CheckRefused
from ckanext.ierwohnen.releases.rent_signs import Rents, shown_in, tellable, with_rents
from ckanext.ierwohnen.releases.repeats import said_before
from ckanext.ierwohnen.releases.standing import Standing, Told, Versions, of_different_stock
from ckanext.ierwohnen.releases.staying_secret import Secret, hidden_in, secret_of, staying, with_reasons
from ckanext.ierwohnen.releases.tables_of import RENTS, STOCK, LevelUnknown, columns_of, parts_of, tables_of
from ckanext.ierwohnen.releases.told import seen, statuses, tells, with_shown_ratios

NEW = "new"
MANY = 40  # parts of the owners that lined up releases may tell: each is as much to protect as a release
DEARER = 2.0  # how much dearer a sum is to hide with each step up: sums are what people ask for first
MOST_UNDECIDED = 4  # releases to which an owner has agreed: whether each comes out doubles what readers may know
_TOLD = frozenset({"one-owner", "not-protectable", "already-disclosed", "too-many-cells"})


@dataclass(frozen=True)
class Checked:
    """A release that may leave. `report` tells nothing but what every owner may know; `versions` as in `Past`."""

    cells: list[dict[str, Any]]
    patterns: dict[str, list[list[Any]]]
    report: dict[str, Any]
    versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Union:
    """The tables of one part: earlier releases with it, release → its tables, what they are made of, and whose stock
    each release shows."""

    part: str
    past: list[Past]
    tables: Mapping[str, tuple[Table, ...]]
    deliveries: Deliveries
    standing: Standing


@dataclass
class Check:
    """One check.

    :param records: version of stock → its records, for the new release and all earlier ones
    :param versions: the versions of which the new release is made
    :param past: releases of the same source that somebody could ever see; partly: not all of other dates
    :param places: of public levels all places; divisions: how places lie in one another, where that is known already
    """

    definition: Definition
    versions: tuple[str, ...]
    records: Mapping[str, pd.DataFrame] = field(repr=False)
    past: Sequence[Past] = field(repr=False)
    parameters: Parameters = field(default_factory=default_parameters)
    limits: Limits = field(default_factory=Limits)
    today: dt.date | None = None
    partly: bool = False
    places: PlaceKeys = field(default_factory=dict, repr=False)
    divisions: Divisions | None = field(default=None, repr=False)
    _data: dict[str, dict[str | Versions, Microdata]] = field(default_factory=dict, init=False, repr=False)
    _unions: dict[str, _Union] = field(default_factory=dict, init=False, repr=False)
    _apart: dict[str, Told] = field(default_factory=dict, init=False, repr=False)

    def run(self) -> Checked:
        """Protect and audit.

        :raises CheckRefused: with the reason
        """
        tables = {part: self._union(part).tables[NEW] for part in parts_of(self.definition)}
        fewer = without_other_dates(self.definition, self.past)
        checks = [self, *(replace(self, past=some, divisions=self._divided) for some in fewer)]
        outcomes: dict[str, Outcome] = {}
        ranges: list[tuple[Outcome, np.ndarray]] = []
        for check in checks:
            secret = {part: secret_of(outcome) for part, outcome in outcomes.items()}
            outcomes = check._outcomes(secret)
            ranges += [(o, ~hidden_in(o.model, secret.get(part, {}))) for part, o in outcomes.items()]
        for check in checks:
            for part, outcome in outcomes.items():
                check._look(check._union(part), outcome)
        tree, stock = self._divided.of(self.definition), [self._divided.places[version] for version in self.versions]
        cells, whys = cells_of(self.definition, outcomes, tables, tree)
        cells, whys = listed(cells, whys, self.definition, tree, stock, self.places)
        patterns = {part: pattern_of(outcome) for part, outcome in outcomes.items()}
        alone = len(self.definition.owners) == 1
        again = said_before(cells, self.definition.dimensions, self.definition.level)
        report = self._report(outcomes, [cell for cell, said in zip(cells, again, strict=True) if not said])
        report |= why_hidden(whys, alone, again) | widths(ranges, alone, self.parameters)
        return Checked(cells, patterns, report, self.versions)

    def _outcomes(self, secret: Mapping[str, Secret]) -> dict[str, Outcome]:
        """Each part of the release, protected; secret: what stays so."""
        parts = parts_of(self.definition)
        found = {STOCK: self._protected(STOCK, secret)} if STOCK in parts else {}
        if RENTS in parts:
            found[RENTS] = self._protected(RENTS, secret, found.get(STOCK) or self._stock_before())
        return found

    def _look(self, union: _Union, outcome: Outcome) -> None:
        """:raises CheckRefused: where somebody works out too much in a place from all that it was ever shown"""
        made = union.standing.made
        if not of_different_stock(made):
            return
        patterns = {p.id: seen(p, union.part) for p in union.past} | {NEW: pattern_of(outcome)}
        now = self._agreed(self.definition)
        silent = self._companies(self.definition.owners) - now  # whatever they agreed to before
        agreed = {p.id: self._agreed(p.definition) - silent for p in union.past} | {NEW: now}
        audiences, circle = self._circles
        readers = [audiences.sees(reader) for reader in audiences.watching(circle[NEW])]
        read = dict.fromkeys(tuple(name for name in made if circle[name] in sees) for sees in readers)
        for look in looks(union.deliveries, made, union.tables, patterns, self.parameters, agreed):
            if any(look.narrow(NEW, names, self.limits) for names in read):
                raise CheckRefused("worked-out")

    def _companies(self, owners: Iterable[str]) -> frozenset[str]:
        return frozenset(top(owner, self.parameters.linked) for owner in owners)

    def _agreed(self, definition: Definition, again: Iterable[str] = ()) -> frozenset[str]:
        """Companies all of which agreed; of linked ones all have to. `again`: owners whose consent does not count."""
        against = {*definition.owners} - ({*definition.consents} - {*again})
        return self._companies(definition.owners) - self._companies(against)

    def _told(self, union: _Union) -> Told:
        """Classes of owners whose figures together somebody works out who lines up releases, and of which stock.

        :raises CheckRefused: if there are too many to be protected
        """
        if union.part in self._apart:
            return self._apart[union.part]
        audiences, circle = self._circles
        readers = [audiences.sees(reader) for reader in audiences.watching(circle[NEW])]
        try:
            found = union.standing.told([[n for n in union.tables if circle[n] in sees] for sees in readers])
        except TooMany:
            raise CheckRefused("owners-apart") from None
        if len(found) > MANY:
            found = {owners: ways for owners, ways in found.items() if not all(self._harmless(w, union) for w in ways)}
        if len(found) > MANY:
            raise CheckRefused("owners-apart")
        return self._apart.setdefault(union.part, found)

    def _harmless(self, versions: Versions, union: _Union) -> bool:
        """Whether this stock's part of every table could be shown as it is."""
        coded, stock = self._divided.coded(sorted(versions), self._trees).values(), union.deliveries
        tables = [replace(t, name=f"{n} {t.name}") for n, group in enumerate(union.tables.values()) for t in group]
        try:
            rows = [rented(whole) if union.part == RENTS else whole for whole in coded]
            data = microdata(rows, stock.columns, stock.values, stock.linked)
            model = build_model([Release(NEW, data, tuple(tables), union.part, PUBLIC)])
        except (ConfidentialityError, CheckRefused):
            return False
        return not len(assess(model, self.parameters, today=self.today).cells)

    @cached_property
    def _divided(self) -> Divisions:
        return self.divisions or Divisions(self.definition.source, self.versions, self.past, self.records)

    @cached_property
    def _trees(self) -> list[PlaceTree]:
        return self._divided.each([self.definition, *(p.definition for p in self.past)])

    def _tables(self, definition: Definition, part: str, pattern: Sequence[Sequence[Any]] = ()):
        tree, ours = self._divided.of(definition), definition.source == self.definition.source
        if ours and any(out and not tree.knows(place[0]) for _, _, place, out in pattern):
            raise CheckRefused("history-unreadable")
        try:
            return tables_of(definition, part, tree, pattern)
        except LevelUnknown:
            pass
        raise CheckRefused("level-unknown" if definition is self.definition else "history-unreadable")

    def _protected(self, part: str, secret: Mapping[str, Secret], beside: Outcome | None = None) -> Outcome:
        """The new tables of a part, protected. `beside`: for rents, the stock as their readers know it."""
        union = self._union(part)
        model = None
        try:
            model = self._model(union)
            if beside is not None:
                model = self._without_signs(model, union, beside)
            rules, before = self._rules(union.past), secret.get(part, {})
            found = protect(staying(model, before), rules, limits=self.limits, today=self.today, report="shown")
            return with_reasons(found, before)
        except LimitError:
            raise
        except ConfidentialityError as error:
            cell = str(error.params.get("cell", ""))
            ours = model is not None and cell in _names(model)
            code = error.code if error.code in _TOLD else "not-possible"
            refused = CheckRefused(code, cell if ours else "", str(error.params.get("rule", "")) if ours else "")
        raise refused

    def _union(self, part: str) -> _Union:
        """The tables of a part, those of earlier releases and the new ones."""
        if part in self._unions:
            return self._unions[part]
        past = sorted((p for p in self.past if part in parts_of(p.definition)), key=lambda p: p.passed)
        tables = {p.id: self._tables(p.definition, part, p.patterns[part]) for p in past}
        if part in parts_of(self.definition):
            tables[NEW] = self._tables(self.definition, part)
        made = {p.id: dict(zip(p.definition.owners, p.versions, strict=True)) for p in past}
        if NEW in tables:
            made[NEW] = dict(zip(self.definition.owners, self.versions, strict=True))
        columns, trees, linked = columns_of(tables), self._trees, self.parameters.linked
        coded = self._divided.coded(dict.fromkeys(v for versions in made.values() for v in versions.values()), trees)
        deliveries = Deliveries.of(part, columns, coded, trees, linked)
        same = {name: {o: deliveries.same[v] for o, v in versions.items()} for name, versions in made.items()}
        days = {p.id: p.definition.source for p in past} | {NEW: self.definition.source}
        counted = {v: rented(rows) for v, rows in coded.items()} if part == RENTS else coded
        every = (table for group in tables.values() for table in group)
        sizes = place_sizes(counted, every) if of_different_stock(same) else {}
        standing = Standing(same, days, linked, self.parameters.coalitions, sizes)
        union = _Union(part, past, tables, deliveries, standing)
        return self._unions.setdefault(part, union)

    @cached_property
    def _circles(self) -> tuple[Audiences, dict[str, str]]:
        """Who reads, and release → which of them has seen it; undecided ones that tell the same are seen together."""
        told: dict[Hashable, Past] = {}
        same = {p.id: told.setdefault(self._tells(p), p).id for p in self.past if p.undecided}
        by = {p.id: p.seen_by for p in self.past if same.get(p.id, p.id) == p.id} | {NEW: seen_by(self.definition)}
        undecided = {p.id: p.definition for p in told.values()}
        waiting = {n: Waiting(frozenset(d.owners), frozenset(d.consents)) for n, d in undecided.items()}
        often = Counter(owner for one in waiting.values() for owner in one.agreed)
        if any(often[owner] >= MOST_UNDECIDED for owner in self.definition.consents):
            raise CheckRefused("undecided")
        audiences, circle = circles(by, self._pools, waiting)
        return audiences, circle | {name: circle[first] for name, first in same.items()}

    def _tells(self, past: Past) -> Hashable:
        """What its readers know by a release."""
        alike = [self._union(part).deliveries.same for part in parts_of(past.definition)]
        made_of = tuple(same[version] for same in alike for version in past.versions)
        return made_of, past.seen_by, frozenset(past.definition.consents), tells(past)

    def _pools(self, organizations: frozenset[str]) -> list[frozenset[str]]:
        """Linked organizations, and those of a coalition, tell each other what they read."""
        groups = {o: top(o, self.parameters.linked) for o in organizations}
        pools = [{top(m, self.parameters.linked) for m in coalition} for coalition in self.parameters.coalitions]
        pools += [{group} for group in groups.values()]
        found = (frozenset(o for o, group in groups.items() if group in pool) for pool in pools)
        return list(dict.fromkeys(pool for pool in found if len(pool) > 1))

    def _model(self, union: _Union) -> UnionModel:
        part, data = union.part, self._deliveries(union)
        audiences, circle = self._circles
        releases = [
            Release(p.id, data[p.id], union.tables[p.id], part, circle[p.id], statuses(p, part),
                    moment=p.definition.source)
            for p in union.past
        ]  # fmt: skip
        tables, moment = union.tables.get(NEW, ()), self.definition.source
        one = data[NEW if tables else union.past[0].id]  # without tables it tells only who reads
        releases.append(Release(NEW, one, tables, part, circle[NEW], moment=moment))
        shares = union.standing.shares(part, data, self._told(union))
        model = build_model(releases, audiences, shares, total_factor=DEARER)
        model = with_shown_ratios(model, union.past, part, circle)
        return with_rents(model, self._rents_before(model)) if part == STOCK else model

    def _rents_before(self, model: UnionModel) -> list[Rents]:
        """The rents that readers of the new release have seen before."""
        union, stock = self._union(RENTS), self._union(STOCK)
        watching = [model.audiences.sees(a) for a in model.audiences.watching(model.audience)]
        data, made, same = self._deliveries(stock), stock.standing.made, stock.deliveries.same
        (_, circle), found = self._circles, []
        for p in (p for p in union.past if any(circle[p.id] in sees for sees in watching)):
            its = {same.get(v) for v in p.versions}
            holding = {id(data[n]) for n, versions in made.items() if its <= {*versions.values()}}
            rents = self._rents(p.id, union).only(shown_in(p.patterns[RENTS]))
            found.append(replace(rents, deliveries=frozenset(n for n in made if id(data[n]) in holding)))
        return found

    def _rents(self, release: str, union: _Union) -> Rents:
        return Rents.of(self._deliveries(union)[release], union.tables[release][0], self.parameters)

    def _stock_before(self) -> Outcome | None:
        """What readers of a release of rents alone know of the stock; None if they have seen nothing of it."""
        union = self._union(STOCK)
        if not union.past:
            return None
        try:
            model = self._model(union)
            rules = assess(model, self._rules(union.past), today=self.today)
            hidden = np.zeros(len(model), bool)
            who = tuple(model.outsiders())
            report = audit(model, rules, hidden, self.limits, attackers=who, cells=model.shown)
            return Outcome(model, rules, hidden, report, 0)
        except LimitError:
            raise
        except ConfidentialityError:
            refused = CheckRefused("not-possible")  # what stood in the way is in others' tables
        raise refused

    def _without_signs(self, model: UnionModel, union: _Union, beside: Outcome) -> UnionModel:
        """The model in which rents stay secret that would tell something of the stock by being shown. What they come to
        need not be kept apart for that: it tells not even that they could be shown."""
        stock, rents = self._union(STOCK), self._rents(NEW, union)
        fine = tellable(rents, beside.model, beside.hidden, beside.report, stock.tables, self._circles[1])
        kept = model.kept.copy()
        for cell, (_, _, place) in model.places(model.prepared):
            if place in rents.least and place not in fine:
                kept[cell] = True
        return replace(model, kept=kept)

    def _deliveries(self, union: _Union) -> dict[str | Versions, Microdata]:
        """What each release was made of, each share of them, and what is told together."""
        if union.part not in self._data:
            names = {n: tuple(made.values()) for n, made in union.standing.made.items()}
            made_of = {**names, **union.standing.versions(self._told(union))}
            made = {name: union.deliveries.made_of(versions) for name, versions in made_of.items()}
            if any(made[name] is None for name in names):
                raise CheckRefused("no-records")
            self._data[union.part] = {name: data for name, data in made.items() if data is not None}
        return self._data[union.part]

    def _rules(self, past: Sequence[Past]) -> Parameters:
        """The city's rules with the owners' consents. Of linked companies all have to agree, since they count as one.

        A consent is to the cells of its own release and to what they tell, for its own readers. An earlier one stands:
        what these know rightly must not count as disclosed to them. To the new release's readers, an owner that takes
        part in it opens a cell by agreeing to this one only.
        """
        given, asked = list(self.parameters.consents), {*self.definition.owners} - {*self.definition.consents}
        same = {p.id for p in past if p.seen_by.organizations in (frozenset(), seen_by(self.definition).organizations)}
        for key, definition in ((NEW, self.definition), *((p.id, p.definition) for p in past)):
            given += [
                Consent(group, definition.agreement, dt.date.max, audience=self._circles[1][key], release=key)
                for group in sorted(self._agreed(definition, asked if key in same else ()))
            ]
        return replace(self.parameters, consents=tuple(given))

    def _told_of(self, past: Past) -> bool:
        """Whether every owner of the new release may know of an earlier one: its number must not tell of others'."""
        return set(self.definition.owners) <= set(past.definition.owners) or past.definition.audience.public

    def _report(self, outcomes: Mapping[str, Outcome], cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        p = self.parameters
        return {
            "cells": counted(cells),
            "earlier": sum(self._told_of(p) for p in self.past),
            "partly": self.partly or not all(map(self._divided.counts, self.past)),
            "contributors": len(self._companies(self.definition.owners)),
            "rules": {
                "minimum_records": p.minimum_records, "minimum_contributors": p.minimum_contributors,
                "p_percent": p.p_percent, "dominance": [p.dominance_n, p.dominance_k],
                "counts_as_values": p.counts_as_values, "version": p.version,
            },
        }  # fmt: skip


def _names(model: UnionModel) -> set[str]:
    """What the places of the new tables are called."""
    rows, measures = np.flatnonzero(model.prepared), model.positions["measure"].to_numpy()
    return {f"{', '.join(f'{k}={v}' for k, v in model.labels[r].items())} ({measures[r]})" for r in rows}
