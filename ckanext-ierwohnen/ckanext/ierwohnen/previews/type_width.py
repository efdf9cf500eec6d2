"""How wide a text runs in Helvetica or a font of the same metrics (Arial, Liberation Sans).

Widths are the font's published metrics (Adobe Font Metrics, thousandths of the font size), so that labels
can be placed on the server without a browser.
"""

from __future__ import annotations

import unicodedata

_ASCII = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
_OTHER = {"ß": 611, "–": 556, "−": 584, "±": 584, "…": 1000, "€": 556, "²": 333, "\u202f": 200, "\u00a0": 278}
_BOLD = 1.07


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of `text` in the unit of `size`, the font size; unknown letters count as an `n`."""
    total = sum(_letter(letter) for letter in text)
    return total / 1000 * size * (_BOLD if bold else 1)


def _letter(letter: str) -> int:
    if letter in _OTHER:
        return _OTHER[letter]
    base = unicodedata.normalize("NFD", letter)[0]
    index = ord(base) - 32
    return _ASCII[index] if 0 <= index < len(_ASCII) else 556


def shorten(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """The text, or as much of it as fits into `width` followed by `…`."""
    if text_width(text, size, bold=bold) <= width:
        return text
    kept = text
    while kept and text_width(kept + "…", size, bold=bold) > width:
        kept = kept[:-1].rstrip()
    return kept + "…"


def lines_of(text: str, size: float, width: float, *, bold: bool = False, most: int = 2) -> list[str]:
    """The text in lines of at most `width`, broken at spaces; the last of `most` lines is shortened with `…`."""
    lines, rest = [], text.split(" ")
    while rest:
        count = len(rest)
        while count > 1 and text_width(" ".join(rest[:count]), size, bold=bold) > width:
            count -= 1
        if len(lines) == most - 1:
            count = len(rest)
        lines.append(shorten(" ".join(rest[:count]), size, width, bold=bold))
        rest = rest[count:]
    return lines
