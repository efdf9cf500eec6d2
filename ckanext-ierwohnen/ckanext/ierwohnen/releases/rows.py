"""The rows of a release's table: the same, in the same order and words, on its page, in its files and in the dataset of
a public one. A place stands below the one in which it lies, a place without dwellings as well: nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ckan.types import Context

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.places.lookup import readable_level_keys
from ckanext.ierwohnen.releases.repeats import by_place, repeated
from ckanext.ierwohnen.releases.texts import say


@dataclass(frozen=True)
class Row:
    """A place and category with its cells, one for each figure.

    `depth`: 0 for what stands at the margin (the sum, the coarsest level), then one more for each level below.
    `codes`: a code for each dimension.
    """

    level: str
    key: str
    codes: tuple[str, ...]
    depth: int
    cells: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Places:
    """The levels of a release's system by `system/level`: what people call them and their places, what lies in what."""

    levels: Mapping[str, LevelKeys] = field(default_factory=dict)

    @classmethod
    def of(cls, context: Context, level: str) -> Places:
        """Those of the system of a level that the reader may see."""
        system = level.partition("/")[0]
        found = [one for one in readable_level_keys(context) if one.system == system] if system else []
        return cls({f"{one.system}/{one.level}": one for one in found})

    def level(self, level: str, language: str = "de") -> str:
        """A level in words."""
        if not level:
            return say("all-places", language)
        return self.levels[level].title(language) if level in self.levels else level.rpartition("/")[2]

    def name(self, level: str, key: str, language: str = "de") -> str:
        """A place in words."""
        if not level:
            return say("all-places", language)
        if not key:
            return say("no-address", language)
        return self.levels[level].units.get(key, key) if level in self.levels else key

    @property
    def names(self) -> dict[tuple[str, str], str]:
        """(level, key) → name."""
        return {(level, key): name for level, one in self.levels.items() for key, name in one.units.items()}

    def way(self, level: str, key: str) -> list[tuple[str, str]]:
        """A place and those in which it lies, from coarse to fine."""
        found = [(level, key)]
        while (known := self.levels.get(level)) is not None and known.above and key in known.parents:
            level, key = f"{known.system}/{known.above}", known.parents[key]
            found.append((level, key))
        return found[::-1]


def rows_of(cells: Iterable[Mapping[str, Any]], dimensions: Sequence[str], finest: str, places: Places) -> list[Row]:
    """The rows in reading order: the sum first, dwellings of unknown address last, each place before those within.

    :param cells: as the store or `ierwohnen_release_show` gives them, of one place and category beside one another
    :param finest: the level of the release, "system/level", or empty
    """
    found = by_place(cells, dimensions)
    again = repeated(found, finest)
    kept = {place: told for place, told in found.items() if place not in again}
    order = {level: n for n, level in enumerate(dict.fromkeys(level for level, *_ in kept))}
    ways = {(level, key): [one for one in places.way(level, key) if one[0] in order] for level, key, *_ in kept}
    first = {one: n for n, one in enumerate(ways)}

    def rank(place: tuple[str, ...]) -> tuple[bool, bool, list[tuple[int, int]]]:
        level, key, *_ = place
        return bool(level), not key, [(order[at], first.get((at, one), 0)) for at, one in ways[level, key]]

    return [
        Row(place[0], place[1], place[2:], max(0, order[place[0]] - ("" in order)), tuple(kept[place]))
        for place in sorted(kept, key=rank)
    ]
