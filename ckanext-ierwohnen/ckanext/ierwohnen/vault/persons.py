"""Persons in free text, cell by cell: whoever is addressed, named in full, or named beside a role. Pure.

For columns that are not stored, where remarks stand: no word of them is forbidden, but who is named in them is.
A name is told by what surrounds it („Frau“, „Mieter:“, „bei Anna …“), by a first name beside a surname, by first name
and another word that fill a cell, by letters of other languages. Streets, buildings and firms are named after people
too: beside words of these a name is none of a tenant.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from ckanext.ierwohnen.vault.personal import STREET, born, first_name, is_phone, vocabulary

_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+\.?")
_SEGMENTS = re.compile(r"[;/|()\[\]{}\n\t:=\"„“”»«]+|\s[-–—]\s|\d+")
_TOKEN = re.compile(r"([^\W\d_]+(?:['’\-][^\W\d_]+)*)(\.?)(\s*,)?")
_HUMP = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")
_ROLE = re.compile(r"\b([^\W\d_]+)(\s*[:=]\s*|\s+)((?:[^\W\d_]+\.\s*)*[^\W\d_]{2,})")
_FOREIGN = re.compile(r"[ğışİŞĞłŁńśŚźŹżŻćĆčČšŠžŽđĐřŘěĚůŮőŐűŰăĂșȘțȚąĄęĘőėįųūāēīļņķģ]|[\u1ea0-\u1ef9ơưƠƯ]")
_VIETNAMESE = re.compile(r"[\u1ea0-\u1ef9ơưƠƯ]")
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1dff\u0590-\u08ff\u3040-\u9fff\uac00-\ud7af]{2,}")
_SURNAME = re.compile(
    r"(?:mann|sk[iyaá]|czyk|wicz|vić|ovic|enko|o[gğ]lu|escu|idis|poulos|m[ae][iy]er|m(?:ü|ue)ller|schmidt?|bauer|huber|hofer)$",
    re.I,
)
_INITIAL = re.compile(
    r"(?<![\w.])([A-ZÄÖÜ])\.\s*([A-ZÄÖÜ][^\W\d_]{3,})(?![\w-]*str)|([A-ZÄÖÜ][^\W\d_]{3,}),\s*([A-ZÄÖÜ])\.(?!\w)"
)
_CUES = {"bei", "von", "an", "mit", "durch", "für", "über", "wegen", "wg", "co", "siehe", "zu", "hd", "und", "u"}
_PARTICLES = {"von", "van", "de", "der", "den", "zu", "vom", "el", "al", "da", "di", "dos", "bin", "ibn", "ten", "ter"}
_TITLES = {"dr", "prof", "dipl", "ing", "med", "rer", "nat", "jur", "phil", "mag", "hc"}
_PHONE = re.compile(r"(?<![\w.,/\-])(?:\+\s?\d|00\d|\(\+|\(0\d|0\d)[\d\s/()\-–.]{4,}\d(?![\w/\-])")
_SAME_TWICE = re.compile(r"\d([/.\-–])\d+\1\d")  # „037/12/0034“ is a number of a flat
_STREET = re.compile(  # not what surnames end in as well: -berg, -heim, -hof
    r"(?:str(?:aße|asse|\.)?|weg|platz|pl\.|allee|gasse|damm|ufer|steig|pfad|chaussee|zeile|siedlung|viertel|promenade"
    r"|brücke|gärten|residenz|quartier|schule|center)$",
    re.I,
)
_LONG_WORD = re.compile(r"[^\W\d_]{3,}(?:['’][^\W\d_]{2,})*")
_NOUNS = ("ung", "ungen", "heit", "keit", "schaft", "tion", "raum", "zimmer")
_WRITTEN_MOBILE = re.compile(r"(?<![\w.,/+\-])(?:\+49|0049|0)1[567]\d{8,9}(?![\w/\-])")
_MOBILE = re.compile(r"(?:0|49|0049)?1[567]\d{8,9}")


@dataclass(frozen=True)
class _Word:
    """A word with what it is; `comma`: whether one follows."""

    text: str
    comma: bool

    @property
    def plain(self) -> str:
        return folded(self.text)

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def ordinary(self) -> bool:
        """A word of houses, firms and remarks, or of a street."""
        return _ordinary(self.text)

    @property
    def first(self) -> bool:
        return first_name(self.text)

    @property
    def sure_first(self) -> bool:
        return self.first and self.plain not in _words("ambiguous")

    @property
    def surname(self) -> bool:
        return surname(self.text)


def folded(word: str) -> str:
    """A word in small letters of the alphabet alone: „Müller“ and „MUELLER“ are the same."""
    text = unicodedata.normalize("NFC", word).casefold()
    for sign, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ı", "i"), ("ł", "l"), ("đ", "d"), ("ø", "o")):
        text = text.replace(sign, written)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


@cache
def _words(entry: str) -> frozenset[str]:
    return frozenset(map(folded, vocabulary()[entry]))


@lru_cache(maxsize=100_000)
def surname(word: str) -> bool:
    """Whether a word is a frequent surname, or is made like one."""
    parts = [folded(part) for part in word.split("-")]
    known = _words("surnames") | _words("families")
    if any(part in known for part in parts):
        return True
    return len(word) > 6 and bool(_SURNAME.search(word)) and not _ordinary(word)


@lru_cache(maxsize=100_000)
def lone_surname(text: str) -> bool:
    """Whether a text has no word but one, and that is a surname and hardly anything else: „Schmidt“, „EG li Schmidt“.

    „bei Schmidt“ as well; „Schmidtstraße“ and „Am Müllerhof“ are other words, and „Winter“ or „Koch“ mean too much.
    """
    text = unicodedata.normalize("NFC", text)
    words = [match[0] for match in _LONG_WORD.finditer(text)]
    words = [word for word in words if folded(word) not in _words("units") and folded(word) not in _CUES]
    known = _words("surnames") | _words("families")
    if not words or (len(words) > 1 and "-".join(words) not in text):
        return False
    return all(
        (plain := folded(word)) in known and plain not in _words("ambiguous") and not _ordinary(word) for word in words
    )


@lru_cache(maxsize=100_000)
def _ordinary(word: str) -> bool:
    plain = folded(word)
    listed = plain in _words("buildings") or plain in _words("ordinary") or plain in _words("firms")
    return listed or (len(plain) > 6 and plain.endswith(_NOUNS)) or bool(_STREET.search(word))


@lru_cache(maxsize=50_000)
def person_in(text: str) -> str:
    """What a cell of free text tells of a person: `name`, `private`, `birth_date`, or nothing."""
    text = unicodedata.normalize("NFC", text)
    if _OTHER_SCRIPT.search(text):
        return "name"
    if born(text):
        return "birth_date"
    text = _COMPOUND.sub(_street_named_after, text)
    text = text.replace("_", " ")
    if _role_named(text) or any(_named(part, text) for part in _SEGMENTS.split(text) if part.strip()):
        return "name"
    if _HUMP.search(text) and any(_known(one, two) for one, two in _pairs(_in_order(_HUMP.sub(" ", text)))):
        return "name"
    words = [match[1].casefold() for match in _TOKEN.finditer(text)]
    states, circumstances = vocabulary()["states"], tuple(vocabulary()["circumstances"])
    telling = any(w in states or (w.startswith(circumstances) and not STREET.search(w)) for w in words)
    return "private" if telling else ""


def _street_named_after(found: re.Match[str]) -> str:
    """„Frau-Holle-Weg“ is a street, „Müller-Steinberg“ is none."""
    compound = found[0].rstrip(".")
    street = _STREET.search(compound) or (compound.count("-") > 1 and STREET.search(compound))
    return "Straße" if street else found[0]


def surely_named(text: str) -> bool:
    """The same for a heading: only who is addressed, or has a first name beside a known surname."""
    for part in _SEGMENTS.split(_HUMP.sub(" ", unicodedata.normalize("NFC", text).replace("_", " "))):
        words = _in_order(part)
        if _addressed(words, part) or any(_known(a, b) for a, b in _pairs(words)):
            return True
    return bool(_OTHER_SCRIPT.search(text))


def phone_in(text: str) -> bool:
    """Whether a telephone number is written in a text, with its area code."""
    for match in _PHONE.finditer(text):
        number = match[0].replace("(0)", "")
        bare = number.isdigit() and not number.startswith("00")  # that may be a number of anything
        counting = _SAME_TWICE.search(number) and "(" not in number
        if not bare and not counting and sum(map(str.isdigit, number)) >= 7 and is_phone(number):
            return True
    return False


def written_mobile(text: str) -> bool:
    """Whether a mobile telephone's number stands in a text, its digits together, from its zero or its country on."""
    return any(bare_mobile(match[0].removeprefix("+")) for match in _WRITTEN_MOBILE.finditer(text))


