"""Which tables of the union model a definition stands for. Pure.

A release has up to two parts. In "stock" every dwelling counts; vacancy is a dimension there, so that a place where all
is vacant is protected as a group. In "rent" only dwellings that bear a rent are records: whoever has none must not pass
for one more dwelling or contributor behind somebody else's rent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ckanext.ierwohnen.confidential.hierarchy import TOTAL, Hierarchy
from ckanext.ierwohnen.confidential.microdata import COUNT
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table
from ckanext.ierwohnen.releases.catalogue import UNKNOWN, catalogue
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.place_tree import PlaceTree
from ckanext.ierwohnen.releases.records import AREA, LET, RENT, VACANCY, VACANT

STOCK, RENTS = "stock", "rent"
PARTS = (STOCK, RENTS)
DWELLINGS, VACANCIES, RATE = "dwellings", "vacancy", "vacancy_rate"


class LevelUnknown(ValueError):
    """The level of a definition is not in the tree of places."""


def parts_of(definition: Definition) -> tuple[str, ...]:
    """The parts that its figures need."""
    rent = (RENTS,) if RENT in definition.figures else ()
    return ((STOCK,) if set(definition.figures) - {RENT} else ()) + rent


def tables_of(
    definition: Definition, part: str, tree: PlaceTree, pattern: Iterable[Sequence[Any]] = ()
) -> tuple[Table, ...]:  # fmt: skip
    """The tables of one part.

    :param pattern: of a release before, as `Past` has it: it shows the levels that it showed then
    :raises LevelUnknown: if its level is not in the tree
    """
    levels = tree.shown(definition.level)
    if levels is None:
        raise LevelUnknown(definition.level)
    index = tree.hierarchy.index
    then = frozenset(int(tree.hierarchy.depth[index[code]]) for _, _, (code, *_), _ in pattern if code in index)
    place = Dimension(tree.column, tree.hierarchy, then or levels)
    known = catalogue().dimensions
    shared = (place, *(Dimension(name, _flat(known[name].categories)) for name in definition.dimensions))
    if part == RENTS:
        return (Table(RENTS, shared, (RENT, AREA)),) if RENT in definition.figures else ()
    wanted = set(definition.figures)
    found = (Table(DWELLINGS, shared, (COUNT,)),) if wanted & {DWELLINGS, RATE} else ()
    if wanted & {VACANT, RATE}:
        vacancy = Dimension(VACANCY, _flat((VACANT, LET, UNKNOWN)), frozenset({1}), frozenset({VACANT}))
        found += (Table(VACANCIES, (*shared, vacancy), (COUNT,)),)
    return found


def columns_of(tables: Mapping[str, tuple[Table, ...]]) -> list[str]:
    """Every column that one of these tables uses, once."""
    return list(dict.fromkeys(d.column for group in tables.values() for table in group for d in table.dimensions))


def _flat(categories: tuple[str, ...]) -> Hierarchy:
    return Hierarchy((TOTAL, *categories), (-1, *([0] * len(categories))))
