"""Relations between the columns of one table: a share and its parts, a total and its sum, a change and its two years.

Each is found in one of two ways: from the figures (it holds in most rows of a sample), or because the headings say so
("davon", "darunter", "Anteil", "Saldo", "Veränderung", "insgesamt"); the second are tested even where no row agrees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ckanext.ierwohnen.tables.roles import ColumnRole

MOST = 0.8  # share of the rows in which a relation holds that was found from figures
FEWEST = 5  # rows that have to agree, by which nobody takes chance for a relation
NEAR = 0.03  # relative difference up to which figures that were rounded or altered to protect them agree
ALTERED = 3.0
_NEIGHBOURS = 10
_LONGEST = 40
_LEVELS = " – "
_FACTORS = {
    "%": 100.0, "percent": 100.0, "je 100": 100.0, "‰": 1e3, "je 1.000": 1e3, "je 10.000": 1e4, "je 100.000": 1e5,
}  # fmt: skip
_SHARE = re.compile(r"[%‰]|\b(?:in|v\.) ?H\.|(?:quote|rate|anteil|prozent|dichte|ziffer)\b|\b(?:je|pro|per)\b", re.I)
_PART = re.compile(r"\b(?:davon|darunter|dar\.|dav\.|of which)", re.I)
_SUM_PART = re.compile(r"\b(?:davon|dav\.)", re.I)
_TOTAL = re.compile(r"\b(?:insgesamt|zusammen|gesamt|summe|total)\b", re.I)
_BARE_SHARE = re.compile(r"\W*(?:in\s+)?(?:%|prozent|anteil|quote|rate)?\W*(?:in\s+)?(?:%|prozent)?\W*", re.I)
_CHANGE = re.compile(r"veränderung|differenz|zuwachs|zunahme|wachstum|abweichung|entwicklung|\+/-|±|change", re.I)
_BALANCE = re.compile(r"saldo|bilanz|balance|überschuss", re.I)
_GAINS = re.compile(r"\bzuz[uü]g|\bzugezog|\bzuwander|\bgebor|\bgeburten\b|\blebendgebor|\bzug[aä]ng", re.I)
_LOSSES = re.compile(
    r"\bfortz[uü]g|\bwegz[uü]g|\bfortgezog|\bweggezog|\babwander|\bgestorben|\bsterbef|\babg[aä]ng", re.I
)
_NO_COUNT = re.compile(rf"{_CHANGE.pattern}|{_BALANCE.pattern}|durchschnitt|mittel|median|alter\b|mean|average", re.I)
_YEAR_BEFORE = re.compile(r"vorjahr|previous year", re.I)

Values = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Relation:
    """What `target` should be by the columns `parts`.

    `kind`: `ratio` (numerator, denominator), `change` (later, earlier; in per cent), `difference` (minuend,
    subtrahend), `sum` (all parts), `part` (of the one whole, which it must not exceed). `named`: headings say so.
    """

    kind: str
    target: str
    parts: tuple[str, ...]
    factor: float = 1.0
    named: bool = False

    def computed(self, values: Values) -> np.ndarray:
        """What the target should be, by row; NaN where it cannot be said. For a part the whole."""
        first = values[self.parts[0]]
        if self.kind == "part":
            return first
        if self.kind == "sum":
            return np.sum([values[name] for name in self.parts], axis=0)
        second = values[self.parts[1]]
        if self.kind == "difference":
            return first - second
        quotient = self.factor * first / np.where(second == 0, np.nan, second)
        return quotient - self.factor if self.kind == "change" else quotient

    def off(self, values: Values, steps: Mapping[str, float], altered: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Stated minus computed by row, and by how much it may be off through the rounding of figures.

        :param steps: the last digit with which each column is written, 1 for whole numbers
        :param altered: by how much each count may have been altered to protect it
        """
        computed = self.computed(values)
        off = values[self.target] - computed
        unsure = [(0.0 if steps[name] == 1 else 0.5 * steps[name]) + altered for name in self.parts]
        own = 0.5 * steps[self.target] * 1.001 + 1e-9
        if self.kind in ("ratio", "change"):
            first, second = (np.abs(values[name]) for name in self.parts)
            lowest = np.where(second > unsure[1], second - unsure[1], np.nan)
            most = self.factor * (first + unsure[0]) / lowest - self.factor * first / second
            return off, own + np.where(np.isnan(lowest), np.inf, most)
        if self.kind == "part":
            rounded = unsure[0] + (0.0 if steps[self.target] == 1 else own)
            return np.maximum(off, 0.0), np.full(len(off), rounded)
        exact = steps[self.target] == 1 and not any(unsure)
        return off, np.full(len(off), 0.49 if exact else own + altered + sum(unsure))

    def close(self, values: Values, steps: Mapping[str, float]) -> np.ndarray:
        """True by row where a difference may come from rounding, or from counts altered a little to protect them."""
        off, slack = self.off(values, steps, ALTERED)
        return np.abs(off) <= np.maximum(slack, NEAR * np.abs(self.computed(values)))

    def formula(self) -> str:
        """The relation in signs, as "„leer“ ÷ „Wohnungen“"."""
        names = [f"„{name}“" for name in self.parts]
        if self.kind == "change":
            return f"({names[0]} − {names[1]}) ÷ {names[1]}"
        if len(names) > 4:
            return f"{names[0]} + … + {names[-1]}"
        return {"ratio": " ÷ ", "difference": " − "}.get(self.kind, " + ").join(names)


