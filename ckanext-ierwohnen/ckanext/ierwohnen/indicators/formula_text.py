"""Formulas as people write them: names or numbers in the place of codes. No CKAN in here.

>>> written("(a - b) / c", {"a": "Zuzüge", "b": "Fortzüge", "c": "Einwohner"})
'(Zuzüge − Fortzüge) ÷ Einwohner'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

CHANGE = re.compile(r"change\(\s*(\w+)\s*,\s*(\d+)\s*\)")
CODE = re.compile(r"\b[a-z]\w+\b|\b[a-z]\b")
CHANGED = "{} − {}a".format
BARE = re.compile(r"\(([^()+\-*/−×÷]+)\)")


def written(formula: str, names: Mapping[str, str], change: Callable[[str, int], str] = CHANGED) -> str:
    """A formula with what stands for each code.

    :param names: text by code; codes without one stay
    :param change: how a change of a code against so many years before is written
    """
    text = CHANGE.sub(lambda m: change(m[1], int(m[2])), formula)
    for sign, shown in (("-", "−"), ("*", "×"), ("/", "÷")):
        text = text.replace(sign, shown)
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if match[0] not in names:
            return match[0]
        kept.append(names[match[0]])
        return f"\0{len(kept) - 1}\0"

    text = BARE.sub(r"\1", CODE.sub(keep, text))  # "(a) ÷ (b)" needs no brackets
    return re.sub("\0(\\d+)\0", lambda m: kept[int(m[1])], text)
