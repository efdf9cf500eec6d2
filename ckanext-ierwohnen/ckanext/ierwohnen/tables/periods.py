"""Periods as office tables write them: `31.12.2016`, `2016`, `Dez 2016`, `2. Hj. 2012`, `2016/17`, `202012`.

A period becomes ISO text: `2016`, `2016-12`, `2016-Q4`, `2016-H2`, `2016-12-31`, or a span `2016/2017`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from ckanext.ierwohnen.tables.cells import clean, shown

FIRST_YEAR, LAST_YEAR = 1850, 2100
SHORT_YEARS = 50  # `Jan 33` is 2033, `Jan 97` is 1997
_MONTHS = {
    "jan": 1, "januar": 1, "jänner": 1, "january": 1, "feb": 2, "februar": 2, "february": 2, "mär": 3, "mrz": 3,
    "märz": 3, "maerz": 3, "mar": 3, "march": 3, "apr": 4, "april": 4, "mai": 5, "may": 5, "jun": 6, "juni": 6,
    "june": 6, "jul": 7, "juli": 7, "july": 7, "aug": 8, "august": 8, "sep": 9, "sept": 9, "september": 9, "okt": 10,
    "oktober": 10, "oct": 10, "october": 10, "nov": 11, "november": 11, "dez": 12, "dezember": 12, "dec": 12,
    "december": 12,
}  # fmt: skip
_LEAD = re.compile(r"^(?:jahr|stand|stichtag|am|zum|per|stand:|im|ende|jahresende)\s*:?\s*", re.I)
# Years that begin in summer or are of a budget: "Schuljahr 2023/24", "Jahr 23/24".
_YEAR_OF = re.compile(
    r"^(?:(?:schul|kita|kindergarten|haushalts|wirtschafts|gesch[äa]fts|studien|ausbildungs|berichts)?-?jahr"
    r"|wintersemester|SJ|KJ|WS)\s*:?\s*(?P<a>(?:19|20)?[0-9]{2})\s?[/–-]\s?(?P<b>(?:19|20)?[0-9]{2})$",
    re.I,
)
_MARKED = re.compile(r"((?:19|20)[0-9]{2})(?:\s?[1-9a-e]\)|\s?\([1-9a-e]\))")  # a year with the number of a footnote
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}
_QUARTER = r"(?:Quartal|Quart\.?|Qu\.?|Q|Vj\.?|Vierteljahr)"
_FORMS = (
    ("day", re.compile(r"(?P<d>[0-9]{1,2})\.\s?(?P<m>[0-9]{1,2})\.\s?(?P<y>[0-9]{4})(?:\s+00:00(?::00)?)?")),
    ("day", re.compile(r"(?P<d>[0-9]{1,2})\.\s?(?P<name>[A-Za-zäÄ]+)\.?\s+(?P<y>[0-9]{4})")),
    ("day", re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})(?:[ T]00:00(?::00)?Z?)?")),
    ("packed_day", re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})")),
    ("packed_month", re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})")),
    ("month", re.compile(r"(?P<m>[0-9]{1,2})[./](?P<y>[0-9]{4})")),
    ("month", re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})")),
    ("month", re.compile(r"(?P<name>[A-Za-zäÄ]+)\.?\s+(?P<y>[0-9]{4})")),
    ("quarter", re.compile(rf"(?:Q\s?(?P<q>[1-4])|(?P<q2>[1-4])\.?\s?{_QUARTER})[\s/-]*(?P<y>[0-9]{{4}})", re.I)),
    ("quarter", re.compile(rf"(?P<y>[0-9]{{4}})\s?-?\s?(?:Q\s?(?P<q>[1-4])|\(?(?P<q2>[1-4])\.?\s?{_QUARTER}\)?)",
                           re.I)),
    ("quarter", re.compile(rf"(?:Q\s?(?P<q>[1-4])|(?P<q2>[1-4])\.?\s?{_QUARTER})\s?[\s/'’-]\s?(?P<short>[0-9]{{2}})",
                           re.I)),
    ("roman", re.compile(rf"(?P<roman>I{{1,3}}|IV)\.?\s?(?:{_QUARTER})?[\s/.-]*(?P<y>[0-9]{{4}})")),
    ("short_month", re.compile(r"(?P<name>[A-Za-zäÄ]{3,9})\.?[\s'’-]+(?P<short>[0-9]{2})")),
    ("half", re.compile(r"(?:(?P<h>[12])\.?\s?(?:Halbjahr|Hj\.?|HJ)|H(?P<h2>[12]))[\s/-]*(?P<y>[0-9]{4})", re.I)),
    ("half", re.compile(r"(?P<y>[0-9]{4})\s?-?\s?\(?(?:(?P<h>[12])\.?\s?(?:Halbjahr|Hj\.?)|h(?P<h2>[12]))\)?", re.I)),
    ("span", re.compile(r"(?P<y>[0-9]{4})\s?(?:/|-|–|bis)\s?(?P<y2>[0-9]{4}|[0-9]{2})")),
    ("year", re.compile(r"(?P<y>(?:19|20)[0-9]{2})\s?[prs]")),  # the sign of a heading
    ("year", re.compile(r"['’‘´`](?P<short>[0-9]{2})")),
    ("year", re.compile(r"(?P<y>[0-9]{4})")),
)  # fmt: skip
COUNTED_INSIDE = re.compile(r"(?<![\w.,/])(0?[1-9]|1[0-2]|I{1,3}|IV)\s?/\s?(?:19|20)[0-9]{2}(?![0-9/])")
"""`1/2024` or `I/2024` within a heading: a month, quarter or half-year, never the year as a whole."""
_UNEXACT = re.compile(
    r"\b(?:Anfang|Beginn|Mitte|Fr[üu]hjahr|Sommer|Herbst|Winter)\s+(?:des Jahres\s+)?(?:19|20)[0-9]{2}", re.I
)
_MONTH_NAMES = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
FINER = re.compile(
    r"(?<!\w)(?:Q\s?[1-4](?!\w)|(?:[1-4]\.?|(?:I{1,3}|IV)\.?)\s?(?:Quartal|Quart\b|Qu\b|Vj\b|Vierteljahr)"
    rf"|[12]\.?\s?(?:Halbjahr|Hj)\b\.?|H[12](?!\w)|(?:{_MONTH_NAMES})(?!\w)|Jahres(?:anfang|beginn|mitte|ende)(?!\w)"
    r"|(?:Anfang|Beginn|Mitte|Ende|Fr[üu]hjahr|Sommer|Herbst|Winter)\s+(?:des Jahres\b|(?=(?:19|20)[0-9]{2})))",
    re.I,
)
"""Words for a part of a year, or for a time in it: a figure so called is none of the year as a whole."""
_INSIDE = re.compile(
    r"(?<![0-9.])(?:(?<!\w)(?:I{1,3}|IV)\.?\s?(?:Quartal|Vierteljahr|Vj\.?|Quart\.?)\s?(?:19|20)[0-9]{2}"
    r"|(?<!\w)Q[1-4][\s/-]?(?:19|20)[0-9]{2}|[0-9]{1,2}\.\s?(?:[0-9]{1,2}\.|[A-Za-zä]+)\s?[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[12]\.\s?H(?:alb)?j\w*\.?\s?[0-9]{4}|[1-4]\.\s?Q\w*\s?[0-9]{4}|(?:19|20)[0-9]{2}(?!er\b)|(?<!\w)['’‘´`][0-9]{2}(?![.\w]))(?![0-9.,]?[0-9])"
)


@dataclass(frozen=True, order=True)
class Period:
    """A date or a span of time: `text` in ISO form, and its `kind`: day, month, quarter, half, year, span."""

    start: date
    text: str
    kind: str


@lru_cache(maxsize=16384)
def parse_period(text: str) -> Period | None:
    """The period that a whole cell names, or None."""
    text = clean(shown(text)).rstrip("*¹²³⁾").strip()
    if (joint := _YEAR_OF.match(text)) and (found := _joint_years(joint["a"], joint["b"])):
        return found
    text = _LEAD.sub("", _MARKED.sub(r"\1", text)).strip()
    if not 3 <= len(text) <= 24:
        return None
    for kind, form in _FORMS:
        match = form.fullmatch(text)
        if match:
            found = _period(kind, match.groupdict())
            if found:
                return found
    return None


def period_inside(text: str) -> Period | None:
    """The one period named within a longer text (`Einwohner am 31.12.2016`), or None if there is none or several."""
    found = {parse_period(part) for part in _INSIDE.findall(clean(shown(text)))} - {None}
    days = [period for period in found if period and period.kind == "day"]
    if len(days) == 1 and all(p is not None and days[0].text.startswith(p.text) for p in found):
        return days[0]
    return found.pop() if len(found) == 1 else None


def periods_inside(text: str) -> list[Period]:
    """All periods named within a text, in their order."""
    found = (parse_period(part) for part in _INSIDE.findall(clean(shown(text)).replace("_", " ")))
    return list(dict.fromkeys(period for period in found if period))


_OF_AREAS = re.compile(  # the date of the boundaries is none of the figures
    r"\bgebiets-?(?:stand|grenzen|einteilung|gliederung)?:?(?:\s+(?:vom|von|am|zum|nach|stand))?[\s:]*"
    r"(?:[0-9]{1,2}\.\s?[0-9]{1,2}\.\s?)?(?:19|20)[0-9]{2}(?![0-9])",
    re.I,
)
_SINCE = re.compile(
    r"\b(?:seit|gegenüber|gegen|vor|ab|bis|nach|zu|von|since|unter|über|mehr als|weniger als|before|after|until"
    r"|baujahr\w*|errichtet|gebaut|erbaut|basis|base)"
    r"\s+(?:[–-]\s+)?(?:dem\s+)?(?:jahr\s+)?[0-9]{4}|[0-9]{4}\s*=\s*100",
    re.I,
)


def period_of_values(text: str) -> Period | None:
    """As `period_inside`, but for years that say something else: "seit 2015", "Baujahr vor 1949", "2015 = 100"."""
    rest = _OF_AREAS.sub(" ", clean(shown(text)).replace("_", " "))
    if _SINCE.search(rest) or _UNEXACT.search(rest):
        return None
    counted = COUNTED_INSIDE.findall(rest)
    return parse_period(COUNTED_INSIDE.search(rest)[0]) if len(counted) == 1 else period_inside(rest)


def month_of(name: str, year: str) -> str | None:
    """The month of a year (ISO text) that a name is: `Januar`, `Feb.`; None if the name is none or the year is none."""
    month = _MONTHS.get(clean(shown(name)).rstrip(".").lower())
    return f"{year}-{month:02d}" if month and re.fullmatch(r"[0-9]{4}", year) else None


def part_of(name: str, year: str) -> str | None:
    """The month, quarter or half of a year (ISO text) that a name is: `Januar`, `Q1`, `II. Quartal`, `1. Hj.`"""
    if (month := month_of(name, year)) or not re.fullmatch(r"[0-9]{4}", year) or not FINER.search(name):
        return month
    found = parse_period(f"{clean(shown(name))} {year}")
    return found.text if found and found.kind in ("quarter", "half", "month") else None


def time_apart(name: str) -> tuple[str, bool]:
    """A heading without all that tells a time in it, and whether it tells one."""
    rest = FINER.sub(" ", COUNTED_INSIDE.sub(" ", clean(shown(name))))
    bare = " ".join(without_period(rest).split()).casefold()
    return bare, bare != " ".join(clean(shown(name)).split()).casefold()


def without_period(text: str) -> str:
    """A column name without the period in it: what the column is about in every year."""
    rest = _INSIDE.sub("", COUNTED_INSIDE.sub("", clean(shown(text))))
    return re.sub(
        r"\s*[(\[]\s*[)\]]|[\s_,:;–-]+$|^[\s_,:;–-]+|\b(?:am|zum|Stand|Stichtag|im Jahr|per)\s*$", "", rest
    ).strip(" _-,")


def gaps(periods: list[Period]) -> list[str]:
    """Years missing in the middle of a series of years or yearly dates, as ISO years."""
    years = sorted({period.start.year for period in periods})
    if len(years) < 3:
        return []
    steps = [b - a for a, b in pairwise(years)]
    usual = max(set(steps), key=lambda step: (steps.count(step), -step))
    if steps.count(usual) < 0.6 * len(steps):
        return []
    return [str(y) for a, b in pairwise(years) if b - a > usual for y in range(a + usual, b, usual)]


def _joint_years(first: str, second: str) -> Period | None:
    """Two years that follow each other as one span: `23` and `24`, `2023` and `24`; None for any other two."""
    if len(first) == 2:
        first = f"{20 if int(first) <= SHORT_YEARS else 19}{first}"
    start = int(first)
    return _years("span", start, str(start + 1)) if (start + 1) % 100 == int(second[-2:]) else None


def _period(kind: str, part: dict[str, str | None]) -> Period | None:
    short = int(part.get("short") or 0)
    year = int(part.get("y") or 0) or (short + (2000 if short <= SHORT_YEARS else 1900))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    if kind in ("year", "span"):
        return _years(kind, year, part.get("y2"))
    if kind == "roman":
        return _period("quarter", {"y": str(year), "q": str(_ROMAN[part["roman"] or ""])})
    if kind in ("quarter", "half"):
        number = int(part.get("q") or part.get("q2") or part.get("h") or part.get("h2") or 0)
        months, letter = (3, "Q") if kind == "quarter" else (6, "H")
        return Period(date(year, (number - 1) * months + 1, 1), f"{year}-{letter}{number}", kind)
    month = _MONTHS.get((part.get("name") or "").lower(), 0) if part.get("name") else int(part["m"] or 0)
    try:
        start = date(year, month, int(part.get("d") or 1))
    except ValueError:
        return None
    if part.get("d"):
        return Period(start, start.isoformat(), "day")
    return Period(start, f"{year}-{month:02d}", "month")


def _years(kind: str, year: int, second: str | None) -> Period | None:
    if kind == "year":
        return Period(date(year, 1, 1), str(year), "year")
    last = int(second or 0) if len(second or "") == 4 else year // 100 * 100 + int(second or 0)
    if not year < last <= min(year + 60, LAST_YEAR):
        return None
    return Period(date(year, 1, 1), f"{year}/{last}", "span")
