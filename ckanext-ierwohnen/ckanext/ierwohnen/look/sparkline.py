"""A line of a few pixels that shows a trend beside a figure."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

MARGIN = 3.0


def sparkline(
    values: Sequence[float | None], *, width: int = 58, height: int = 20, alt: str = ""
) -> Markup:
    """Draw `values` in equal steps as SVG; a missing value is a gap, the last known one gets the dot.

    :param alt: text alternative; without it the line is hidden from screen readers (say it in words beside it)
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min(known), max(known)
    step = (width - 2 * MARGIN) / (len(values) - 1)

    def point(index: int, value: float) -> tuple[float, float]:
        share = (value - low) / (high - low) if high > low else 0.5
        return MARGIN + index * step, height - MARGIN - share * (height - 2 * MARGIN)

    lines = "".join(_line(run, point) for run in _runs(values))
    x, y = point(*_last(values))
    label = f'role="img" aria-label="{escape(alt)}"' if alt else 'aria-hidden="true"'
    return Markup(
        f'<svg class="iw-spark" width="{width}" height="{height}" viewBox="0 0 {width} {height}" {label}>'
        f'{lines}<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="#005d7a"/></svg>'
    )


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The stretches without a gap."""
    runs: list[list[tuple[int, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((index, value))
    return [run for run in runs if run]


def _line(run: list[tuple[int, float]], point) -> str:
    if len(run) == 1:
        x, y = point(*run[0])
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1" fill="#4a5860"/>'
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (point(*item) for item in run))
    return f'<polyline points="{points}" fill="none" stroke="#4a5860" stroke-width="1.5" stroke-linejoin="round"/>'


def _last(values: Sequence[float | None]) -> tuple[int, float]:
    return next((i, v) for i, v in reversed(list(enumerate(values))) if v is not None)
