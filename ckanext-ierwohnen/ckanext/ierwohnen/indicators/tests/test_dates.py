"""A table without a column of dates: its readings carry the date of the dataset, or none."""

from __future__ import annotations

import pandas as pd

from ckanext.ierwohnen.indicators.sources import _only_date
from ckanext.ierwohnen.indicators.workspace import dated


def test_the_dataset_s_only_date_counts():
    rows = pd.DataFrame({"unit": ["11", "12"], "period": [None, "2024-12-31"]})
    assert list(dated(rows, "2025-12-31")["period"]) == ["2025-12-31", "2024-12-31"]


def test_without_any_date_a_reading_has_none():
    rows = pd.DataFrame({"unit": ["11", "12"], "period": [float("nan"), "2024-12-31"]})
    assert list(dated(rows, None)["period"].isna()) == [True, False]


def test_a_dataset_of_several_dates_has_no_only_date():
    assert _only_date({"temporal_start": "2015-12-31", "temporal_end": "2025-12-31"}) is None
    assert _only_date({"temporal_start": "2025-12-31", "temporal_end": "2025-12-31"}) == "2025-12-31"
