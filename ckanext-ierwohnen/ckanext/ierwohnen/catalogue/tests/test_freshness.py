"""Whether data is up to date, by cycle, deliveries and the day of the question."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.ierwohnen.catalogue.freshness import State, dataset_freshness
from ckanext.ierwohnen.catalogue.freshness_facet import as_range, before_search, days

ANNUAL = "http://publications.europa.eu/resource/authority/frequency/ANNUAL"
DELIVERED = [
    {"reference_date": "2024-12-31", "delivered": "2025-11-20"},
    {"reference_date": "2025-12-31", "delivered": "2026-11-18"},
    {"reference_date": "2026-12-31", "due": "2027-11-30"},
]


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2026, 11, 21), State.current),
        (date(2027, 11, 30), State.current),
        (date(2027, 12, 1), State.due),
        (date(2028, 2, 28), State.due),
        (date(2028, 2, 29), State.overdue),
    ],
)
def test_an_open_delivery_falls_due_and_then_overdue(today, state):
    found = dataset_freshness({"frequency": ANNUAL, "deliveries": DELIVERED}, today)
    assert found.state == state
    assert found.delivered == date(2026, 11, 18)
    assert found.reference_date == "2025-12-31"
    assert found.due == date(2027, 11, 30)


def test_without_a_due_date_the_cycle_counts_from_the_last_delivery():
    found = dataset_freshness({"frequency": ANNUAL, "deliveries": DELIVERED[:2]}, date(2026, 12, 1))
    assert found.due == date(2027, 11, 18)


def test_without_deliveries_the_last_change_counts():
    found = dataset_freshness({"frequency": ANNUAL, "metadata_modified": "2024-02-29T10:00:00"}, date(2026, 1, 1))
    assert found.due == date(2025, 2, 28)
    assert found.state == State.overdue


def test_without_a_cycle_nothing_falls_due():
    assert dataset_freshness({"metadata_modified": "2020-01-01"}, date(2026, 1, 1)).state == State.unknown


def test_what_is_no_longer_continued_is_never_overdue():
    never = ANNUAL.replace("ANNUAL", "NEVER")
    assert (
        dataset_freshness({"frequency": never, "metadata_modified": "2010-01-01"}, date(2026, 1, 1)).state
        == State.ended
    )


def test_the_index_holds_the_days_and_states_are_ranges_of_them():
    """What is current today is found as due and overdue on the right days, without indexing it anew."""
    kept = days({"frequency": ANNUAL, "deliveries": DELIVERED}, date(2026, 11, 21))
    assert kept == {"vocab_iw_due": "2027-12-01", "vocab_iw_overdue": "2028-02-29"}
    assert days({"deliveries": []}, date(2026, 11, 21)) == {}
    asked = before_search({"fq": '+vocab_iw_freshness:"due" +type:dataset'}, date(2027, 12, 1))
    until, later = "[* TO 2027-12-01]", "[2027-12-02 TO *]"
    assert asked["fq"] == f"+(vocab_iw_due:{until} AND vocab_iw_overdue:{later}) +type:dataset"
    assert as_range("whatever", date(2027, 12, 1)) == 'vocab_iw_due:"none"'
