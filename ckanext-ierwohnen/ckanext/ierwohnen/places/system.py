"""What a spatial system is: levels, units and the parent of each unit at one boundary date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from ckanext.ierwohnen.places.findings import Finding, error


@dataclass(frozen=True)
class Level:
    """One spatial level (Raumebene).

    ``parent`` is the code of the coarser level to which the units of this level belong; None for a level that
    stands for itself (a postcode area beside the quarters).
    """

    code: str
    title: str
    title_en: str = ""
    parent: str | None = None

    def named(self, locale: str) -> str:
        """The title in ``locale``: English where it is given, else German."""
        return self.title_en or self.title if locale.startswith("en") else self.title


@dataclass(frozen=True)
class Unit:
    """One spatial unit (Raumeinheit). ``key`` is text, its leading zeros are part of it; names are not
    unique.
    """

    level: str
    key: str
    name: str
    parent: str | None = None


@dataclass(frozen=True)
class SpatialSystem:
    """All levels (coarse → fine) and units of one place at one boundary date."""

    id: str
    title: str
    boundary_date: date
    levels: tuple[Level, ...]
    units: tuple[Unit, ...] = field(repr=False)

    @cached_property
    def _by_level(self) -> dict[str, dict[str, Unit]]:
        found: dict[str, dict[str, Unit]] = {level.code: {} for level in self.levels}
        for unit in self.units:
            found.setdefault(unit.level, {})[unit.key] = unit
        return found

    def level(self, code: str) -> Level:
        """The level with this code; KeyError if there is none."""
        for level in self.levels:
            if level.code == code:
                return level
        raise KeyError(code)

    def units_of(self, level: str) -> dict[str, Unit]:
        """Units of one level by key; KeyError if the level does not exist."""
        self.level(level)
        return self._by_level[level]

    def children(self, level: str, key: str) -> list[Unit]:
        """Units of every level whose parent is the unit ``key`` of ``level``, in the order they were
        given.
        """
        below = {finer.code for finer in self.levels if finer.parent == level}
        return [unit for unit in self.units if unit.level in below and unit.parent == key]

    def ancestors(self, level: str, key: str) -> dict[str, str]:
        """The unit itself and what it lies in: level code → key, from fine to coarse."""
        found: dict[str, str] = {}
        code: str | None = level
        unit: Unit | None = self.units_of(level)[key]
        while code is not None and unit is not None:
            found[code] = unit.key
            code = self.level(code).parent
            unit = self._by_level.get(code or "", {}).get(unit.parent or "")
        return found


def check_system(system: SpatialSystem) -> list[Finding]:
    """Contradictions of a system: levels, keys, parents. An empty list means that it holds together."""
    return [*_check_levels(system.levels), *_check_keys(system), *_check_parents(system)]


def _check_levels(levels: Iterable[Level]) -> list[Finding]:
    found: list[Finding] = []
    coarser: set[str] = set()
    for level in levels:
        if level.code in coarser:
            found.append(error("level_twice", level=level.code))
        # A parent level has to stand before its children: so a circle of levels cannot come about.
        if level.parent is not None and level.parent not in coarser:
            found.append(error("parent_level_order", level=level.title, parent=level.parent))
        coarser.add(level.code)
    if not coarser:
        found.append(error("no_levels"))
    return found


def _check_keys(system: SpatialSystem) -> list[Finding]:
    found: list[Finding] = []
    for level in system.levels:
        counts = Counter(unit.key for unit in system.units if unit.level == level.code)
        if not counts:
            found.append(error("level_empty", level=level.title))
        blank = sum(count for key, count in counts.items() if not key.strip())
        if blank:
            found.append(error("key_empty_unit", level=level.title, count=blank))
        twice = [f"{key} ({count}×)" for key, count in counts.items() if count > 1 and key.strip()]
        if twice:
            found.append(error("key_twice", level=level.title, keys=twice))
    return found


def _check_parents(system: SpatialSystem) -> list[Finding]:
    """One finding a level and kind, with examples: a wrong column concerns every unit, and nobody reads 500
    lines.
    """
    found: list[Finding] = []
    titles = {level.code: level.title for level in system.levels}
    for level in system.levels:
        if level.parent is None or level.parent not in titles:
            continue
        known = {unit.key for unit in system.units if unit.level == level.parent}
        units = [unit for unit in system.units if unit.level == level.code and unit.parent not in known]
        blank = [f"{unit.key} {unit.name}" for unit in units if not unit.parent]
        wrong = [f"{unit.key} {unit.name} → {unit.parent}" for unit in units if unit.parent]
        place = {"level": level.title, "parent_level": titles[level.parent]}
        if blank:
            found.append(error("parent_empty", count=len(blank), units=blank, **place))
        if wrong:
            found.append(error("parent_unknown", count=len(wrong), units=wrong, **place))
    return found
