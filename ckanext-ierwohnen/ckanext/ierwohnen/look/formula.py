"""Texts that a spreadsheet program would take for a formula, in a CSV file or from the clipboard.

Source: OWASP, "CSV Injection": a cell is dangerous if it begins with `=`, `+`, `-`, `@`, tab, carriage return or line
feed, or their full-width forms; a separator or line break inside a cell may begin a new one in a program that expects
another separator. Such a text gets an apostrophe before it. What is only a signed number, or a lone dash, stays as it
is: a program can make nothing worse of it than that number.

Workbooks need none of this: there a cell is of the type text, whatever it begins with.
"""

from __future__ import annotations

import re

_BLANK = r"[\s\x00-\x1f\"'\u00a0\u200b\ufeff\u3000]*"
_HARMLESS = re.compile(r"[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?[ \u00a0\u202f]?%?|[-+]")
_START = re.compile(rf"{_BLANK}[=+\-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b]|[\t\r\n]")
# Inside a text a plus or minus is common ("Miete, -5 %"): there only one that calls something is dangerous.
_INSIDE = (
    r"(?P<gap>[{separators}]{blank})(?P<sign>[=@\uff1d\uff20\ufe66\ufe6b]|[+\-\uff0b\uff0d](?=[^{separators}]*[(|!]))"
)
GUARD = "'"
# For a first look at a whole column (RE2): whether any cell may need the guard at all.
SUSPECT = r"[=+\-@\t\r\n\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}\x{fe62}\x{fe63}\x{fe66}\x{fe6b}]"


def guarded(text: str, delimiter: str = ",") -> str:
    """The text such that no spreadsheet program computes it; `delimiter` is the file's own separator."""
    others = "".join(sign for sign in ";,\t\r\n" if sign != delimiter)
    inside = _INSIDE.format(separators=re.escape(others), blank=_BLANK)
    text = re.sub(inside, rf"\g<gap>{GUARD}\g<sign>", text)
    if _START.match(text) and not _HARMLESS.fullmatch(text):
        return GUARD + text
    return text


def unguarded(text: str) -> str:
    """A text of our own downloads as it was before `guarded` put the sign in front; any other stays as it is."""
    bare = text.removeprefix(GUARD)
    return bare if bare != text and guarded(bare).startswith(GUARD) else text
