"""Cross-checks of the catalogue: codes used, cycles, units, and whether the adding up that is declared makes sense."""

from __future__ import annotations

import math
from collections.abc import Collection
from itertools import pairwise

from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.formula import (
    Expression,
    FormulaError,
    added_codes,
    codes,
    dimension,
    factor,
    is_linear,
    parse,
)
from ckanext.ierwohnen.indicators.part import Part
from ckanext.ierwohnen.indicators.source import Problem
from ckanext.ierwohnen.indicators.vocabulary import vocabulary
from ckanext.ierwohnen.tables.code_lists import code_lists

Indicators = dict[str, Indicator]
MOST = {"percent": 200.0}
"""Largest value that a threshold may have: shares end at 100, ratios of two stocks may lie above it."""


def check(indicators: Indicators, ignored: Collection[str] = ()) -> list[Problem]:
    """Every contradiction in and between the definitions.

    :param ignored: codes of definitions that are faulty by themselves; what uses them is not looked at
    """
    problems: list[Problem] = _shared_names(indicators)
    for one in indicators.values():
        if ignored and _uses(one, ignored):
            continue
        try:
            problems += _codes_used(one, indicators) or [
                *_units(one, indicators),
                *_adding_up(one, indicators),
                *_composite(one, indicators),
                *_part(one, indicators),
                *_thresholds(one),
                *_classes(one),
            ]
        except FormulaError as error:
            problems.append(_problem(one, str(error), ""))
    return problems + _cycles(indicators)


def _problem(one: Indicator, message: str, remedy: str) -> Problem:
    return Problem(one.file, one.line, f"“{one.code}”: {message}", remedy)


def _codes_used(one: Indicator, indicators: Indicators) -> list[Problem]:
    used = [*one.parts, *([one.weighted_by] if one.weighted_by else []), *([one.subset_of] if one.subset_of else [])]
    found = [
        _problem(one, f"there is no indicator “{code}”.", "Correct the code, define it, or switch this one off too.")
        for code in used
        if code not in indicators
    ]
    if one.formula and (one.numerator or one.denominator):
        found.append(_problem(one, "has a formula and a numerator.", "Keep one of the two."))
    if bool(one.numerator) != bool(one.denominator):
        found.append(_problem(one, "numerator and denominator go together.", "Add the missing one."))
    return found


def _units(one: Indicator, indicators: Indicators) -> list[Problem]:
    if one.expression is None:
        return []
    units = vocabulary("units")

    def of(code: str) -> str:
        unit = units.find(indicators[code].unit)
        return str(unit.more["dimension"]) if unit else ""

    declared = units.find(one.unit)
    computed = dimension(one.expression, of)
    if declared is not None and computed == declared.more["dimension"]:
        return _things(one, indicators) or _factors(one, indicators)
    if declared is None:
        return []
    return [
        _problem(
            one,
            f"the formula gives {computed}, the unit “{one.unit}” is {declared.more['dimension']}.",
            "Correct the unit or the formula.",
        )
    ]


def _things(one: Indicator, indicators: Indicators) -> list[Problem]:
    """Persons and dwellings are both numbers of things, but no sum; nor are persons given as dwellings."""
    assert one.expression is not None
    for used in added_codes(one.expression):
        units = sorted({indicators[code].unit for code in used} - {"count"})
        if len(units) > 1 and all(_counts(unit) for unit in units):
            remedy = "Add what counts the same things, or divide the one by the other."
            return [_problem(one, f"the formula adds {' and '.join(units)}.", remedy)]
    units = sorted({indicators[code].unit for code in one.parts} - {"count"})
    if one.unit not in (*units, "count") and len(units) == 1 and is_linear(one.expression) and _counts(units[0]):
        return [_problem(one, f"the formula gives {units[0]}, not {one.unit}.", "Correct the unit or the formula.")]
    return []


def _counts(unit: str) -> bool:
    found = vocabulary("units").find(unit)
    return found is not None and found.more["dimension"] == "count"


