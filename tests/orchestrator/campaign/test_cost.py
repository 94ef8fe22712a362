from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from orchestrator.campaign.cost import CostSpec
from orchestrator.campaign.loading import loads
from orchestrator.campaign.spec import StopSpec

SEEN = [({"fidelity": "fine"}, 30.0), ({"fidelity": "coarse"}, 2.0), ({"fidelity": "coarse"}, 4.0)]


def test_a_price_for_everything_depends_on_nothing():
    cost = CostSpec(each=12.5)
    assert cost.expected({"x": 1.0}, SEEN) == cost.cheapest(SEEN) == 12.5


@pytest.mark.parametrize(("value", "price"), [("coarse", 1.0), ("fine", 20.0), ("superb", 20.0), (None, 20.0)])
def test_a_price_by_parameter_is_the_dearest_where_it_is_not_named(value, price):
    cost = CostSpec(by="fidelity", values={"coarse": 1.0, "fine": 20.0})
    assert cost.expected({"fidelity": value}, []) == price
    assert cost.cheapest([]) == 1.0


@pytest.mark.parametrize("value", [2, 2.0])
def test_numbers_are_named_as_they_are_written(value):
    cost = CostSpec(by="layers", values={"2": 5.0, "4": 9.0})
    assert cost.expected({"layers": value}, []) == 5.0


def test_reported_costs_are_guessed_first_and_then_averaged():
    cost = CostSpec(reported=True, guess=5.0)
    assert cost.expected({"fidelity": "fine"}, []) == cost.cheapest([]) == 5.0
    assert cost.expected({"fidelity": "fine"}, SEEN) == 12.0


def test_reported_costs_may_depend_on_a_parameter():
    cost = CostSpec(reported=True, guess=5.0, by="fidelity")
    assert cost.expected({"fidelity": "coarse"}, SEEN) == 3.0
    assert cost.expected({"fidelity": "medium"}, SEEN) == 5.0
    assert cost.cheapest(SEEN) == 3.0


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0.0, 1e6)), min_size=1))
def test_no_report_lies_below_the_cheapest_prediction_of_its_kind(pairs):
    reported = [({"k": kind}, price) for kind, price in pairs]
    cost = CostSpec(reported=True, guess=1.0, by="k")
    assert cost.cheapest(reported) == min(cost.expected({"k": kind}, reported) for kind, _ in pairs)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({}, "exactly one of"),
        ({"each": 1.0, "reported": True, "guess": 1.0}, "exactly one of"),
        ({"each": 0.0}, "greater than 0"),
        ({"each": 1.0, "by": "fidelity"}, "Remove `by`"),
        ({"values": {"a": 1.0}}, "needs `by`"),
        ({"by": "fidelity", "values": {}}, "at least one value"),
        ({"reported": True}, "belong together"),
        ({"each": 1.0, "guess": 1.0}, "belong together"),
    ],
)
def test_a_price_that_says_nothing_or_two_things_is_refused(given_, message):
    with pytest.raises(ValidationError, match=message):
        CostSpec(**given_)


def test_a_budget_in_money_needs_a_price(campaign):
    text = campaign.replace("trials: 40", "trials: 40, cost: 100")
    with pytest.raises(Exception, match="needs the section `cost`"):
        loads(text, Path("/lab"))
    spec = loads(f"{text}cost: {{each: 2.5, unit: EUR}}\n", Path("/lab")).spec
    assert (spec.stop.cost, spec.cost.unit) == (100.0, "EUR")


def test_money_alone_may_end_a_campaign():
    assert StopSpec(cost=10.0).trials is None
