"""The worker's part of a load. Nothing that it returns, raises or logs can hold a cell of the table."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ckanext.ierwohnen.places import holding
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.unreadable import TableUnreadable
from ckanext.ierwohnen.vault import deliveries, settings
from ckanext.ierwohnen.vault.earlier_stock import earlier_stock
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.readers import LOADING, reader_named
from ckanext.ierwohnen.vault.repair_texts import reported
from ckanext.ierwohnen.vault.sent_file import UPLOAD
from ckanext.ierwohnen.vault.stock_check import StockCheck
from ckanext.ierwohnen.vault.stock_problem import UNCHANGED, StockRefused
from ckanext.ierwohnen.vault.stock_repairs import of_columns

log = logging.getLogger(__name__)
PAUSE = 0.5
AWAY = ("unreachable", "servers-away")
"""Codes of errors that end by themselves when servers are back."""


@contextmanager
def calm(*known: type[Exception]) -> Iterator[None]:
    """Turn what nobody expected into a code: the text of a foreign error may quote a cell.

    :param known: further errors that leave as they are
    :raises VaultError: `defect`, or `servers-away`
    """
    kind, away = "", False
    try:
        yield
    except (VaultError, StockRefused, TableUnreadable, *known):
        raise
    except Exception as error:
        place = error.__traceback__
        while place and place.tb_next:
            place = place.tb_next
        kind, away = type(error).__name__, isinstance(error, holding.AWAY)
        log.error("%s at %s:%s", kind, place and place.tb_frame.f_code.co_name, place and place.tb_lineno)
    if kind:
        raise VaultError("servers-away") if away else VaultError("defect", kind=kind)


@contextmanager
def patient() -> Iterator[None]:
    """Wait for servers that were away, then raise that they were, so that the queue runs the job again.

    Without waiting, the queue would spend all its tries in the first second of a restart.
    """
    try:
        yield
    except VaultError as error:
        if error.code in AWAY:
            holding.wait_for(lambda: holding.are_back() and settings.store().answers())
        raise


def _rows_of(table: OfficeTable, content: bytes) -> int:
    """About how many rows a table has; exact where no cell holds a line break and no line is empty."""
    if table.row_count is not None:
        return table.row_count
    lines = content.count(b"\n") + (not content.endswith(b"\n"))
    return max(1, lines - len(table.title) - len(table.header_rows))


def run(
    delivery: str, organization: str, user: str, key: str, day: str, purpose: str,
    columns: Mapping[str, str] | None, confirmed: bool = False,
) -> None:  # fmt: skip
    """Load a delivery; running it again after it ended does nothing. Servers that are away are waited for."""
    with patient():
        _run(delivery, organization, user, key, dt.date.fromisoformat(day), purpose, columns, confirmed)


def _run(
    delivery: str, organization: str, user: str, key: str, day: dt.date, purpose: str,
    columns: Mapping[str, str] | None, confirmed: bool,
) -> None:  # fmt: skip
    with calm():
        store, reader = settings.store(), reader_named(user, LOADING)
    state, outcome = "failed", {}
    try:
        with calm():
            content, repairs = deliveries.take(store, reader, organization, delivery, key)
            table = read_table(content, UPLOAD)
            earlier = earlier_stock(store, reader, organization, day, settings.keys())
            check = StockCheck(table, day, columns, settings.register(), content, repairs, earlier, confirmed)
            total, noted = _rows_of(table, content), 0.0

            def progress(rows: int) -> None:
                nonlocal noted
                if time.monotonic() - noted > PAUSE:
                    noted = time.monotonic()
                    deliveries.progress(store, reader, organization, delivery, rows, total)

            loaded = load_stock(
                store, reader, organization, day, check.batches(),
                purpose=purpose, keys=settings.keys(), progress=progress, decided=of_columns(check.repairs.listed),
            )  # fmt: skip
        state, outcome = "done", {"rows": loaded.rows, "unmatched": loaded.unmatched, "version": loaded.version}
        outcome |= {"problems": [problem.stored() for problem in check.problems()]}
        outcome |= {"repairs": [reported(one) for one in check.repairs.counted()]}
    except StockRefused as refused:
        outcome = {
            "code": refused.code,
            "problems": [problem.stored() for problem in refused.problems],
            "personal": [found.stored() for found in refused.personal],
        }
        if refused.code == UNCHANGED:  # the version stays, and with it what was released or checked of it
            state, outcome = "done", {"rows": check.rows, "unchanged": True}
    except TableUnreadable as error:
        outcome = {"code": error.code, "params": error.params}
    except VaultError as error:
        if error.code in AWAY:
            raise
        outcome = {"code": error.code, "params": error.params}
    if outcome.get("code") not in ("not-yours", "delivery-gone"):
        deliveries.finish(store, reader, organization, delivery, state, outcome)
