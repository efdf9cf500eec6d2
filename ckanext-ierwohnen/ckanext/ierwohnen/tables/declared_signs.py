"""Signs as the office itself explains them: in the legend above or below its table, or on the check page.

The vocabulary of official statistics holds where the office says nothing. Where it does, its word goes: `-` may be
"keine Angabe" in one table, and `*` "geheim gehalten" in another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ckanext.ierwohnen.look.signs import Status, spellings

if TYPE_CHECKING:
    from ckanext.ierwohnen.tables.office_table import OfficeTable

NEGATIVE = "negative"
"""What brackets mean where they stand for minus."""
BRACKETS = "()"
Signs = Mapping[str, str]

_SIGN = r"\.{2,3}|…|\*{1,3}|\( ?\)|\(Zahl\)|//|[-–—./xX×·•+#prs0]"
_ENTRY = re.compile(rf"(?:^|(?<=[;,|])|(?<=\s\s))\s*[\"„“']?(?P<sign>{_SIGN})[\"“”']?\s*[=:]\s*(?P<text>[^;|]+)")
_MEANINGS = (
    (re.compile(r"geheim|datenschutz|geschützt|unterdrückt|anonymi|gesperrt aus"), Status.SECRET),
    (re.compile(r"hälfte|mehr als nichts|kleiner als die"), Status.BELOW_HALF),
    (re.compile(r"nichts vorhanden|genau null|^null\b|^nichts\b|keine? (?:bestand|fäll|fall|einw)"), Status.NOTHING),
    (re.compile(r"später|folgt|noch nicht|fällt .*an"), Status.LATER),
    (re.compile(r"nicht sinnvoll|keinen sinn|gesperrt|trifft nicht zu|entfällt|fachlich"), Status.BLOCKED),
    (re.compile(r"nicht sicher|unsicher|zu unsicher|zu geringe? fallzahl|zahlenwert nicht"), Status.UNCERTAIN),
    (re.compile(r"eingeschränkt|bedingt|begrenzt"), Status.LIMITED),
    (re.compile(r"vorläufig|preliminary"), Status.PRELIMINARY),
    (re.compile(r"berichtigt|revidiert|korrigiert|corrected"), Status.CORRECTED),
    (re.compile(r"geschätzt|schätzung|estimated"), Status.ESTIMATED),
    (re.compile(r"negativ|minus"), NEGATIVE),
    (re.compile(r"keine? (?:angabe|daten)|nicht (?:vor\b|verfügbar|erhoben)|unbekannt|fehl"), Status.MISSING),
)  # fmt: skip


def legend_signs(lines: Iterable[str]) -> dict[str, str]:
    """Sign → status (or `NEGATIVE` for brackets), from the lines of a legend."""
    found: dict[str, str] = {}
    for line in lines:
        for match in _ENTRY.finditer(line):
            text = match["text"].casefold().strip()
            meaning = next((status for form, status in _MEANINGS if form.search(text)), None)
            if meaning is not None:
                found[_plain(match["sign"])] = str(meaning)
    return found


def declared_signs(table: OfficeTable) -> dict[str, str]:
    """All signs that the office declares: by its legend, and over that on the check page."""
    legend = legend_signs(line.text for line in (*table.title, *table.foot))
    legend.pop("0", None)  # what 0 means is settled by column
    stated = {_plain(sign): status for sign, status in table.hints.signs.items()}
    return {**legend, **dict.fromkeys(table.hints.missing, str(Status.MISSING)), **stated}


def unusual(signs: Signs) -> dict[str, str]:
    """Those that mean something else than in official statistics."""
    usual = {**spellings("instead"), **spellings("beside"), **spellings("around")}
    return {sign: status for sign, status in signs.items() if usual.get(sign) != status}


def _plain(sign: str) -> str:
    return BRACKETS if sign.startswith("(") else sign
