"""Personal data of tenants, recognised by the name of a column and by what stands in it. Pure.

A finding names the column and what gave it away, never a value. Names of persons are told by first names and frequent
surnames, telephone numbers by the operators' numbering plans, IBANs by their check digits; one e-mail address or IBAN
is enough, of the others a share of the cells has to be such. Dates are birth dates if they look like days on which
people were born, not like the first of a month on which contracts begin.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import cache
from itertools import islice, pairwise
from pathlib import Path

import gender_guesser.detector
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from stdnum import iban

from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.columns_of_text import content_of
from ckanext.ierwohnen.tables.periods import parse_period
from ckanext.ierwohnen.vault import insurance
from ckanext.ierwohnen.vault.insurance import InsuranceNumbers, insured, surely_insured
from ckanext.ierwohnen.vault.personal_column import KINDS, PersonalColumn

LOOKED_AT = 3000  # cells of a column that are tried as telephone numbers and days
DENSE = 50
DISTINCT = 20_000  # distinct cells of a column that are looked at closely; patterns are sought in all
_EMAIL = re.compile(r"[^\s@,;<>()]+@[^\s@,;<>()]+\.[a-zäöü]{2,}", re.I)
_AT = re.compile(r"\s*[(\[{<]\s*(?:at|ät)\s*[)\]}>]\s*|(?<=\w)\s+at\s+(?=[\w-]+\s?[.(\[])", re.I)
_DOT = re.compile(r"\s*[(\[{<]\s*(?:dot|punkt|\.)\s*[)\]}>]\s*", re.I)
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}(?:[\s.\-–_/]{0,2}\d){2}(?:[\s.\-–_/]{0,2}[A-Z0-9]){11,30}", re.I)
_CONTACT = re.compile(r"\b(?:tel(?:efon)?|handy|mobil(?:e|nr)?|fon|phone)\b[\s.:\-]{0,4}\+?[\d(]", re.I)
_PHONE = re.compile(r"(?:\+\d{1,3}|00\d{1,3}|\(\+?\d{1,5}\)|\(?0\d{1,5}\)?)[\s/()\-–.]*\d[\d\s/()\-–.]{3,}")
# What may be certain by itself, in the words of Arrow's regular expressions, which know no look-around.
_CONSPICUOUS = (
    r"(?i)@|[\[({<] ?[aä]t ?[\])}>]| at |[a-z]{2}[ ._/–-]{0,2}\d[ ._/–-]{0,2}\d[ ._/–-]{0,2}[a-z0-9]{1,4}"
    r"[ ._/–-]{1,2}[a-z0-9]{4}|[a-z]{2}\d{2}[a-z0-9]{8}|tel|handy|mobil|fon|phone|geb|dob|born|\*"
    rf"|{insurance.CONSPICUOUS}"
)
_LETTER = re.compile(r"[a-z]", re.I)
_SILENT = bytes(n for n in range(128) if not chr(n).isalpha() and chr(n) not in "@*")  # nothing is made of these
DOTTED = re.compile(r"(?<![\w.])\(?0\d{2,4}\)?\.(?=(?:[. ]?\d){6})\d[\d. ]*\d(?!\w)")  # a telephone number, no day
_FIGURE = re.compile(r"-?\d{1,4}(?:[.,]\d{1,3})?%?|[.…/x-]")
_SUBSCRIBER_ZERO = re.compile(r"0\d{2,5}[\s/\-–.]+0")  # no subscriber's number begins with 0
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*\.?")
STREET = re.compile(
    r"(?:str(?:aße|asse|\.)?|weg|platz|pl\.|allee|ring|gasse|damm|ufer|steig|pfad|hof|park|chaussee|zeile|markt|siedlung"
    r"|viertel|winkel|promenade|bogen|anger|berg|tal|feld|garten|gärten|brücke|haus|heim|residenz|quartier|schule|center)$",
    re.I,
)
_BORN = re.compile(
    r"(?:\bgeb(?:oren|\.|\b)|\bdob\b|\bborn\b|\bgeburts\w+|(?<!\w)\*)\s*(?:am|on)?\s*:?\s*\d{1,2}[./-]\s?\d{1,2}[./-]"
    r"|(?:\bgeboren|\bdob|\bborn|\bgeburtsjahr|(?-i:\bgeb\b\.?))\s*(?:in)?\s*:?\s*(?:19|20|99)\d\d\b",
    re.I,
)  # also in texts whose digits are all written as 9


Told = Callable[[str], bool]
"""Which cells of a column gave it away."""


class Screen:
    """Looks at a table as it streams by: give it the cells of each column, then ask for the findings.

    :param free: columns that are not stored: what is no name there loses nothing, so fewer names are enough
    """

    def __init__(self, columns: Iterable[str], free: Collection[str] = ()) -> None:
        self.columns = list(columns)
        self._free = frozenset(free)
        self._cells: dict[str, Counter[str]] = {name: Counter() for name in self.columns}
        self._found: dict[str, str] = {}
        self._insured = {name: InsuranceNumbers() for name in self.columns}

    def take(self, column: str, cells: Mapping[str, int]) -> None:
        """Distinct cells of a column with their numbers; may be called for piece after piece."""
        kept = self._cells[column]
        for raw, count in cells.items():
            text = clean(shown(raw))
            if not text:
                continue
            if column not in self._found and (kind := certain(text)):
                self._found[column] = kind
            self._insured[column].take(text)
            if text in kept or len(kept) < DISTINCT:
                kept[text] += count

    def take_array(self, column: str, cells: pa.Array) -> None:
        """The same for a whole column of cells: all of them are searched, of the distinct ones enough are kept."""
        distinct = cells.unique().drop_null()
        silent = not content_of(distinct).translate(None, _SILENT)
        conspicuous = distinct[:0] if silent else distinct.filter(pc.match_substring_regex(distinct, _CONSPICUOUS))
        if len(conspicuous):
            self.take(column, dict.fromkeys(conspicuous.to_pylist(), 0))
        if len(self._cells[column]) < DISTINCT:
            counted = pc.value_counts(cells.drop_null())
            self.take(column, {entry["values"]: entry["counts"] for entry in counted[:DISTINCT].to_pylist()})

    def findings(self) -> list[PersonalColumn]:
        """The columns that hold personal data, in the table's order."""
        return [found for found, _ in self.suspects()]

    def suspects(self) -> list[tuple[PersonalColumn, Told]]:
        """The same, each with what tells its cells."""
        found: list[tuple[PersonalColumn, Told]] = []
        for column in self.columns:
            by_name = kind_by_name(column)
            if by_name and self._may_be(by_name, column):
                found.append((PersonalColumn(column, by_name, "name"), bool))
            elif kind := self._found.get(column):
                found.append((PersonalColumn(column, kind, "content"), lambda text, kind=kind: certain(text) == kind))
            elif self._insured[column].found:
                found.append((PersonalColumn(column, "number", "content"), insured))
            elif kind := kind_by_content(self._cells[column], column in self._free):
                found.append((PersonalColumn(column, kind, "content"), _OF_CROWD[kind]))
        return found

    def _may_be(self, kind: str, column: str) -> bool:
        """A name alone does not condemn a column of figures: „Mieter“ with 1, 2, 3 counts tenants."""
        cells = self._cells[column]
        if not cells or _plain(column) in vocabulary()["private_alone"]:
            return bool(cells)
        small = sum(count for text, count in cells.items() if _FIGURE.fullmatch(text))
        return kind not in ("name", "private", "phone") or small < 0.9 * cells.total()


