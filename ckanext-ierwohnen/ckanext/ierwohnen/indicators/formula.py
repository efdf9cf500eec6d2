"""Formulas over other indicators: parsed into a small tree, checked by unit, computed on columns of figures; never
`eval`.

Grammar: codes, numbers, ``+ - * /``, brackets and ``change(code, years)``, the change against so many years before in
percent. Python's own parser reads the text; everything but these forms is refused.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

LONGEST = 500

Operator = Literal["+", "-", "*", "/"]
OPERATORS: dict[type[ast.operator], Operator] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


class FormulaError(ValueError):
    """A formula that cannot be read or makes no sense; the text says what and what to do."""


@dataclass(frozen=True)
class Number:
    """A number as written."""

    value: float


@dataclass(frozen=True)
class Code:
    """The value of another indicator for the same unit and period."""

    code: str


@dataclass(frozen=True)
class Change:
    """Change of an indicator against ``years`` before, in percent of the earlier value."""

    code: str
    years: int


@dataclass(frozen=True)
class Operation:
    """Two expressions and what is done with them."""

    operator: Operator
    left: Expression
    right: Expression


Expression = Number | Code | Change | Operation


def parse(text: str) -> Expression:
    """Read a formula.

    :raises FormulaError: too long, not readable, or something that the grammar does not know

    >>> parse("births - deaths")
    Operation(operator='-', left=Code(code='births'), right=Code(code='deaths'))
    """
    if len(text) > LONGEST:
        raise FormulaError(f"The formula has more than {LONGEST} characters. Define a part as an indicator of its own.")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError(f"The formula “{text}” cannot be read. Use codes, numbers, + - * / and brackets.") from error
    return _expression(tree.body, text)


def codes(expression: Expression) -> Iterator[str]:
    """The codes that a formula uses, each as often as it is used."""
    match expression:
        case Code(code) | Change(code, _):
            yield code
        case Operation(_, left, right):
            yield from codes(left)
            yield from codes(right)


def is_linear(expression: Expression) -> bool:
    """Whether the formula of sums is the sum of the formulas: only then may its parts be added up.

    Sums and differences of codes, and their multiples by numbers; no product or quotient of codes and no bare number.
    """
    match expression:
        case Code():
            return True
        case Operation("+" | "-", left, right):
            return is_linear(left) and is_linear(right)
        case Operation("*", left, right):
            return (_is_constant(left) and is_linear(right)) or (is_linear(left) and _is_constant(right))
        case Operation("/", left, right):
            return is_linear(left) and _is_constant(right)
    return False


def evaluate(expression: Expression, value: Callable[[str], float], change: Callable[[str, int], float]) -> float:
    """The value of a formula; not a number where a part is missing or a divisor is zero.

    :param value: the value of a code (``nan`` where there is none)
    :param change: the change of a code against so many years before, in percent
    """
    match expression:
        case Number(number):
            return number
        case Code(code):
            return value(code)
        case Change(code, years):
            return change(code, years)
        case Operation(operator, left, right):
            a, b = evaluate(left, value, change), evaluate(right, value, change)
            if operator == "+":
                return a + b
            if operator == "-":
                return a - b
            if operator == "*":
                return a * b
            return a / b if b else math.nan


def dimension(expression: Expression, of: Callable[[str], str]) -> str:
    """The dimension of a formula's result, as in ``schemas/vocabularies/units.yaml`` (``count``, ``money/area``,
    ``ratio``).

    :param of: the dimension of a code
    :raises FormulaError: a sum of things that have no common measure
    """
    powers = _powers(expression, of)
    above = "*".join(sorted(n for n, p in powers.items() for _ in range(p)))
    below = "*".join(sorted(n for n, p in powers.items() for _ in range(-p)))
    return f"{above or '1'}/{below}" if below else above or "ratio"


def factor(expression: Expression, of: Callable[[str], float]) -> float | None:
    """The factor of a formula's result against the basic unit of its dimension (hectares: 10,000).

    :param of: the factor of a code
    :returns: None where a number of the formula may convert units
    :raises FormulaError: a sum of unlike units
    """
    match expression:
        case Code(code):
            return of(code)
        case Change():
            return 0.01
        case Operation("+" | "-", left, right):
            a, b = factor(left, of), factor(right, of)
            if a is not None and b is not None and not math.isclose(a, b, rel_tol=1e-6):
                times = f"one is {a / b:g} times the other"
                raise FormulaError(f"Parts in different units are added: {times}. Check the units of the parts.")
            return b if a is None else a
        case Operation(operator, left, right):
            a, b = factor(left, of), factor(right, of)
            if a is None or b is None:
                return None
            return a * b if operator == "*" else a / b
    return None


def _powers(expression: Expression, of: Callable[[str], str]) -> dict[str, int]:
    match expression:
        case Code(code):
            return _split(of(code))
        case Operation("+" | "-" as operator, left, right):
            a, b = _powers(left, of), _powers(right, of)
            if a != b:
                word = "added to" if operator == "+" else "subtracted from"
                raise FormulaError(f"{_name(b)} cannot be {word} {_name(a)}. Check the units of the parts.")
            return a
        case Operation(operator, left, right):
            result, sign = dict(_powers(left, of)), 1 if operator == "*" else -1
            for name, power in _powers(right, of).items():
                result[name] = result.get(name, 0) + sign * power
            return {n: p for n, p in result.items() if p}
    return {}


def _split(text: str) -> dict[str, int]:
    above, _, below = text.partition("/")
    powers = {above: 1} if above not in ("ratio", "1") else {}
    if below:
        powers[below] = powers.get(below, 0) - 1
    return powers


def _name(powers: dict[str, int]) -> str:
    return "·".join(n if p == 1 else f"{n}^{p}" for n, p in sorted(powers.items())) or "a plain number"


def _is_constant(expression: Expression) -> bool:
    return not list(codes(expression))


def _finite(number: float, text: str) -> float:
    try:
        found = float(number)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise FormulaError(f"A number in the formula “{text}” is too large. Write it out, below 1e300.")
    return found


def _sound(made: Operation, text: str) -> Operation:
    """The operation, unless it can never give a number."""
    if _is_constant(made.right):
        right = _constant(made.right)
        if made.operator == "/" and right == 0:
            raise FormulaError(f"The formula “{text}” divides by zero. Correct the divisor.")
        if _is_constant(made.left):
            _finite(_constant(made), text)
    return made


def _constant(expression: Expression) -> float:
    return evaluate(expression, lambda code: math.nan, lambda code, years: math.nan)


def added_codes(expression: Expression) -> Iterator[tuple[str, ...]]:
    """The codes of each sum, which have to count the same things; differences may compare (dwellings − households)."""
    match expression:
        case Operation("+", left, right):
            if is_linear(left) and is_linear(right):
                yield tuple(dict.fromkeys((*codes(left), *codes(right))))
                return
            yield from added_codes(left)
            yield from added_codes(right)
        case Operation(_, left, right):
            yield from added_codes(left)
            yield from added_codes(right)


def _expression(node: ast.expr, text: str) -> Expression:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return Number(_finite(number, text))
        case ast.Name(id=code):
            return Code(code)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Operation("-", Number(0.0), _expression(operand, text))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return _sound(Operation(OPERATORS[type(op)], _expression(left, text), _expression(right, text)), text)
        case ast.Call(
            func=ast.Name(id="change"), args=[ast.Name(id=code), ast.Constant(value=int(years))], keywords=[]
        ):
            if not 1 <= years <= 50:
                raise FormulaError(f"change({code}, {years}): the years must lie between 1 and 50.")
            return Change(code, years)
    raise FormulaError(
        f"The formula “{text}” uses something unknown. "
        "Allowed are codes, numbers, + - * /, brackets and change(code, years)."
    )
