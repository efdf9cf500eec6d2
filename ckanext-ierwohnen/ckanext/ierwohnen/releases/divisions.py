"""How the places of all releases lie in one another: one tree of each system, and one more for each other date whose
districts contradict it. Pure.

One dwelling in another district would untie quarters and districts for all. So districts of another date that do not
fit are to the check areas of another system, which overlap; every dwelling stands in both by its finest key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.past import Past
from ckanext.ierwohnen.releases.place_tree import CITY, PlaceTree, place_tree
from ckanext.ierwohnen.releases.records import PLACE


@dataclass(frozen=True)
class Divisions:
    """The trees of a new release and of earlier ones.

    :param source: the new release's date, as `Definition.source` has it; versions: of which the release is made
    :param past: those of other dates with those most alike first
    :param records: version → its records
    """

    source: str
    versions: Sequence[str]
    past: Sequence[Past]
    records: Mapping[str, pd.DataFrame] = field(repr=False)
    _found: dict[str, dict[str, PlaceTree]] = field(default_factory=dict, init=False, repr=False)

    def of(self, definition: Definition) -> PlaceTree:
        """The tree by which a release shows its places."""
        system = _system(definition)
        if system not in self._found:
            self._found[system] = self._trees(system)
        trees = self._found[system]
        return trees.get(definition.source, trees[self.source])

    def each(self, definitions: Iterable[Definition]) -> list[PlaceTree]:
        """The trees of some releases, each once."""
        return list({tree.column: tree for tree in map(self.of, definitions)}.values())

    def counts(self, past: Past) -> bool:
        """Whether all that a release showed has its place in its tree; of stock that is gone nothing is left."""
        tree = self.of(past.definition)
        return past.left or all(map(tree.knows, _shown(past)))

    def coded(self, versions: Iterable[str], trees: Sequence[PlaceTree]) -> dict[str, pd.DataFrame]:
        """The records of each version with their places as the trees call them, all made together: each column costs
        more than its rows."""
        frames = {v: self.records[v] for v in versions}
        if not frames:
            return {}
        whole = pd.concat(frames.values(), ignore_index=True)
        whole = whole.assign(**{tree.column: tree.codes(whole) for tree in trees})
        ends = pd.Series([len(frame) for frame in frames.values()]).cumsum().tolist()
        rows = {v: whole.iloc[end - len(frames[v]) : end] for v, end in zip(frames, ends, strict=True)}
        return {v: mine.reset_index(drop=True) for v, mine in rows.items()}

    def _trees(self, system: str) -> dict[str, PlaceTree]:
        """The new release's tree under its date, and those of dates that have one of their own."""
        mine = [p for p in self.past if p.definition.source == self.source]
        versions = {*self.versions, *(v for p in mine for v in p.versions)}
        own, dates = self._tree(versions, system), dict[str, list[Past]]()
        for p in (p for p in self.past if p.definition.source != self.source):
            dates.setdefault(p.definition.source, []).append(p)
        asked = {source: _Asked.of(its, system) for source, its in dates.items()}
        needed = _Asked(frozenset(own.levels))
        whole = own if versions == {*self.records} else self._tree(self.records, system)
        if _Asked.together([needed, *asked.values()]).holds(whole):
            return {self.source: whole}
        found = {}
        for source, its in dates.items():
            theirs, both = {v for p in its for v in p.versions}, _Asked.together([needed, asked[source]])
            if both.holds(self._tree(versions | theirs, system)):
                versions, needed = versions | theirs, both
            elif not asked[source].only_finest(own):
                found[source] = replace(self._covering(theirs, system), column=f"{PLACE}{system}@{source}")
        return {self.source: self._covering(versions, system), **found}

    def _tree(self, versions: Iterable[str], system: str) -> PlaceTree:
        return place_tree([self.places[v] for v in sorted(versions)], system)

    def _covering(self, versions: set[str], system: str) -> PlaceTree:
        """The tree of some versions with the finest places of all others, in no district where theirs contradict it."""
        tree = self._tree(versions, system)
        if not tree.levels:
            return tree
        finest = PLACE + tree.levels[-1]
        rows = [self.places[v] for v in sorted(versions)]
        others = [f.reindex(columns=[*f, *({finest} - {*f})]).fillna("") for v, f in self.places.items()]
        others = [f[[f"{tree.levels[-1]}:{key}" not in tree.hierarchy.index for key in f[finest]]] for f in others]
        with_theirs = place_tree([*rows, *others], system)
        return with_theirs if with_theirs.levels == tree.levels else place_tree(
            [*rows, *(f[[finest]] for f in others)], system
        )  # fmt: skip

    @cached_property
    def places(self) -> dict[str, pd.DataFrame]:
        """Version → the keys of its records' places, each once."""
        whole = pd.concat(self.records.values(), ignore_index=True)
        whole = whole[[c for c in whole if c.startswith(PLACE)]]
        sizes = [len(frame) for frame in self.records.values()]
        whole = whole.assign(version=np.repeat(np.arange(len(sizes)), sizes)).drop_duplicates()
        ends = np.searchsorted(whole.pop("version"), np.arange(len(sizes)), "right").tolist()
        rows = {v: whole.iloc[at:end] for v, at, end in zip(self.records, [0, *ends[:-1]], ends, strict=True)}
        return {v: mine[[c for c in mine if c in self.records[v]]] for v, mine in rows.items()}


def _shown(past: Past) -> Iterator[str]:
    """Places of which it showed a figure."""
    rows = (row for pattern in past.patterns.values() for row in pattern)
    return (place[0] for _, _, place, out in rows if out and place)


@dataclass(frozen=True)
class _Asked:
    """Levels and places that releases need in a tree."""

    levels: frozenset[str]
    shown: frozenset[str] = frozenset()

    @classmethod
    def of(cls, past: Iterable[Past], system: str) -> _Asked:
        its = [p for p in past if _system(p.definition) == system]
        levels = {p.definition.level for p in its} - {""}
        return cls(frozenset(levels), frozenset(code for p in its for code in _shown(p)))

    @classmethod
    def together(cls, some: Sequence[_Asked]) -> _Asked:
        return cls(frozenset().union(*(a.levels for a in some)), frozenset().union(*(a.shown for a in some)))

    def holds(self, tree: PlaceTree) -> bool:
        """Whether they are in the tree."""
        return self.levels <= {*tree.levels} and all(map(tree.knows, self.shown))

    def only_finest(self, tree: PlaceTree) -> bool:
        """Whether dwellings stand in all of these places by a key that the tree knows them by, or in the city."""
        finest = tree.levels[-1:]
        return self.levels <= {*finest} and all(
            code in (TOTAL, CITY) or code.rpartition(":")[0] in finest for code in self.shown
        )


def _system(definition: Definition) -> str:
    return definition.level.partition("/")[0]
