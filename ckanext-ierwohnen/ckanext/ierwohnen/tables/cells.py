"""One cell of an office table: number, sign of official statistics, unit, footnote mark.

The grammar here decides what a text *surely* means. What is not sure is returned with a problem code, never
guessed. Which decimal sign a column uses is decided from all its cells (`number_styles.py`).

Cells of spreadsheets that are typed numbers or dates travel as text behind a private mark (`TYPED_NUMBER`,
`TYPED_DATE`): they need no guess, and a problem can still quote them as the office sees them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.look.signs import Status, spellings

TYPED_NUMBER = "\ue000"
TYPED_DATE = "\ue001"
MARKS = TYPED_NUMBER + TYPED_DATE
# Numbers that programs write where there is no value; only taken for that if they lie far from all others.
MISSING_CODES = ("-9999", "-999", "-99", "-1", "9999", "99999", "999999", "9999999")
BLANKS = " \t\r\n\u00a0\u2007\u2009\u200a\u202f\u2002\u2003\ufeff\u200b"
THOUSANDS = {".": ".", ",": ",", " ": " \u00a0\u202f\u2009\u2007", "'": "'’"}

SCALED_UNITS = {
    "Tsd. €": ("€", 3), "Tsd. EUR": ("€", 3), "Tsd. Euro": ("€", 3), "T€": ("€", 3), "TEUR": ("€", 3),
    "Tsd.": (None, 3), "Mio. €": ("€", 6), "Mio. EUR": ("€", 6), "Mio. Euro": ("€", 6), "Mio.": (None, 6),
    "Mrd. €": ("€", 9), "Mrd. EUR": ("€", 9), "Mrd.": (None, 9),
    "ct": ("€", -2), "Ct": ("€", -2), "Cent": ("€", -2), "ct/m²": ("€/m²", -2), "Cent/m²": ("€/m²", -2),
    "ct/qm": ("€/m²", -2), "Cent/qm": ("€/m²", -2),
}  # fmt: skip
# Units met inside cells. Longer ones first, so that €/m² is not read as €.
UNITS = (
    "€/m²", "EUR/m²", "€/qm", "EUR/qm", "Euro/m²", "€", "EUR", "Euro", "%", "‰", "v.H.", "Prozent", "km²", "m²", "qm",
    "m2", "m³", "ha", "km", "kWh/(m²·a)", "kWh/(m²a)", "kWh", "MWh", "GWh", "kg", "Jahre", "Jahren",
    "Personen", "Pers.", "Einwohner", "Einw.", "EW", "WE", "Wohnungen", "Zimmer", *SCALED_UNITS,
)  # fmt: skip
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_NUMBER = re.compile(
    rf"""(?P<open>\(\s*)?
    (?P<minus>[+\-−–±]\s?)?
    (?:(?P<currency>€|EUR)\s?)?
    (?P<core>[0-9]+(?:[.,'’][0-9]+|[ \u00a0\u202f\u2009\u2007][0-9]{{3}}(?![0-9]))*|[.,][0-9]+)
    (?P<exponent>[eE][+-]?[0-9]+)?
    (?:\s?(?P<unit>{_UNIT}))?
    (?:\s?(?P<status>[prsPRS]))?
    (?(open)\s*\))
    (?:\s?(?P<unit_after>{_UNIT}))?
    (?:\s?(?P<mark>[¹²³⁴⁵⁶⁷⁸⁹⁰]+[)⁾]?|\*+\)?|(?<=\s)[1-9a-e]\)))?
    """,
    re.VERBOSE,
)
_UNIT_NAMES = {
    "v.H.": "%", "Prozent": "%", "EUR": "€", "Euro": "€", "qm": "m²", "m2": "m²", "EUR/m²": "€/m²", "€/qm": "€/m²",
    "EUR/qm": "€/m²", "Euro/m²": "€/m²", "Jahren": "Jahre", "Pers.": "Personen", "Einw.": "Einwohner",
    "EW": "Einwohner", "WE": "Wohnungen", "kWh/(m²a)": "kWh/(m²·a)",
}  # fmt: skip
_CENSORED = re.compile(r"(?:<|>|≤|≥|unter|über|mehr als|weniger als|bis|ab|ca\.?|rd\.?|rund|etwa)\s*[0-9]", re.I)
_ROUND_AMOUNT = re.compile(r"(?<=[0-9]),[-–—]{1,2}(?=\s?(?:€|EUR|Euro)?$)")  # `100,--` and `100,- €`
_TRAILING_MINUS = re.compile(r"([0-9][0-9.,]*)\s?[-−]$")
_TWO_SIGNS = re.compile(r"\(\s*([0-9][0-9.,]*)\s*\)\s?([prs])")
SPREADSHEET_ERRORS = {"#REF!", "#BEZUG!", "#DIV/0!", "#NAME?", "#WERT!", "#VALUE!", "#ZAHL!", "#NUM!", "#NULL!"}


@dataclass(frozen=True)
class NumberStyle:
    """How the numbers of one column are written.

    `decimal` is "," or ".", or None as long as only whole numbers were met: then a cell is read if there is but one
    way to read it. Thousands may be parted by the other of the two signs, by blanks or by an apostrophe.

    Cells like `1.234` have two readings. `sure`: with the decimal sign in them they are decimal numbers; `groups`: with
    the other sign they are thousands. Where neither is borne out by the column they are reported.
    `reason` is a message code that says what decided. `power`: the figures are to be multiplied by ten to this power
    when they are read (`convert.py`): 3 for a column "in 1.000".
    """

    decimal: str | None = ","
    sure: bool = True
    groups: bool = True
    reason: str = "style_default"
    power: int = 0


@dataclass(frozen=True)
class Cell:
    """What a cell means. `number` is canonical decimal text (`-1234.5`) or None; `problem` a message code or None."""

    number: str | None
    status: Status = Status.OK
    unit: str | None = None
    mark: str | None = None
    problem: str | None = None
    offer: str | None = None

    @property
    def value(self) -> float | None:
        """The number as float."""
        return None if self.number is None else float(self.number)


def clean(text: str) -> str:
    """A cell without outer blanks of any width."""
    return text.strip(BLANKS)


def shown(text: str) -> str:
    """A cell as the office sees it: without our private marks."""
    return text.translate(_NO_MARKS) if text and text[0] in MARKS else text


_NO_MARKS = dict.fromkeys(map(ord, MARKS))


def shifted(number: str, power: int) -> str:
    """Canonical decimal text times ten to a power, without any rounding."""
    return format(Decimal(number).scaleb(power), "f") if power else number


def sign_of(text: str) -> Status | None:
    """The status of a cell that holds nothing but a sign, or nothing at all; `0` is a number here."""
    status = spellings("instead").get(text)
    return None if status is Status.BELOW_HALF else status


@lru_cache(maxsize=65536)
def parse_cell(text: str, style: NumberStyle = NumberStyle()) -> Cell:
    """Read one cell as a value of an indicator."""
    text = clean(text)
    sign = sign_of(text)
    if sign is not None:
        return Cell("0" if sign is Status.NOTHING else None, sign)
    if text.startswith(TYPED_NUMBER):
        return _typed(text[1:], style)
    if text.startswith(TYPED_DATE):
        return Cell(None, Status.MISSING, problem="date_among_numbers", offer=_from_date(text[1:], style))
    match = _NUMBER.fullmatch(_ROUND_AMOUNT.sub("", text))
    if match is None:
        return _not_a_number(text)
    return _number(match, style)


def core_of(text: str) -> str | None:
    """The digits of a number with their group and decimal signs, without unit, sign and marks; None for other texts."""
    match = _NUMBER.fullmatch(clean(text))
    return match["core"] if match and not match["exponent"] else None


def is_figure(text: str) -> bool:
    """True for a number with decimal comma and nothing else but what may stand beside one: unit, status, mark."""
    match = _NUMBER.fullmatch(text)
    return bool(match and not match["exponent"] and re.fullmatch(r"[0-9]+(?:,[0-9]+)?", match["core"]))


def is_censored(text: str) -> bool:
    """True for what is no figure but a bound or a guess: `< 5`, `ca. 100`."""
    return bool(_CENSORED.match(text))


def _typed(text: str, style: NumberStyle) -> Cell:
    """A spreadsheet's own number with decimal comma, and what its format shows beside it; nothing to decide."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return Cell(None, Status.MISSING, problem="not_a_number")
    number = match["core"].replace(",", ".")
    minus = (match["minus"] or "").strip()
    unit = match["unit"] or match["unit_after"] or match["currency"]
    number = f"-{number}" if minus and minus in "-−–" else number
    return Cell(number, _status(match), _UNIT_NAMES.get(unit or "", unit), match["mark"])