def _factors(one: Indicator, indicators: Indicators) -> list[Problem]:
    """Hectares and square metres are both areas, but no sum, and their quotient is no ratio."""
    units = vocabulary("units")
    if one.expression is None:
        return []
    found = factor(one.expression, lambda code: _factor(indicators[code].unit))
    # Numerator by denominator comes in the unit by itself (Indicator.scale); a formula says what it gives.
    wanted = 1.0 if one.numerator and units.find(one.unit).more["dimension"] == "ratio" else _factor(one.unit)  # type: ignore[union-attr]
    if found is None or math.isclose(found, wanted, rel_tol=1e-6):
        return []
    return [
        _problem(
            one,
            f"the formula gives {found / wanted:g} times the unit “{one.unit}”.",
            "Multiply or divide by the factor between the units.",
        )
    ]


def _factor(unit: str) -> float:
    found = vocabulary("units").find(unit)
    return float(found.more.get("factor", 1.0)) if found else 1.0


def _composite(one: Indicator, indicators: Indicators) -> list[Problem]:
    if one.composite is None:
        return []
    problems = []
    if one.expression is not None or one.space != "none":
        problems.append(_problem(one, "a composite has no formula and does not add up.", "Set space: none."))
    if not any(part.counts > 0 for part in one.composite.parts):
        problems.append(_problem(one, "no part of the composite has a weight.", "Give one a weight above 0."))
    if len({part.code for part in one.composite.parts}) < len(one.composite.parts):
        problems.append(_problem(one, "a part of the composite stands twice.", "Keep one of them."))
    for part in one.composite.parts:
        ways = {one.direction, indicators[part.code].direction}
        against = ways == {"more", "less"} and not part.turned
        if against or (part.turned and len(ways) == 1 and "neither" not in ways):
            problems.append(
                _problem(
                    one,
                    f"“{part.code}” counts against its direction.",
                    "Set or remove turned: true, so that high means the same in all parts.",
                )
            )
    return problems


def _part(one: Indicator, indicators: Indicators) -> list[Problem]:
    """A class of another indicator: of a sum, by a code list that has it."""
    return [] if one.part is None else [problem for way in one.part.ways for problem in _way(one, way, indicators)]


def _way(one: Indicator, part: Part, indicators: Indicators) -> list[Problem]:
    lists = code_lists()
    whole, there = indicators.get(part.of), lists.get(part.dimension)
    if whole is None:
        return [_problem(one, f"there is no indicator “{part.of}” to be a part of.", "Correct part.of.")]
    if there is None:
        return [_problem(one, f"there is no code list “{part.dimension}”.", f"Write one of: {', '.join(lists)}.")]
    if {one.space, whole.space} != {"sum"} or one.unit != whole.unit or one.time != whole.time:
        message = f"a part and its whole “{part.of}” are sums of the same unit and time."
        return [_problem(one, message, "Correct space, unit or time, or remove part.")]
    unknown = [code for code in part.codes if code not in there.labels]
    if unknown or bool(part.codes) == (there.kind == "range"):
        remedy = "Give from and to." if there.kind == "range" else f"Give codes of: {', '.join(there.labels)}."
        return [_problem(one, f"“{part.dimension}” has no such class {', '.join(unknown)}".rstrip() + ".", remedy)]
    if part.first is not None and part.last is not None and part.first > part.last:
        return [_problem(one, "the range of the part ends before it begins.", "Exchange from and to.")]
    return []


def _adding_up(one: Indicator, indicators: Indicators) -> list[Problem]:
    if one.space == "weighted_mean" and not one.weighted_by:
        return [_problem(one, "a weighted mean needs weighted_by.", "Name the indicator that weighs.")]
    if one.space == "weighted_mean" and one.weighted_by and indicators[one.weighted_by].space != "sum":
        return [_problem(one, f"“{one.weighted_by}” does not add up and cannot weigh.", "Weigh by a number of things.")]
    if one.space == "sum" and vocabulary("units").find(one.unit).more["dimension"] == "ratio":  # type: ignore[union-attr]
        return [_problem(one, "a ratio is never a sum of ratios.", "Use space: ratio with its two parts.")]
    if one.lower_bound and one.space != "sum":
        return [_problem(one, "only a sum has a lower bound.", "Remove lower_bound.")]
    if one.lower_bound and (one.kind["of"] == "change" or "-" in (one.formula or "")):
        return [_problem(one, "what may be negative has no lower bound.", "Remove lower_bound.")]
    if one.space == "ratio" and one.expression is None:
        return [_problem(one, "a ratio needs its parts.", "Add numerator and denominator, or use space: none.")]
    expressions: list[Expression] = []
    if one.space == "sum" and one.expression:
        expressions = [one.expression]
    elif one.space == "ratio" and one.numerator and one.denominator:
        expressions = [parse(one.numerator), parse(one.denominator)]
    return [p for e in expressions for p in _additive(one, e, indicators)]


