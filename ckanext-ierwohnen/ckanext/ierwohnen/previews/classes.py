"""Classes of a map: which value gets which colour, and the legend's closed intervals.

Everything is reckoned in *ticks*, whole multiples of the last decimal that is shown (5,2 with one decimal is
52 ticks). So the value that a reader sees and the class that it falls into can never disagree, and intervals
close exactly: `3,3 bis 4,9` is followed by `5,0 bis 6,9`.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise

import mapclassify
import numpy as np

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.look.signs import Status, vocabulary
from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.words import say

CLASSES = 5
_JENKS_SAMPLE = 600


class Method(StrEnum):
    """How class breaks are found."""

    ROUNDED = "rounded"
    QUANTILE = "quantile"
    NATURAL = "natural"
    EQUAL = "equal"
    PRETTY = "pretty"
    FIXED = "fixed"
    DIVERGING = "diverging"


class Kind(StrEnum):
    """What a class of the legend stands for."""

    VALUE = "value"
    PROTECTED = "protected"
    NONE = "none"


@dataclass(frozen=True)
class ValueClass:
    """One line of the legend. Bounds are inclusive and None where open or not a class of values."""

    kind: Kind
    label: str
    colour: str
    count: int
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class Classification:
    """The classes, and for each reading, in the order given, the index of its class."""

    classes: tuple[ValueClass, ...]
    index_of: tuple[int, ...]
    method: Method
    precision: int

    def counts(self) -> int:
        """Number of readings over all classes."""
        return sum(one.count for one in self.classes)


@dataclass(frozen=True)
class Wish:
    """What an indicator asks of its classes; the defaults suit any figure.

    :param breaks: lower bounds of the second and following classes (method FIXED)
    :param middle: value around which colours diverge, e.g. 0 for a change or the city's value
    :param more_is_better: None where neither; brown is then the lower side
    :param signed: write a sign before each bound (changes)
    """

    method: Method = Method.ROUNDED
    breaks: tuple[float, ...] = ()
    middle: float | None = None
    more_is_better: bool | None = None
    precision: int | None = None
    signed: bool = False

    def effective(self) -> Method:
        """The method that the wish amounts to: a middle means diverging, breaks mean fixed."""
        if self.middle is not None:
            return Method.DIVERGING
        return Method.FIXED if self.breaks else (Method.ROUNDED if self.method is Method.FIXED else self.method)


OFFERED = (Method.ROUNDED, Method.NATURAL, Method.EQUAL, Method.PRETTY)
"""Ways to find classes that a reader may choose instead of the indicator's own."""


def asked_classes(wish: Wish, method: str | None) -> Wish:
    """The wish with the classes that a reader asked for; unchanged if that is no offered way."""
    if method not in OFFERED:
        return wish
    return replace(wish, method=Method(method), breaks=(), middle=None)


def classify(
    values: Sequence[float | None],
    statuses: Sequence[str] | None = None,
    wish: Wish | None = None,
    *,
    locale: str = "de",
) -> Classification:
    """Put each reading into exactly one class.

    :param values: numbers, None or NaN where there is none
    :param statuses: status word of each reading (`ok` where left out); a number under a status that hides
        it (`secret`, `uncertain` …) is ignored
    """
    wish = wish or Wish()
    words = [Status(word or Status.OK) for word in statuses] if statuses is not None else [Status.OK] * len(values)
    if len(words) != len(values):
        raise ValueError(f"{len(values)} values but {len(words)} statuses")
    numbers = [_number(value, word) for value, word in zip(values, words, strict=True)]
    known = [number for number in numbers if number is not None]
    precision = wish.precision if wish.precision is not None else decimals(known)
    ticks = [None if number is None else to_ticks(number, precision) for number in numbers]
    classes, lowers = _value_classes([tick for tick in ticks if tick is not None], wish, precision, locale)
    extra = _extra_classes(ticks, words, locale)
    places = {one.kind: len(classes) + index for index, one in enumerate(extra)}
    index_of = tuple(
        bisect_right(lowers, tick) if tick is not None else places[_kind(word)]
        for tick, word in zip(ticks, words, strict=True)
    )
    counts = Counter(index_of)
    counted = tuple(replace(one, count=counts[index]) for index, one in enumerate([*classes, *extra]))
    return Classification(counted, index_of, wish.effective(), precision)


