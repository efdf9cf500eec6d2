"""Signs as the office itself explains them: in the legend above or below its table, or on the check page.

The vocabulary of official statistics holds where the office says nothing. Where it does, its word goes: `-` may be
"keine Angabe" in one table, and `*` "geheim gehalten" in another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from ckanext.ierwohnen.look.signs import Status, spellings
from ckanext.ierwohnen.tables.cells import clean

if TYPE_CHECKING:
    from ckanext.ierwohnen.tables.office_table import OfficeTable

NEGATIVE = "negative"
"""What brackets mean where they stand for minus."""
BRACKETS = "()"
Signs = Mapping[str, str]

_SIGN = r"\.{2,3}|…|\*{1,3}|\( ?\)|\(Zahl\)|//|[-–—./xX×·•+#prs0]"
_SAYS = r"(?:\s*(?:bedeutet|bedeuten|heißt|heisst|steht für|means)\b\s*:?|\s*[=:])"
_QUOTES = "\"„“”‚‘’'»«"
_START = re.compile(
    rf"(?:^|(?<=[;,|:])|(?<=\s\s))\s*(?P<bare>{_SIGN}){_SAYS}\s*"  # `- = geheim`
    rf"|(?:^|(?<=[;|])|(?<=,\s)|(?<=\s\s))\s*(?P<code>-[0-9]{{1,7}}|(?!(?:1[5-9]|20)[0-9]{{2}}\b)[0-9]{{3,7}}){_SAYS}\s*"
    rf"|(?<=\s)(?P<after>[-–—./*…])\s*=\s*"
    rf"|[{_QUOTES}](?P<quoted>{_SIGN})[{_QUOTES}]{_SAYS}?\s*"  # `„-“ bedeutet geheim`
    rf"|\((?P<bracketed>{_SIGN})\){_SAYS}\s*"  # `ein Strich (-) bedeutet: geheim`
    rf"|\b(?P<named>(?:gedanken)?strich|punkt|stern(?:chen)?){_SAYS}\s*"
    rf"|(?:^|(?<=[;|:])|(?<=\s\s))\s*(?P<alone>{_SIGN})\s+(?=[^\W\d])",  # `-  geheim`, in two cells
    re.I,
)
_DASHES = "-–—−"
_NAMED = {"strich": "-", "gedankenstrich": "-", "punkt": ".", "stern": "*", "sternchen": "*"}
# Behind a sign alone, which may be the point of a list, an explanation says at once what the figure is.
_AT_ONCE = re.compile(
    r"(?!.*gerundet)(?:der |die |diese )?(?:(?:zahlen)?werte?s?|aussagewert|zahl|angaben?|daten|tabellenfach"
    r"|ergebnis\w*)?\s*(?:ist |sind |wegen |aus |zu |noch |unter \d+ )?"
    r"(?:geheim|datenschutz|gesperrt|unbekannt|nichts|nicht|keine?\b|genau|weniger|mehr|fällt|vorläufig|berichtigt"
    r"|revidiert|geschätzt|eingeschränkt|unsicher|entfällt|vertraulich|zu unsicher|unterdrückt)"
)
_MEANINGS = (
    (re.compile(r"geheim|datenschutz|geschützt|unterdrückt|anonymi|gesperrt aus|vertraulich|nicht ausgewiesen"),
     Status.SECRET),
    (re.compile(r"hälfte|mehr als nichts|kleiner als die"), Status.BELOW_HALF),
    (re.compile(r"nichts vorhanden|genau null|^(?:der )?(?:wert (?:ist )?)?(?:gleich )?(?:null|0)\b|^nichts\b"
                r"|keine? (?:bestand|fäll|fall|einw)"),
     Status.NOTHING),
    (re.compile(r"später|folgt|noch nicht|fällt .*an"), Status.LATER),
    (re.compile(r"nicht sinnvoll|keinen sinn|gesperrt|trifft nicht zu|entfällt|fachlich"), Status.BLOCKED),
    (re.compile(r"nicht sicher|unsicher|zu unsicher|zu geringe? fallzahl|zahlenwert nicht"), Status.UNCERTAIN),
    (re.compile(r"eingeschränkt|bedingt|begrenzt"), Status.LIMITED),
    (re.compile(r"vorläufig|preliminary"), Status.PRELIMINARY),
    (re.compile(r"berichtigt|revidiert|korrigiert|corrected"), Status.CORRECTED),
    (re.compile(r"geschätzt|schätzung|estimated"), Status.ESTIMATED),
    (re.compile(r"negativ|minus"), NEGATIVE),
    (re.compile(r"keine? (?:angabe|daten|(?:zahlen)?wert|zahl|ergebnis|eintrag|information|nachweis)"
                r"|ohne (?:angabe|wert)|nicht (?:vor\b|verfügbar|erhoben|ermittelt|erfasst|bekannt|berechenbar)"
                r"|unbekannt|fehl"),
     Status.MISSING),
)  # fmt: skip

_NO_VALUE = (Status.SECRET, Status.BLOCKED, Status.LATER, Status.UNCERTAIN, Status.MISSING)
"""What a number that stands for no value (`9999 = geheim`) can mean."""
_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]*[=:][^()\[\]]*)[)\]]")


def legend_signs(lines: Iterable[str]) -> dict[str, str]:
    """Sign → status (or `NEGATIVE` for brackets), from the lines of a legend."""
    return {sign: meaning for sign, _, meaning in _explained(lines) if meaning is not None}


def unread_meanings(lines: Iterable[str]) -> dict[str, str]:
    """Sign → the words that explain it, where these say nothing that is known; numbers are none of these signs."""
    lines = list(lines)
    known = legend_signs(lines)
    return {
        sign: text for sign, text, meaning in _explained(lines)
        if meaning is None and sign not in known and not sign.lstrip("-").isdigit()
    }  # fmt: skip


def _explained(lines: Iterable[str]) -> Iterator[tuple[str, str, str | None]]:
    """Each sign of a legend with the words that explain it, and their meaning, if it is known."""
    for line in lines:
        starts = list(_START.finditer(line))
        for match, after in zip_longest(starts, starts[1:]):
            text = re.split("[;|]", line[match.end() : after.start() if after else None])[0].casefold().strip()
            meaning = next((status for form, status in _MEANINGS if form.search(text)), None)
            if match["code"] and meaning not in _NO_VALUE:
                continue  # `100 = alle`, `2015 = 100` speak of a number that is one
            if not match["alone"] or (meaning is not None and _AT_ONCE.match(text)):
                yield _plain(match[match.lastgroup or 0]), text, None if meaning is None else str(meaning)


def is_legend(cells: Sequence[str]) -> bool:
    """True for a row of nothing but a legend: one text, a sign beside its meaning, or a text that was cut at `;`."""
    rest = [clean(cell) for cell in cells if clean(cell)]
    signs = legend_signs([" ".join(rest)]) if len(rest) == 2 and len(rest[0]) < 4 else legend_signs(rest)
    return bool(signs) and not any(char.isdigit() for cell in rest[1:] for char in cell[:1])


def declared_signs(table: OfficeTable) -> dict[str, str]:
    """All signs that the office declares: by its legend, in a heading, and over that on the check page."""
    heads = (part for name in table.names for part in _IN_BRACKETS.findall(name))  # `Wohnungen (- = geheim)`
    legend = {sign: status for sign, status in legend_signs(heads).items() if status in _NO_VALUE and sign != "0"}
    legend |= legend_signs(line.text for line in (*table.title, *table.foot, *table.legend))
    if legend.get("0") in (Status.OK, Status.NOTHING, Status.BELOW_HALF):
        del legend["0"]  # that is settled by column
    said = next((legend[dash] for dash in _DASHES if dash in legend), None)
    legend |= {dash: said for dash in _DASHES if said and dash not in legend}
    stated = {_plain(sign): status for sign, status in table.hints.signs.items()}
    return {**legend, **dict.fromkeys(table.hints.missing, str(Status.MISSING)), **stated}


def unusual(signs: Signs) -> dict[str, str]:
    """Those that mean something else than in official statistics."""
    usual = {**spellings("instead"), **spellings("beside"), **spellings("around")}
    odd = {sign: status for sign, status in signs.items() if usual.get(sign) != status}
    told = next((status for sign, status in odd.items() if sign in _DASHES), None)
    others = [dash for dash in odd if dash in _DASHES and odd[dash] == told][1:]  # of dashes one speaks for all
    return {sign: status for sign, status in odd.items() if sign not in others}


def _plain(sign: str) -> str:
    return BRACKETS if sign.startswith("(") else _NAMED.get(sign.casefold(), sign)
