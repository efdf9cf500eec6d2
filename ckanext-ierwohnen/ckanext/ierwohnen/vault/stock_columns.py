"""What the columns of a company's table mean: as their names say, or as somebody decided; and what cannot be. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum

from ckanext.ierwohnen.tables.problems import Severity
from ckanext.ierwohnen.vault.record import fields


class Column(StrEnum):
    """What becomes of a column of the file."""

    USED = "used"
    UNUSED = "unused"
    PERSONAL = "personal"


def usable(mapping: Mapping[str, str]) -> dict[str, str]:
    """The columns of which each fills a field of its own."""
    twice = _twice(mapping)
    return {column: name for column, name in mapping.items() if name in fields() and name not in twice}


def doubts(
    mapping: Mapping[str, str], names: Collection[str], said: Iterable[str], made: Collection[str] = ()
) -> Iterator[tuple[str, Severity, str]]:  # fmt: skip
    """What is wrong with the meaning of columns: code, severity, column.

    :param mapping: column → field
    :param names: the columns of the file
    :param said: columns of which somebody said what they mean, or that they are not loaded
    :param made: columns that the file does not have, as the reading made them of lines between the rows
    """
    decided, twice, used = list(dict.fromkeys(said)), _twice(mapping), usable(mapping)
    for column in [*(one for one in decided if one not in names), *mapping]:
        if column not in names or mapping[column] not in fields():
            yield "unknown-field", Severity.ERROR, column
    for column, name in mapping.items():
        if name in twice:
            yield "field-twice", Severity.ERROR, column
    if "dwelling" not in used.values():
        yield "no-dwelling", Severity.ERROR, ""
    elif "street" not in used.values():
        yield "no-street-column", Severity.WARNING, ""
    for column in names:
        if column not in used and column not in decided:
            yield "unused-section" if column in made else "unused", Severity.WARNING, column


def _twice(mapping: Mapping[str, str]) -> set[str]:
    return {name for name, count in Counter(mapping.values()).items() if count > 1}