def bare_mobile(text: str) -> bool:
    """Digits alone that are a mobile telephone's; spreadsheets take the zero away."""
    if not _MOBILE.fullmatch(text):
        return False
    return is_phone("0" + text.removeprefix("00").removeprefix("49").removeprefix("0"))


def _in_order(part: str) -> list[_Word]:
    return [_Word(match[1], bool(match[3])) for match in _TOKEN.finditer(part)]


def _named(part: str, text: str) -> bool:
    words = _in_order(part)
    if not words:
        return False
    if _addressed(words, text):
        return True
    if any(word.plain in _words("firms") for word in words):
        return False
    return _full_name(words, text) or _abbreviated(part, words)


def _addressed(words: list[_Word], text: str) -> bool:
    caseless = text.islower() or text.isupper()
    for place, word in enumerate(words[:-1]):
        if word.plain not in _words("salutations"):
            continue
        rest = [one for one in words[place + 1 :] if one.plain not in _TITLES and one.plain not in _PARTICLES]
        if not rest or len(rest[0].text) < 2 or rest[0].ordinary:
            continue
        if len(rest) > 1 and _house(rest[1]):
            continue
        if rest[0].capital or (caseless and (rest[0].surname or rest[0].first)):
            return True
    return False


def _role_named(text: str) -> bool:
    """„Mieter: Kowalczyk“."""
    for match in _ROLE.finditer(text):
        role, named = match[1].casefold(), _Word(match[3].split()[-1], False)
        sure = match[2].strip() or named.surname or named.first
        if role in vocabulary()["roles"] and sure and named.capital and not named.ordinary:
            return True
    return False


