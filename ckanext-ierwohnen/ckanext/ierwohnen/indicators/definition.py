"""What an indicator is: every field of its definition. No CKAN, no files."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ckanext.ierwohnen.indicators.composite import Composite
from ckanext.ierwohnen.indicators.formula import Expression, Operation, codes, parse
from ckanext.ierwohnen.indicators.part import Part
from ckanext.ierwohnen.indicators.vocabulary import Text, in_language, vocabulary


@dataclass(frozen=True)
class Indicator:
    """A defined figure.

    ``formula`` or ``numerator`` with ``denominator`` say what it is computed from; without them it is read from
    tables only. ``space``: ``sum``, ``ratio`` (from its summed parts), ``weighted_mean`` (by ``weighted_by``),
    ``median`` and ``none`` do not add up. ``time``: ``stock`` at a date, ``flow`` over a period. ``direction``:
    is ``more`` or ``less`` better, or ``neither``. ``lower_bound``: a sum of which a unit's number is missing or secret
    is shown as "at least". ``prefer``: name of the dataset that counts before others. ``part``: the class of another
    indicator that it is, so that tables of that one by classes feed it. ``subset_of``: code of an indicator that
    counts it already; alerts count the two once.
    """

    code: str
    name: Text
    description: Text
    topic: str
    unit: str
    space: str
    time: str
    direction: str
    kind: dict[str, str]
    precision: int
    smallest_level: str
    reference_date: Text
    source: Text
    classes: dict[str, Any]
    thresholds: dict[str, float | None]
    goal: float | None
    weight: float
    reach: int
    synonyms: tuple[str, ...] = ()
    formula: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    weighted_by: str | None = None
    cancels: bool = False
    lower_bound: bool = False
    prefer: str | None = None
    composite: Composite | None = None
    part: Part | None = None
    subset_of: str | None = None
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    def name_in(self, language: str) -> str:
        """The name in ``de`` or ``en``."""
        return in_language(self.name, language)

    def description_in(self, language: str) -> str:
        """The description in ``de`` or ``en``."""
        return in_language(self.description, language)

    @cached_property
    def expression(self) -> Expression | None:
        """The formula as a tree, without the factor of the unit; None where the indicator is only read."""
        if self.formula:
            return parse(self.formula)
        if self.numerator and self.denominator:
            return Operation("/", parse(self.numerator), parse(self.denominator))
        return None

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The codes that it is computed from, each once."""
        if self.composite:
            return tuple(part.code for part in self.composite.parts)
        return tuple(dict.fromkeys(codes(self.expression))) if self.expression else ()

    @property
    def two_parts(self) -> tuple[str, str] | None:
        """Numerator and denominator where each is a single indicator."""
        above, below = self.numerator, self.denominator
        if above and below and above.isidentifier() and below.isidentifier():
            return above, below
        return None

    @property
    def scale(self) -> float:
        """What a quotient is multiplied by to come in the indicator's unit: 100 for percent, 1,000 for per mille."""
        unit = vocabulary("units").find(self.unit)
        if unit is None:
            return 1.0
        return 1.0 / float(unit.more.get("factor", 1.0)) if unit.more["dimension"] == "ratio" else 1.0

    @property
    def adds_up(self) -> bool:
        """Whether there is a figure for a level above the one that was read."""
        return self.space in ("sum", "ratio", "weighted_mean")

    def as_dict(self) -> dict[str, Any]:
        """Every field of the definition as plain values, as the action ``ierwohnen_indicator_show`` gives it."""
        return {
            "code": self.code,
            "name": dict(self.name),
            "description": dict(self.description),
            "topic": self.topic,
            "unit": self.unit,
            "formula": self.formula,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "parts": list(self.parts),
            "space": self.space,
            "weighted_by": self.weighted_by,
            "lower_bound": self.lower_bound,
            "prefer": self.prefer,
            "composite": self.composite.as_dict() if self.composite else None,
            "part": self.part.as_dict() if self.part else None,
            "subset_of": self.subset_of,
            "time": self.time,
            "direction": self.direction,
            "kind": dict(self.kind),
            "precision": self.precision,
            "smallest_level": self.smallest_level,
            "reference_date": dict(self.reference_date),
            "source": dict(self.source),
            "classes": dict(self.classes),
            "thresholds": dict(self.thresholds),
            "goal": self.goal,
            "weight": self.weight,
            "reach": self.reach,
            "synonyms": list(self.synonyms),
        }
