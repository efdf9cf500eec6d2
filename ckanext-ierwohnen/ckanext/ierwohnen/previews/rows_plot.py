"""What charts with one row per unit share: which rows are kept, their places, and the names at the left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.charts import AXIS_SIZE, pixels
from ckanext.ierwohnen.previews.type_width import shorten, text_width
from ckanext.ierwohnen.previews.words import say

ROW = 20.0
MOST_ROWS = 32
ENDS = 14
"""With more rows than MOST_ROWS, so many from the top and from the bottom are drawn."""
NAME_SHARE = 0.36
"""Share of the width that names may take."""

R = TypeVar("R")


@dataclass(frozen=True)
class Rows(Generic[R]):
    """The rows that are drawn, each with the middle of its place in pixels, and the names beside all places."""

    kept: tuple[R, ...]
    middles: tuple[float, ...]
    names: tuple[str, ...]

    @property
    def height(self) -> float:
        """Height of all rows in pixels."""
        return len(self.names) * ROW

    @property
    def name_width(self) -> float:
        """Room for the names, in pixels."""
        return max(text_width(name, AXIS_SIZE) for name in self.names) + 12


def placed(rows: Sequence[R], names: Sequence[str], width: float, locale: str) -> Rows[R]:
    """Place rows from top to bottom; of very many the middle ones are left out, and the gap says how many.

    :param names: of the rows, in their order
    :param width: of the whole drawing in pixels
    """
    left_out = len(rows) - 2 * ENDS if len(rows) > MOST_ROWS else 0
    kept = [*rows[:ENDS], *rows[-ENDS:]] if left_out else list(rows)
    shown = [*names[:ENDS], *names[-ENDS:]] if left_out else list(names)
    places = [index + (1 if left_out and index >= ENDS else 0) for index in range(len(kept))]
    short = [shorten(name, AXIS_SIZE, width * NAME_SHARE) for name in shown]
    if left_out:
        short.insert(ENDS, say("more", locale, count=left_out))
    return Rows(tuple(kept), tuple((place + 0.5) * ROW for place in places), tuple(short))


def name_layer(names: Sequence[str]) -> dict[str, Any]:
    """The names at the left of their rows."""
    return {
        "data": {"values": [{"n": name, "y": (index + 0.5) * ROW} for index, name in enumerate(names)]},
        "mark": {"type": "text", "align": "right", "baseline": "middle", "dx": -8, "color": palette.INK},
        "encoding": {
            "x": {"value": 0},
            "y": pixels("y"),
            "text": {"field": "n", "type": "nominal"},
        },
    }
