"""What a release may show, and by what it may be broken down: `schemas/releases/figures.yaml`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).parent.parent / "schemas" / "releases" / "figures.yaml"
UNKNOWN = "unknown"
_UNKNOWN = {"de": "ohne Angabe", "en": "not stated"}


@dataclass(frozen=True)
class Breakdown:
    """A dimension that is no place. `classes`: (code, from, to), both ends included; else `codes`, or yes and no."""

    name: str
    title: Mapping[str, str]
    column: str
    titles: Mapping[str, Mapping[str, str]]
    classes: tuple[tuple[str, float | None, float | None], ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def categories(self) -> tuple[str, ...]:
        """All codes, "unknown" last: the same in every release, whatever the records hold."""
        found = tuple(code for code, _, _ in self.classes) or self.codes or ("yes", "no")
        return (*found, UNKNOWN)

    def label(self, code: str, locale: str = "de") -> str:
        """A category for readers."""
        return self.titles.get(code, _UNKNOWN)[_language(locale)]


@dataclass(frozen=True)
class Figure:
    """A figure: `needs` are the fields of the stock record without which it cannot be computed; `indicator` is the code
    of the indicator that a release of it tells."""

    name: str
    title: Mapping[str, str]
    unit: Mapping[str, str]
    precision: int
    needs: tuple[str, ...]
    indicator: str


@dataclass(frozen=True)
class Catalogue:
    """All of them by name, in the file's order."""

    dimensions: Mapping[str, Breakdown] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)


@cache
def catalogue() -> Catalogue:
    """The catalogue as the file gives it."""
    entries = yaml.safe_load(FILE.read_text("utf-8"))
    return Catalogue(
        {name: _breakdown(name, entry) for name, entry in entries["dimensions"].items()},
        {
            name: Figure(
                name, entry["title"], entry["unit"], entry["precision"], tuple(entry["needs"]), entry["indicator"]
            )
            for name, entry in entries["figures"].items()
        },
    )


def _breakdown(name: str, entry: Mapping) -> Breakdown:
    classes = tuple((str(code), start, end) for code, start, end in entry.get("classes", ()))
    return Breakdown(
        name, entry["title"], entry["column"], entry["titles"], classes, tuple(map(str, entry.get("codes", ())))
    )


def _language(locale: str) -> str:
    return "en" if locale.startswith("en") else "de"
