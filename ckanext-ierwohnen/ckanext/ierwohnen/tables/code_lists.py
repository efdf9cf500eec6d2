"""Code lists of dimensions (`schemas/code_lists.yaml`): which class a cell or a column name means.

Classes of numbers are read by rule: "65 bis unter 75 Jahre", "65-74", "75 und älter", "< 6", "unter6" become the
codes `65-74`, `75-`, `-5`. Codes give whole numbers, both ends included.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import yaml

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.tables.cells import clean, shown

CODE_LISTS_FILE = Path(__file__).parent.parent / "schemas" / "code_lists.yaml"
TOTAL = "total"
TOTAL_WORDS = {
    "insgesamt", "insg", "gesamt", "ges", "zusammen", "zus", "total", "summe", "alle", "all", "alle altersgruppen",
    "beide geschlechter",
}  # fmt: skip
_DASH = r"\s*(?:-|–|bis|to)\s*"
_RANGES = (
    # "65 bis unter 75" excludes its upper end, "65-74" includes it.
    ("below_upper", re.compile(r"(?P<a>[0-9]+)(?:\s*jahre)?\s*(?:-|–|bis|to)?\s*(?:unter|under|<)\s*(?P<b>[0-9]+)")),
    ("both", re.compile(rf"(?P<a>[0-9]+){_DASH}(?P<b>[0-9]+)")),
    ("below", re.compile(r"(?:unter|under|<|vor|before|jünger als|juenger als)\s*(?P<b>[0-9]+)")),
    ("up_to", re.compile(r"(?:bis|<=|≤|up to|bis einschließlich)\s*(?P<b>[0-9]+)")),
    ("over", re.compile(r"(?:über|ueber|>|mehr als|nach|over)\s*(?P<a>[0-9]+)")),
    ("from", re.compile(r"(?:ab|>=|≥)\s*(?P<a>[0-9]+)")),
    ("from", re.compile(r"(?P<a>[0-9]+)\s*(?:und mehr|undmehr|und älter|und aelter|u\.?\s*ä\.?|u\.?\s*m\.?|\+|<=)")),
    ("from", re.compile(r"(?P<a>[0-9]+)\s*(?:oder mehr|or more|und später|and older|and over|plus)")),
    ("one", re.compile(r"(?P<a>[0-9]+)")),
)  # fmt: skip


@dataclass(frozen=True)
class CodeList:
    """One dimension: its id, titles, the words by which columns are called, and its codes with all spellings."""

    id: str
    title: str
    title_en: str
    names: tuple[str, ...]
    kind: str
    words: tuple[str, ...]
    bounds: tuple[int, int]
    labels: Mapping[str, tuple[str, str]]
    spellings: Mapping[str, str]
    whole: tuple[str, ...] = ()
    span_words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def make_all(self, codes: Iterable[str]) -> bool | None:
        """Whether classes are all there is, each once: men and women; ages without gap or overlap, from 0 to an open
        end. None for a list of which that is not known.

        >>> code_lists()["age_groups"].make_all(["-17", "18-64", "65-"])
        True
        """
        there = set(codes) - {TOTAL}
        if not self.whole:
            return None
        if self.kind != "range":
            return set(self.whole) <= there
        first, last = map(int, self.whole)
        spans = sorted(span for code in there if (span := self.span(code)))
        if not spans or len(spans) < len(there) or spans[0][0] > first or spans[-1][1] < last:
            return False
        return all(after == before + 1 for (_, before), (after, _) in pairwise(spans))

    def span(self, code: str) -> tuple[int, int] | None:
        """First and last number of a class, both within it; None for a code that is no range."""
        first, dash, last = code.partition("-")
        if not all(end == "" or only_digits(end) for end in (first, last)) or not (first or last):
            return None
        start = int(first) if first else self.bounds[0]
        return start, (int(last) if last else self.bounds[1]) if dash else start

    def code_of(self, text: str, bare: bool = True) -> str | None:
        """The code of a class as an office writes it, or None.

        :param bare: take a range without a word for its unit ("6-15") as well
        """
        plain = normal(text)
        if plain in TOTAL_WORDS:
            return TOTAL
        if self.kind == "range":
            return self._range(plain, bare)
        return self.spellings.get(plain)

    def label(self, code: str, locale: str = "de") -> str:
        """How a code is written for readers."""
        if code in self.labels:
            return self.labels[code][locale.startswith("en")]
        return code

    def in_words(self, code: str, locale: str = "de") -> str:
        """A class of numbers in words: `-17` is "unter 18", `65-74` is "65 bis 74", `75-` is "75 und älter"."""
        low, dash, high = code.partition("-")
        if not dash:
            return code
        form = "between" if low and high else ("last" if low else "first")
        words = self.span_words["en" if locale.startswith("en") else "de"][form]
        return words.format(low=low, high=high, above=int(high) + 1 if high else "")

    def _range(self, text: str, bare: bool) -> str | None:
        said = [word for word in self.words if re.search(rf"(?<![^\W\d_]){re.escape(word)}(?![^\W\d_])", text)]
        if not said and not bare:
            return None
        stripped = _without_unit_words(text, self.words)
        for kind, form in _RANGES:
            match = form.fullmatch(stripped)
            if match:
                return self._code(kind, match.groupdict())
        return None

    def _code(self, kind: str, part: Mapping[str, str | None]) -> str | None:
        low = int(part.get("a") or 0) if part.get("a") else None
        high = int(part.get("b") or 0) if part.get("b") else None
        if kind in ("below", "below_upper") and high is not None:
            high -= 1
        if kind == "over" and low is not None:
            low += 1
        if kind == "one":
            high = low
        ends = [end for end in (low, high) if end is not None]
        if not all(self.bounds[0] <= end <= self.bounds[1] for end in ends) or (
            low is not None and high is not None and low > high
        ):
            return None
        if low == high:
            return str(low)
        return f"{'' if low is None else low}-{'' if high is None else high}"


@cache
def code_lists() -> dict[str, CodeList]:
    """All code lists by id."""
    entries = yaml.safe_load(CODE_LISTS_FILE.read_text("utf-8"))
    return {name: _code_list(name, entry) for name, entry in entries.items()}


def list_by_name(column: str) -> CodeList | None:
    """The code list whose names a column bears ("Altersgruppe")."""
    plain = normal(column)
    return next((known for known in code_lists().values() if plain in known.names), None)


def list_by_values(values: Iterable[str], at_least: float = 0.9) -> CodeList | None:
    """The one code list to which nearly all distinct values belong; None if there is none, or more than one."""
    distinct: set[str] = set()
    for text in {clean(shown(value)) for value in set(values)}:
        if text and normal(text) not in TOTAL_WORDS:
            distinct.add(text)
        # Classes are few: a column of many different values is none, and is not looked at further.
        if len(distinct) > 150:
            return None
    if len(distinct) < 2:
        return None
    fitting = [
        known
        for known in code_lists().values()
        if sum(known.code_of(value, bare=False) not in (None, TOTAL) for value in distinct) >= at_least * len(distinct)
    ]
    return fitting[0] if len(fitting) == 1 else None


def normal(text: str) -> str:
    """A text for comparison: small letters, single blanks, no underscores, none of the marks of footnotes."""
    text = re.sub(r"[\s_\u00a0]+", " ", clean(shown(text)).casefold())
    return text.strip(" .:*¹²³")


def _without_unit_words(text: str, words: Iterable[str]) -> str:
    """The range alone: unit words go, words that say which end is meant stay."""
    keep = {"unter", "über", "bis", "und mehr", "älter", "aelter", "vor", "ab", "nach", "before", "und später"}
    text = re.sub(r"\b(?:von|im alter|alter von|age)\b", " ", text)
    for word in sorted(set(words) - keep, key=len, reverse=True):
        text = re.sub(rf"(?<![^\W\d_]){re.escape(word)}(?![^\W\d_])", " ", text)
    return re.sub(r"\s+", " ", text).strip(" .()")


def _code_list(name: str, entry: Mapping) -> CodeList:
    codes = entry.get("codes", [])
    spellings = {normal(t): c["code"] for c in codes for t in (c["code"], c["de"], c["en"], *c.get("read", []))}
    return CodeList(
        name,
        entry["title"],
        entry["title_en"],
        tuple(normal(n) for n in entry["names"]),
        entry.get("kind", "list"),
        tuple(entry.get("words", ())),
        tuple(entry.get("bounds", (0, 0))),
        {c["code"]: (c["de"], c["en"]) for c in codes},
        spellings,
        tuple(map(str, entry.get("whole", ()))),
        entry.get("spans", {}),
    )