def kind_by_name(column: str) -> str | None:
    """What a column's name says, or None."""
    words = _plain(column)
    padded = f" {words} "
    if any(f" {word} " in padded for word in vocabulary()["counts"]):
        return None
    known = [
        (len(name), kind)
        for kind in KINDS
        for name in vocabulary()[kind]
        if words == name or words.startswith(f"{name} ") or words.endswith(f" {name}")
    ]
    if known:  # „Mieter-Nr.“ is a number, though it begins with „Mieter“
        return max(known, key=lambda one: one[0])[1]
    alone = (kind for kind in ("name", "private") if words in vocabulary()[f"{kind}_alone"])
    return next(alone, None)


def _plain(column: str) -> str:
    return re.sub(r"[\s_\-./:,;()\[\]]+", " ", unicodedata.normalize("NFC", column).casefold()).strip()


def kind_by_content(cells: Counter[str], free: bool = False) -> str | None:
    """What a column's cells say together, or None.

    :param free: whether the column is not stored
    """
    total = cells.total()
    if not total:
        return None
    if _phone_share(cells):
        return "phone"
    if _name_share(cells, free):
        return "name"
    return "birth_date" if _birth_share(cells, 3 if free else 8) else None


def certain(text: str) -> str | None:
    """A cell that is enough by itself."""
    if text.isascii() and "@" not in text and "*" not in text and not _LETTER.search(text):
        return None  # all else that is sought has letters
    written = _DOT.sub(".", _AT.sub("@", text))
    if "@" in written and _EMAIL.search(written):
        return "email"
    if len(text) >= 15 and any(_begins_with_iban(match[0]) for match in _IBAN.finditer(text)):
        return "iban"
    if _CONTACT.search(text):
        return "phone"
    if surely_insured(text):
        return "number"
    return "birth_date" if born(text) else None


