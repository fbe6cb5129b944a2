"""The formulas of multi-graders: `0.5 * name + min(other, 1)`, worked out without running any code."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping

_OPERATORS: Mapping[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "max": max,
    "min": min,
    "sqrt": math.sqrt,
}
LONGEST = 2_000
"""Characters of a formula."""


class BadFormula(Exception):
    """A formula that can't be read, or has no value."""


def worked_out(formula: str, values: Mapping[str, float]) -> float:
    """What a formula of these names comes to. `^` is a power, as `**` is. Raises BadFormula."""
    try:
        result = float(_value(_parsed(formula), values))
    except (ArithmeticError, TypeError, ValueError, RecursionError) as error:
        raise BadFormula(f"{formula!r} has no value: {error}") from error
    if not math.isfinite(result):
        raise BadFormula(f"{formula!r} has no finite value")
    return result


def names_in(formula: str) -> set[str]:
    """The names that a formula asks for, its functions aside. Raises BadFormula."""
    parsed = _parsed(formula)
    called = {id(node.func) for node in ast.walk(parsed) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(parsed) if isinstance(node, ast.Name) and id(node) not in called}


def _parsed(formula: str) -> ast.expr:
    if len(formula) > LONGEST:
        raise BadFormula(f"a formula has at most {LONGEST} characters; this has {len(formula)}")
    try:
        return ast.parse(formula.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadFormula(f"{formula!r} is no formula: {error}") from error


def _value(node: ast.expr, values: Mapping[str, float]) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)  # type: ignore[arg-type]  # mypy doesn't see through type()
    if isinstance(node, ast.Name) and node.id in values:
        return float(values[node.id])
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.operand, values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function = FUNCTIONS.get(node.func.id)
        if function is not None:
            return function(*(_value(argument, values) for argument in node.args))
    raise BadFormula(f"a formula can't have {ast.unparse(node)!r}")
