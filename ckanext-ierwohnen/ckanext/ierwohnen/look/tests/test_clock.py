"""The portal's day around midnight."""

from __future__ import annotations

import datetime as dt

import pytest

pytest.importorskip("ckan")

from ckan.common import config

from ckanext.ierwohnen.look import clock


@pytest.mark.parametrize(
    ("moment", "day", "offset"),
    [
        ("2026-12-31T22:59:59", "2026-12-31", "UTC-01:00"), ("2026-12-31T23:00:00", "2027-01-01", "UTC-01:00"),
        ("2026-07-31T21:59:59", "2026-07-31", "UTC-02:00"), ("2026-07-31T22:00:00", "2026-08-01", "UTC-02:00"),
    ],
)  # fmt: skip
def test_a_day_ends_at_midnight_of_the_portals_clock(monkeypatch, moment, day, offset):
    monkeypatch.setitem(config, "ckan.display_timezone", "Europe/Berlin")
    monkeypatch.setattr(clock, "_moment", lambda: dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC))
    assert clock.today().isoformat() == day and clock.as_offset(clock.now()) == offset
    monkeypatch.setitem(config, "ckan.display_timezone", "America/St_Johns")
    assert clock.as_offset(clock.now()) in ("UTC+03:30", "UTC+02:30")