def born(text: str) -> bool:
    """Whether a text says when somebody was born."""
    return bool(_BORN.search(text))


def _begins_with_iban(text: str) -> bool:
    """Whether an IBAN stands at the beginning, however it is divided; a word may follow it."""
    plain = re.sub(r"[^A-Za-z0-9]", "", text)
    return any(iban.is_valid(plain[:end]) for end in range(15, min(len(plain), 34) + 1))


def _phone_share(cells: Counter[str]) -> bool:
    like = (text for text in cells if _PHONE.fullmatch(text) and not parse_period(text))
    candidates = list(islice(like, LOOKED_AT))
    if not candidates or _is_pattern(cells) or dense(candidates):
        return False
    phones: dict[str, int] = {}
    left, enough = sum(cells[text] for text in candidates), min(max(2, 0.05 * cells.total()), 0.6 * cells.total())
    for text in candidates:
        if is_phone(text):
            phones[text] = cells[text]
        else:
            left -= cells[text]
            if left < enough and cells.total() >= 5:
                return False  # too few, even if all others are
    written = sum(n for text, n in phones.items() if re.search(r"[\s/()+\-–]", text) or DOTTED.fullmatch(text))
    bare = [text for text in phones if text.isdigit()]
    if written >= max(2, 0.05 * cells.total()) or (written and cells.total() < 5):
        return True
    mobile = sum(text.startswith(("015", "016", "017")) for text in bare)
    sure = sum(phones[text] for text in bare) >= 0.6 * cells.total() and len(bare) >= 5
    several = len({text[:5] for text in bare}) > 1  # an office's numbers begin alike
    return sure and several and (len({len(text) for text in bare}) > 1 or mobile >= 0.6 * len(bare))


def is_phone(text: str) -> bool:
    """Whether a text is a telephone number that somebody may have."""
    if text.startswith("000") or not 7 <= sum(map(str.isdigit, text)) <= 15 or _SUBSCRIBER_ZERO.match(text):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, "DE"))
    except phonenumbers.NumberParseException:
        return False


def dense(numbers: list[str]) -> bool:
    """Whether numbers follow one another closely, as those that an office gives; telephone numbers do not."""
    values = sorted({int(digits) for text in numbers if (digits := re.sub(r"\D", "", text))})
    return len(values) > 4 and values[-1] - values[0] < DENSE * len(values)


def counted(numbers: Iterable[str]) -> bool:
    """Whether many numbers stand there again, or close to another one, as those that an office gives house by house."""
    values = sorted(int(digits) for text in numbers if (digits := re.sub(r"\D", "", text)))
    gaps = [DENSE, *(after - one for one, after in pairwise(values)), DENSE]
    return sum(min(gap) < DENSE for gap in pairwise(gaps)) > 0.3 * len(values)


def _is_pattern(cells: Counter[str]) -> bool:
    """Ids of dwellings look alike: nearly all cells have the same shape, in at least three groups of digits."""
    joined = "\n".join(cells)
    if joined.isascii() and joined.count("\n") == len(cells) - 1:  # all at once
        shapes = Counter(re.sub(r"\d", "9", joined).split("\n"))
    else:
        shapes = Counter(re.sub(r"\d", "9", text) for text in cells)
    shape, count = shapes.most_common(1)[0]
    return len(cells) >= 5 and count >= 0.9 * len(cells) and len(re.findall(r"9+", shape)) >= 3 and "+" not in shape


