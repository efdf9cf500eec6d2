"""How numbers and dates are written for readers.

German follows look.md of our design: narrow no-break space (U+202F) between thousands, decimal comma,
a true minus, a sign on every change, narrow space before the per cent sign.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from numbers import Integral

NARROW = "\u202f"
NO_BREAK = "\u00a0"
MINUS = "\u2212"
NO_NUMBER = "–"

MONTHS = {
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni",
           "Juli", "August", "September", "Oktober", "November", "Dezember"),
    "en": ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December"),
}  # fmt: skip
_PERIOD = re.compile(r"(\d{4})(?:-(?:Q([1-4])|H([12])|(\d{2})(?:-(\d{2}))?))?$")


def only_digits(text: str) -> bool:
    """True for a text of nothing but the digits 0 to 9; `str.isdigit` also takes `²`, which is no number to `int`."""
    return text.isascii() and text.isdigit()


def format_number(
    value: float | int | Decimal | None,
    *,
    precision: int | None = None,
    locale: str = "de",
    signed: bool = False,
    unit: str | None = None,
) -> str:
    """Write a number for readers.

    :param precision: decimals, rounded half up as merchants do; None keeps those the number has
    :param locale: "de" (`89 614,5`) or "en" (`89,614.5`)
    :param signed: a change: `+0,3`, `−0,3`, `±0,0`
    :param unit: appended; `%` after a narrow space, other units after a no-break space
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NO_NUMBER
    number = _rounded(value, precision)
    digits = f"{abs(number):,f}"
    if not locale.startswith("en"):
        digits = digits.replace(",", NARROW).replace(".", ",")
    text = _sign(number, signed) + digits
    return text + _unit(unit)


def cell_number(value: float | int | Decimal) -> str:
    """Write a number as a cell of a German office table holds it: decimal comma, no group signs, a plain minus."""
    return format_number(value).replace(NARROW, "").replace(MINUS, "-")


def format_date(value: date | datetime | str | None, *, locale: str = "de") -> str:
    """Write a date or a period for readers.

    Takes dates and our period texts: `2025`, `2025-06`, `2025-Q2`, `2025-H1`, `2025-12-31`, and
    spans of two joined by `/` (`2015/2025` → `2015 bis 2025`). A text of another form is returned unchanged.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _time_of_day(value, locale)
    if isinstance(value, date):
        return _period(value.isoformat(), locale)
    if value.count("/") == 1:
        joint = " bis " if not locale.startswith("en") else " to "
        return joint.join(_period(part, locale) for part in value.split("/"))
    return _period(value, locale)


def _rounded(value: float | int | Decimal, precision: int | None) -> Decimal:
    exact = value if isinstance(value, Decimal) else Decimal(_exact_text(value))
    if precision is not None:
        return exact.quantize(Decimal(1).scaleb(-precision), rounding=ROUND_HALF_UP)
    return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact


def _exact_text(value: float | int) -> str:
    """The shortest decimal that means this number (0.1 stays 0.1, large integers stay exact)."""
    return str(int(value)) if isinstance(value, Integral) else repr(float(value))


def _sign(number: Decimal, signed: bool) -> str:
    if number == 0:
        return "±" if signed else ""
    if number < 0:
        return MINUS
    return "+" if signed else ""


def _unit(unit: str | None) -> str:
    if not unit:
        return ""
    return (NARROW if unit in ("%", "‰") else NO_BREAK) + unit


def _time_of_day(value: datetime, locale: str) -> str:
    day = _period(value.date().isoformat(), locale)
    clock = f"{value:%H:%M}"
    return f"{day}, {clock}" if locale.startswith("en") else f"{day}, {clock}{NO_BREAK}Uhr"


def _period(text: str, locale: str) -> str:
    match = _PERIOD.match(text)
    if match is None:
        return text
    year, quarter, half, month, day = match.groups()
    english = locale.startswith("en")
    if quarter:
        return f"Q{quarter} {year}" if english else f"{quarter}. Quartal {year}"
    if half:
        return f"H{half} {year}" if english else f"{half}. Halbjahr {year}"
    if not month or not 1 <= int(month) <= 12:
        return text
    name = MONTHS["en" if english else "de"][int(month) - 1]
    if not day:
        return f"{name} {year}"
    return f"{int(day)} {name} {year}" if english else f"{day}.{month}.{year}"
