"""Which rows of a release only say once more what another one says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Place = tuple[str, ...]  # level, key, and a code for each dimension


def place_of(cell: Mapping[str, Any], dimensions: Sequence[str]) -> Place:
    """Where a cell stands."""
    return (cell["level"], cell["key"], *(cell[name] for name in dimensions))


def by_place(cells: Iterable[Mapping[str, Any]], dimensions: Sequence[str]) -> dict[Place, list[Mapping[str, Any]]]:
    """The cells of each place and category, in their order."""
    found: dict[Place, list[Mapping[str, Any]]] = {}
    for cell in cells:
        found.setdefault(place_of(cell, dimensions), []).append(cell)
    return found


def repeated(found: Mapping[Place, Sequence[Mapping[str, Any]]], finest: str) -> set[Place]:
    """Rows of dwellings of unknown address at a coarser level that say the same as that of the finest.

    :param found: as `by_place` gives it, of cells as they are stored or as `ierwohnen_release_show` gives them
    """
    return {
        (level, key, *codes)
        for level, key, *codes in found
        if not key and level not in ("", finest) and (same := found.get((finest, key, *codes))) is not None
        and [*map(_told, same)] == [*map(_told, found[(level, key, *codes)])]
    }  # fmt: skip


def said_before(cells: Sequence[Mapping[str, Any]], dimensions: Sequence[str], finest: str) -> list[bool]:
    """Of each cell whether its row only says once more what another one says."""
    unknown = [cell for cell in cells if not cell["key"]]
    again = repeated(by_place(unknown, dimensions), finest)
    return [not cell["key"] and place_of(cell, dimensions) in again for cell in cells]


def _told(cell: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    figure = cell["figure"]
    if isinstance(figure, Mapping):
        return cell["indicator"], figure["value"], figure["status"]
    return figure, cell["value"], cell["status"]
