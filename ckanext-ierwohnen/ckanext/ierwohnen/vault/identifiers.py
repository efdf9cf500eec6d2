"""Columns that are stored as they are: numbers and short names of dwellings and objects, and no persons. Pure.

What a company calls its dwellings and objects is its own affair, as long as it looks like an identifier: digits, codes,
at most one word that says nothing, and names of buildings and streets („Wohnpark Goethestraße 3“). A salutation, a
role or a circumstance („Frau“, „Mieter“, „Rentner“), a person's name, a telephone number or a date of birth refuses the
table, in one row already. Several words of which none is of a building are no identifier: so names that stand in no
list of names do not pass either.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.columns_of_text import content_of, offsets_of
from ckanext.ierwohnen.vault.excel_dates import typed
from ckanext.ierwohnen.vault.personal import (
    DOTTED,
    STREET,
    Told,
    counted,
    dense,
    first_name,
    is_phone,
    kind_by_content,
    vocabulary,
)
from ckanext.ierwohnen.vault.personal_column import PersonalColumn
from ckanext.ierwohnen.vault.persons import bare_mobile, lone_surname, person_in, phone_in, written_mobile

ODD = "odd"  # no person was recognised, but no identifier either
LONE = "lone"  # a surname and nothing else, a person's where other cells look different
SAMPLES = 200  # cells of one shape of digits that are looked at
_SHOWN = 10
_SEPARATORS = re.compile(r"[^\w'’]+|_")
_WORD = re.compile(r"\d*([^\W\d_]{3,}(?:['’][^\W\d_]+)?)\d*")
_HUMP = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")
_HEX = re.compile(r"[0-9a-f]{8}(?:[0-9a-f]{4,}(?:-[0-9a-f]{4,})*|(?:-[0-9a-f]{4,})+)-?", re.I)
_WEAK = re.compile(r"(?:berg|tal|feld|bach|haus|hof|wald|stein|garten|brücke|winkel|anger|bogen|markt)$", re.I)
_STREET = re.compile(
    r"(?:str|straße|strasse|weg|platz|allee|ring|gasse|damm|ufer|steig|park|promenade|quartier|siedlung|viertel)$", re.I
)
_PART = re.compile(r"(?:haus|gebäude|eingang|aufgang|flügel|bau|hof|turm|laube|garage|teil|trakt|hälfte|seite)$")
_BESIDE_HOUSES = frozenset(("und", "bis", "ohne", "unbekannt", "garten", "flur", "aufg", "eing"))
_NAMED_AFTER = re.compile(r"(?<![^\W\d_])[^\W\d_]+(?:-[^\W\d_]+)+")  # „Frau-Holle-Weg“, „Robert-Koch-Str“
_ABBREVIATED = re.compile(r"\b(?:hr|fr|frl|mr|mrs|ms|fam|dr|prof)\.?\s+[^\W\d_]{3,}", re.I)
_INITIAL = re.compile(r"(?<![\w.])[^\W\d_]\.\s*([^\W\d_]{4,})|(?<![^\W\d_])([^\W\d_]{4,}),\s*[^\W\d_]\.(?!\w)")
_PHONE = re.compile(r"(?<![\d.])(?:\+|00|\(?0)\d[\d\s/()\-–]{6,}\d(?![\d.])")
_MOBILE = re.compile(r"(?<!\d)(?:\+49|0049|0)[\s/\-]?1[567]\d[\s/\-]+\d{6,8}(?!\d)")
_DAY = re.compile(
    r"(?<!\d)(\d{1,2})([.\-/])(\d{1,2})\2((?:19|20)\d\d)(?!\d)|(?<!\d)((?:19|20)\d\d)-(\d\d)-(\d\d)(?!\d)"
)
_NINES = bytes.maketrans(b"012345678", b"9" * 9)
_BARE_DAY = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
# Shapes (digits as 9) of which a cell may be a telephone number or a day.
_DIVIDED = r"9{2,}[\s/()\-–]+9|9{3,5}\)?\.9[9. ]{5,}|\+9|(?<!9)9{11,14}(?!9)"
_FREE_NUMBERS = re.compile(_DIVIDED + r"|\(9+\)|^9{10,14}$")
_NUMBERS = re.compile(_DIVIDED + r"|9{1,2}([.\-/])9{1,2}\1[9]{4}|9{4}-99-99|^9{8}$")


@dataclass
class _Column:
    strict: bool
    free: bool = False
    houses: bool = False
    verdicts: dict[str, str] = field(default_factory=dict)  # shape → kind, ODD or ""
    hits: dict[str, list[int]] = field(default_factory=dict)  # kind or ODD → first rows
    counts: Counter[str] = field(default_factory=Counter)
    numbers: dict[str, tuple[list[str], list[int]]] = field(default_factory=dict)  # shape → cells, first rows
    shapes: Counter[str] = field(default_factory=Counter)


class Identifiers:
    """Looks at the stored texts of a table as it streams by.

    :param strict: columns of identifiers
    :param others: columns of other texts (streets, places), in which several words are no matter
    :param houses: columns of house numbers, of the strict ones
    :param free: columns that are not stored, in which remarks may stand, and what cells of others cannot be read
    """

    def __init__(
        self,
        strict: Iterable[str],
        others: Iterable[str] = (),
        free: Iterable[str] = (),
        houses: Collection[str] = (),
    ) -> None:
        self._columns = {name: _Column(True, houses=name in houses) for name in strict}
        self._columns |= {name: _Column(False) for name in others}
        self._columns |= {name: _Column(False, True) for name in free}

    def take(self, column: str, cells: pa.Array, rows: np.ndarray) -> np.ndarray | None:
        """The next cells (text) of a column, with their rows in the file.

        :return: which of them are no identifiers, and no persons either; None if all are
        """
        known, odd = self._columns[column], None
        distinct = cells.dictionary_encode()
        encoded = _shapes(distinct.dictionary).dictionary_encode()
        indices = encoded.indices.take(distinct.indices)
        counted = pc.value_counts(indices.drop_null()).to_pylist()
        counts = {entry["values"]: entry["counts"] for entry in counted}
        for index, shape in enumerate(encoded.dictionary.to_pylist()):
            verdict = known.verdicts.get(shape)
            if verdict is None:
                verdict = known.verdicts[shape] = _verdict(shape, known)
            known.shapes[shape] += counts.get(index, 0)
            numeric = bool((_NUMBERS if known.strict else _FREE_NUMBERS).search(shape))
            numeric = numeric and len(known.numbers.get(shape, ((),))[0]) < SAMPLES
            if not verdict and not numeric:
                continue
            places = np.flatnonzero(
                pc.fill_null(pc.equal(indices, index), False).to_numpy(zero_copy_only=False)
            )
            if verdict:
                known.counts[verdict] += len(places)
                if verdict == ODD:
                    odd = np.zeros(len(cells), bool) if odd is None else odd
                    odd[places] = True
                hits = known.hits.setdefault(verdict, [])
                hits += rows[places[: _SHOWN - len(hits)]].tolist()
            if numeric and verdict in ("", LONE):
                some, lines = known.numbers.setdefault(shape, ([], []))
                places = places[: SAMPLES - len(some)]
                some += cells.take(pa.array(places)).to_pylist()
                lines += rows[places].tolist()
        return odd

    def suspects(self) -> list[tuple[PersonalColumn, Told]]:
        """The columns that hold personal data, each with what tells its cells."""
        found = []
        for name, column in self._columns.items():
            kind, told = self._person(column)
            if kind:
                found.append((PersonalColumn(name, kind, "content"), told))
        return found

    def _person(self, column: _Column) -> tuple[str, Told]:
        if kind := next((kind for kind in column.hits if kind not in (ODD, LONE)), ""):
            return kind, lambda text: _verdict(_shape(text), column) == kind
        if LONE in column.hits and _stand_out(column):
            return "name", lambda text: _verdict(_shape(text), column) == LONE
        for shape, (cells, _rows) in column.numbers.items():
            share = column.shapes[shape] / max(1, column.shapes.total())
            if kind := _number(shape, cells, share, column):
                return kind, (_is_phone_cell if kind == "phone" else _is_day)
        return (kind_of_crowd(column.shapes) if column.strict else "") or "", bool


def _verdict(shape: str, column: _Column) -> str:
    if column.free:
        return person_in(shape)
    found = judged(shape, column.strict) or ("" if column.strict else person_in(shape))
    if found or not lone_surname(shape):
        return found or (_no_house(shape) if column.houses else "")
    return "name" if column.houses else LONE


def _no_house(shape: str) -> str:
    """ODD for what is no house number: „12“, „12 a“, „12-14“ and „12 Hinterhaus“ are, „2 (gelb)“ is none."""
    words = [word.casefold() for word in words_of(shape)]
    known = all(word in vocabulary()["buildings"] or word in _BESIDE_HOUSES or _PART.search(word) for word in words)
    return "" if known else ODD


def _stand_out(column: _Column) -> bool:
    """Whether lone surnames are few among numbers, or among streets and places that are none."""
    total = column.shapes.total()
    if not column.strict:
        return column.counts[LONE] < 0.5 * total
    worded = sum(count for shape, count in column.shapes.items() if count and words_of(shape))
    return worded <= 0.5 * total


def _shape(text: str) -> str:
    return re.sub(r"[0-8]", "9", text)


def _is_phone_cell(text: str) -> bool:
    mobile = _MOBILE.search(text)
    together = phone_in(text) or bare_mobile(text) or written_mobile(text)
    return together or _is_written_phone(text) or bool(mobile and is_phone(mobile[0]))


def _shapes(texts: pa.Array) -> pa.Array:
    """The texts with each digit as 9: their bytes at once, as a digit is the same byte wherever it stands."""
    if not len(texts):
        return texts
    starts = offsets_of(texts)
    nines = pa.py_buffer(content_of(texts).translate(_NINES))
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(starts - starts[0]), nines)


def judged(text: str, strict: bool = True) -> str:
    """What one cell is by its words: a kind of personal data, ODD, or nothing.

    :param strict: whether it should be an identifier
    """
    if _HEX.fullmatch(text):
        return ""
    text = _NAMED_AFTER.sub(lambda found: "Straße" if _STREET.search(found[0]) else found[0], text)
    words = words_of(text)
    folded = [word.casefold() for word in words]
    circumstances = tuple(vocabulary()["circumstances"])
    if any(word in vocabulary()["roles"] for word in folded):
        return "name"
    if any(word in vocabulary()["states"] for word in folded):
        return "private"
    if any(word.startswith(circumstances) and not _STREET.search(word) for word in folded):
        return "private"
    if _addressed(text, words) or (strict and _abbreviated(text)):
        return "name"
    return _named(words) if strict and len(words) > 1 else ""


def words_of(text: str) -> list[str]:
    """The words of at least three letters; codes of letters and digits, and short ones in capitals, are none."""
    found: list[str] = []
    for token in _SEPARATORS.split(unicodedata.normalize("NFC", text)):
        if match := _WORD.fullmatch(token):
            parts = _HUMP.split(match[1]) if match[1] == token else [match[1]]
            found += [part for part in parts if len(part) > 2 and not _code(part)]
    return found


def kind_of_crowd(shapes: Counter[str]) -> str | None:
    """What the texts say together, without their digits: many different names, each beside a number or a building."""
    singles, full = Counter[str](), 0
    for shape in shapes:
        words = [word for word in words_of(shape) if word.casefold() not in vocabulary()["buildings"]]
        if words:
            singles[" ".join(words)] += 1
        surnames = vocabulary()["surnames"]
        full += len(words) == 2 and any(map(first_name, words)) and any(w.casefold() in surnames for w in words)
    if full >= 5 and full >= 0.3 * len(shapes):
        return "name"
    return "name" if kind_by_content(singles) == "name" else None


def _code(word: str) -> bool:
    if word.casefold() in vocabulary()["buildings"]:
        return False
    known = word.casefold() in vocabulary()["surnames"] or first_name(word)
    silent = word.isascii() and not re.search(r"[aeiouy]", word, re.I)
    return (word.isupper() and len(word) < 5 and not known) or silent


def _addressed(text: str, words: list[str]) -> bool:
    folded = [word.casefold() for word in words]
    salutations = vocabulary()["salutations"]
    for index, word in enumerate(folded[:-1]):
        if word in salutations and not STREET.search(folded[index + 1]):
            return True
    match = _ABBREVIATED.search(text)
    return bool(match) and not STREET.search(match[0])


def _abbreviated(text: str) -> bool:
    """„A. Müller“, „Müller, A.“: an initial beside a word that is of no building."""
    words = [first or second for first, second in _INITIAL.findall(text)]
    return any(word.casefold() not in vocabulary()["buildings"] and not STREET.search(word) for word in words)


def _named(words: list[str]) -> str:
    folded = [word.casefold() for word in words]
    buildings, surnames = vocabulary()["buildings"], vocabulary()["surnames"]
    exact = [word in buildings for word in folded]
    firsts = [first_name(word) and not sure for word, sure in zip(words, exact, strict=True)]
    streets = [bool(STREET.search(word)) for word in folded]
    weak = [bool(_WEAK.search(word)) and not sure for word, sure in zip(folded, exact, strict=True)]
    strong = any(exact) or any(s and not w for s, w in zip(streets, weak, strict=True))
    if strong:
        tenant = any(firsts) and any(word in surnames for word in folded) and not any(streets)
        return "name" if tenant and not vocabulary()["units"].isdisjoint(folded) else ""
    if any(firsts) or (any(word in surnames for word in folded) and not any(streets)):
        return "name"
    return ODD if sum(not (s or w) for s, w in zip(streets, weak, strict=True)) > 1 else ""


def _number(shape: str, cells: list[str], share: float, column: _Column) -> str:
    """Whether cells of one shape of digits are telephone numbers or days of birth."""
    cells = [text for text in cells if not (_HEX.fullmatch(text) and re.search("[a-f]", text, re.I))]
    if not cells:
        return ""
    mobiles = sum(bool(m := _MOBILE.search(text)) and is_phone(m[0]) for text in cells)
    if mobiles and (share < 0.5 or mobiles >= 0.6 * len(cells)):
        return "phone"
    if shape.count("+") and any(_is_written_phone(text) for text in cells):
        return "phone"
    if _mobiles_among(cells):
        return "phone"
    if not column.strict:
        return "phone" if _phones_among(shape, cells, share) else ""
    divided = re.search(r"9[\s/().\-–]+9", shape)  # long digits alone are numbers of anything
    phones = sum(_is_written_phone(text) for text in cells) if divided else 0
    groups = len(re.findall(r"9+", shape))
    alike = share > 0.5 and groups > 2 and not re.search(r"[^\W\d_].*\s", shape)
    series = alike and "(" not in shape and (counted(cells) or phones < 0.6 * len(cells))
    if phones and not series and (share < 0.1 or (phones >= 0.6 * len(cells) and groups != 2)):
        return "phone"
    days = sum(_is_day(text) and not (column.houses and typed(text)) for text in cells)
    if days and ((share < 0.1 and "." in shape) or (days >= 0.95 * len(cells) and (len(cells) > 7 or words_of(shape)))):
        return "birth_date"
    return ""


def _mobiles_among(cells: list[str]) -> bool:
    """Numbers of mobiles with their digits together: nearly all cells of a shape, and none that an office counts."""
    mobiles = {text for text in cells if written_mobile(text)}
    several = len({re.sub(r"\D", "", text)[:5] for text in mobiles}) > 1 or len(mobiles) < 5
    return bool(mobiles) and len(mobiles) >= 0.6 * len(set(cells)) and several and not dense(list(mobiles))


def _phones_among(shape: str, cells: list[str], share: float) -> bool:
    """Telephone numbers among cells of one shape; where nearly all cells have it, they may be an office's numbers."""
    if shape.isdigit():
        mobiles = {text for text in cells if bare_mobile(text)}
        several = len({text[:5] for text in mobiles}) > 1 or len(cells) < 5
        return len(mobiles) >= 0.6 * len(set(cells)) and several and not dense(cells)
    phones = sum(phone_in(text) for text in cells)
    if share > 0.5 and len(set(cells)) > 4 and not re.search(r"[^\W\d_]|\+", shape):
        return phones >= 0.6 * len(cells) and not dense(cells)
    return phones > 0


def _is_written_phone(text: str) -> bool:
    match = DOTTED.search(text) or _PHONE.search(text)
    return bool(match) and sum(char.isdigit() for char in match[0]) > 7 and is_phone(match[0])


def _is_day(text: str) -> bool:
    match = _DAY.search(text)
    if match:
        day, _, month, year, *iso = match.groups()
        return _calendar(year or iso[0], month or iso[1], day or iso[2])
    bare = _BARE_DAY.fullmatch(text)
    return bool(bare) and _calendar(*bare.groups())


def _calendar(year: str, month: str, day: str) -> bool:
    try:
        return date(1900, 1, 1) <= date(int(year), int(month), int(day)) <= date.today()
    except ValueError:
        return False