def _additive(one: Indicator, expression: Expression, indicators: Indicators) -> list[Problem]:
    if not is_linear(expression):
        return [_problem(one, "only sums and differences of counts add up.", "Put products and quotients elsewhere.")]
    if one.cancels:
        return []
    return [
        _problem(one, f"“{code}” does not add up over space.", "Use parts that do, or set cancels: true for balances.")
        for code in dict.fromkeys(codes(expression))
        if indicators[code].space != "sum"
    ]


def _uses(one: Indicator, codes_: Collection[str]) -> bool:
    try:
        whole = one.part.of if one.part else None
        return any(code in codes_ for code in (*one.parts, one.weighted_by, one.subset_of, whole))
    except FormulaError:
        return False


def _shared_names(indicators: Indicators) -> list[Problem]:
    """Column heads are recognised by names: one that two indicators share would be a guess."""
    owners: dict[str, str] = {}
    problems = []
    for one in indicators.values():
        for name in sorted({name.casefold().strip() for name in (*one.name.values(), *one.synonyms)}):
            owner = owners.setdefault(name, one.code)
            if owner != one.code:
                message = f"the name “{name}” belongs to “{owner}” already."
                problems.append(_problem(one, message, "Use another name or synonym."))
    return problems


def _classes(one: Indicator) -> list[Problem]:
    breaks = one.classes.get("breaks")
    if one.classes["method"] == "fixed" and not breaks:
        return [_problem(one, "fixed classes have no breaks.", "Add breaks: [...], or choose another method.")]
    if breaks and any(not math.isfinite(b) for b in breaks):
        return [_problem(one, "a break of the classes is no number.", "Write a number.")]
    if breaks and any(a >= b for a, b in pairwise(breaks)):
        return [_problem(one, "the breaks of the classes do not ascend.", "Order them, each once.")]
    return []


def _thresholds(one: Indicator) -> list[Problem]:
    watch, act = one.thresholds.get("watch"), one.thresholds.get("act")
    if any(limit is not None and not math.isfinite(limit) for limit in (watch, act, one.goal)):
        return [_problem(one, "a threshold or goal is no number.", "Write a number, or null for none.")]
    most = MOST.get(one.unit) if one.kind["of"] == "status" and not one.formula else None
    if most is not None and any(limit is not None and not 0 <= limit <= most for limit in (watch, act, one.goal)):
        message = f"a threshold or goal lies outside 0 to {most:g} {one.unit}, where no value can be."
        return [_problem(one, message, "Write it in the indicator's unit.")]
    if watch is None or act is None or one.direction == "neither":
        return []
    if (one.direction == "less" and act < watch) or (one.direction == "more" and act > watch):
        return [_problem(one, "“act” is reached before “watch”.", "Exchange the two, or correct the direction.")]
    return []


def _cycles(indicators: Indicators) -> list[Problem]:
    problems: list[Problem] = []
    done: set[str] = set()

    def visit(code: str, trail: tuple[str, ...]) -> None:
        if code in trail:
            circle = " → ".join([*trail[trail.index(code) :], code])
            problems.append(_problem(indicators[code], f"formulas run in a circle: {circle}.", "Break it somewhere."))
            return
        if code in done or code not in indicators:
            return
        try:
            parts = indicators[code].parts
        except FormulaError:
            parts = ()
        weighted_by = indicators[code].weighted_by
        for part in (*parts, *([weighted_by] if weighted_by else [])):
            visit(part, (*trail, code))
        done.add(code)

    for code in indicators:
        visit(code, ())
    return problems
