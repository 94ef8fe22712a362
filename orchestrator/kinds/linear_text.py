"""Linear constraints as a person writes them: `power + 2*n <= 250`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from optimizers.parameters import LinearConstraint
from orchestrator.campaign.suggestion import not_known

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign><=|>=|==|[-+*/<>=])|(?P<other>\S))"
)
_EXAMPLE = "Allowed: sums such as 'power + 2*n <= 250'."


class UnreadableConstraint(ValueError):
    """The text of a constraint. The message is a sentence for the user."""


@dataclass
class _Side:
    """constant + sum of factor * parameter."""

    constant: float = 0.0
    factors: dict[str, float] = field(default_factory=dict)

    def add(self, name: str | None, factor: float) -> None:
        if name is None:
            self.constant += factor
        else:
            self.factors[name] = self.factors.get(name, 0.0) + factor


def read_constraint(text: str, known: Iterable[str]) -> tuple[LinearConstraint, ...]:
    """The constraints that `text` states: one, or two for `10 <= a + b <= 20`. `known` are the parameters.

    Raises UnreadableConstraint, and UnusableConstraint for a constraint that limits nothing.
    """
    tokens = list(_tokens(text))
    sides, signs = [_Side()], []
    start = 0
    for place, (kind, word) in enumerate(tokens):
        if kind == "sign" and word in ("<=", ">=", "<", ">", "=", "=="):
            _require_weak(word)
            _read_side(tokens[start:place], sides[-1], tuple(known))
            sides.append(_Side())
            signs.append(word)
            start = place + 1
    if not signs:
        raise UnreadableConstraint(f"the sign <= or >= is missing. {_EXAMPLE}")
    if len(signs) > 2:
        raise UnreadableConstraint(f"found {len(signs)} signs, but a constraint has one or two. {_EXAMPLE}")
    if len(set(signs)) > 1:
        raise UnreadableConstraint("<= and >= in one line contradict each other. Write two constraints.")
    _read_side(tokens[start:], sides[-1], tuple(known))
    pairs = list(pairwise(sides))
    return tuple(_at_most(*(pair if signs[0] == "<=" else pair[::-1])) for pair in pairs)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text.rstrip()):
        kind = match.lastgroup or "other"
        word = match.group(kind)
        if kind == "other":
            raise UnreadableConstraint(f"'{word}' has no meaning in a linear constraint. {_EXAMPLE}")
        yield kind, word


def _require_weak(sign: str) -> None:
    if sign in ("<", ">"):
        raise UnreadableConstraint(f"found {sign}. Did you mean {sign}=? Allowed: <=, >=.")
    if sign in ("=", "=="):
        raise UnreadableConstraint(
            f"found {sign}, but a constraint is a limit. Leave one of the parameters out and compute it from the "
            "others, or use a composition for fractions that sum to one."
        )


def _read_side(tokens: list[tuple[str, str]], side: _Side, known: tuple[str, ...]) -> None:
    """One side of a sign, term by term."""
    if not tokens:
        raise UnreadableConstraint(f"nothing stands on one side of the sign. {_EXAMPLE}")
    term: list[tuple[str, str]] = []
    sign = 1.0
    for kind, word in [*tokens, ("sign", "+")]:
        if kind != "sign" or word in ("*", "/"):
            term.append((kind, word))
            continue
        if term:
            side.add(*_read_term(term, sign, known))
            term, sign = [], 1.0
        sign = -sign if word == "-" else sign
    if tokens[-1][1] in ("+", "-"):
        raise UnreadableConstraint(f"nothing follows the last {tokens[-1][1]}. {_EXAMPLE}")


def _read_term(term: list[tuple[str, str]], sign: float, known: tuple[str, ...]) -> tuple[str | None, float]:
    """`2*n`, `n*2`, `n/2`, `n` or `2`: the name, if any, and its factor."""
    name, factor, operator = None, sign, "*"
    for place, (kind, word) in enumerate(term):
        if place % 2 == 1:
            if kind != "sign":
                before, after = term[place - 1][1], word
                raise UnreadableConstraint(f"nothing joins '{before}' and '{after}'. Did you mean {before}*{after}?")
            operator = word
        elif kind == "number":
            if operator == "/" and float(word) == 0.0:
                raise UnreadableConstraint("found a division by zero.")
            factor = factor / float(word) if operator == "/" else factor * float(word)
        elif kind == "name":
            if word not in known:
                raise UnreadableConstraint(not_known(word, known))
            if name is not None or operator == "/":
                raise UnreadableConstraint(
                    f"only a number may {'divide' if operator == '/' else 'multiply'}. {_EXAMPLE}"
                )
            name = word
        else:
            raise UnreadableConstraint(f"'{word}' stands where a number or a parameter is due. {_EXAMPLE}")
    if len(term) % 2 == 0:
        raise UnreadableConstraint(f"nothing follows the last {term[-1][1]}. {_EXAMPLE}")
    return name, factor


def _at_most(smaller: _Side, larger: _Side) -> LinearConstraint:
    factors = dict(smaller.factors)
    for name, factor in larger.factors.items():
        factors[name] = factors.get(name, 0.0) - factor
    return LinearConstraint(factors, larger.constant - smaller.constant)
