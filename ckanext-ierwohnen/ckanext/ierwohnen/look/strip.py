"""Where a value stands among others: a strip from the lowest to the highest with a mark for each."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

MARGIN = 6.0


def strip(
    others: Sequence[float], own: float | None, whole: float | None = None, *, width: int = 132, alt: str = ""
) -> Markup:
    """Draw the strip as SVG: thin marks for all, a dashed one for the whole, a dot for the own value.

    :param others: values of all units, the own one among them
    :param whole: the city's value, where it compares with a unit's (a rate, not a sum)
    :param alt: text alternative; without it the strip is hidden from screen readers (say the rank beside it)
    """
    if len(others) < 2 or min(others) == max(others):
        return Markup("")
    low, high = min(others), max(others)

    def x(value: float) -> float:
        share = (min(max(value, low), high) - low) / (high - low)
        return MARGIN + share * (width - 2 * MARGIN)

    marks = "".join(f"M{x(value):.1f} 6v8" for value in others)
    city = "" if whole is None else f'<path d="M{x(whole):.1f} 1v18" stroke="#1f2a30" stroke-dasharray="3 2"/>'
    dot = "" if own is None else f'<circle cx="{x(own):.1f}" cy="10" r="4.6" fill="#005d7a" stroke="#fff"/>'
    label = f'role="img" aria-label="{escape(alt)}"' if alt else 'aria-hidden="true"'
    return Markup(
        f'<svg class="iw-strip" width="{width}" height="20" viewBox="0 0 {width} 20" {label}>'
        f'<path d="M{MARGIN} 10H{width - MARGIN}" stroke="#d5dbdf"/>'
        f'<path d="{marks}" stroke="#7f8c93" stroke-opacity=".55"/>{city}{dot}</svg>'
    )
