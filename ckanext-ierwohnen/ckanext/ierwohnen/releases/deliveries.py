"""The stock of which releases are made, as tables tell it: what tells the same is one delivery. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ckanext.ierwohnen.confidential.microdata import Microdata, prepare
from ckanext.ierwohnen.releases.place_tree import PlaceTree
from ckanext.ierwohnen.releases.recognising import known_again, stages
from ckanext.ierwohnen.releases.records import AREA, LASTING, PLACE, RENT, rented, together
from ckanext.ierwohnen.releases.refusal import CheckRefused
from ckanext.ierwohnen.releases.tables_of import RENTS


@dataclass(frozen=True)
class Deliveries:
    """`known`: version → its records, one fingerprint for one dwelling; `same`: version → the first one of which all
    tables tell the same; `idle`: for rents, version → places and categories whose dwellings bear none."""

    columns: Sequence[str]
    values: Sequence[str]
    linked: Mapping[str, str]
    known: Mapping[str, pd.DataFrame]
    same: Mapping[str, str]
    idle: Mapping[str, pd.DataFrame]
    _made: dict[tuple[str, ...], Microdata] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(
        cls, part: str, columns: Sequence[str], coded: Mapping[str, pd.DataFrame], trees: Sequence[PlaceTree],
        linked: Mapping[str, str],
    ) -> Deliveries:  # fmt: skip
        """Of all versions, the oldest first.

        :param coded: version → its records, with their places as the trees call them
        """
        rent = part == RENTS
        values = [RENT, AREA] if rent else []
        records = {v: rented(whole) for v, whole in coded.items()} if rent else coded
        lasting = [c for c in (*(tree.column for tree in trees), *LASTING) if c in columns]
        coarser = [PLACE + level for tree in trees for level in reversed(tree.levels[:-1])]
        everywhere = [c for c in coarser if all(c in whole for whole in coded.values())]
        known, first = known_again(records, stages([*lasting, *reversed(values)], everywhere))
        idle = {
            v: whole[whole[RENT] <= 0].reindex(columns=columns).drop_duplicates() for v, whole in coded.items()
        } if rent else {}  # fmt: skip
        beside = {v: frozenset(rows.itertuples(index=False, name=None)) for v, rows in idle.items()}
        alike: dict[tuple, str] = {}
        same = {v: alike.setdefault((first[v], beside.get(v)), v) for v in coded}
        return cls(columns, values, linked, {v: known[first[v]] for v in coded}, same, idle)

    def made_of(self, versions: Sequence[str]) -> Microdata | None:
        """The records of some versions together, always the same object for what tells the same; None without any.

        :raises CheckRefused: where records lack what a table shows
        """
        key = tuple(self.same[v] for v in versions)
        if key not in self._made:
            frames = [self.known[v] for v in key]
            if not any(map(len, frames)):
                return None
            idle = [self.idle[v] for v in key if v in self.idle]
            rest = pd.concat(idle, ignore_index=True).drop_duplicates() if idle else None
            self._made[key] = microdata(frames, self.columns, self.values, self.linked, rest)
        return self._made[key]


def microdata(
    frames: Sequence[pd.DataFrame], columns: Sequence[str], values: Sequence[str], linked: Mapping[str, str],
    idle: pd.DataFrame | None = None,
) -> Microdata:  # fmt: skip
    """Records of some versions as the rules read them.

    :raises CheckRefused: where there are none, or records lack what a table shows
    """
    frame = together(frames, ["record", "owner", *columns, *values])
    if frame.empty:
        raise CheckRefused("no-records")
    without = None if idle is None or idle.empty else idle
    for rows in (frame, *([] if without is None else [without])):
        if any(column not in rows or rows[column].isna().any() for column in columns):
            raise CheckRefused("history-unreadable")
    return prepare(frame, columns, "owner", values, record_id="record", hashed=True, linked=linked, idle=without)
