"""The words of downloads in German and English (`words.yaml`), and the headings that people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.tables.meaning import ColumnMeaning

WORDS_FILE = Path(__file__).parent / "words.yaml"


@cache
def _words() -> dict[str, dict[str, str]]:
    return yaml.safe_load(WORDS_FILE.read_text("utf-8"))


def say(code: str, locale: str, **params: object) -> str:
    """The text of a code; numbers among the parameters are written as readers of the language expect."""
    written = {
        name: format_number(value, locale=locale) if isinstance(value, int | float) else value
        for name, value in params.items()
    }
    return _words()[code]["en" if locale.startswith("en") else "de"].format(**written)


def headings(columns: Sequence[ColumnMeaning], locale: str) -> list[str]:
    """What the columns are called for people: the office's own words, each once; a column of signs after its value."""
    columns = [column.told(locale) for column in columns]
    labels = {column.name: column.label for column in columns}
    wanted = [
        say("status_heading", locale, column=labels.get(column.status_of, column.label))
        if column.status_of
        else column.label
        for column in columns
    ]
    met = Counter(wanted)
    return [heading if met[heading] == 1 else column.name for heading, column in zip(wanted, columns, strict=True)]
