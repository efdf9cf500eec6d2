"""Messages that are stored and read later, maybe by somebody with another language.

Stored is either the English source text of this room's gettext domain with its parameters, or the code of a problem
(`messages.yaml`) with its place; both become sentences only when they are shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk
import click
from ckan.config.middleware import make_app
from flask import Flask, current_app, has_app_context

from . import messages
from .problems import Problem, row_label
from .unreadable import TableUnreadable


@dataclass(frozen=True)
class Message:
    """A text with `{named}` places for its parameters; gettext's keyword for the texts of this room is its name."""

    text: str
    params: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The form in which it is stored."""
        return {"text": self.text, "params": self.params} if self.params else {"text": self.text}


@dataclass(frozen=True)
class Finding:
    """A problem of the table or of the file, by code."""

    code: str
    params: dict[str, Any]
    row: int | None = None
    column: str | None = None

    @classmethod
    def of(cls, found: Problem | TableUnreadable) -> Finding:
        """The stored form of a problem."""
        if isinstance(found, TableUnreadable):
            return cls(found.code, dict(found.params))
        params = {"row": row_label(found.row), "column": found.column or "", "value": found.value or "", **found.params}
        return cls(found.code, params, found.row, found.column)

    def as_dict(self) -> dict[str, Any]:
        """The form in which it is stored."""
        params = json.loads(json.dumps(self.params, default=str))
        return {"code": self.code, "params": params, "row": self.row, "column": self.column}


def translated(message: Mapping[str, Any] | Message | Finding) -> str:
    """The message in the language of the present reader."""
    stored = message if isinstance(message, Mapping) else message.as_dict()
    params = stored.get("params") or {}
    if "code" not in stored:
        source: str = stored["text"]
        return tk._(source).format(**params)
    language = reader_language()
    sentences = [messages.message(stored["code"], params, language), messages.remedy(stored["code"], params, language)]
    return " ".join(sentence for sentence in sentences if sentence)


def placed(problem: Problem) -> str:
    """A problem as one text: where, what, and what to do."""
    return translated(Finding.of(problem))


def place(row: int | None, column: str | None, last: int | None = None) -> str:
    """Where something is, as people say it; with `last` from row to row."""
    language = "en" if reader_language().startswith("en") else "de"
    return _place(row and row_label(row)[language], column, last and row_label(last)[language])


def _place(row: str | None, column: str | None, last: str | None) -> str:
    if row and last and column:
        return tk._('Row {row} to {last}, column "{column}"').format(row=row, last=last, column=column)
    if row and column:
        return tk._('Row {row}, column "{column}"').format(row=row, column=column)
    if row:
        return tk._("Row {row}").format(row=row)
    return tk._('Column "{column}"').format(column=column) if column else ""


def reader_language() -> str:
    """The language of the present reader; the portal's own outside a request."""
    return str(tk.h.lang() if tk.request else tk.config.get("ckan.locale_default", "de"))


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let what is made in the block be in this language: for jobs and mails, which have no reader's request."""
    with _application().test_request_context(environ_overrides={"CKAN_LANG": language}):
        yield


def _application() -> Flask:
    """The application: of the request, or of the command that runs here, such as the job worker."""
    if has_app_context():
        return current_app
    command = click.get_current_context(silent=True)
    if command is not None and "flask_app" in command.meta:
        return command.meta["flask_app"]
    return make_app(tk.config)._wsgi_app
