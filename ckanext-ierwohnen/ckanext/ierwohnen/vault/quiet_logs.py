"""Logs without what was sent: CKAN writes bodies that it cannot read, and messages of errors that quote them.

A record is made harmless as it is made, before any handler sees it, so that it does not matter where an operator sends
logs. What stays says where something happened, and of what kind it was:

- of CKAN's API, every line without what was put into it: a body that is a list of dwellings is told there, whichever
  action it was sent to;
- within a request for a company's stock or a release, every line of others that way, and errors without their texts;
- an error of a database, or one that passed through a room that reads the store, without its text, in the worker too;
- lines of the web server without what follows the „?“ of an address.
"""

from __future__ import annotations

import logging
import re
import traceback
from types import TracebackType
from typing import Any

import flask

from ckanext.ierwohnen.vault.in_memory import PATHS

_ROOMS = tuple(f"ckanext.ierwohnen.{room}" for room in ("vault", "releases", "company", "confidential"))
_DATABASES = ("sqlalchemy", "psycopg2")
_API = "ckan.views.api"
_ADDRESSED = ("gunicorn", "werkzeug")
_QUERY = re.compile(r"\?\S*")
_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-#0 +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[a-zA-Z]")
_RENDERED = "render time"  # the line that CKAN writes of each request: its path, status and time


def quiet_logs() -> None:
    """From now on, records of this process are made so; calling it again changes nothing."""
    if not isinstance(logging.getLogRecordFactory(), _Quiet):
        logging.setLogRecordFactory(_Quiet(logging.getLogRecordFactory()))


class _Quiet:
    def __init__(self, make: Any) -> None:
        self._make = make

    def __call__(
        self, name: str, level: int, path: str, line: int, message: Any, args: Any, error: Any, *more: Any, **named: Any
    ) -> logging.LogRecord:
        failure = error[1] if isinstance(error, tuple) and len(error) > 1 else None
        failure = message if failure is None and isinstance(message, BaseException) else failure
        if _withheld(name, message, failure):
            told = _PLACEHOLDER.sub("…", message) if _is_template(name, message, args) else f"{path}:{line}"
            message, args, error = "\n".join([told, *_course(failure)]), (), None
        elif name.startswith(_ADDRESSED):
            message, args = _without_query(message), _each_without_query(args)
        return self._make(name, level, path, line, message, args, error, *more, **named)


def _withheld(name: str, message: Any, failure: BaseException | None) -> bool:
    if name == _API or (failure is not None and _may_quote(failure)):
        return True
    if not flask.has_request_context() or not PATHS.search(flask.request.path):
        return False
    return not name.startswith(_ROOMS) and _RENDERED not in str(message)


def _is_template(name: str, message: Any, args: Any) -> bool:
    """Whether the line's own words can be told: those that are filled in afterwards; the API's own hold no more."""
    return isinstance(message, str) and (bool(args) or name == _API)


def _may_quote(failure: BaseException) -> bool:
    """Whether an error, or one that it followed from, comes from where its text may hold a cell."""
    seen: set[int] = set()
    one: BaseException | None = failure
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        if type(one).__module__.startswith(_DATABASES) or _passed(one.__traceback__):
            return True
        one = one.__cause__ or one.__context__
    return False


def _passed(place: TracebackType | None) -> bool:
    while place:
        if str(place.tb_frame.f_globals.get("__name__")).startswith(_ROOMS):
            return True
        place = place.tb_next
    return False


def _course(failure: BaseException | None) -> list[str]:
    """Where an error came from, in lines of source text, and of what kind it is: without what it says."""
    if failure is None:
        return []
    code = getattr(getattr(failure, "orig", failure), "pgcode", None)
    steps = "".join(traceback.format_tb(failure.__traceback__)).rstrip()
    return [line for line in (steps, type(failure).__name__ + (f" {code}" if code else "")) if line]


def _without_query(value: Any) -> Any:
    return _QUERY.sub("?…", value) if isinstance(value, str) else value


def _each_without_query(args: Any) -> Any:
    if isinstance(args, tuple):
        return tuple(_without_query(one) for one in args)
    return {key: _without_query(one) for key, one in args.items()} if isinstance(args, dict) else args
