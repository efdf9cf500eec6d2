"""Whether a delivered table continues a published one: the same columns, and a file and sheet named alike.

No CKAN in here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from rapidfuzz import fuzz

from ckanext.ierwohnen.tables.periods import without_period

YEAR = re.compile(r"(?:19|20)[0-9][0-9]")
SAME, CLEARLY = 0.5, 0.15  # likeness from which a table may be the same, and by which it must be ahead of the next one


@dataclass(frozen=True)
class PublishedColumn:
    """A column as the office wrote it; `period` if the column stands for one (a wide table)."""

    name: str
    period: str | None = None


@dataclass(frozen=True)
class Likeness:
    """How a delivery compares with a published table.

    `missing` and `added` are names of columns; columns of other periods of a wide table are neither. `columns` is the
    share of the columns that both have, from 0 to 1; `name` how much the file's name is like the last one.
    """

    columns: float
    name: float
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def same_columns(self) -> bool:
        """Whether nothing is missing and nothing new."""
        return not self.missing and not self.added

    @property
    def share(self) -> float:
        """One number to order by: the columns count most."""
        return 0.8 * self.columns + 0.2 * self.name

    def as_dict(self) -> dict[str, Any]:
        """The form that actions give."""
        return {
            "share": round(self.share, 2),
            "same_columns": self.same_columns,
            "missing": list(self.missing),
            "added": list(self.added),
        }


def likeness(
    names: Sequence[str],
    published: Iterable[PublishedColumn],
    set_aside: Iterable[str] = (),
    files: tuple[str, str] = ("", ""),
) -> Likeness:
    """Compare the columns of a delivery with those of a published table.

    :param set_aside: columns of the last delivery that were not published; they are no news
    :param files: names of the delivered and of the last file, with the sheet if there is one
    """
    known = list(published)
    wide = {subject(column.name) for column in known if column.period}
    delivered = {_plain(name): name for name in names}
    before = {_plain(column.name): column for column in known}
    ignored = {_plain(name) for name in set_aside}
    missing = [c.name for plain, c in before.items() if plain not in delivered and not (c.period and _has(wide, names))]
    added = [
        name
        for plain, name in delivered.items()
        if plain not in before and plain not in ignored and not (wide and _is_period(name) and subject(name) in wide)
    ]
    both = len(delivered.keys() & before.keys()) + sum(_is_period(name) and subject(name) in wide for name in names)
    total = both + len(missing) + len(added)
    return Likeness(both / total if total else 0.0, _alike(*files), tuple(missing), tuple(added))


def clearly_first(found: Sequence[tuple[str, Likeness]]) -> str | None:
    """The table that a delivery continues, if one is clearly ahead of all others; its name otherwise stays open."""
    ordered = sorted(found, key=lambda entry: -entry[1].share)
    if not ordered or ordered[0][1].columns < SAME:
        return None
    if len(ordered) > 1 and ordered[0][1].share - ordered[1][1].share < CLEARLY:
        return None
    return ordered[0][0]


def stem(filename: str, sheet: str | None = None) -> str:
    """What a file's name says beside its period: `leerstand_2025_endg.csv` → `leerstand endg`."""
    text = YEAR.sub(" ", f"{PurePath(filename).stem} {sheet or ''}")
    return " ".join(re.findall(r"[^\W\d_]+", text.casefold()))


def _alike(delivered: str, before: str) -> float:
    if not delivered or not before:
        return 0.5
    return float(fuzz.token_set_ratio(delivered, before)) / 100


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def subject(name: str) -> str:
    """What a heading is about beside a period, in small letters; the same for all years of a wide table."""
    return _plain(without_period(name))


def _is_period(name: str) -> bool:
    return subject(name) != _plain(name)


def _has(wide: set[str], names: Iterable[str]) -> bool:
    return any(_is_period(name) and subject(name) in wide for name in names)
