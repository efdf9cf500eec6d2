"""Which table counts where several could feed an indicator. No CKAN in here.

The rule: the dataset that is preferred for the indicator (by the operator's configuration, else by the catalogue's
``prefer``), then the table that was published last. Who asks for a source gets it alone, for the
indicators that it has; what it lacks comes from the others by the rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from ckanext.ierwohnen.indicators.catalogue import Catalogue


class Table(Protocol):
    """What has to be known of a table."""

    @property
    def package_name(self) -> str: ...
    @property
    def resource_id(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def indicators(self) -> tuple[str, ...]: ...


T = TypeVar("T", bound=Table)


def ordered(
    tables: Sequence[T], code: str, asked: str | None, preferred: Mapping[str, str], catalogue: Catalogue
) -> list[T]:
    """The tables with an indicator, in the order in which they count.

    :param tables: newest first
    :param asked: dataset name or resource id that a reader asks for
    :param preferred: dataset name or resource id by indicator, from the configuration
    """
    having = [table for table in tables if code in table.indicators]
    if asked and (alone := [table for table in having if is_called(table, asked)]):
        return alone
    first = preference(code, preferred, catalogue)
    return sorted(having, key=lambda table: not (first and is_called(table, first)))


def preference(code: str, preferred: Mapping[str, str], catalogue: Catalogue) -> str | None:
    """The dataset preferred for an indicator: the operator's, else the catalogue's."""
    indicator = catalogue.find(code)
    return preferred.get(code) or (indicator.prefer if indicator else None)


def is_called(table: Table, name: str) -> bool:
    """Whether a name is that of the table's dataset, the id of its resource or the number of its release."""
    return name in (table.package_name, table.resource_id) or (table.number != "" and name.upper() == table.number)
