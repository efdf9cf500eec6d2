"""Errors of this room: each names the place (row, cell, rule, release) and the remedy.

Texts live in `messages.py` by code, in German and English, so that the same error can be shown by the
command, by a page or in a report in the reader's language.
"""

from __future__ import annotations

from .messages import text


class ConfidentialityError(ValueError):
    """Something is wrong and nothing was written.

    `code` is a key of `messages.MESSAGES`; `params` fill its gaps (row numbers are 1-based file rows, the
    header is row 1; cells are written "a=…, b=…").
    """

    def __init__(self, code: str, /, **params: object) -> None:
        self.code = code
        self.params = params
        super().__init__(text(code, "en", **params))

    def text(self, language: str = "de") -> str:
        """The message in the reader's language ("de" or "en")."""
        return text(self.code, language, **self.params)


class InputError(ConfidentialityError):
    """The data, a hierarchy, an earlier release or a parameter cannot be used as it is."""


class LimitError(ConfidentialityError):
    """A limit of size, time or memory was reached before the work was done."""


class NotProtectable(ConfidentialityError):
    """No pattern protects a cell: what is already published fixes it."""
