"""Controlled vocabularies as YAML files in ``schemas/vocabularies``: licences, themes, topics, units …

A vocabulary is ``{id, title, source, terms: [{code, uri?, label: {de, en}, …}]}``. What else a term carries (the
length of a cycle, whether a licence wants attribution) stays in ``Term.more``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ckanext.ierwohnen.indicators.source import SCHEMAS, CatalogueError, Problem, read_yaml_file

Text = dict[str, str]


def in_language(text: Text | str | None, language: str) -> str:
    """The text in this language, else in German, else in English, else any."""
    if not text:
        return ""
    if isinstance(text, str):
        return text
    return text.get(language) or text.get("de") or text.get("en") or next(iter(text.values()))


@dataclass(frozen=True)
class Term:
    """One term; ``uri`` is None for vocabularies of our own."""

    code: str
    label: Text
    uri: str | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """The label in a language (``de`` or ``en``)."""
        return in_language(self.label, language)


@dataclass(frozen=True)
class Vocabulary:
    """The terms of one vocabulary in their order; found by code or by URI."""

    id: str
    title: Text
    terms: tuple[Term, ...]

    def __iter__(self) -> Iterator[Term]:
        return iter(self.terms)

    def find(self, value: str | None) -> Term | None:
        """The term with this code or URI, or None."""
        return next((t for t in self.terms if value and value in (t.code, t.uri)), None)

    def text(self, value: str, language: str) -> str:
        """The label of a code or URI; the value itself where it is unknown."""
        term = self.find(value)
        return term.text(language) if term else value

    def choices(self, value: str = "code") -> list[dict[str, Any]]:
        """The terms as ``choices`` of a scheming field; ``value`` is ``code`` or ``uri``."""
        return [{"value": getattr(t, value) or t.code, "label": dict(t.label)} for t in self.terms]


@cache
def vocabulary(name: str, folder: Path = SCHEMAS / "vocabularies") -> Vocabulary:
    """Load a vocabulary by the name of its file.

    :raises CatalogueError: the file is missing, is no YAML, or a term lacks code or label
    """
    source = read_yaml_file(folder / f"{name}.yaml")
    problems: list[Problem] = []
    terms = []
    for i, raw in enumerate(source.data.get("terms") or []):
        missing = [key for key in ("code", "label") if not raw.get(key)]
        if missing:
            problems.append(
                source.problem(("terms", i), f"The term lacks {' and '.join(missing)}.", "Add what is missing.")
            )
            continue
        more = {k: v for k, v in raw.items() if k not in ("code", "uri", "label")}
        terms.append(Term(str(raw["code"]), raw["label"], raw.get("uri"), more))
    if problems:
        raise CatalogueError(problems)
    return Vocabulary(source.data["id"], source.data["title"], tuple(terms))
