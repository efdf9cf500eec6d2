"""Measures whose records are those that are not zero.

A column of 0 and 1 is a category written as a number: three vacant dwellings of a hundred are three records, not a
hundred. So such a measure, and the numerator of a rate, is tabulated from the records that are not zero, as a source of
its own; equations between measures (`bonds.py`) tie it to the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .gather import Release
from .microdata import Microdata
from .tabulate import Table

OF = "\x1f"  # between a source and a measure that is counted


@dataclass
class Counted:
    """`measures`: counted so in every delivery; `only`: the records of each, by delivery."""

    measures: frozenset[str]
    only: dict[tuple[int, str], Microdata] = field(default_factory=dict)

    @classmethod
    def of(cls, releases: Sequence[Release]) -> Counted:
        """What any delivery counts so; what is zero everywhere stays as it is."""
        return cls(frozenset(m for r in releases for m in r.data.counted if np.any(r.data.amounts.get(m, 0))))

    def parts(self, data: Microdata, source: str, table: Table) -> Iterator[tuple[Microdata, str, Table]]:
        """(records, source, table) for each group of measures that shares its records; none without any."""
        plain = tuple(m for m in table.measures if m not in self.measures)
        if plain:
            yield data, source, replace(table, measures=plain)
        for measure in table.measures:
            if measure in self.measures:
                key = (id(data), measure)
                if key not in self.only:
                    self.only[key] = data.only(measure)
                if len(self.only[key]):
                    yield self.only[key], f"{source}{OF}{measure}", replace(table, measures=(measure,))

    def shares(self, release: Release) -> list[Release]:
        """The release, by records."""
        found: dict[str, list[tuple[Microdata, Table]]] = {}
        for table in release.tables:
            for data, source, part in self.parts(release.data, release.source, table):
                found.setdefault(source, []).append((data, part))
        return [
            replace(release, data=made[0][0], source=source, tables=tuple(table for _, table in made))
            for source, made in found.items()
        ]
