"""Which kinds of chart the readings of a table allow: decided by their shape, before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

import pandas as pd

from ckanext.ierwohnen.previews.composition import MOST_PARTS
from ckanext.ierwohnen.previews.scatter import FEWEST
from ckanext.ierwohnen.previews.shape import CITY, category_text, chart_kind, is_total
from ckanext.ierwohnen.tables.code_lists import TOTAL, CodeList, code_lists

AGES, SEXES = "age_groups", "sex"
LEFT_SEX, RIGHT_SEX = "m", "f"
MAY_LACK = frozenset({"d", "other"})
"""Codes that may be absent from a table whose categories are all there are."""


class ChartKind(StrEnum):
    """A kind of chart; its value stands in addresses (`?chart=ranking`)."""

    COURSE = "course"
    RANKING = "ranking"
    CHANGE = "change"
    MULTIPLES = "multiples"
    COMPOSITION = "composition"
    PYRAMID = "pyramid"
    SCATTER = "scatter"


def chart_kinds(
    here: pd.DataFrame, now: pd.DataFrame, *, earlier: bool, indicators: int, splits: Sequence[str], pyramid: bool
) -> tuple[ChartKind, ...]:
    """The kinds that can be drawn; the first one is the one to begin with.

    :param here: readings of the subject over all dates, of one level and the whole, one category each
    :param now: the same at the shown date
    :param earlier: whether there is a date before the shown one
    :param indicators: how many indicators the table has
    :param splits: dimensions whose categories add up to the whole
    :param pyramid: whether the table has the population by age and sex
    """
    first = chart_kind(here)
    known = now[now["value"].notna() & (now["level"] != CITY)]["unit"].nunique()
    found = [ChartKind.PYRAMID] if pyramid else []
    found += [ChartKind(first)] if first else []
    if known > 1:
        found.append(ChartKind.RANKING)
        if earlier:
            found.append(ChartKind.CHANGE)
        if first == "course":
            found.append(ChartKind.MULTIPLES)
    if splits:
        found.append(ChartKind.COMPOSITION)
    if indicators > 1 and known >= FEWEST:
        found.append(ChartKind.SCATTER)
    return tuple(dict.fromkeys(found))


def divisible(readings: pd.DataFrame, categories: Mapping[str, Sequence[str]]) -> list[str]:
    """The dimensions whose categories are parts of one whole.

    That is so where the table holds a total that they add up to, or, without any total, where they belong to a
    code list and do not overlap. Categories that may overlap (foreign, with a migration background) are no parts.

    :param readings: of one indicator, all categories
    """
    found = []
    for name, texts in categories.items():
        parts = [text for text in texts if not is_total(text)]
        if not 2 <= len(parts) <= MOST_PARTS:
            continue
        if _adds_up(readings, name, parts) if len(parts) < len(texts) else _listed(name, parts):
            found.append(name)
    return found


def tiles(name: str, texts: Sequence[str]) -> bool:
    """Whether these categories of a dimension are a whole without gap or overlap, so that their sum is the whole.

    Classes of numbers must follow each other from the lowest to the highest; of a list all codes must be there, besides
    those under which offices count only a few (`MAY_LACK`). Of what is in no list nobody can know.
    """
    known = code_lists().get(name)
    if known is None or len(texts) < 2:
        return False
    if known.kind != "range":
        return _listed(name, texts) and set(known.labels) - MAY_LACK <= {known.code_of(text) for text in texts}
    bounds = _bounds(known, texts)
    if bounds is None or _overlap(bounds):
        return False
    ordered = sorted(bounds)
    follow = all(after[0] == before[1] + 1 for before, after in pairwise(ordered))
    return follow and ordered[0][0] <= known.bounds[0] and ordered[-1][1] >= known.bounds[1]


def ages(texts: Sequence[str]) -> list[str] | None:
    """Age groups from young to old without totals; None if they overlap or are not ages."""
    known = code_lists()[AGES]
    bounds = _bounds(known, [text for text in texts if not is_total(text)])
    if bounds is None or len(bounds) < 3 or _overlap(bounds):
        return None
    return [text for _, _, text in sorted(bounds)]


def sexes(texts: Sequence[str]) -> tuple[str, str] | None:
    """The texts that stand for men and for women in a table; None where one is missing."""
    by_code = {code_lists()[SEXES].code_of(text): text for text in texts}
    return (by_code[LEFT_SEX], by_code[RIGHT_SEX]) if {LEFT_SEX, RIGHT_SEX} <= set(by_code) else None


def _listed(name: str, parts: Sequence[str]) -> bool:
    known = code_lists().get(name)
    if known is None:
        return False
    if known.kind == "range":
        bounds = _bounds(known, parts)
        return bounds is not None and not _overlap(bounds)
    codes = [known.code_of(text) for text in parts]
    return None not in codes and TOTAL not in codes and len(set(codes)) == len(codes)


def _bounds(known: CodeList, parts: Sequence[str]) -> list[tuple[int, int, str]] | None:
    """Lowest and highest whole number of each class; None if one cannot be read."""
    found = []
    for text in parts:
        code = known.code_of(text)
        if code is None or code == TOTAL:
            return None
        low, dash, high = code.partition("-")
        start = int(low) if low else known.bounds[0]
        found.append((start, int(high) if high else (known.bounds[1] if dash else start), text))
    return found


def _overlap(bounds: Sequence[tuple[int, int, str]]) -> bool:
    ordered = sorted(bounds)
    return any(after[0] <= before[1] for before, after in pairwise(ordered))


def _adds_up(readings: pd.DataFrame, name: str, parts: Sequence[str]) -> bool:
    """Whether each known total is the sum of its known parts, at least once."""
    fixed = [column for column in readings.columns if column not in (name, "value", "status")]
    texts = readings[name].map(category_text)
    totals = readings[texts.map(is_total) & readings["value"].notna()]
    rows = readings[texts.isin(parts)]
    if totals.empty or rows.empty:
        return False
    summed = rows.groupby(fixed, dropna=False)["value"].agg(["sum", "count"])
    joined = totals.set_index(fixed)["value"].to_frame().join(summed, how="inner")
    whole = joined[joined["count"] == len(parts)]
    if whole.empty:
        return False
    return bool(((whole["value"] - whole["sum"]).abs() <= 1e-6 * whole["value"].abs().clip(lower=1.0)).all())