def _name_share(cells: Counter[str], free: bool) -> bool:
    """Distinct cells count here, so that few classes („Süd“, „Rose“) are no crowd of people."""
    texts = [text for text in cells if not any(char.isdigit() for char in text) and len(text) < 80]
    if len(texts) < 0.5 * len(cells) or not texts:
        return False
    addressed = sum(_salutation(text) for text in texts)
    if addressed >= max(2, 0.02 * len(texts)) or (addressed and len(texts) < 5):
        return True
    full = sum(_full_name(text) for text in texts)
    if full >= max(3, 0.3 * len(texts)) or (full == len(texts) and full >= 2):
        return True
    single = [text.casefold() for text in texts if _WORD.fullmatch(text)]
    if len(single) < 0.7 * len(texts):
        return False
    first = sum(first_name(text) for text in single)
    family = {text for text in single if text in vocabulary()["surnames"]}
    if free and _names_alone(set(single)):
        return True
    many_first = len(single) >= 8 and first >= 0.7 * len(single)
    return many_first or (len(family) >= 5 and len(family) >= 0.08 * len(single))


def _names_alone(words: set[str]) -> bool:
    """At least three words, and half of all, or four and a tenth, that are names and nothing else."""
    known = vocabulary()["surnames"] | vocabulary()["families"]
    sure = [w for w in words if w not in vocabulary()["ambiguous"] and (w in known or first_name(w))]
    return len(sure) >= max(3, 0.5 * len(words)) or len(sure) >= max(4, 0.1 * len(words))


def _salutation(text: str) -> bool:
    words = text.split()
    return len(words) in (2, 3, 4, 5) and words[0].casefold().strip(".") in vocabulary()["salutations"]


def _full_name(text: str) -> bool:
    """„Anna Müller“, „Müller, Anna“, „Dr. Anna von Müller“, „Anna und Paul Müller“: a first name and one more word."""
    words = [w for w in re.split(r"[\s,]+", text) if w and w.casefold().strip(".") not in _PARTICLES]
    if not 2 <= len(words) <= 5 or not all(_WORD.fullmatch(word) for word in words):
        return False
    if any(STREET.search(word) for word in words):
        return False
    ends = (words[0], words[-1])
    return any(first_name(word) for word in ends) and all(word[0].isupper() for word in words)


_PARTICLES = {"dr", "prof", "dipl", "ing", "med", "von", "van", "de", "der", "zu", "und", "u", "&", "den", "el", "al"}


@cache
def first_name(word: str) -> bool:
    """Whether a word is somebody's first name in Germany, or anywhere if it is no surname."""
    word = word.strip(".").split("-")[0]
    if len(word) < 3:
        return False
    known = _first_names()
    gender = known.get_gender(word.capitalize(), "germany")
    return gender in ("male", "female", "mostly_male", "mostly_female") or (
        known.get_gender(word.capitalize()) in ("male", "female") and word.casefold() not in vocabulary()["surnames"]
    )


def _birth_share(cells: Counter[str], fewest: int) -> bool:
    looked_at, days = list(islice(cells, LOOKED_AT)), []
    for number, text in enumerate(looked_at):
        if day := _day(text):
            days.append(day)
        elif number + 1 - len(days) > 0.2 * len(looked_at) + 1:
            return False  # too many are none, whatever follows
    if len(days) < fewest or len(days) < 0.8 * len(looked_at):
        return False
    usual = sum(day.day in (1, 15) or (day.month, day.day) == (12, 31) for day in days)
    years = sorted(day.year for day in days)
    middle, this_year = years[len(years) // 2], date.today().year
    spread = years[int(0.9 * len(years))] - years[int(0.1 * len(years))]
    born = years[0] >= 1920 and years[-1] <= this_year and middle <= this_year - 20
    return usual < 0.25 * len(days) and born and spread >= 15


def _day(text: str) -> date | None:
    period = parse_period(text)
    return period.start if period and period.kind == "day" else None


_OF_CROWD: Mapping[str, Told] = {
    "phone": lambda text: bool(_PHONE.fullmatch(text)) and is_phone(text),
    "name": lambda text: _salutation(text) or _full_name(text),
    "birth_date": lambda text: _day(text) is not None,
}


@cache
def _first_names() -> gender_guesser.detector.Detector:
    return gender_guesser.detector.Detector()


@cache
def vocabulary() -> dict[str, frozenset[str]]:
    """The lists of words of `personal.yaml`, in small letters."""
    entries = yaml.safe_load((Path(__file__).parent / "personal.yaml").read_text("utf-8"))
    return {name: frozenset(str(word).casefold() for word in words) for name, words in entries.items()}
