"""The error for a file that is not a table, and the limits within which files are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ckanext.ierwohnen.tables.messages import message, remedy


class TableUnreadable(Exception):
    """The file cannot be read as a table: `code` with `params`, and texts in German and English."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(self.message("en"))

    def message(self, locale: str = "de") -> str:
        """What is wrong, in the reader's language."""
        return message(self.code, self.params, locale)

    def remedy(self, locale: str = "de") -> str:
        """What to do about it."""
        return remedy(self.code, self.params, locale)

    def as_dict(self, locale: str = "de") -> dict[str, Any]:
        """The form that actions and pages use."""
        return {
            "code": self.code,
            "params": self.params,
            "message": self.message(locale),
            "remedy": self.remedy(locale),
        }


@dataclass(frozen=True)
class Limits:
    """Bounds of what is read, so that no file can exhaust the machine (sizes in bytes)."""

    text_bytes: int = 2 * 1024**3
    workbook_bytes: int = 100 * 1024**2
    unpacked_bytes: int = 600 * 1024**2
    unpacked_ratio: float = 200.0
    archive_entries: int = 5_000
    cells: int = 20_000_000
    columns: int = 1_000
    line_chars: int = 1_000_000


LIMITS = Limits()
