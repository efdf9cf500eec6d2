"""What was published and what the records break, read and reckoned apart from the room (exact fractions)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

COUNT = "count"
Leaf = tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """One dwelling: a category for each dimension, its contributor, and what it adds to each measure, whole."""

    leaf: Leaf
    owner: str
    amount: Mapping[str, int]
    name: str = ""

    def content(self, measure: str) -> tuple[Leaf, str, int]:
        """What tells it from other records: its category, its lasting name if it has one, its amount."""
        return self.leaf, self.name, self.amount[measure]


@dataclass(frozen=True)
class Figure:
    """A place of a published table; `value` is scaled to whole numbers, None where it is kept secret."""

    place: tuple[tuple[str, str], ...]
    measure: str
    value: int | None
    status: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Publication:
    """What one release showed to an audience, and the delivery of records behind it."""

    figures: tuple[Figure, ...]
    records: tuple[Record, ...]
    audience: str = "public"


@dataclass(frozen=True)
class Rules:
    """Defaults of the specification; `coalitions` pool what they know, and count as one towards themselves; `groups`:
    sensitive categories by dimension; `agreed`: owners who consent that what exposes them is shown; `counts_as_values`:
    who is large matters for counts as well."""

    records: int = 5
    contributors: int = 5
    p: Fraction = Fraction(1, 10)
    k: Fraction = Fraction(85, 100)
    coalitions: tuple[frozenset[str], ...] = ()
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    agreed: frozenset[str] = frozenset()
    counts_as_values: bool = False

    def values(self, measure: str) -> bool:
        """Whether it matters who is large."""
        return measure != COUNT or self.counts_as_values


def read_publication(text: str, scale: int) -> tuple[Figure, ...]:
    """A protected table as the command writes it; amounts times `scale` are whole."""
    rows = list(csv.DictReader(io.StringIO(text)))
    dims = [c for c in rows[0] if c not in ("table", "measure", "value", "status", "rule")]
    found = []
    for row in rows:
        value = None
        if row["status"] == "published":
            exact = Fraction(row["value"]) * (1 if row["measure"] == COUNT else scale)
            assert exact.denominator == 1, row
            value = int(exact)
        else:
            assert row["value"] == ".", row
        place = tuple((d, row[d]) for d in dims if row[d])
        found.append(Figure(place, row["measure"], value, row["status"], tuple(filter(None, row["rule"].split(", ")))))
    return tuple(found)


def parts_of(records: Iterable[Record], measure: str) -> dict[str, int]:
    """What each contributor adds to a cell."""
    found: dict[str, int] = {}
    for r in records:
        found[r.owner] = found.get(r.owner, 0) + r.amount[measure]
    return found


def reasons(records: Sequence[Record], measure: str, rules: Rules, group: bool = False) -> frozenset[str]:
    """Rules that make a filled cell sensitive; `group`: it tells something of every record of a group."""
    found = {"group_disclosure"} if group else set()
    if not records:
        return frozenset(found)
    parts = parts_of(records, measure)
    x = [*sorted(parts.values(), reverse=True), 0, 0]
    total = sum(parts.values())
    if len(records) < rules.records:
        found.add("minimum_records")
    if len(parts) < rules.contributors and not set(parts) <= rules.agreed:
        found.add("minimum_contributors")
    if rules.values(measure):
        close = {o for o, v in parts.items() if _estimated(parts, o) - v < rules.p * v}
        if total - x[0] - x[1] < rules.p * x[0] and not close <= rules.agreed:
            found.add("p_percent")
        if x[0] + x[1] > rules.k * total and not {o for o, v in parts.items() if v >= x[1]} <= rules.agreed:
            found.add("dominance")
    for coalition in rules.coalitions:
        if any(_told_to(coalition, parts, measure, rules)) and not {*parts} - coalition <= rules.agreed:
            found.add("coalition")
    return frozenset(found)


def _told_to(coalition: frozenset[str], parts: Mapping[str, int], measure: str, rules: Rules) -> tuple[bool, bool]:
    """Whether a coalition has too few others beside it, and whether it estimates the largest of them."""
    others = [v for o, v in parts.items() if o not in coalition]
    if len(coalition) < 2 or not others or not coalition & set(parts):
        return False, False
    close = rules.values(measure) and sum(others) - max(others) < rules.p * max(others)
    return 1 + len(others) < rules.contributors, close


def _estimated(parts: Mapping[str, int], owner: str) -> int:
    """What the largest other contributor makes of the owner's part: the total less its own."""
    return sum(parts.values()) - max((v for o, v in parts.items() if o != owner), default=0)


def level(
    records: Sequence[Record], measure: str, rules: Rules, attacker: frozenset[str],
    why: frozenset[str] | None = None, known: Sequence[Record] | None = None,
) -> Fraction:
    """How far above the true value the attacker's estimate must reach (0: not sensitive, or its own cell).

    `why`: the reasons, if they are known; `known`: the same records as the attacker knows them, with more of its own.
    """
    why = reasons(records, measure, rules) if why is None else why
    if why and not records:  # an empty cell of a group: that it is empty must not be known
        return Fraction(1) if measure == COUNT else Fraction(1, 100)
    parts = parts_of(records if known is None else known, measure)
    others = [v for o, v in parts.items() if o not in attacker]
    if not why or not others:
        return Fraction(0)
    mine, left = bool(attacker & set(parts)), Fraction(sum(others))
    x = [*sorted(parts.values(), reverse=True), 0, 0]
    if mine:
        by_p = rules.p * max(others) - (left - max(others))
        by_dominance = rules.p * left
    else:
        by_p = rules.p * x[0] - (left - x[0] - x[1])
        by_dominance = (x[0] + x[1]) / rules.k - left
    need = Fraction(0)
    pooled = "coalition" in why and attacker in rules.coalitions
    few, close = _told_to(attacker, parts, measure, rules) if pooled else (False, False)
    if few or why & {"minimum_records", "minimum_contributors", "group_disclosure"}:
        need = rules.p * left
    if close or "p_percent" in why:
        need = max(need, by_p)
    if "dominance" in why:
        need = max(need, by_dominance)
    if measure == COUNT and (few or close or why != {"coalition"}):
        need = Fraction(max(1, -(-need.numerator // need.denominator)))
    return max(need, Fraction(0))


def missing(here: Sequence[Record], there: Sequence[Record], measure: str) -> list[Record]:
    """Records of `here` that are not in `there`; of equal ones, those of the same owner are taken for the same."""
    left = Counter(r.content(measure) for r in there)
    owned = Counter((r.content(measure), r.owner) for r in there)
    rest = []
    for r in here:
        if owned[r.content(measure), r.owner]:
            owned[r.content(measure), r.owner] -= 1
            left[r.content(measure)] -= 1
        else:
            rest.append(r)
    found = []
    for r in sorted(rest, key=lambda r: r.owner):
        if left[r.content(measure)]:
            left[r.content(measure)] -= 1
        else:
            found.append(r)
    return found


def without(records: Sequence[Record], lost: Sequence[Record]) -> list[Record]:
    """The records less those that were lost."""
    left = Counter(map(id, lost))
    return [r for r in records if not left[id(r)]]
