"""Formulas of a recipe: `10**${log_oxygen} / 0.0125 sccm`, read into data, never evaluated as code.

    formula    := expression [unit]           expression := term (("+" | "-") term)*
    term       := factor (("*" | "/") factor)*        factor := "-" factor | base ["**" factor]
    base       := number | "${" name "}" | name "(" expression ("," expression)* ")" | "(" expression ")" | "text"

A name in `${}` is a parameter of the trial, or one that the recipe's `let` defines. What follows an expression is its
unit; without one a value is in the unit of whatever it is given to.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from devices.errors import RigRefused
from devices.names import meant
from devices.reading import Scalar
from devices.units import convert, dimension


class UnreadableFormula(ValueError):
    """A text that is no formula. The message says where it stops making sense."""


@dataclass(frozen=True)
class Constant:
    """A number, a switch, or a text."""

    value: Scalar


@dataclass(frozen=True)
class Parameter:
    """A value that the trial brings."""

    name: str


@dataclass(frozen=True)
class Call:
    """An operator or a function of other nodes; `name` is a key of `OPERATORS`."""

    name: str
    arguments: "tuple[Node, ...]"


Node: TypeAlias = Constant | Parameter | Call


def _choose(given: Any, *pairs: Any) -> Any:
    """The value behind the word that was given: choose(${target}, "metal", 1, "ceramic", 2)."""
    table = dict(zip(pairs[::2], pairs[1::2], strict=True))
    if given not in table:
        raise ValueError(f"{given!r} is none of {', '.join(map(str, table))}")
    return table[given]


OPERATORS: Mapping[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "negative": lambda a: -a,
    "log10": math.log10,
    "log": math.log,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "abs": abs,
    "min": min,
    "max": max,
    "round": lambda a: float(round(a)),
    "choose": _choose,
}
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
    | \$\{\s*(?P<parameter>[a-z][a-z0-9_]*)\s*\}
    | (?P<function>[a-z][a-z0-9]*)\s*(?=\()
    | "(?P<text>[^"]*)"
    | (?P<operator>\*\*|[-+*/(),])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Formula:
    """One value of a recipe, before the trial is known. `text` is what the file says."""

    text: str
    node: Node
    unit: str = ""

    def __str__(self) -> str:
        return self.text

    def parameters(self) -> tuple[str, ...]:
        """The parameters it asks for, each once."""
        return tuple(dict.fromkeys(_parameters(self.node)))

    def value(self, parameters: Mapping[str, Any], unit: str = "") -> Scalar:
        """Its value in `unit`, or in its own if that is not given.

        Raises ValueError: a parameter is missing, the units do not fit, or the numbers give none (1/0, log10(-1)).
        """
        try:
            value = _value(self.node, parameters)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise ValueError(f"{self.text!r} has no value: {error}") from error
        if isinstance(value, bool | str):
            return value
        if isinstance(value, complex) or not math.isfinite(value):
            raise ValueError(f"{self.text!r} has no value: it gives {value}")
        return convert(float(value), self.unit, unit) if self.unit and unit else float(value)

    def number(self, parameters: Mapping[str, Any], unit: str = "") -> float:
        """The same, which must be a number. Raises ValueError."""
        value = self.value(parameters, unit)
        if isinstance(value, bool | str):
            raise ValueError(f"{self.text!r} is {value!r}, not a number")
        return value


def _parameters(node: Node) -> Iterator[str]:
    if isinstance(node, Parameter):
        yield node.name
    elif isinstance(node, Call):
        for argument in node.arguments:
            yield from _parameters(argument)


def _value(node: Node, parameters: Mapping[str, Any]) -> Any:
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Parameter):
        if node.name not in parameters:
            raise ValueError(f"there is no parameter '{node.name}'.{meant(node.name, parameters)}")
        value = parameters[node.name]
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return OPERATORS[node.name](*(_value(argument, parameters) for argument in node.arguments))


def parse_formula(given: object) -> Formula:
    """Read a formula from what a file gives: a number, true or false, or a text. Raises UnreadableFormula."""
    if isinstance(given, Formula):
        return given
    if isinstance(given, bool):
        return Formula("true" if given else "false", Constant(given))
    if isinstance(given, int | float):
        if not math.isfinite(given):
            raise UnreadableFormula(f"{given} is no finite number")
        return Formula(repr(float(given)), Constant(float(given)))
    if not isinstance(given, str):
        raise UnreadableFormula(f"a formula is a number or a text such as '${{power}} W', not {given!r}")
    if given.strip() in ("true", "false"):
        return Formula(given.strip(), Constant(given.strip() == "true"))
    return _Parser(given).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> Formula:
        node = self._sum()
        unit = self._text[self._at :].strip()
        if unit:
            if not unit[0].isalpha() and unit[0] != "%":
                raise self._error("an operator, or a unit")
            dimension(unit)
        return Formula(self._text.strip(), node, unit)

    def _sum(self) -> Node:
        node = self._product()
        while operator := self._take("operator", "+", "-"):
            node = Call(operator, (node, self._product()))
        return node

    def _product(self) -> Node:
        node = self._factor()
        while operator := self._take("operator", "*", "/"):
            node = Call(operator, (node, self._factor()))
        return node

    def _factor(self) -> Node:
        if self._take("operator", "-"):
            return Call("negative", (self._factor(),))
        base = self._base()
        return Call("**", (base, self._factor())) if self._take("operator", "**") else base

    def _base(self) -> Node:
        if number := self._take("number"):
            return Constant(float(number))
        if parameter := self._take("parameter"):
            return Parameter(parameter)
        if function := self._take("function"):
            return self._call(function)
        if (text := self._take("text")) is not None:
            return Constant(text)
        if self._take("operator", "("):
            node = self._sum()
            self._require(")")
            return node
        raise self._error("a number, ${parameter}, a function or a parenthesis")

    def _call(self, function: str) -> Node:
        if function not in OPERATORS or function == "negative":
            functions = [name for name in OPERATORS if name.isalnum() and name != "negative"]
            raise UnreadableFormula(
                f"in {self._text!r}: there is no function '{function}'.{meant(function, functions)}"
            )
        self._require("(")
        arguments = [self._sum()]
        while self._take("operator", ","):
            arguments.append(self._sum())
        self._require(")")
        return Call(function, tuple(arguments))

    def _take(self, group: str, *wanted: str) -> str | None:
        found = _TOKEN.match(self._text, self._at)
        if found is None or found[group] is None or (wanted and found[group] not in wanted):
            return None
        self._at = found.end()
        return found[group]

    def _require(self, operator: str) -> None:
        if not self._take("operator", operator):
            raise self._error(f"'{operator}'")

    def _error(self, wanted: str) -> UnreadableFormula:
        rest = self._text[self._at :].strip()
        where = f"at {rest!r}" if rest else "at its end"
        return UnreadableFormula(f"{self._text!r} is no formula: {wanted} is expected {where}")


def _time_from(given: object) -> Formula:
    formula = parse_formula(given)
    if not formula.unit or dimension(formula.unit) != "time":
        raise RigRefused("", f"'{formula}' is no time: write a unit of time, such as {formula.text} s")
    return formula


def _text(formula: Formula) -> float | bool | str:
    value = formula.node.value if isinstance(formula.node, Constant) else ""
    given_as_it_is = isinstance(value, bool) or (isinstance(value, float) and formula.text == repr(value))
    return value if given_as_it_is else formula.text


_AS_TEXT = (PlainSerializer(_text), WithJsonSchema({"type": ["string", "number", "boolean"]}))
FormulaText = Annotated[Formula, PlainValidator(parse_formula), *_AS_TEXT]
"""A formula in a settings model: a text or a number in the file, data in the program, the same when written out."""
TimeText = Annotated[Formula, PlainValidator(_time_from), *_AS_TEXT]
"""A formula that is a time, and says so."""