def _not_a_number(text: str) -> Cell:
    if text in SPREADSHEET_ERRORS:
        return Cell(None, Status.MISSING, problem="spreadsheet_error")
    if _CENSORED.match(text):
        return Cell(None, Status.MISSING, problem="censored_number", offer=".")
    trailing = _TRAILING_MINUS.fullmatch(text)
    if trailing:
        return Cell(None, Status.MISSING, problem="trailing_minus", offer="-" + trailing[1])
    if two := _TWO_SIGNS.fullmatch(text):  # a figure has one sign; which of the two is for a person to say
        return Cell(None, Status.MISSING, problem="not_a_number", offer=two[1] + two[2])
    return Cell(None, Status.MISSING, problem="not_a_number")


def _number(match: re.Match[str], style: NumberStyle) -> Cell:
    if match["exponent"]:
        return _exponent(match)
    number, problem, offer = _core(match["core"], style)
    if number is None:
        whole = match.string
        repaired = offer and whole[: match.start("core")] + offer + whole[match.end("core") :]
        return Cell(None, Status.MISSING, problem=problem, offer=repaired)
    minus = (match["minus"] or "").strip()
    number = f"-{number}" if minus and minus in "-−–" else number
    unit = match["unit"] or match["unit_after"] or match["currency"]
    return Cell(number, _status(match), _UNIT_NAMES.get(unit or "", unit), match["mark"])


