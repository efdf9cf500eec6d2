"""Why an indicator has no values: which figures no table tells, and which tables divide a whole otherwise. No CKAN."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ckanext.ierwohnen.indicators.catalogue import Catalogue
from ckanext.ierwohnen.indicators.definition import Indicator


class Table(Protocol):
    """What has to be known of a table."""

    @property
    def package_title(self) -> str: ...
    @property
    def indicators(self) -> tuple[str, ...]: ...
    @property
    def divided(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]: ...


def lacking(indicator: Indicator, known: set[str], catalogue: Catalogue) -> list[Indicator]:
    """The indicators that would have to be published for this one: those at the end of its formulas without a table.

    :param known: codes that tables tell
    """
    found: dict[str, Indicator] = {}

    def look(one: Indicator) -> None:
        parts = [part for code in one.parts if (part := catalogue.find(code))]
        if one.code in known:
            return
        for part in parts:
            look(part)
        if not parts:
            found[one.code] = one

    look(indicator)
    return list(found.values())


def divided_otherwise(indicator: Indicator, tables: Iterable[Table]) -> list[str]:
    """Titles of the tables that divide the whole by the right dimension, but not at the right classes."""
    part, code = indicator.part, indicator.code
    return [] if part is None else list(dict.fromkeys(
        table.package_title for table in tables for of, dimension, _ in table.divided
        if any((of, dimension) == (way.of, way.dimension) for way in part.ways) and code not in table.indicators
    ))  # fmt: skip
