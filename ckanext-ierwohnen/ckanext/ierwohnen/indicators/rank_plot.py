"""How far the ranks of a composite move with its weights: a line for each unit, best to worst rank. No CKAN in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

ROW, TOP, BOTTOM, RIGHT = 19, 26, 8, 16
LINE, DOT, GRID, TEXT = "#7f8c93", "#005d7a", "#dfe4e7", "#4a5860"


@dataclass(frozen=True)
class Span:
    """One unit: its rank by the declared weights, and the best and the worst one that any move gives it."""

    unit: str
    name: str
    rank: int
    best: int
    worst: int


def spans(
    ranks: Mapping[str, int], moves: Sequence[Mapping[str, int]], names: Mapping[str, str]
) -> list[Span]:  # fmt: skip
    """The spans in the order of the declared ranks.

    :param ranks: rank of each unit by the declared weights
    :param moves: ranks of the units after each move of one weight
    """
    found = []
    for unit, rank in ranks.items():
        others = [move[unit] for move in moves if unit in move]
        found.append(Span(unit, names.get(unit, unit), rank, min([rank, *others]), max([rank, *others])))
    return sorted(found, key=lambda one: (one.rank, one.unit))


def rank_plot(given: Sequence[Span], alt: str, *, width: int = 760, name_width: int = 150) -> Markup:
    """The drawing as SVG; empty without units."""
    if not given:
        return Markup("")
    worst = max(one.worst for one in given)
    height = TOP + ROW * len(given) + BOTTOM

    def x(rank: float) -> float:
        return name_width + 14 + (rank - 1) / max(worst - 1, 1) * (width - name_width - 14 - RIGHT)

    ticks = [1, *range(5, worst + 1, 5)] if worst > 6 else list(range(1, worst + 1))
    grid = "".join(
        f'<path d="M{x(tick):.1f} {TOP - 6}V{height - BOTTOM}" stroke="{GRID}"/>'
        f'<text x="{x(tick):.1f}" y="{TOP - 11}" text-anchor="middle" fill="{TEXT}">{tick}</text>'
        for tick in ticks
    )
    rows = "".join(_row(one, TOP + ROW * (number + 0.5), name_width, x) for number, one in enumerate(given))
    return Markup(
        f'<svg class="iw-ranks" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(alt)}" font-size="12">{grid}{rows}</svg>'
    )


def _row(one: Span, y: float, name_width: int, x) -> str:  # type: ignore[no-untyped-def]
    text = f"{one.name}: {one.rank} ({one.best}–{one.worst})"
    return (
        f'<g><title>{escape(text)}</title><text x="{name_width}" y="{y + 4:.1f}" text-anchor="end" fill="#1f2a30">'
        f"{escape(one.name)}</text>"
        f'<path d="M{x(one.best):.1f} {y:.1f}H{x(one.worst):.1f}" stroke="{LINE}" stroke-width="3" '
        f'stroke-linecap="round"/><circle cx="{x(one.rank):.1f}" cy="{y:.1f}" r="4.6" fill="{DOT}"/></g>'
    )
