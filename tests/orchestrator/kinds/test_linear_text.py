"""Linear constraints as a person writes them."""

import pytest

from optimizers.errors import UnusableConstraint
from optimizers.parameters import LinearConstraint
from orchestrator.kinds.linear_text import UnreadableConstraint, read_constraint

KNOWN = ("power", "n", "Fe")


@pytest.mark.parametrize(
    ("text", "factors", "at_most"),
    [
        ("power + 2*n <= 250", {"power": 1.0, "n": 2.0}, 250.0),
        ("power >= 2*n", {"n": 2.0, "power": -1.0}, 0.0),
        ("n*2 - power/4 <= 1e2", {"n": 2.0, "power": -0.25}, 100.0),
        ("-n + -2*3*power <= - 5", {"n": -1.0, "power": -6.0}, -5.0),
        ("power + 3 <= 10 - n", {"power": 1.0, "n": 1.0}, 7.0),
        ("n + n <= 4", {"n": 2.0}, 4.0),
        ("  .5*Fe<=1.", {"Fe": 0.5}, 1.0),
    ],
)
def test_sums_are_brought_to_one_side(text, factors, at_most):
    assert read_constraint(text, KNOWN) == (LinearConstraint(factors, at_most),)


def test_a_sum_between_two_limits_is_two_constraints():
    lower, upper = read_constraint("10 <= power + n <= 20", KNOWN)
    assert lower == LinearConstraint({"power": -1.0, "n": -1.0}, -10.0)
    assert upper == LinearConstraint({"power": 1.0, "n": 1.0}, 20.0)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("power", "the sign <= or >= is missing"),
        ("1 <= n <= 2 <= 3", "found 3 signs"),
        ("1 <= n >= 2", "contradict each other"),
        ("n < 3", "found <. Did you mean <=?"),
        ("n == 3", "a constraint is a limit"),
        ("<= 3", "nothing stands on one side"),
        ("n + <= 3", r"nothing follows the last \+"),
        ("2* <= 3", r"nothing follows the last \*"),
        ("2 n <= 3", r"nothing joins '2' and 'n'. Did you mean 2\*n\?"),
        ("n*power <= 3", "only a number may multiply"),
        ("2/n <= 3", "only a number may divide"),
        ("n/0 <= 3", "division by zero"),
        ("* n <= 3", r"'\*' stands where a number or a parameter is due"),
        ("sin(n) <= 3", "'sin' is not known|'\\(' has no meaning"),
        ("m <= 3", "'m' is not known. Did you mean 'n'|Known: power, n, Fe"),
        ("n^2 <= 3", r"'\^' has no meaning"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text, complaint):
    with pytest.raises(UnreadableConstraint, match=complaint):
        read_constraint(text, KNOWN)


def test_a_constraint_that_limits_nothing_is_refused():
    with pytest.raises(UnusableConstraint, match="it limits no parameter"):
        read_constraint("n - n <= 3", KNOWN)
