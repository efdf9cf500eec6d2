"""Number formats of spreadsheets that say more than the number: a sign in its place, a status, a unit, thousands.

What the office sees is what it means. A format may show `.` for a number that is to be kept secret, hide it (`;;;`),
put `p` or `T€` behind it, or show 1,234,567 as 1.235 (`#,##0,`). Grammar of formats: ECMA-376, part 1, 18.8.31.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.tables.cells import SCALED_UNITS, TYPED_NUMBER, is_censored, is_figure

SIGN, HIDDEN, ZERO, SCALED, BESIDE, SCALE_OPEN = (
    "shown_as_sign", "hidden_by_format", "zero_not_shown", "shown_scaled", "format_beside", "scale_open",
)  # fmt: skip
DIVIDED = "shown_divided"
"""1234 that is to be seen as "1,2": thousands, without a word that says so."""
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<room>_.|\*.)|\[(?P<bracket>[^\]]*)\]|(?P<next>;)'
    r"|(?P<slot>[0#?](?:[0#?.,]*[0#?,])?|General|Standard|@)|(?P<other>.)",
    re.S,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9.]+)$")
_SCALES = {3: "Tsd.", 6: "Mio.", 9: "Mrd."}
# Words of a scale, whatever stands around them; alone, without a comma that scales, a letter may say anything.
_SCALE_WORDS = re.compile(
    r"\W*(?:in\s)?\W*(?:(?P<k>tsd|tausend|thousand|1[.\s]?000)|(?P<m>mio|mill?|millionen|mln)|(?P<b>mrd|milliarden|bn)"
    r"|(?P<teur>t(?=\s?(?:€|eur))|k(?=\s?(?:€|eur)))|(?P<letter>[ktmb]))\W*?(?:\s?(?:€|euro?))?\W*",
    re.I,
)
_POWERS = {"k": 3, "m": 6, "b": 9, "teur": 3}
_LETTERS = {"k": 3, "t": 3, "m": 6, "b": 9}
_DATE_PARTS = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]|;.*')


@dataclass(frozen=True)
class Section:
    """A part of a format: the text before and behind the digits; `digits` tells which placeholders there are."""

    before: str = ""
    behind: str = ""
    digits: str = ""
    thousands: int = 0
    percent: bool = False
    condition: tuple[str, float] | None = None
    date: bool = False
    unseen: bool = False


@dataclass(frozen=True)
class Look:
    """How a cell is read by its format: its text, and what is to be told (a message code), with the sign or text.

    `power` of ten by which what is seen is larger than what is read, where it stays open which of the two is meant.
    """

    text: str
    told: str | None = None
    sign: str = ""
    power: int = 0


@lru_cache(maxsize=4096)
def sections(form: str) -> tuple[Section, ...]:
    """The parts of a format, for positive numbers, negative ones, zero and text."""
    found, parts = [], {"before": "", "behind": "", "digits": ""}
    more: dict[str, object] = {}
    for match in _TOKEN.finditer(form + ";"):
        kind, text = match.lastgroup, match[0]
        if kind == "next":
            found.append(Section(**parts, **more))  # type: ignore[arg-type]
            parts, more = dict.fromkeys(parts, ""), {}
        elif kind == "slot":
            parts["digits"] += parts["behind"] + text if parts["digits"] else text
            parts["behind"] = ""
            more["thousands"] = len(text) - len(text.rstrip(","))
        elif kind == "bracket":
            more |= _bracket(match["bracket"], parts)
        elif kind != "room":
            if kind == "other" and text in "ymdhsYMDHSE":
                more["date"] = True
            if kind == "other" and text == "%":
                more["percent"] = True
            literal = match["quoted"] if kind == "quoted" else match["escaped"] if kind == "escaped" else text
            parts["behind" if parts["digits"] else "before"] += literal
    return tuple(found)


def _bracket(inside: str, parts: dict[str, str]) -> dict[str, object]:
    if inside.startswith("$"):
        parts["behind" if parts["digits"] else "before"] += inside[1:].split("-")[0]
    elif condition := _CONDITION.match(inside):
        return {"condition": (condition[1], float(condition[2]))}
    return {"unseen": True} if inside.casefold() in ("white", "weiß", "weiss", "color2", "farbe2") else {}


@lru_cache(maxsize=4096)
def speaks(form: str) -> bool:
    """True for a format that says something which the number alone does not."""
    if not form or form == "General" or any(part.date for part in sections(form)):
        return False
    return padding(form) > 0 or any(
        part.before.strip("-+ \u00a0") or part.behind.strip() or part.thousands or part.unseen or part.condition
        or ("0" not in part.digits and part.digits not in ("General", "Standard", "@"))
        for part in sections(form)
    )  # fmt: skip


@lru_cache(maxsize=4096)
def quiet(form: str) -> bool:
    """True for a format that says something of zero only, and else at most €."""
    parts = sections(form)
    if (
        any(part.condition for part in parts)
        or padding(form)
        or shortens_dates(form)
        or (len(parts) > 3 and not parts[3].digits)
    ):
        return False
    return all(seen is None or (seen.told is None and seen.sign == "€") for seen in (look(form, "1"), look(form, "-1")))


def padding(form: str) -> int:
    """8 for the number format `00000000`, else 0."""
    return len(form) if len(form) > 1 and not form.strip("0") else 0


def look_of_text(form: str) -> Look | None:
    """What is read for a text; None if it is seen as it is."""
    parts = sections(form)
    if not speaks(form) or len(parts) < 4 or parts[3].digits or parts[3].date:
        return None
    shown = parts[3].before.strip()
    return Look(shown, SIGN if shown else HIDDEN, shown)


def look(form: str, number: str) -> Look | None:
    """What is read for a number; None if the format changes nothing.

    :param number: digits with decimal comma, as `sheet_rows.typed_text` writes them, without its mark
    """
    if not speaks(form):
        return None
    value = float(number.replace(",", "."))
    part, own = _section(sections(form), value)
    if part is None or part.date:
        return None
    if part.unseen:
        return Look("", HIDDEN)
    shown = (part.before + part.behind).strip()
    if not part.digits or (value == 0 and not re.search(r"0|General|Standard|@", part.digits)):
        if value == 0:
            shown = shown.strip("€% ")
            return Look(shown, None if shown in ("-", "–", "—") else SIGN if shown else ZERO, shown)
        return Look(shown, SIGN if shown else HIDDEN, shown)
    if only_digits(number) and padding(form):
        return Look(TYPED_NUMBER + number.zfill(padding(form)))
    return _with_words(part, own and value < 0, number)


def _section(parts: tuple[Section, ...], value: float) -> tuple[Section | None, bool]:
    """The part that shows this number, and whether it is one of its own for negative numbers."""
    if any(part.condition for part in parts):
        fit = next((part for part in parts[:3] if part.condition is None or _holds(part.condition, value)), None)
        return fit, False
    if value < 0 and len(parts) > 1:
        return parts[1], True
    return (parts[2] if value == 0 and len(parts) > 2 else parts[0]), False


def _holds(condition: tuple[str, float], value: float) -> bool:
    sign, limit = condition
    return {
        "<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit, "=": value == limit,
        "<>": value != limit,
    }[sign]  # fmt: skip


def _with_words(part: Section, negative: bool, number: str) -> Look | None:
    before, behind = part.before.strip(), part.behind.strip()
    if negative:  # minus or brackets of the part for negative numbers: the number has its own minus
        before, behind = before.strip("-−–( "), behind.strip(")- ")
    digits, told, power = number, None, 2 * part.percent - 3 * part.thousands
    if power:
        exact = Decimal(number.replace(",", ".")).scaleb(power)
        digits = format(round(exact, 12).normalize(), "f").replace(".", ",")
    if part.thousands:
        told = SCALED
        behind = behind or _SCALES.get(3 * part.thousands, "")
    if scale := _scale_words(f"{before} {behind}", 3 * part.thousands):
        before, behind = "", behind if behind in SCALED_UNITS else scale
    elif part.thousands:
        return Look(TYPED_NUMBER + number, SCALE_OPEN, f"{before} {behind}".strip(), -3 * part.thousands)
    if not before and not behind:
        return Look(TYPED_NUMBER + digits, told) if power else None
    gap = " " if behind[:1].isalpha() or behind.startswith("€") else ""
    for words in (f"{before}{digits}{gap}{behind}", f"{before}{digits}{behind}"):
        if is_figure(words):
            return Look(TYPED_NUMBER + words, told or (None if behind in ("%", "€") else BESIDE), before + behind)
        if is_censored(words):
            return Look(words, SIGN, words)
    return Look(TYPED_NUMBER + digits, told or BESIDE, f"{before} {behind}".strip())


def _scale_words(words: str, power: int) -> str:
    """The scale that a format says in words, as cells write it (`Tsd. €`); "" if it says none, or another one than the
    commas of the format.

    :param power: of ten, by which the commas divide; 0 where there are none
    """
    match = _SCALE_WORDS.fullmatch(words)
    if match is None or (match["letter"] and not power):
        return ""
    said = _LETTERS.get((match["letter"] or "").lower()) or next((p for n, p in _POWERS.items() if match[n]), 0)
    if power not in (0, said):
        return ""
    return f"{_SCALES[said]} €" if re.search("€|eur", words, re.I) else _SCALES[said]


@lru_cache(maxsize=4096)
def shortens_dates(form: str) -> bool:
    """True for a format that shows of a date only its year, or its month and year."""
    letters = set(_DATE_PARTS.sub("", form).casefold()) & set("ymdhsj")
    return letters in ({"y"}, {"j"}, {"y", "m"}, {"j", "m"})


def look_of_date(form: str, text: str) -> Look | None:
    """What is read for a date (`31.12.2024`, without its mark) of which the format shows the year or the month."""
    if not shortens_dates(form) or len(text) != 10:
        return None
    shown = _DATE_PARTS.sub("", form).casefold()
    return Look(f"{text[3:5]}/{text[6:]}" if "m" in shown else text[6:])