def decimals(values: Iterable[float]) -> int:
    """Decimals that suit the figures where the indicator states none: as few as tell them apart (≤ 3)."""
    numbers = np.asarray(list(values), dtype=float)
    if not numbers.size or np.all(numbers == np.round(numbers)):
        return 0
    spread = float(numbers.max() - numbers.min()) or abs(float(numbers.max()))
    return int(np.clip(np.ceil(np.log10(CLASSES * 4 / spread)), 1, 3)) if spread else 1


def to_ticks(value: float, precision: int) -> int:
    """The value in whole last decimals, rounded half up as it is written for readers."""
    return int(Decimal(repr(float(value))).scaleb(precision).quantize(Decimal(1), ROUND_HALF_UP))


def _number(value: float | None, status: Status) -> float | None:
    if not status.has_value:
        return None
    if status in (Status.NOTHING, Status.BELOW_HALF):
        return 0.0
    return None if value is None or not np.isfinite(value) else float(value)


def _kind(status: Status) -> Kind:
    return Kind.PROTECTED if status is Status.SECRET else Kind.NONE


def _extra_classes(ticks: Sequence[int | None], words: Sequence[Status], locale: str) -> list[ValueClass]:
    """`geschützt ( . )` and `kein Wert ( / … )`, each only where it occurs, with the signs that occur."""
    without = [word for tick, word in zip(ticks, words, strict=True) if tick is None]
    found = []
    if Status.SECRET in without:
        sign = vocabulary()[Status.SECRET].sign
        label = say("protected", locale, signs=f"( {sign} )")
        found.append(ValueClass(Kind.PROTECTED, label, palette.WHITE, 0))
    others = {word for word in without if word is not Status.SECRET}
    if others:
        signs = [
            sign.sign
            for status, sign in vocabulary().items()
            if status in others and status is not Status.MISSING and not status.has_value
        ]
        label = say("no_value", locale, signs=f"( {' '.join(signs)} )" if signs else "").strip()
        found.append(ValueClass(Kind.NONE, label, palette.NO_VALUE, 0))
    return found


def _value_classes(ticks: list[int], wish: Wish, precision: int, locale: str) -> tuple[list[ValueClass], list[int]]:
    if not ticks:
        return [], []
    method = wish.effective()
    if method is Method.DIVERGING:
        lowers, colours = _diverging(ticks, wish, precision)
    else:
        lowers = _breaks(ticks, wish, method, precision)
        colours = palette.sequential(len(lowers) + 1)
    bounds = _bounds(ticks, lowers)
    classes = [
        ValueClass(
            Kind.VALUE,
            _label(low, high, precision, wish.signed, locale),
            colour,
            0,
            None if low is None else low / 10**precision,
            None if high is None else high / 10**precision,
        )
        for (low, high), colour in zip(bounds, colours, strict=True)
    ]
    return classes, lowers


def _bounds(ticks: list[int], lowers: list[int]) -> list[tuple[int | None, int | None]]:
    """Inclusive bounds of each class; the outer ones are the lowest and highest value, or open."""
    least, most = min(ticks), max(ticks)
    starts: list[int | None] = [least if not lowers or least < lowers[0] else None, *lowers]
    ends: list[int | None] = [
        *(low - 1 for low in lowers),
        most if not lowers or most >= lowers[-1] else None,
    ]
    return list(zip(starts, ends, strict=True))


def _label(low: int | None, high: int | None, precision: int, signed: bool, locale: str) -> str:
    def written(tick: int) -> str:
        exact = Decimal(tick).scaleb(-precision)
        return format_number(exact, precision=precision, locale=locale, signed=signed)

    if low is None and high is not None:
        return say("up_to", locale, high=written(high))
    if high is None and low is not None:
        return say("from", locale, low=written(low))
    assert low is not None and high is not None
    return written(low) if low == high else say("interval", locale, low=written(low), high=written(high))


def _breaks(ticks: list[int], wish: Wish, method: Method, precision: int) -> list[int]:
    """Lower bounds (ticks) of the second and following classes."""
    if method is Method.FIXED:
        return sorted({to_ticks(value, precision) for value in wish.breaks})[: palette.MOST_CLASSES - 1]
    count = min(CLASSES, len(set(ticks)))
    if count < 2:
        return []
    upper = _bins(ticks, method, count)[:-1]
    # A pretty break is the round number at which a class begins; the others give the last value of one.
    raw = [int(np.ceil(bin_)) if method is Method.PRETTY else int(np.floor(bin_)) + 1 for bin_ in upper]
    filled = _filled(ticks, raw)
    return _rounded(ticks, filled) if method is Method.ROUNDED else filled


