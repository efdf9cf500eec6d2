"""The portal keeps to the calendar by itself: what is past its last day is gone before anybody is answered.

Each process that serves looks once a minute, and with the first request of a day, whether a public release is still
outside that may not be, and takes it away before the request goes on. So no time between the end of a release and the
next run of a timer has a path on which it can be read, and a portal without a timer does the same. Releases for a
limited audience need none of this: the store itself refuses to show them.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable

from ckan import model
from flask import Flask

from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.releases import outside
from ckanext.ierwohnen.vault import deliveries, settings
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.stock_jobs import calm

log = logging.getLogger(__name__)
EVERY, SWEEP_EVERY = 60.0, 3600.0  # seconds


class Calendar:
    """When this process looked last."""

    def __init__(self, end: Callable[[], None] | None = None) -> None:
        self._end = end or ended
        self._turn = threading.Lock()
        self._day: dt.date | None = None
        self._looked = self._swept = float("-inf")

    def follow(self, app: Flask) -> None:
        """Look before requests of an application."""
        app.before_request(self.look)

    def look(self) -> None:
        """Take away what has ended, if it is time to; who asks meanwhile waits for it."""
        if not self._due():
            return
        with self._turn:
            if not self._due():
                return
            self._end()
            now = time.monotonic()
            if now - self._swept > SWEEP_EVERY:
                _swept()
                self._swept = now
            self._day, self._looked = clock.today(), now

    def _due(self) -> bool:
        return self._day != clock.today() or time.monotonic() - self._looked > EVERY


def ended() -> None:
    """Take away the public releases that may not be outside any more."""
    try:
        with calm():
            store = settings.store()
            if outside.overdue(store):
                outside.end(store)
    except VaultError as error:
        model.Session.rollback()
        if error.code != "not-set-up":
            log.error("the calendar of releases: %s", error.code)


def _swept() -> None:
    try:
        with calm():
            deliveries.sweep(settings.store())
    except VaultError as error:
        if error.code != "not-set-up":
            log.error("uploads left behind: %s", error.code)
