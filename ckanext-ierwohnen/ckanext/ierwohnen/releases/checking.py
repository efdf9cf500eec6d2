"""The check of a release: all that its readers could ever see and the new tables as one system, protected and audited.

Pure: what it needs is handed over. What passes is deterministic; what does not is refused with the cell and the reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.errors import ConfidentialityError, LimitError
from ckanext.ierwohnen.confidential.gather import PUBLISHED, Release
from ckanext.ierwohnen.confidential.known import top
from ckanext.ierwohnen.confidential.limits import Limits
from ckanext.ierwohnen.confidential.microdata import Microdata, prepare
from ckanext.ierwohnen.confidential.parameters import Consent, Parameters, default_parameters
from ckanext.ierwohnen.confidential.protection import Outcome, protect
from ckanext.ierwohnen.releases.audience import Audience, among, circles
from ckanext.ierwohnen.releases.cells import cells_of, counted, pattern_of
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.place_tree import PlaceTree, place_tree
from ckanext.ierwohnen.releases.records import AREA, RENT, rented, together
from ckanext.ierwohnen.releases.tables_of import RENTS, LevelUnknown, columns_of, parts_of, tables_of

NEW = "new"
_TOLD = frozenset({"one-owner", "not-protectable", "already-disclosed", "too-many-cells"})


@dataclass(frozen=True)
class Past:
    """A release that somebody could see at some time. `seen_by`: everybody who could; `versions`: the versions of stock
    that it was made of; `patterns`: part → what was published of it and what was not."""

    id: str
    definition: Definition
    seen_by: Audience
    versions: tuple[str, ...]
    patterns: Mapping[str, Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Checked:
    """A release that may leave. `report` tells nothing but what every owner may know; `versions` as in `Past`."""

    cells: list[dict[str, Any]]
    patterns: dict[str, list[list[Any]]]
    report: dict[str, Any]
    versions: tuple[str, ...] = ()


class CheckRefused(Exception):
    """The release may not leave: `code` of `release_texts.TEXTS`, with the cell where there is one.

    `detail` (rule and attacker) is for a house that is alone in the release: it tells about whose records they are.
    """

    def __init__(self, code: str, cell: str = "", **detail: Any) -> None:
        self.code, self.cell, self.detail = code, cell, detail
        super().__init__(code)


@dataclass
class Check:
    """One check.

    :param records: version of stock → its records, for the new release and all earlier ones
    :param versions: the versions of which the new release is made
    :param past: releases of the same source that somebody could ever see
    """

    definition: Definition
    versions: tuple[str, ...]
    records: Mapping[str, pd.DataFrame]
    past: Sequence[Past]
    parameters: Parameters = field(default_factory=default_parameters)
    limits: Limits = field(default_factory=Limits)
    today: dt.date | None = None
    _data: dict[tuple, Microdata] = field(default_factory=dict)

    def run(self) -> Checked:
        """Protect and audit.

        :raises CheckRefused: with the reason
        """
        trees = self._trees()
        tree = trees[_system(self.definition)]
        outcomes, tables = {}, {}
        for part in parts_of(self.definition):
            tables[part] = self._tables(self.definition, part, trees)
            outcomes[part] = self._protected(part, trees)
        cells = cells_of(self.definition, outcomes, tables, tree)
        patterns = {part: pattern_of(outcome) for part, outcome in outcomes.items()}
        return Checked(cells, patterns, self._report(outcomes, cells), self.versions)

    def _trees(self) -> dict[str, PlaceTree]:
        frames = list(self.records.values())
        return {s: place_tree(frames, s) for s in {_system(d) for d in (self.definition, *self._definitions())}}

    def _definitions(self) -> list[Definition]:
        return [past.definition for past in self.past]

    def _tables(self, definition: Definition, part: str, trees: Mapping[str, PlaceTree]):
        try:
            return tables_of(definition, part, trees[_system(definition)])
        except LevelUnknown:
            pass
        raise CheckRefused("level-unknown" if definition is self.definition else "history-unreadable")

    def _protected(self, part: str, trees: Mapping[str, PlaceTree]) -> Outcome:
        past = [p for p in self.past if part in parts_of(p.definition)]
        tables = {p.id: self._tables(p.definition, part, trees) for p in past}
        tables[NEW] = self._tables(self.definition, part, trees)
        columns = columns_of(tables)
        audiences, circle = circles({p.id: p.seen_by for p in past} | {NEW: seen_by(self.definition)})
        source = f"{self.definition.source} {part}"
        releases = [
            Release(p.id, self._microdata(p.versions, part, columns, trees), tables[p.id], source, circle[p.id],
                    {(t, m, tuple(place)): PUBLISHED if out else "secret" for t, m, place, out in p.patterns[part]})
            for p in past
        ]  # fmt: skip
        data = self._microdata(self.versions, part, columns, trees)
        releases.append(Release(NEW, data, tables[NEW], source, circle[NEW]))
        try:
            model = build_model(releases, audiences)
            return protect(model, self._rules(circle, past), limits=self.limits, today=self.today)
        except LimitError:
            raise
        except ConfidentialityError as error:
            refused = CheckRefused(
                error.code if error.code in _TOLD else "not-possible", str(error.params.get("cell", "")),
                rule=str(error.params.get("rule", "")), attacker=str(error.params.get("attacker", "")),
            )  # fmt: skip
        raise refused

    def _microdata(
        self, versions: tuple[str, ...], part: str, columns: Sequence[str], trees: Mapping[str, PlaceTree]
    ) -> Microdata:
        key = (versions, part)
        if key not in self._data:  # one object for a delivery: so the model sees that it is the same
            frame = together(self.records[version] for version in versions)
            if part == RENTS:
                frame = rented(frame)
            for tree in trees.values():
                frame[tree.column] = tree.codes(frame)
            if frame.empty:
                raise CheckRefused("no-records")
            missing = [column for column in columns if column not in frame or frame[column].isna().any()]
            if missing:
                raise CheckRefused("history-unreadable")
            values = [RENT, AREA] if part == RENTS else []
            linked = self.parameters.linked
            self._data[key] = prepare(frame, columns, "owner", values, record_id="record", linked=linked)
        return self._data[key]

    def _rules(self, circle: Mapping[str, str], past: Sequence[Past]) -> Parameters:
        """The city's rules with the owners' consents: the new release's, and of others what they once agreed to.

        Of linked companies all have to agree, since they count as one.
        """
        given = list(self.parameters.consents)
        for key, definition in ((NEW, self.definition), *((p.id, p.definition) for p in past)):
            groups = [top(owner, self.parameters.linked) for owner in definition.owners]
            against = {
                group for owner, group in zip(definition.owners, groups, strict=True)
                if owner not in definition.consents or (key != NEW and owner in self.definition.owners)
            }  # fmt: skip
            given += [
                Consent(group, definition.agreement, dt.date.max, audience=circle[key])
                for group in dict.fromkeys(groups) if group not in against
            ]  # fmt: skip
        return replace(self.parameters, consents=tuple(given))

    def _report(self, outcomes: Mapping[str, Outcome], cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        p = self.parameters
        return {
            "cells": counted(cells),
            **_widths(outcomes),
            "earlier": len(self.past),
            "contributors": len({c for o in outcomes.values() for c in o.model.contributors}),
            "rules": {
                "minimum_records": p.minimum_records, "minimum_contributors": p.minimum_contributors,
                "p_percent": p.p_percent, "dominance": [p.dominance_n, p.dominance_k],
            },
        }  # fmt: skip


def seen_by(definition: Definition) -> Audience:
    """Everybody who sees a release from its check on: its audience, and the owners who decide about it."""
    audience = definition.audience
    if audience.public:
        return audience
    return replace(audience, organizations=audience.organizations | {*definition.owners})


def seen_by_owners(definition: Definition) -> Audience | None:
    """Everybody who saw a release that never left: the owners; None if it is one alone, who knows its own."""
    return among(definition.owners) if len(definition.owners) > 1 else None


def related(definition: Definition, past: Sequence[Past]) -> list[Past]:
    """Earlier releases that may tell something together with the new one: those of the same source with a common owner,
    and those with a common owner with these."""
    owners, rest, found = set(definition.owners), [p for p in past if p.definition.source == definition.source], []
    while True:
        more = [p for p in rest if owners.intersection(p.definition.owners)]
        if not more:
            return sorted(found, key=lambda p: [x.id for x in past].index(p.id))
        found += more
        owners.update(o for p in more for o in p.definition.owners)
        rest = [p for p in rest if p not in more]


def _system(definition: Definition) -> str:
    return definition.level.partition("/")[0]


def _widths(outcomes: Mapping[str, Outcome]) -> dict[str, float | None]:
    """How closely an outsider can estimate what is kept secret, in percent either way of the middle of the possible.

    Reckoned from the bounds alone, which the outsider knows as well: set against the true value, it would tell that.
    """
    found: list[np.ndarray] = []
    for outcome in outcomes.values():
        for attacker, (cells, low, high) in outcome.report.intervals.items():
            if attacker.members:
                continue
            new = outcome.model.asked[cells] & outcome.hidden[cells] & (high > 0)
            with np.errstate(invalid="ignore"):
                found.append(np.where(np.isfinite(high), (high - low) / (high + low), 1.0)[new])
    widths = np.concatenate(found) if found else np.empty(0)
    if not len(widths):
        return {"narrowest": None, "widest": None}
    return {"narrowest": round(100 * float(widths.min()), 1), "widest": round(100 * float(widths.max()), 1)}
