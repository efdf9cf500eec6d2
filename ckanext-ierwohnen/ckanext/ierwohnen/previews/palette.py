"""Colours and widths of maps and charts, as the design fixes them. No other module names a colour.

Sequential YlGnBu and diverging BrBG are Cynthia Brewer's schemes
(colorbrewer2.org), safe for the colour-blind.
"""

from __future__ import annotations

FONT = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif"

INK = "#1f2a30"
INK_2 = "#4a5860"
GRID = "#dfe4e7"
BASELINE = "#8a979e"
WHITE = "#ffffff"

UNIT_BORDER, UNIT_BORDER_WIDTH = "#7f8c93", 0.7
PARENT_BORDER, PARENT_BORDER_WIDTH = "#44525a", 1.1
SELECTION_WIDTH, CASING_WIDTH = 2.6, 5.0

NO_VALUE = "#d9dde0"
PROTECTED = "#7d62b3"

SUBJECT = "#0072B2"
PRIVATE = "#5b3f8c"  # series that not everyone may see
OTHERS = ("#b8500a", "#00805c")
CONTEXT = "#7f8c93"
SUBJECT_WIDTH, OTHER_WIDTH = 3.0, 2.0

_SEQUENTIAL = {
    5: ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"),
    6: ("#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#2c7fb8", "#253494"),
    7: ("#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#0c2c84"),
}
_PICK = {1: (2,), 2: (1, 3), 3: (0, 2, 4), 4: (0, 1, 2, 4)}
DIVERGING = ("#a6611a", "#dfc27d", "#f5f5f5", "#80cdc1", "#018571")
MOST_CLASSES = 7


def sequential(count: int) -> tuple[str, ...]:
    """Colours of `count` (1 to 7) classes from low to high; more is darker."""
    if count in _SEQUENTIAL:
        return _SEQUENTIAL[count]
    if count not in _PICK:
        raise ValueError(f"a map has 1 to {MOST_CLASSES} classes of values, not {count}")
    return tuple(_SEQUENTIAL[5][index] for index in _PICK[count])


def faded(colour: str, opacity: float) -> str:
    """The colour as it looks with this opacity on white."""
    parts = [round(255 - opacity * (255 - int(colour[index : index + 2], 16))) for index in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def is_dark(colour: str) -> bool:
    """Whether white letters read better on this ground than ink (WCAG relative luminance below 0.22)."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.22
