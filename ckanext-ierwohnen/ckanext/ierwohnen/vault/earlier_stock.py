"""The stock that a table is compared with before it is loaded: that of its date, or else of the date before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from ckanext.ierwohnen.vault.door import stock_sums, stock_table, stock_versions
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.reader import Reader
from ckanext.ierwohnen.vault.sealing import Keys
from ckanext.ierwohnen.vault.stock_change import Earlier
from ckanext.ierwohnen.vault.store import Store
from ckanext.ierwohnen.vault.summary import VALUE

PURPOSE = "Vergleich vor dem Laden"


def earlier_stock(
    store: Store, reader: Reader, organization: str, day: dt.date, keys: Keys | None,
    names: Mapping[str, Mapping[str, str]] | None = None,
) -> Earlier | None:  # fmt: skip
    """What the company has of the day, or of the newest one before it; None if it has nothing of either.

    :param names: as in `Earlier`
    :raises VaultError: as `stock_versions`
    """
    versions = stock_versions(store, reader, organization, purpose=PURPOSE)
    found = next((one for one in versions if one.reference_date <= day), None)  # the newest first
    if found is None:
        return None
    units: dict[str, int] = {}
    content, numbers = "", frozenset[str]()
    decided: Sequence[Mapping[str, Any]] = ()
    try:
        sums = stock_sums(store, reader, organization, purpose=PURPOSE, dates=[found.reference_date], keys=keys)
        decided = sums[found.reference_date].decided
        if found.sealed == bool(keys and keys.has(organization)):  # else the same dwellings are loaded to be closed
            content = sums[found.reference_date].content
        places = sums[found.reference_date].by["units"]
        told = zip(places[VALUE], places["dwellings"], strict=True)
        units = {text if isinstance(text, str) else "": int(count) for text, count in told}  # none is None or NaN
    except VaultError as error:  # how many dwellings there were is known without them
        if error.code not in ("key-missing", "sealed-broken", "no-such-stock", "overtaken"):
            raise
    if found.reference_date == day:
        numbers = _numbers(store, reader, organization, day)
    return Earlier(found.reference_date.isoformat(), found.rows, units, names or {}, content, numbers, decided)


def _numbers(store: Store, reader: Reader, organization: str, day: dt.date) -> frozenset[str]:
    """The numbers of the dwellings whose place a table takes."""
    asked: dict[str, Any] = {"dates": [day], "columns": ["dwelling"]}
    try:
        return frozenset(stock_table(store, reader, organization, purpose=PURPOSE, **asked)["dwelling"].dropna())
    except VaultError as error:  # deleted meanwhile
        if error.code not in ("no-such-stock", "overtaken"):
            raise
    return frozenset()
