"""Problems found in a table: where, what, and what to do. Grouped by kind when there are many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ckanext.ierwohnen.tables.messages import message, remedy

EXAMPLES = 5
SHEET_ROWS = 10_000_000
"""Where sheets are read below one another, the row numbers of the second begin here, of the third at twice this."""


def row_label(row: int | None) -> dict[str, str]:
    """A row number as people say it, by language: `5`, or `5 (Blatt 2 der gelesenen)`."""
    if row is None:
        return {"de": "", "en": ""}
    sheet, number = divmod(row, SHEET_ROWS)
    if not sheet:
        return {"de": str(number), "en": str(number)}
    return {"de": f"{number} (Blatt {sheet + 1})", "en": f"{number} (sheet {sheet + 1})"}


class Severity(StrEnum):
    """An error blocks publishing, a warning asks, a hint tells."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


_ORDER = list(Severity)
KEPT = ("value_kept", "gap_kept")
"""What is told where a person has kept something as delivered."""
KEEPABLE = (
    "part_above_whole", "value_below", "value_above", "values_above", "count_broken", "counts_broken", "mixed_percent",
)  # fmt: skip
"""Errors that a person may keep with a note: counts made secret by chance differ from their totals by design, and an
office may know why a figure is what it cannot be by its kind."""


@dataclass(frozen=True)
class Problem:
    """One finding. `row` is the file's row (from 1) or None for the whole column or table; with `last_row` it
    concerns all rows from one to the other.

    `repair` is an offer that a machine can carry out, e.g. `{"action": "replace", "row": 14,
    "column": "Leerstand in %", "value": "5,7"}`; several offers come as a list.
    """

    code: str
    severity: Severity
    row: int | None = None
    column: str | None = None
    value: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    repair: tuple[Mapping[str, Any], ...] = ()
    last_row: int | None = None

    def message(self, locale: str = "de") -> str:
        """What was found, as a sentence."""
        return message(self.code, self._all_params(), locale)

    def remedy(self, locale: str = "de") -> str:
        """What to do, as a sentence; may be empty for a hint."""
        return remedy(self.code, self._all_params(), locale)

    def as_dict(self, locale: str = "de") -> dict[str, Any]:
        """The form that actions give."""
        return {
            "row": self.row,
            "last_row": self.last_row,
            "column": self.column,
            "value": self.value,
            "code": self.code,
            "message": self.message(locale),
            "remedy": self.remedy(locale),
            "severity": str(self.severity),
            "repair": [dict(offer) for offer in self.repair],
        }

    def _all_params(self) -> dict[str, Any]:
        return {"row": row_label(self.row), "column": self.column or "", "value": self.value or "", **self.params}


@dataclass(frozen=True)
class ProblemGroup:
    """Problems of one kind in one column: how many, and the first few."""

    code: str
    severity: Severity
    column: str | None
    count: int
    examples: tuple[Problem, ...]

    def as_dict(self, locale: str = "de") -> dict[str, Any]:
        """The form that actions give."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "column": self.column,
            "count": self.count,
            "message": self.examples[0].message(locale),
            "remedy": self.examples[0].remedy(locale),
            "examples": [problem.as_dict(locale) for problem in self.examples],
        }


class Findings:
    """Collects problems with bounded memory: counts all, keeps `keep` of each kind and column."""

    def __init__(self, keep: int = 200, notes: Mapping[tuple[int, str], str | None] | None = None) -> None:
        """`notes`: cells that a person keeps as delivered; a warning about them becomes a hint with the note."""
        self._keep = keep
        self._notes = notes or {}
        self._counts: dict[tuple[str, str | None], int] = {}
        self._kept: dict[tuple[str, str | None], list[Problem]] = {}

    def add(self, problem: Problem, times: int = 1) -> None:
        """Note a problem; `times` counts further cells of the same kind that are not listed."""
        asks = problem.severity is Severity.WARNING or problem.code in KEEPABLE
        if asks and (problem.row or 0, problem.column or "") in self._notes:
            problem = self._noted(problem)
        kind = (problem.code, problem.column)
        self._counts[kind] = self._counts.get(kind, 0) + times
        kept = self._kept.setdefault(kind, [])
        if len(kept) < self._keep:
            kept.append(problem)

    def _noted(self, problem: Problem) -> Problem:
        note = self._notes[problem.row or 0, problem.column or ""]
        params = {"note": note or {"de": problem.message("de"), "en": problem.message("en")}}
        code = "gap_kept" if problem.code == "periods_missing" else "value_kept"
        return Problem(code, Severity.HINT, problem.row, problem.column, problem.value, params)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note several problems."""
        for problem in problems:
            self.add(problem)

    def drop(self, code: str, column: str | None) -> None:
        """Take back what was found of a kind in a column, where something else explains it."""
        self._kept.pop((code, column), None)
        self._counts.pop((code, column), None)

    def places(self, codes: Iterable[str]) -> set[tuple[int | None, str | None]]:
        """Rows and columns of the kept problems of some kinds."""
        wanted = set(codes)
        return {(one.row, one.column) for (code, _), kept in self._kept.items() if code in wanted for one in kept}

    def count(self, *severities: Severity) -> int:
        """Number of problems found, of these severities or of all."""
        chosen = set(severities or Severity)
        return sum(self._counts[kind] for kind, kept in self._kept.items() if kept[0].severity in chosen)

    def problems(self) -> list[Problem]:
        """The kept problems: errors first, then by row."""
        listed = [problem for kept in self._kept.values() for problem in kept]
        return sorted(listed, key=lambda p: (_ORDER.index(p.severity), p.row or 0, p.column or "", p.code))

    def groups(self) -> list[ProblemGroup]:
        """By kind and column: errors first, then the most frequent."""
        found = [
            ProblemGroup(code, kept[0].severity, column, self._counts[code, column], tuple(kept[:EXAMPLES]))
            for (code, column), kept in self._kept.items()
        ]
        return sorted(found, key=lambda g: (_ORDER.index(g.severity), -g.count, g.column or "", g.code))