def _pairs(words: list[_Word]) -> list[tuple[_Word, _Word]]:
    """Words side by side that may be a person's: none of a street, house or firm, nor before or behind one of these."""
    core = [w for w in words if w.plain not in _TITLES and w.plain not in _PARTICLES]
    found = []
    for place, (one, two) in enumerate(pairwise(core)):
        behind = core[place + 2] if place + 2 < len(core) else None
        before = core[place - 1] if place else None
        if one.ordinary or two.ordinary or (behind is not None and not two.comma and _house(behind)):
            continue
        if before is not None and _house(before) and before.plain not in _words("units"):
            continue
        found.append((one, two))
    return found


def _house(word: _Word) -> bool:
    return word.plain in _words("buildings") or word.plain in _words("firms") or bool(STREET.search(word.text))


def _known(one: _Word, two: _Word) -> bool:
    capital = one.capital and two.capital
    doubtful = sum(word.plain in _words("ambiguous") for word in (one, two))
    if doubtful > (1 if capital else 0) or one.capital != two.capital:
        return False
    return (one.first and two.surname) or (two.first and one.surname)


def _full_name(words: list[_Word], text: str) -> bool:
    pairs = _pairs(words)
    if any(_known(one, two) for one, two in pairs):
        return True
    if any(one.comma and one.capital and two.capital and two.sure_first for one, two in pairs):
        return True
    if _vietnamese(words):
        return True
    core = [w for w in words if w.plain not in _TITLES and w.plain not in _PARTICLES | {"und", "u"}]
    whole = 2 <= len(core) <= 4 and all(w.capital and not w.ordinary for w in core)
    if whole and (core[0].sure_first or core[-1].sure_first):
        return True
    if whole and (_VIETNAMESE.search(text) or any(_FOREIGN.search(w.text) for w in core)):
        return True
    for place, word in enumerate(words[1:-1], 1):  # within a sentence
        behind = words[place + 1]
        cued = words[place - 1].plain in _CUES or words[place - 1].text.casefold() in vocabulary()["roles"]
        if cued and (word, behind) in pairs and word.sure_first and word.capital and behind.capital:
            return True
    return False


def _vietnamese(words: list[_Word]) -> bool:
    """„Nguyen Van An“, written without its accents."""
    if not 2 <= len(words) <= 5 or words[0].plain not in _words("vietnamese") or not all(w.capital for w in words):
        return False
    return words[0].plain == "nguyen" or any(word.plain in _words("vietnamese_given") for word in words[1:])


def _abbreviated(part: str, words: list[_Word]) -> bool:
    """„A. Müller“, „Kowalczyk, A.“."""
    for match in _INITIAL.finditer(part):
        word = _Word(match[2] or match[3], False)
        if not word.ordinary and (word.surname or len(words) == 2):
            return True
    return False
