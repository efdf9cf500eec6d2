"""Which rows of a file a check shows: all of them page by page, or those that somebody should look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .cells import shown
from .check import CheckReport
from .office_table import OfficeTable
from .problems import Problem, Severity

FIRST = 14  # rows with which an extract begins, so that one sees what the table is like
MOST_ROWS = 2_000  # rows that one problem marks
SHOWN = ("all", "extract", "problems")


@dataclass(frozen=True)
class Extract:
    """`show`: `all` rows from `offset` on, an `extract` (the first, those with a problem, totals), or `problems` only.

    At most `limit` rows. Each comes with its number in the file and its `place` among the rows of data (from 0).
    """

    show: str = "all"
    limit: int = 200
    offset: int = 0

    def rows(
        self,
        table: OfficeTable,
        report: CheckReport,
        seen: Callable[[str], str] = shown,
        also: Iterable[int] = (),
    ) -> list[dict[str, Any]]:
        """The rows asked for, in the order of the file.

        :param seen: makes of a cell what a person reads
        :param also: further rows of an extract, by their number in the file
        """
        found = self._page(table) if self.show == "all" else self._marked(table, report, also)
        return [{**row, "cells": [seen(cell or "") for cell in row["cells"]]} for row in found]

    def _marked(self, table: OfficeTable, report: CheckReport, also: Iterable[int]) -> list[dict[str, Any]]:
        wanted = _marked(report.problems, self.limit)
        if self.show == "extract":
            wanted |= {row.row for row in report.specials if row.row} | set(also)
        return self._wanted(table, sorted(wanted), FIRST if self.show == "extract" else 0)

    def _page(self, table: OfficeTable) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        last = self.offset + self.limit
        for start, chunk in _placed(table, max(1, min(last, 10_000))):
            places = np.arange(max(self.offset - start, 0), max(min(last - start, len(chunk)), 0))
            rows += _shown(chunk, start, places)
            if start + len(chunk) >= last:
                break
        return rows

    def _wanted(self, table: OfficeTable, wanted: list[int], first: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        numbers = np.array(wanted, np.int64)
        for start, chunk in _placed(table, None):
            keep = np.isin(chunk.rows, numbers)
            keep[: max(first - start, 0)] = True
            rows += _shown(chunk, start, np.flatnonzero(keep)[: self.limit - len(rows)])
            done = start + len(chunk) >= first and (not len(numbers) or chunk.rows[-1] >= numbers[-1])
            if done or len(rows) >= self.limit:
                break
        return rows


def _marked(problems: Iterable[Problem], most: int) -> set[int]:
    """The rows that an error or warning is about; those of errors first, if there are too many."""
    rows: set[int] = set()
    for problem in problems:
        if problem.row and problem.severity in (Severity.ERROR, Severity.WARNING):
            last = min(problem.last_row or problem.row, problem.row + MOST_ROWS)
            rows.update(range(problem.row, min(last, problem.row + most - len(rows)) + 1))
        if len(rows) >= most:
            break
    return rows


def _placed(table: OfficeTable, size: int | None) -> Iterable[tuple[int, Any]]:
    start = 0
    for chunk in table.chunks(size) if size else table.chunks():
        yield start, chunk
        start += len(chunk)


def _shown(chunk: Any, start: int, places: np.ndarray) -> list[dict[str, Any]]:
    cells = [column.take(places).to_pylist() for column in chunk.columns]
    lines = zip(*cells, strict=True) if cells else ()
    numbers = chunk.rows[places].tolist()
    return [
        {"row": number, "place": start + place, "cells": line}
        for number, place, line in zip(numbers, places.tolist(), lines, strict=True)
    ]