def _bins(ticks: list[int], method: Method, count: int) -> Sequence[float]:
    """Upper bounds of the classes by mapclassify."""
    numbers = np.asarray(sorted(ticks), dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mapclassify warns of fewer distinct values than classes: we merge them
        if method is Method.EQUAL:
            return list(mapclassify.EqualInterval(numbers, k=count).bins)
        if method is Method.PRETTY:
            return [*mapclassify.PrettyBreaks(numbers, k=count).bins[: palette.MOST_CLASSES - 1], numbers[-1]]
        if method is Method.NATURAL:
            return list(mapclassify.FisherJenks(_sample(numbers), k=count).bins)
        return list(mapclassify.Quantiles(numbers, k=count).bins)


def _sample(numbers: np.ndarray) -> np.ndarray:
    """Evenly spaced ranks of many values: Fisher-Jenks takes quadratic time."""
    if numbers.size <= _JENKS_SAMPLE:
        return numbers
    return numbers[np.linspace(0, numbers.size - 1, _JENKS_SAMPLE).round().astype(int)]


def _filled(ticks: list[int], lowers: Iterable[int]) -> list[int]:
    """Only those breaks that leave no class empty."""
    kept: list[int] = []
    ordered = sorted(ticks)
    for low in sorted(set(lowers)):
        before = bisect_right(ordered, low - 1)
        if before > (bisect_right(ordered, kept[-1] - 1) if kept else 0) and before < len(ordered):
            kept.append(low)
    return kept


def _rounded(ticks: list[int], raw: list[int]) -> list[int]:
    """Quantile breaks on the roundest numbers that keep all classes and move few units.

    Steps of 1, 2, 2.5 and 5 times a power of ten are tried from coarse to fine; a step is taken if each
    class stays filled and no class changes by more than half of its fair share (at least two units).
    """
    ordered = sorted(ticks)
    allowed = max(2.0, 0.5 * len(ticks) / (len(raw) + 1))
    wanted = _sizes(ordered, raw)
    for step in _round_steps(ordered[-1] - ordered[0]):
        nice = _filled(ticks, [round(low / step) * step for low in raw])
        if len(nice) != len(raw):
            continue
        drift = max(abs(is_ - was) for is_, was in zip(_sizes(ordered, nice), wanted, strict=True))
        if drift <= allowed:
            return nice
    return raw


def _round_steps(spread: int) -> list[int]:
    powers = range(len(str(max(spread, 1))), -1, -1)
    steps = {int(factor * 10**power) for power in powers for factor in (5, 2.5, 2, 1) if factor * 10**power % 1 == 0}
    return sorted((step for step in steps if step <= spread), reverse=True)


def _sizes(ordered: list[int], lowers: list[int]) -> list[int]:
    edges = [0, *(bisect_right(ordered, low - 1) for low in lowers), len(ordered)]
    return [after - before for before, after in pairwise(edges)]


def _diverging(ticks: list[int], wish: Wish, precision: int) -> tuple[list[int], tuple[str, ...]]:
    """Symmetric classes around the middle; the neutral one holds about a fifth of the values.

    Outer classes without a value are left out; the colours of the others stay.
    """
    assert wish.middle is not None
    middle = to_ticks(wish.middle, precision)
    away = np.asarray(sorted(abs(tick - middle) for tick in ticks), dtype=float)
    near = _nice(float(np.quantile(away, 0.2)))
    far = max(_nice(float(np.quantile(away, 0.6))), near + 1)
    lowers = [middle - far, middle - near, middle + near + 1, middle + far + 1]
    colours = palette.DIVERGING if wish.more_is_better in (True, None) else palette.DIVERGING[::-1]
    sizes = _sizes(sorted(ticks), lowers)
    first = next(index for index, size in enumerate(sizes) if size)
    last = max(index for index, size in enumerate(sizes) if size)
    return lowers[first:last], tuple(colours[first : last + 1])


def _nice(distance: float) -> int:
    """The distance in ticks, rounded to 1, 2, 2.5 or 5 times a power of ten."""
    if distance < 1:
        return 0
    power = 10 ** int(np.floor(np.log10(distance)))
    nearest = min((1.0, 2.0, 2.5, 5.0, 10.0), key=lambda factor: abs(factor * power - distance))
    return max(1, int(nearest * power))
