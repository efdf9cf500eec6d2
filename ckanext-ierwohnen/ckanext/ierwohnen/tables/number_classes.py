"""Of what "unter 5", "5 bis 10", "10 und mehr" are classes: of ages only where the table says so.

The same wording stands for how long people live in a flat, the size of flats, the number of children, the distance of
moves. Headings of the column are asked first, then the title; both may name an age or something else that is counted.
Where neither does, classes in years or of people are ages of people, but none of buildings or flats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ckanext.ierwohnen.tables.code_lists import code_lists, list_by_name, normal
from ckanext.ierwohnen.tables.periods import without_period

AGES = "age_groups"
_OF_THINGS = re.compile(
    r"(?:geb[äa]e?ude|bau|haus|fahrzeug|anlagen|bestands|heizungs?)[- ]?alter"
    r"|\balter\s+(?:der|des|von)\s+(?:\w+\s+)?(?:\w*geb[äa]ude|\w*h[äa]user|\w*wohnung|\w*anlage|\w*heizung|\w*fahrzeug)",
    re.I,
)
_AGE = re.compile(
    r"\b(?:lebens|kindes|durchschnitts)?alters?(?:s?(?:gruppen?|klassen?|jahre?n?|struktur|aufbau|stufen?|verteilung))?\b"
    r"|\w*altrige|j[äa]e?hrige|\bjahre alt\b|\bages?\b|\baged\b|years? old",
    re.I,
)
_OTHER = re.compile(  # what numbers are classes of, beside ages
    r"\w*dauer\b|\bdauer\b|\b(?:zahl|anzahl)\s+(?:der|von)?\s*\w+|\w*fl[äa]e?chen?\b(?!\w)|\w*gr[öo]e?(?:ß|ss)en?\b"
    r"|\w*entfernung\w*|\bdistanz\b|\w*einkommen\w*|\w*miet(?:e|en|h[öo]he|preise?n?)\b|\w*preise?n?\b|\w*kosten\b"
    r"|\w*besch[äa]e?ftigten?\w*|\w*r[äa]e?umen?\b|\w*zimmern?\b|\w*geschosse?n?\b|\w*stockwerken?\b|\w*kindern?\b"
    r"|\w*kinderzahl\b|\w*personenzahl\b|\w*abstand\b|\w*h[öo]e?he\b|\w*duration\b|\bnumber of \w+"
    r"|\bsize\b|\bdistance\b",
    re.I,
)
_BY = re.compile(r"\b(?:nach|by)\s+(?:dem\s+|der\s+|den\s+)?(.+)", re.I)
_UNIT = re.compile(r"\s*(?:,\s*)?[(\[]?\b(?:in|je)\s+(?:m²|m2|qm|km|€|euro|jahren|monaten)[)\]]?.*$", re.I)
_BETWEEN = re.compile(r"\s*(?:[,;–]|\s-\s|\bund\b|\bsowie\b|\band\b)\s*", re.I)
_KNOWN = re.compile(  # by which tables are divided without its being a number
    r"stadtteil|bezirk|ortsteil|quartier|viertel|gebiet|gemeinde|kreis|block|raum\b|r[äa]umlich|lage\b|geschlecht|sex\b"
    r"|nationalit|staatsang|migration|herkunft|familienstand|jahr\b|jahren\b|monat|quartal|stadtr[äa]um|district|quarter"
    r"|religion|konfession|merkmal|stand\b|wohnstatus|einheit|gender|statistisch|kleinr[äa]um|bev[öo]lkerung|deutsch|ausl[äa]nd",
    re.I,
)
_PEOPLE = re.compile(
    r"einwohner|bev[öo]lkerung|person|mensch|kinder|jugend|senior|frauen|m[äa]nner|weiblich|m[äa]nnlich|ausl[äa]nder"
    r"|deutsche|arbeitslos|erwerbs|leistungs|empf[äa]nger|bedarf|besch[äa]ftigt|zugezogen|zuz[üu]g|fortz[üu]g|umz[üu]g|wander"
    r"|geburt|gestorben|sterbe|pflege|sch[üu]ler|bewohner|migration|population|people|inhabitants|resident|migra|women|\bmen\b"
    r"|\bhwo|\bew\b|\bpers\b|haupt",
    re.I,
)
_THINGS = re.compile(
    r"wohnung|wohngeb|geb[äa]e?ude|h[äa]user|betriebe|unternehmen|dwelling|building|fahrzeug|miet|fl[äa]e?che|grundst|bauten"
    r"|haushalt|household|ehen\b|ehe\b|eheschlie",
    re.I,
)
_YEARS = re.compile(r"\bjahre?n?\b|\byears?\b|älter|aelter|jünger|juenger|\bolder\b|\byounger\b|\bu\.?\s?ä\b", re.I)
_CLASS = re.compile(
    r"(?:(?:unter|über|bis|ab|mehr als|weniger als|von|under|over|[<>≤≥])\s*)?\d[\d.]*(?:\s*[^\W\d]+²?)?"
    r"(?:\s*(?:-|–|bis(?: unter)?|to)\s*\d[\d.]*(?:\s*[^\W\d]+²?)?)?"
    r"(?:\s*(?:und|u\.?|oder|and|or)\s*[^\W\d]+\.?|\s*\+)?",
    re.I,
)


def classed(parts: Sequence[str], titles: Iterable[str], others: Iterable[str] = ()) -> str | None:
    """What classes of numbers in a heading are of: `age_groups`, another code list or name, or None if nobody says.

    :param parts: the headings of a column above one another, with that of the class
    :param titles: lines above the table, name of the sheet
    :param others: headings of other columns, which may say that people are counted
    """
    rest = [part for part in parts if not is_class(part)]
    titles = [without_period(line) for line in titles]
    named = _named(rest) or _named(titles)
    if named:
        return named
    strange = [topic for line in (*rest, *titles) for topic in _topics(line) if not _KNOWN.search(topic)]
    if strange:
        return None
    said = " ".join((*parts, *titles))
    if _THINGS.search(said) and not _PEOPLE.search(said):
        return None
    if _YEARS.search(" ".join(parts)) or _PEOPLE.search(said):
        return AGES
    return AGES if not _THINGS.search(" ".join(others)) else None


def _named(lines: Iterable[str]) -> str | None:
    """The one thing that lines name, whose numbers classes may be of."""
    found: dict[str, None] = {}
    for line in lines:
        topics = _topics(line)
        for topic in topics or [line]:
            if _OF_THINGS.search(topic):
                found[_name(topic)] = None
            elif _AGE.search(topic):
                found[AGES] = None
            elif (topics or _bare(line)) and _OTHER.search(topic):
                found[_name(topic)] = None
    return next(iter(found)) if len(found) == 1 else None


def _bare(line: str) -> bool:
    """True for a heading like "davon mit … Räumen" or "Wohndauer", which says nothing but of what the classes are."""
    return bool(re.match(r"(?:davon|darunter|mit|bei)\b", line, re.I)) or len(line.split()) <= 2


def _topics(line: str) -> list[str]:
    """What a line says the figures are divided by: the words after "nach"."""
    by = _BY.search(line)
    return [topic for part in _BETWEEN.split(by[1]) if (topic := _UNIT.sub("", part).strip(" .…:"))] if by else []


def _name(topic: str) -> str:
    plain = normal(re.sub(r"^(?:davon|darunter|mit|bei|im|nach|[.…\s])+", "", topic, flags=re.I))
    known = list_by_name(topic) or next((one for one in code_lists().values() if plain in one.words), None)
    known = known or next((list_by_name(word) for word in plain.split()[-1:] if list_by_name(word)), None)
    return known.id if known and known.id != AGES else plain


def is_class(text: str) -> bool:
    """True for a heading that is a class of numbers and nothing else: "40 bis 59", "10 Jahre und mehr", "250+"."""
    return _CLASS.fullmatch(normal(text)) is not None


def names_class(text: str, of: str) -> bool:
    """True for a heading that only says of what the classes beside or below it are."""
    return not is_class(text) and _named([text]) == of


def lines_above(title: Iterable[str], sheet: str | None, filename: str) -> list[str]:
    """What a table says of itself: title, name of the sheet, name of the file."""
    stem = re.sub(r"[_-]+", " ", filename.rsplit(".", 1)[0])
    return [*title, *filter(None, (sheet, stem))]
