"""What changed since the last published state: for the version that is made, and for the check before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from ckan.types import Context

from . import columns, snapshots, versions
from .check import CheckReport
from .checking import Known, Understood, check_source
from .deliveries import Source
from .dictionary import PLUGIN
from .difference_words import Sentence, losses, sentences
from .differences import MOST_ROWS, Differences, State, StateColumn, as_appended, compare
from .load import LoadPlan, convert_chunk
from .meanings import meaning
from .messages import message
from .model import Version
from .office_table import OfficeTable
from .store import StoreColumn
from .titles import another_title, stated_title
from .wording import reader_language

MOST_VALUES = 600_000  # values of a state up to which each is compared: seconds, not minutes
SHARED = ("period", "indicator", "dimension", "code", "level", "status_of")


def between(old: Version, new: Version) -> Differences | None:
    """The differences between two states; None if the rows of the earlier one were given up."""
    if not old.kept or not versions.rows_path(old).exists():
        return None
    return compare(*(_state(version, _comparable(old, new)) for version in (old, new)))


def _comparable(*states: Version) -> bool:
    return all(state.rows <= MOST_ROWS and state.rows * len(state.columns) <= MOST_VALUES for state in states)


def _state(version: Version, with_rows: bool) -> State:
    rows = snapshots.read(versions.rows_path(version)) if with_rows else None
    return State(_columns(versions.columns_of(version)), version.rows, rows)


def _columns(stored: Iterable[StoreColumn]) -> tuple[StateColumn, ...]:
    return tuple(_column(column) for column in stored)


def _column(stored: StoreColumn) -> StateColumn:
    entry = {"id": stored.name, "type": stored.type, "info": stored.info, **stored.plugin_data.get(PLUGIN, {})}
    found = meaning(entry)
    special = (*found.total_keys, *found.unassigned_keys, *found.coarser_keys)
    shared = {name: getattr(found, name) for name in SHARED}
    return StateColumn(found.name, found.label, str(found.role), special=special, **shared)


def in_words(version: Version) -> list[Sentence]:
    """What a state changed, in the reader's language."""
    return sentences(version.differences, version.rows, version.compared_with, reader_language())


@dataclass
class Gathered:
    """The converted rows of a file that is being checked, up to the number that is compared."""

    plan: LoadPlan
    batches: list[pa.RecordBatch] = field(default_factory=list)
    count: int = 0

    def take(self, chunk: Any, taken: Any) -> None:
        """Convert one piece of the file, as the load would."""
        self.count += len(chunk)
        if self.comparable:
            self.batches.append(convert_chunk(chunk, self.plan, taken))
        else:
            self.batches.clear()

    @property
    def comparable(self) -> bool:
        """Whether there are few enough rows to compare each value."""
        return self.count <= MOST_ROWS and self.count * len(self.plan.fields) <= MOST_VALUES

    def state(self, report: CheckReport) -> State:
        """The file as it would be published."""
        stored = columns.stored(self.plan, report)
        if not self.comparable or not self.batches:
            return State(_columns(stored), self.count, None)
        rows = pa.Table.from_batches(self.batches).select([column.name for column in stored])
        return State(_columns(stored), rows.num_rows, rows)


def _title(found: Understood) -> list[Sentence]:
    """That something else stands above the table than last time."""
    before, now = found.before.last.title if found.before.last else None, stated_title(found.table)
    if not another_title(now, before, found.table.names):
        return []
    code = "diff_title" if before else "diff_title_new"
    return [Sentence("title", message(code, {"now": now, "before": before}, reader_language()))]


def check_with_changes(
    context: Context,
    source: Source,
    choices: dict[str, Any],
    before: Known | None,
    latest: Version | None,
    progress: Callable[[OfficeTable, int], None] | None = None,
) -> tuple[Understood, CheckReport, dict[str, Any]]:
    """Check a file, and say what it would change: put in the place of the table, or with `mode` `append` added to it.

    :param choices: as `understand` takes them, with `mode`
    :returns: also `version` (number of the present version, 0 before the first), and `since` (its number and date) and
        `differences` (sentences, each with `about`) and `lost` (sentences: dates, units and rows that are gone if the
        table is replaced); null if there is none, or its rows are no longer kept
    """
    present = {"version": latest.number if latest else 0}
    if latest is None or not latest.kept or not versions.rows_path(latest).exists():
        found, report = check_source(context, source, choices, before, None, progress)
        return found, report, {**present, "since": None, "differences": None, "lost": None}
    gathered: list[Gathered] = []

    def observer(found: Understood) -> Any:
        gathered.append(Gathered(columns.plan(found)))
        return gathered[-1].take

    found, report = check_source(context, source, choices, before, observer, progress)
    new = gathered[-1].state(report)
    old = _state(latest, new.rows is not None and _comparable(latest))
    found_now = compare(old, new)
    if choices.get("mode") == "append":
        found_now = as_appended(found_now, old)
    words = [*_title(found), *sentences(found_now.as_dict(), new.row_count, latest.number, reader_language())]
    since = {"number": latest.number, "created": latest.created.isoformat()}
    told = {"differences": [sentence.as_dict() for sentence in words], "lost": losses(found_now, reader_language())}
    return found, report, {**present, "since": since, **told}
