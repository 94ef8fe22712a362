from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.kinds.test_functions import Evaluator, TestFunctionSettings, evaluator

CENTRE = {"x": 2.5, "y": 7.5}


def context(objectives=("height",), names=("x", "y")):
    """A campaign with a space of these parameters."""
    space = SimpleNamespace(build=lambda: SimpleNamespace(names=names))
    return ExecutorContext("branin", space, tuple(objectives), 1)


def prepared(quantities=("height",), **settings):
    return Evaluator(TestFunctionSettings.model_validate({"problem": "branin", **settings}), quantities)


def folder(tmp_path, trial, attempt=1):
    return tmp_path / f"trial-{trial:05d}" / f"attempt-{attempt}"


def test_an_exact_value_has_no_standard_error(tmp_path):
    outcome = prepared()(CENTRE, folder(tmp_path, 1))
    assert outcome.values["height"].value == pytest.approx(24.13, abs=0.01)
    assert outcome.values["height"].standard_error is None


def test_a_noisy_value_says_how_large_its_noise_is(tmp_path):
    measure = prepared(standard_error=0.5)
    measured = [measure(CENTRE, folder(tmp_path, trial)).values["height"] for trial in range(1, 201)]
    assert {it.standard_error for it in measured} == {0.5}
    errors = [it.value - prepared()(CENTRE, folder(tmp_path, 1)).values["height"].value for it in measured]
    assert sum(errors) / len(errors) == pytest.approx(0.0, abs=0.15)
    assert (sum(error**2 for error in errors) / len(errors)) ** 0.5 == pytest.approx(0.5, rel=0.15)


def test_another_attempt_at_a_trial_measures_the_same(tmp_path):
    measure = prepared(standard_error=0.5)
    assert measure(CENTRE, folder(tmp_path, 3, attempt=2)) == measure(CENTRE, folder(tmp_path, 3, attempt=1))


def test_what_the_campaign_does_not_ask_for_is_a_detail(tmp_path):
    outcome = prepared(("cost",), problem="gramacy")({"x": 0.5, "y": 0.5}, folder(tmp_path, 1))
    assert set(outcome.values) == {"cost"}
    assert set(outcome.details) == {"problem", "ripple", "radius"}


def test_an_unknown_problem_is_refused_with_the_one_that_was_meant():
    with pytest.raises(ValidationError, match=r"'brannin' is not known\. Did you mean 'branin'\?"):
        TestFunctionSettings(problem="brannin")


def test_an_objective_that_the_problem_does_not_have_is_refused():
    with pytest.raises(ExecutorError, match=r"'branin' does not measure 'depth'\. It measures height\."):
        TestFunctionSettings(problem="branin").build(context(objectives=("depth",)))


def test_a_space_with_other_parameters_is_refused():
    with pytest.raises(ExecutorError, match=r"'branin' has the parameters x, y, but the space has x, z\."):
        TestFunctionSettings(problem="branin").build(context(names=("x", "z")))


def test_what_a_campaign_prepares_evaluates_in_another_process(tmp_path):
    settings = TestFunctionSettings(problem="branin", standard_error=0.1, seed=4)
    prepared = {"executor": settings.model_dump(mode="json"), "quantities": ["height"]}
    outcome = evaluator(prepared)(CENTRE, folder(tmp_path, 1))
    assert outcome == Evaluator(settings, ("height",))(CENTRE, folder(tmp_path, 1))


def test_a_campaign_with_the_right_names_gets_an_executor():
    TestFunctionSettings(problem="bnh").build(context(objectives=("first", "second", "disc", "hole")))