def _status(match: re.Match[str]) -> Status:
    if match["status"]:
        return spellings("beside")[match["status"]]
    return Status.LIMITED if match["open"] else Status.OK


def _exponent(match: re.Match[str]) -> Cell:
    """`1.2e-05` is how programs write; `1,2E+05` is how Excel shortens, and then digits are lost."""
    if "E" in match["exponent"] or "," in match["core"] or match["core"].count(".") > 1:
        return Cell(None, Status.MISSING, problem="shortened_number")
    sign = "-" if (match["minus"] or "").strip() in ("-", "−", "–") else ""
    return Cell(f"{sign}{match['core']}{match['exponent']}", Status.OK)


def _core(core: str, style: NumberStyle) -> tuple[str | None, str | None, str | None]:
    """(canonical digits, problem, offer) of the digits with their group and decimal signs."""
    if only_digits(core):
        return core, None, None
    readings = possible_readings(core)
    if not readings:
        return None, "not_a_number", None
    if len(readings) > 1:
        reading = _decided(core, readings, style)
        return (reading.number, None, None) if reading else (None, "ambiguous_number", None)
    if _fits(readings[0], style):
        return readings[0].number, None, None
    return None, "other_decimal_sign", written(readings[0].number, style)


def _decided(core: str, readings: tuple[Reading, ...], style: NumberStyle) -> Reading | None:
    """The reading of `1.234` that the column bears out, or None."""
    if style.decimal is None:
        return None
    as_decimal = style.decimal in core
    if not (style.sure if as_decimal else style.groups):
        return None
    return next((r for r in readings if bool(r.decimal) == as_decimal), None)


@dataclass(frozen=True)
class Reading:
    """One way to read digits with signs: the canonical number, and the signs that this way needs."""

    number: str
    decimal: str | None
    thousands: str | None


@lru_cache(maxsize=65536)
def possible_readings(core: str) -> tuple[Reading, ...]:
    """All ways to read digits with `.`, `,`, blanks or apostrophes: none, one (sure) or two (`1.234`)."""
    groups = [(sign, _grouped(core, sign)) for sign in THOUSANDS]
    found = [reading for _, reading in groups if reading]
    for sign in ",.":
        head, mark, tail = core.rpartition(sign)
        if mark and only_digits(tail) and (head == "" or only_digits(head)):
            found.append(Reading(f"{head or '0'}.{tail}", sign, None))
    return tuple(found)


def _grouped(core: str, sign: str) -> Reading | None:
    """The reading in which `sign` parts the thousands, and the other of `.` `,` is the decimal sign."""
    chars = THOUSANDS[sign]
    if not any(char in core for char in chars):
        return None
    whole, decimal, tail = core, None, ""
    for mark in ",.":
        if mark not in chars and core.count(mark) == 1:
            whole, _, tail = core.partition(mark)
            decimal = mark
    parts = re.split(f"[{re.escape(chars)}]", whole)
    if len(parts) < 2 or not all(only_digits(part) for part in parts) or (decimal and not only_digits(tail)):
        return None
    if not 1 <= len(parts[0]) <= 3 or any(len(part) != 3 for part in parts[1:]) or parts[0].startswith("0"):
        return None
    number = "".join(parts) + (f".{tail}" if decimal else "")
    return Reading(number, decimal, sign)


def _fits(reading: Reading, style: NumberStyle) -> bool:
    if style.decimal is None:
        return True
    return reading.decimal in (None, style.decimal) and reading.thousands != style.decimal


def written(number: str, style: NumberStyle) -> str:
    """A canonical number in the column's own writing, to offer it as a repair."""
    return number.replace(".", style.decimal or ",")


def _from_date(text: str, style: NumberStyle) -> str | None:
    """`14.01.2024` among numbers is what Excel makes of `14.1`: offer that back, for a person to decide."""
    match = re.fullmatch(r"([0-9]{2})\.([0-9]{2})\.[0-9]{4}", text)
    return f"{int(match[1])}{style.decimal or ','}{int(match[2])}" if match else None
