"""What day it is where the portal's readers are: one day for its pages, its checks and its protected store.

Servers count in UTC: where the clock is ahead of it, what is agreed until a day would be read in the next one as well.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def today() -> dt.date:
    """The day by the portal's clock."""
    return now().date()


def now() -> dt.datetime:
    """The moment by the portal's clock (`ckan.display_timezone`); by the machine's where no portal is set up."""
    return _moment().astimezone(_zone())


def as_offset(moment: dt.datetime) -> str:
    """How far a moment's clock is ahead of UTC, as PostgreSQL takes time zones: `UTC-01:00` is one hour ahead."""
    minutes = int((moment.utcoffset() or dt.timedelta()).total_seconds() // 60)
    return f"UTC{'-' if minutes >= 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _moment() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _zone() -> ZoneInfo | None:
    try:
        from ckan.common import config
    except ImportError:  # the store's own command runs without CKAN
        return None
    name = config.get("ckan.display_timezone")
    return None if not name or name == "server" else ZoneInfo(name)
