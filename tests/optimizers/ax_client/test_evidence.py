"""What Ax is told of a history."""

import math

import pytest

from optimizers import History, Objective, Observation, OutcomeConstraint, Problem, Trial
from optimizers.ax_client.evidence import Reader
from optimizers.ax_client.translation import Translation
from optimizers.errors import MissingObservation
from optimizers.parameters import ParameterSpace, Range

SPACE = ParameterSpace((Range("x", 0.0, 1.0),))
HEIGHT = (Objective("f"),)


def reader(infeasible="padding", noise="fit", objectives=HEIGHT, constraints=()):
    return Reader(Problem(SPACE, objectives, 1, constraints=constraints), Translation(SPACE), infeasible, noise)


def trial(number, standing="completed", x=0.5, **seen):
    values = {name: one if isinstance(one, Observation) else Observation(one) for name, one in seen.items()}
    return Trial(number, {"x": x}, standing, observations=values)


def readings(evidence, metric="m0"):
    return [one.readings.get(metric) for one in evidence.trials]


def test_every_standing_becomes_a_status():
    standings = ("completed", "infeasible", "unconverged", "void", "pending")
    history = History(
        tuple(
            trial(number, standing, **({"f": 1.0} if standing == "completed" else {}))
            for number, standing in enumerate(standings)
        )
    )
    for rule, infeasible in (("padding", "completed"), ("model", "completed"), ("ignore", "failed")):
        told = reader(rule).read(history).trials
        assert [one.status for one in told] == ["completed", infeasible, "abandoned", "abandoned", "running"]


def test_floats_reach_ax_as_they_are():
    value, x = 0.1 + 0.2, 1 / 3
    (told,) = reader().read(History((trial(1, x=x, f=value),))).trials
    assert told.parameters == {"p0": x} and told.readings["m0"][0] == value


def test_larger_is_better_turned_round():
    evidence = reader(objectives=(Objective("f", goal="maximize"),)).read(History((trial(1, f=2.0),)))
    assert readings(evidence)[0][0] == -2.0


def test_an_infeasible_trial_is_padded_with_the_worst_value():
    history = History((trial(1, f=3.0), trial(2, "infeasible"), trial(3, f=7.0)))
    assert [one[0] for one in readings(reader().read(history))] == [3.0, 7.0, 7.0]
    maximized = reader(objectives=(Objective("f", goal="maximize"),)).read(history)
    assert [one[0] for one in readings(maximized)] == [-3.0, -3.0, -7.0]


def test_before_anything_is_completed_there_is_nothing_to_pad_with():
    (told,) = reader().read(History((trial(1, "infeasible"),))).trials
    assert told.readings == {} and told.status == "failed"


def test_the_model_of_feasibility_is_a_constraint_from_the_first_infeasible_trial_on():
    feasible = reader("model").read(History((trial(1, f=3.0),)))
    assert feasible.limits == ()
    evidence = reader("model").read(History((trial(1, f=3.0), trial(2, "infeasible"), trial(3, "void"))))
    assert evidence.limits == ("feasible >= 0.5",)
    assert [one and one[0] for one in readings(evidence, "feasible")] == [1.0, 0.0, None]
    assert [one and one[0] for one in readings(evidence)] == [3.0, None, None]


def test_known_standard_errors_are_told_and_unknown_ones_are_estimated_or_none():
    assert readings(reader().read(History((trial(1, f=Observation(1.0, 0.25)),)))) == [(1.0, 0.25)]
    assert math.isnan(readings(reader().read(History((trial(1, f=1.0),))))[0][1])
    assert readings(reader(noise="none").read(History((trial(1, f=1.0),)))) == [(1.0, 0.0)]


def test_a_missing_standard_error_is_the_median_of_the_others():
    seen = [Observation(1.0, 0.1), Observation(1.0, 0.5), Observation(1.0, 0.3), Observation(1.0)]
    history = History(tuple(trial(number, f=one) for number, one in enumerate(seen)))
    assert readings(reader().read(history))[-1] == (1.0, 0.3)


def test_constraints_are_limits_as_soon_as_there_is_data():
    limited = reader(constraints=(OutcomeConstraint("g", at_least=-1.0, at_most=2.5),))
    assert limited.read(History((trial(1, f=1.0),))).limits == ()
    evidence = limited.read(History((trial(1, f=1.0, g=2.0),)))
    assert evidence.limits == ("c0 >= -1.0", "c0 <= 2.5")
    assert readings(evidence, "c0")[0][0] == 2.0


def test_thresholds_bound_the_objectives_where_there_are_several():
    objectives = (Objective("f", threshold=3.0), Objective("g", goal="maximize", threshold=0.5))
    evidence = reader(objectives=objectives).read(History((trial(1, f=1.0, g=1.0),)))
    assert evidence.limits == ("m0 <= 3.0", "m1 <= -0.5")
    single = reader(objectives=(Objective("f", threshold=3.0),)).read(History((trial(1, f=1.0),)))
    assert single.limits == ()


def test_trials_that_have_no_place_in_the_space_are_left_out():
    strange = Trial(2, {"x": "text"}, "completed", observations={"f": Observation(1.0)})
    assert [one.number for one in reader().read(History((trial(1, f=1.0), strange))).trials] == [1]


def test_a_completed_trial_without_its_objective_is_refused():
    with pytest.raises(MissingObservation, match=r"trial 4 is completed but has no value for f\. It has: g"):
        reader().read(History((trial(4, g=1.0),)))
