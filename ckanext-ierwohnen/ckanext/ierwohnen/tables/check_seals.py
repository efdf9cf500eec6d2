"""Columns that say of each row that its figures are secret, and columns of signs that are not applied.

The portal reads signs in the cells of figures. A mark beside them (`Sperrvermerk`: ja) would be published together with
the figure that it is to hide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.look.signs import Status, spellings
from ckanext.ierwohnen.tables.cells import shown
from ckanext.ierwohnen.tables.convert import Numbers
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.sign_columns import EVERY, NO, SEAL_WORDS, YES, named

MOST_OFFERS = 4
LISTED = 200
WORDS = 50
SECRET_SIGN = next(text for text, status in spellings("instead").items() if status is Status.SECRET)


class SealCheck:
    """Looks at the marks beside the figures while all rows go by; without such a column it costs nothing."""

    def __init__(self, table: OfficeTable, roles: Sequence[ColumnRole], findings: Findings) -> None:
        self._table, self._roles, self._findings = table, roles, findings
        self._values = [role.column for role in roles if role.role in ("indicator", "weight")]
        self._seals = [r for r in roles if r.role != "status" and r.column in table.names and named(r, SEAL_WORDS)]
        own = {role.column for role in self._seals}  # `1` for a seal is no figure
        self._values = [name for name in self._values if name not in own]
        self._met: dict[str, Counter[str]] = {role.column: Counter() for role in self._seals}
        self._sealed: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
        self._counts: Counter[tuple[str, str]] = Counter()

    def take(self, chunk: Chunk, numbers: Mapping[str, Numbers]) -> None:
        """Note the figures of a chunk that a seal stands beside."""
        for role in self._seals:
            marks = chunk.encoded(self._table.names.index(role.column))
            distinct = [mark.casefold() for mark in marks.dictionary.to_pylist()]
            met = self._met[role.column]
            met.update(distinct[: WORDS - len(met)])
            yes = np.array([mark in YES for mark in distinct] or [False])
            if yes.any():
                self._note(role.column, chunk, yes[marks.indices.to_numpy(zero_copy_only=False)], marks, numbers)

    def finish(self) -> None:
        """Report the seals over figures, and columns of signs that say nothing of any figure."""
        for role in self._seals:
            self._report(role)
        for role in self._roles:
            if role.role == "status" and role.status_of != EVERY and role.status_of not in self._values:
                self._findings.add(Problem("signs_of_what", Severity.ERROR, column=role.column, repair=self._of(role)))
            elif role.reason == "role_signs_open" and role.role == "unclear":
                self._findings.add(Problem("signs_apart", Severity.WARNING, column=role.column, repair=self._of(role)))

    def _note(
        self, seal: str, chunk: Chunk, sealed: np.ndarray, marks: pa.DictionaryArray, numbers: Mapping[str, Numbers]
    ) -> None:
        for name, read in ((name, numbers[name]) for name in self._values if name in numbers):
            figures = pc.and_(pc.is_valid(read.values), pc.is_null(read.statuses)).to_numpy(zero_copy_only=False)
            places = np.flatnonzero(sealed & figures)
            listed = self._sealed.setdefault((seal, name), [])
            self._counts[seal, name] += len(places)
            cells = chunk.columns[self._table.names.index(name)]
            for place in places[: LISTED - len(listed)].tolist():
                listed.append((int(chunk.rows[place]), shown(cells[place].as_py() or ""), marks[place].as_py()))

    def _report(self, role: ColumnRole) -> None:
        met = set(self._met[role.column])
        if unknown := sorted(met - YES - NO):
            offers = (*self._of(role), {"action": "leave_out", "column": role.column})
            params = {"marks": unknown[:6] + ["…"] * (len(unknown) > 6)}
            if role.role != "unused":
                self._findings.add(Problem("seal_unclear", Severity.WARNING, None, role.column, None, params, offers))
        if not met & YES or (unknown and len(met & YES) < len(unknown)):
            return
        whole = self._of(role, single=False)
        for (seal, name), listed in self._sealed.items():
            for n, (row, text, mark) in enumerate(listed if seal == role.column else ()):
                own = {"action": "replace", "row": row, "column": name, "value": SECRET_SIGN}
                times = 1 if n < len(listed) - 1 else max(1, self._counts[seal, name] - n)
                params = {"seal": seal, "mark": mark}
                self._findings.add(
                    Problem("value_sealed", Severity.ERROR, row, name, text, params, (own, *whole)), times
                )

    def _of(self, role: ColumnRole, *, single: bool = True) -> tuple[dict[str, str], ...]:
        """Offers to apply a column of signs: to one column of figures, or to all of the row."""
        each = self._values if single and len(self._values) <= MOST_OFFERS else []
        of = each if len(self._values) == 1 else [*each, EVERY]
        of = self._values if len(self._values) == 1 else of
        offer = {"action": "role", "column": role.column, "role": "status"}
        return tuple({**offer, "status_of": name} for name in of)