def find_relations(roles: Sequence[ColumnRole], values: Values, steps: Mapping[str, float]) -> list[Relation]:
    """The relations of the columns of figures: at most one that gives a column, and one of which it is a part.

    :param values: figures of a sample of rows by column, NaN where there is none
    :param steps: as in `Relation.off`
    """
    columns = [role for role in roles if role.column in values]
    search = _Search(columns, values, steps)
    found = [*search.shares(), *search.balances(), *search.sums()]
    chosen: dict[str, Relation] = {}
    used: set[frozenset[str]] = set()
    for relation in found:
        members = frozenset((relation.target, *relation.parts))
        if relation.target not in chosen and members not in used:
            chosen[relation.target] = relation
            used.add(members)
    return [*chosen.values(), *search.parts()]


def is_share(role: ColumnRole) -> bool:
    """True for a column of ratios by unit or heading."""
    unit = role.unit or ""
    return unit in _FACTORS or "/" in unit or unit.startswith("je ") or bool(_SHARE.search(role.column))


class _Search:
    def __init__(self, columns: Sequence[ColumnRole], values: Values, steps: Mapping[str, float]) -> None:
        self._values, self._steps = values, steps
        self._columns = list(columns)
        self._place = {role.column: place for place, role in enumerate(columns)}
        self._counts = [role for role in columns if not is_share(role)]
        self._wholes = {
            role.column: whole for role in self._counts if _PART.search(role.column) and (whole := self._whole(role))
        }

    def parts(self) -> Iterator[Relation]:
        """Columns that headings call parts of the column before them."""
        for part, whole in self._wholes.items():
            if not _BALANCE.search(part) and not _CHANGE.search(part):
                yield Relation("part", part, (whole,), named=True)

    def shares(self) -> Iterator[Relation]:
        """Shares and changes in per cent."""
        for role in self._columns:
            factor = _FACTORS.get(role.unit or "")
            if factor is None:
                continue
            change = bool(_CHANGE.search(role.column))
            if change and (pair := self._years(role)):
                yield from self._said(Relation("change", role.column, pair, factor, named=True))
                continue
            best = self._best_ratio(role, factor)
            if best:
                yield best
            elif not change and (said := self._said_ratio(role, factor)) and not self._of_the_column(role, said):
                yield said

    def balances(self) -> Iterator[Relation]:
        """Columns that headings call balance or change: one column less another."""
        for role in self._counts:
            pair = self._years(role) if _CHANGE.search(role.column) else self._gains(role)
            if pair:
                yield from self._said(Relation("difference", role.column, pair, named=True))

    def sums(self) -> Iterator[Relation]:
        """Totals beside their parts."""
        counts = [role.column for role in self._counts]
        for place, column in enumerate(counts):
            right = counts[place + 1 : place + 1 + _LONGEST]
            left = counts[max(0, place - _LONGEST) : place][::-1]
            named = self._said_sum(column, right)
            best = max(
                (self._best_run(column, run, named) for run in (right, left)),
                key=lambda one: one[0],
                default=(0.0, None),
            )[1]
            best = best or self._best_pair(column, place, counts)
            if best:
                yield replace(best, named=bool(named) and set(best.parts) == set(named or ()))
            elif named and not self._several_times(column, named):
                yield Relation("sum", column, named, named=True)

    def _whole(self, part: ColumnRole) -> str | None:
        """The count before a part. In a head of several levels it is that of the same class ("Deutsche"), or the one
        that has no classes.
        """
        levels = part.column.split(_LEVELS)
        for role in self._columns[: self._place[part.column]][::-1]:
            own = role.column.split(_LEVELS)
            if _PART.search(role.column) or _FACTORS.get(role.unit or "") or (len(own) > 1 and own[-1] != levels[-1]):
                continue
            other = is_share(role) or _NO_COUNT.search(role.column) or not _same_time(role, part)
            return None if other else role.column
        return None

    def _fit(self, relation: Relation) -> float:
        """Share of the rows in which it holds; 0 if the rows tell too little."""
        off, slack = relation.off(self._values, self._steps)
        known = ~np.isnan(off)
        if not relation.named:  # what was rounded coarsely agrees with anything
            step = self._steps[relation.target]
            known &= slack <= np.maximum(0.6 * step, 0.05 * np.abs(self._values[relation.target]))
        holds = known & (np.abs(off) <= slack)
        if int(holds.sum()) < (3 if relation.named else FEWEST):
            return 0.0
        if not relation.named:
            stated = self._values[relation.target][holds]
            if len(np.unique(stated)) < 3:
                return 0.0
            if relation.kind == "sum":
                filled = holds & np.all([self._values[name] != 0 for name in relation.parts[:2]], axis=0)
                if int(filled.sum()) < FEWEST or int((np.abs(self._values[relation.target][filled]) >= 10).sum()) < 4:
                    return 0.0
        return float(holds.sum() / known.sum())

    def _said(self, relation: Relation) -> Iterator[Relation]:
        """The relation of a heading; the other way round too, where no years say which comes first."""
        turned = replace(relation, parts=relation.parts[::-1])
        periods = {r.column: r.period for r in self._columns}
        ordered = all(periods.get(name) for name in relation.parts) and relation.kind != "ratio"
        yield turned if not ordered and self._fit(turned) >= MOST else relation

    def _years(self, role: ColumnRole) -> tuple[str, str] | None:
        """The later and the earlier of exactly two columns of one figure at two times, before the change."""
        dated = [r for r in self._columns[: self._place[role.column]] if r.period and not is_share(r)]
        dated = [r for r in dated if not _CHANGE.search(r.column) and not _BALANCE.search(r.column)]
        if len(dated) != 2 or dated[0].period == dated[1].period:
            return None
        if (dated[0].indicator, dated[0].code) != (dated[1].indicator, dated[1].code):
            return None
        later, earlier = sorted(dated, key=lambda r: r.period or "", reverse=True)
        if not (later.indicator or _undated(later.column) == _undated(earlier.column)):
            return None
        years = [int(match[0]) for r in (later, earlier) if (match := re.match(r"[0-9]{4}", r.period or ""))]
        if _YEAR_BEFORE.search(role.column) and (len(years) < 2 or years[0] - years[1] != 1):
            return None
        return later.column, earlier.column

    def _gains(self, role: ColumnRole) -> tuple[str, str] | None:
        if not _BALANCE.search(role.column):
            return None
        beside = [
            r.column for r in self._counts if r is not role and _same_time(r, role) and not _BALANCE.search(r.column)
        ]
        gains, losses = ([name for name in beside if form.search(name)] for form in (_GAINS, _LOSSES))
        return (gains[0], losses[0]) if len(gains) == len(losses) == 1 else None

    def _best_ratio(self, role: ColumnRole, factor: float) -> Relation | None:
        counts = [r.column for r in self._counts if _same_time(r, role)]
        place = self._place[role.column]
        close = sorted(counts, key=lambda name: abs(self._place[name] - place))[:_NEIGHBOURS]
        if counts and counts[0] not in close:
            close.append(counts[0])
        said = self._said_ratio(role, factor)
        pairs = [(one, other) for one in close for other in close if one != other]
        tried = [replace(said, parts=pair) if said and said.parts == pair else
                 Relation("ratio", role.column, pair, factor) for pair in pairs]  # fmt: skip
        return max(
            ((fit, one) for one in tried if (fit := self._fit(one)) >= MOST), key=lambda x: x[0], default=(0, None)
        )[1]

    def _said_ratio(self, role: ColumnRole, factor: float) -> Relation | None:
        """The share of the column before it in that one's whole."""
        place = self._place[role.column]
        before = self._columns[place - 1] if place else None
        if before is None or is_share(before) or not _same_time(before, role):
            return None
        whole = self._wholes.get(before.column)
        if whole is None and _BARE_SHARE.fullmatch(role.column):
            above = self._whole(before)
            whole = above if above and _TOTAL.search(above) else None
        return Relation("ratio", role.column, (before.column, whole), factor, named=True) if whole else None

    def _of_the_column(self, role: ColumnRole, said: Relation) -> bool:
        """True for shares of the whole city: the same multiple of a column in all rows."""
        stated, step = self._values[role.column], self._steps[role.column]
        for name in said.parts:
            counts = self._values[name]
            known = ~np.isnan(stated) & ~np.isnan(counts) & (counts != 0)
            total = np.nansum(counts[known])
            if total == 0 or not known.any():
                continue
            factor = float(np.median(stated[known] / counts[known]))
            if np.mean(np.abs(stated[known] - factor * counts[known]) <= step + NEAR * np.abs(stated[known])) >= MOST:
                return True
        return False

    def _said_sum(self, column: str, right: Sequence[str]) -> tuple[str, ...] | None:
        parts = [n for n in right if _SUM_PART.search(n) and self._wholes.get(n) == column]
        if len(parts) >= 2:
            return tuple(parts)
        others = [r.column for r in self._counts if r.column != column]
        if re.fullmatch(r"\W*(?:insgesamt|zusammen|gesamt|summe|total)\W*", column, re.I) and 2 <= len(others) <= 6:
            own = {r.column: r for r in self._counts}
            alike = {(own[n].unit, own[n].indicator, own[n].period) for n in (column, *others)}
            return tuple(others) if len(alike) == 1 and not self._wholes else None
        return None

    def _best_run(
        self, column: str, run: Sequence[str], named: tuple[str, ...] | None
    ) -> tuple[float, Relation | None]:
        best: tuple[float, Relation | None] = (0.0, None)
        if named and set(named) <= set(run):
            relation = Relation("sum", column, named, named=True)
            if (fit := self._fit(relation)) >= MOST:
                best = (fit, relation)
        if len(run) < 2:
            return best
        table = np.cumsum([self._values[name] for name in run], axis=0)
        close = np.abs(table - self._values[column]) <= 0.5 * len(run)  # a first look, which is cheap
        for length in np.flatnonzero(close.sum(axis=1) >= FEWEST):
            if length >= 1:
                relation = Relation("sum", column, tuple(run[: length + 1]))
                if (fit := self._fit(relation)) >= max(MOST, best[0] + 1e-9):
                    best = (fit, relation)
        return best

    def _best_pair(self, column: str, place: int, counts: Sequence[str]) -> Relation | None:
        """Two columns near this one that add up to it."""
        near_by = [n for n in counts[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS + 1] if n != column]
        if len(near_by) < 2:
            return None
        table = np.array([self._values[name] for name in near_by])
        pairs = np.abs(table[:, None] + table[None] - self._values[column]) <= 0.5
        best: tuple[float, Relation | None] = (0.0, None)
        for one, other in np.argwhere(np.triu(pairs.sum(axis=2) >= FEWEST, 1)):
            relation = Relation("sum", column, (near_by[one], near_by[other]))
            if (fit := self._fit(relation)) >= max(MOST, best[0] + 1e-9):
                best = (fit, relation)
        return best[1]

    def _several_times(self, column: str, parts: Sequence[str]) -> bool:
        """True for parts by several divisions at once, each of which adds up to the whole."""
        with np.errstate(invalid="ignore", divide="ignore"):
            times = np.sum([self._values[name] for name in parts], axis=0) / self._values[column]
        times = times[np.isfinite(times)]
        whole = np.round(times)
        return not len(times) or bool(np.mean((whole >= 2) & (np.abs(times - whole) <= NEAR)) >= 0.5)


def _same_time(one: ColumnRole, other: ColumnRole) -> bool:
    periods = (one.period or "", other.period or "")
    return periods[0].startswith(periods[1]) or periods[1].startswith(periods[0])


def _undated(name: str) -> str:
    return re.sub(r"[0-9.]+", "", name).strip().casefold()
