import math
from contextlib import closing

import pytest
from pydantic import ValidationError

from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.kinds.precipitate import Axis, PrecipitateParameters, PrecipitateShape, PrecipitateShapeSettings

MATRIX = {"shear_modulus": 17.0, "poisson_ratio": 0.3, "misfit_a": -0.004}
SEEN = tuple({"radius": r, "aspect": a} for r, a in ((3, 0.817), (6, 0.692), (10, 0.580), (15, 0.490)))
SPACE = PrecipitateParameters(
    interface_energy=Axis(low=0.02, high=0.2, points=4), misfit_c=Axis(low=0.005, high=0.06, points=3)
)
TRUTH = {"interface_energy": 0.08, "misfit_c": 0.03}


def settings(**changes):
    return PrecipitateShapeSettings(**{**MATRIX, "observed": SEEN, **changes})


def context(objective="shape_error", space=SPACE):
    return ExecutorContext("test", space, (objective,), 1)


def test_the_grid_holds_both_ends_of_every_axis_and_runs_through_the_last_one_first():
    pool = SPACE.build()
    assert pool.names == ("interface_energy", "misfit_c")
    assert len(pool) == 12
    assert pool.parameters(0) == {"interface_energy": 0.02, "misfit_c": 0.005}
    assert pool.parameters(1) == {"interface_energy": 0.02, "misfit_c": 0.0325}
    assert pool.parameters(11) == {"interface_energy": 0.2, "misfit_c": 0.06}


def test_the_parameters_behind_the_shapes_have_almost_no_error(tmp_path):
    outcome = PrecipitateShape(settings())(TRUTH, tmp_path)
    assert outcome.values["shape_error"].value < 1e-3
    assert outcome.values["shape_error"].standard_error == 0.0
    assert [shape["observed"] for shape in outcome.details["shapes"]] == [0.817, 0.692, 0.580, 0.490]
    assert all(abs(math.log(it["predicted"] / it["observed"])) < 1e-3 for it in outcome.details["shapes"])


def test_parameters_that_are_no_precipitate_are_infeasible(tmp_path):
    outcome = PrecipitateShape(settings())({"interface_energy": -0.1, "misfit_c": 0.03}, tmp_path)
    assert outcome.failure.kind == "infeasible"
    assert "interface_energy" in outcome.failure.reason


def test_a_parameter_that_nobody_states_is_named(tmp_path):
    with pytest.raises(ValueError, match="misfit_c: neither the trial nor the executor"):
        PrecipitateShape(settings())({"interface_energy": 0.1}, tmp_path)


def test_an_evaluation_runs_in_a_process_of_its_own(tmp_path):
    with closing(settings().build(context())) as executor:
        handle = executor.start("test/1/1", TRUTH, tmp_path)
        while (outcome := executor.poll(handle)) is None:
            pass
    assert outcome.values["shape_error"].value < 1e-3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"misfit_c": 0.03}, "misfit_c: it is searched, by `space`, and stated here"),
        ({"misfit_a": None}, "misfit_a: it is neither searched, by `space`, nor stated here"),
    ],
)
def test_every_material_parameter_is_searched_or_stated(changes, message):
    with pytest.raises(ExecutorError, match=message):
        settings(**changes).build(context())


def test_an_objective_that_is_not_measured_is_refused():
    with pytest.raises(ExecutorError, match=r"does not measure 'energy'\. It measures shape_error"):
        settings().build(context("energy"))


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({}, "no parameter is searched"),
        ({"misfit_c": {"low": 0.1, "high": 0.1, "points": 3}}, "low: 0.1 is not below high"),
        ({"misfit_c": {"low": 0.0, "high": 0.1, "points": 1}}, "points"),
        (
            {name: {"low": 0.1, "high": 0.2, "points": 1001} for name in ("misfit_a", "misfit_c")},
            "1,002,001 points",
        ),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(axes, message):
    with pytest.raises(ValidationError, match=message):
        PrecipitateParameters(**axes)
