"""The expected improvement under the surrogate, against its definition and against differences."""

import numpy as np
import pytest
from scipy.stats import norm

from optimizers import History, Objective, Observation, ParameterSpace, Trial
from optimizers.box.acquisition import Acquisition
from optimizers.box.evidence import read
from optimizers.box.settings import BoxSettings
from optimizers.box.surrogate import View, surrogate
from optimizers.failures import Feasibility
from optimizers.parameters import Choice, Range

SPACE = ParameterSpace((Range("x", -2.0, 2.0), Range("y", 0.0, 1.0), Choice("gas", ("Ar", "O2", "N2"))))
TRIALS = tuple(
    Trial(
        number, setting, "completed", None, {"loss": Observation(float(setting["x"]) ** 2 + (setting["gas"] == "O2"))}
    )
    for number, setting in enumerate(SPACE.sample(14, seed=6), start=1)
)
FAILED = tuple(
    Trial(20 + number, {**setting, "y": 0.95}, "infeasible") for number, setting in enumerate(SPACE.sample(4, seed=9))
)


@pytest.fixture(scope="module", params=[False, True], ids=["improvement", "improvement and feasibility"])
def acquisition(request):
    view, settings = View.of(SPACE), BoxSettings(infeasible="model", noise=0.01)
    evidence = read(History(TRIALS + FAILED * request.param), SPACE, Objective("loss"))
    chances = ()
    if request.param:
        chances = (Feasibility(evidence.points * view.factors, evidence.standings, view.groups),)
    return Acquisition(surrogate(evidence, view, settings), chances, noise=0.01)


def test_it_is_the_logarithm_of_the_augmented_expected_improvement(acquisition):
    points = np.array([SPACE.encode(setting) for setting in SPACE.sample(20, seed=3)])
    mean, variance = acquisition.model.posterior(points)
    deviation, below = np.sqrt(variance), acquisition.model.incumbent - mean
    expected = np.log(below * norm.cdf(below / deviation) + deviation * norm.pdf(below / deviation))
    for chance in acquisition.chances:
        expected += chance.log_probability(points * acquisition.model.view.factors)
    noise = acquisition.noise
    expected += np.log(1.0 - np.sqrt(noise / (variance + noise)))
    likely = expected > -20.0  # beyond that the definition itself loses its digits
    assert likely.sum() > 5
    np.testing.assert_allclose(acquisition(points)[likely], expected[likely], rtol=1e-6)


@pytest.mark.parametrize("place", range(4))
def test_its_gradient_is_its_slope(acquisition, place):
    point, step = SPACE.encode(SPACE.sample(4, seed=5)[place]), 1e-6
    value, gradient = acquisition.with_gradient(point)
    assert value == pytest.approx(float(acquisition(point[None, :])[0]), rel=1e-9)
    for axis, unit in enumerate(np.eye(len(point))):
        ahead, behind = acquisition(np.array([point + step * unit, point - step * unit]))
        assert gradient[axis] == pytest.approx((ahead - behind) / (2 * step), rel=2e-4, abs=2e-4)


def test_exact_values_are_taken_at_their_word():
    settings = BoxSettings(noise=0.0)
    model = surrogate(read(History(TRIALS), SPACE, Objective("loss")), View.of(SPACE), settings)
    assert model.in_units(model.incumbent, 0.0)[0] == pytest.approx(
        min(trial.observations["loss"].value for trial in TRIALS)
    )


def test_far_from_any_promise_it_still_tells_better_from_worse(acquisition):
    """Where the improvement itself underflows its logarithm does not."""
    points = np.array([SPACE.encode(trial.parameters) for trial in TRIALS])
    scores = acquisition(points)
    assert np.isfinite(scores).all()
    assert scores.min() < -100.0


def test_values_of_a_choice_are_all_at_the_same_distance():
    view = View.of(SPACE)
    one, other, third = (SPACE.encode({"x": 0.0, "y": 0.5, "gas": gas}) * view.factors for gas in ("Ar", "O2", "N2"))
    assert np.square(one - other).sum() == pytest.approx(1.0)
    assert np.square(one - third).sum() == pytest.approx(1.0)
    assert view.names == ("x", "y", "gas")
    assert view.groups.tolist() == [0, 1, 2, 2, 2]
