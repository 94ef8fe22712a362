import numpy as np
import pytest

from simulators.quantum_monte_carlo.errors import UnusableSampling
from simulators.quantum_monte_carlo.self_learning import EffectiveWeight, accepted


def configurations(count=200, seed=1):
    chance = np.random.default_rng(seed)
    features = np.column_stack([np.ones(count), chance.standard_normal((count, 2))])
    return features, features @ np.array([0.5, -1.0, 2.0])


def test_a_weight_of_the_assumed_form_is_learned_exactly():
    features, logarithms = configurations()
    weight = EffectiveWeight.untaught(3)
    weight.learn(features, logarithms)
    assert weight.coefficients == pytest.approx([0.5, -1.0, 2.0], rel=1e-6)
    assert weight.log_weight(features) == pytest.approx(logarithms, rel=1e-5, abs=1e-6)
    assert weight.r_squared == pytest.approx(1.0, abs=1e-9)


def test_the_quality_of_a_fit_is_the_share_of_the_variance_that_it_explains():
    features, logarithms = configurations(5000)
    noisy = logarithms + np.random.default_rng(2).standard_normal(5000)
    weight = EffectiveWeight.untaught(3)
    weight.learn(features, noisy)
    missed = noisy - features @ np.linalg.lstsq(features, noisy, rcond=None)[0]
    assert weight.r_squared == pytest.approx(1.0 - missed.var() / noisy.var(), rel=1e-9)


def test_what_is_learned_in_parts_is_what_is_learned_at_once(tmp_path):
    features, logarithms = configurations()
    whole, part = EffectiveWeight.untaught(3), EffectiveWeight.untaught(3)
    whole.learn(features, logarithms)
    part.learn(features[:70], logarithms[:70])
    part.save(tmp_path / "weight.npz")
    again = EffectiveWeight.load(tmp_path / "weight.npz")
    again.learn(features[70:], logarithms[70:])
    assert again.coefficients == pytest.approx(whole.coefficients, rel=1e-9)
    assert again.totals == pytest.approx(whole.totals)


def test_before_anything_was_learned_all_configurations_are_alike():
    weight = EffectiveWeight.untaught(3)
    assert weight.log_weight(configurations()[0]).tolist() == [0.0] * 200
    assert weight.r_squared is None


def test_features_that_depend_on_each_other_do_no_harm():
    features, logarithms = configurations()
    weight = EffectiveWeight.untaught(4)
    weight.learn(np.column_stack([features, features[:, 1]]), logarithms)
    assert weight.r_squared == pytest.approx(1.0, abs=1e-6)


def test_the_balance_is_exact_however_bad_the_fit_is():
    """Two states, of which the cheap weight has the wrong one on top."""
    exact, effective = np.log([0.8, 0.2]), np.log([0.1, 0.9])
    chance = np.random.default_rng(4)
    state, visits = 0, np.zeros(2)
    for proposed in chance.choice(2, size=40_000, p=np.exp(effective)):
        if accepted(exact[proposed] - exact[state], effective[proposed] - effective[state], chance):
            state = proposed
        visits[state] += 1
    assert visits[0] / visits.sum() == pytest.approx(0.8, abs=0.03)


def test_a_file_that_holds_something_else_is_refused(tmp_path):
    (tmp_path / "weight.npz").write_bytes(b"nonsense")
    with pytest.raises(UnusableSampling, match="holds nothing learned"):
        EffectiveWeight.load(tmp_path / "weight.npz")
