import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizers import History, Objective, Problem, RotationSpace
from optimizers.errors import UnusableSpace
from optimizers.kriging.settings import KrigingSettings
from optimizers.rotation import euler_angles, euler_rotation, exponential, haar_rotation, logarithm


def random_rotation(orbitals, seed):
    return haar_rotation(orbitals, np.random.default_rng(seed))


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), orbitals=st.integers(2, 4), euler=st.booleans())
def test_parameters_stand_for_the_same_frame_up_to_order_and_signs(seed, orbitals, euler):
    space = RotationSpace(orbitals, "euler" if euler and orbitals == 3 else "tangent")
    rotation = random_rotation(orbitals, seed)
    overlaps = np.abs(rotation.T @ space.rotation(space.parameters(rotation)))
    assert np.sort(overlaps.ravel())[-orbitals:] == pytest.approx(np.ones(orbitals), abs=1e-10)
    assert space.rotation(space.parameters(rotation)) == pytest.approx(space.nearest(rotation), abs=1e-10)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32), orbitals=st.integers(2, 4))
def test_the_logarithm_undoes_the_exponential(seed, orbitals):
    count = orbitals * (orbitals - 1) // 2
    tangent = np.random.default_rng(seed).uniform(-1.0, 1.0, count)
    assert logarithm(exponential(tangent, orbitals)) == pytest.approx(tangent, abs=1e-10)


@settings(deadline=None, max_examples=40)
@given(alpha=st.floats(-3.1, 3.1), beta=st.floats(0.0, 3.1), gamma=st.floats(-3.1, 3.1))
def test_euler_angles_give_their_rotation_back(alpha, beta, gamma):
    rotation = euler_rotation(alpha, beta, gamma)
    assert euler_rotation(*euler_angles(rotation)) == pytest.approx(rotation, abs=1e-7)


def test_equivalent_rotations_have_the_same_parameters():
    space, rotation = RotationSpace(3), random_rotation(3, 1)
    turned = rotation[:, [2, 0, 1]] * np.array([1.0, -1.0, -1.0])
    assert list(space.parameters(turned).values()) == pytest.approx(list(space.parameters(rotation).values()))


def test_the_parameters_of_three_orbitals_are_a_rotation_vector():
    space = RotationSpace(3)
    assert space.names == ("w12", "w13", "w23")
    assert space.rotation({"w12": -0.3, "w13": 0.0, "w23": 0.0}) == pytest.approx(euler_rotation(0.3, 0.0, 0.0))


def test_a_missing_parameter_is_named():
    with pytest.raises(ValueError, match="needs the numbers w13"):
        RotationSpace(3).rotation({"w12": 0.0, "w23": 1.0})


def test_an_optimizer_of_candidates_refuses_rotations():
    problem = Problem(RotationSpace(3), (Objective("y"),), 0)
    with pytest.raises(UnusableSpace, match="the space is all rotations of 3 orbitals"):
        KrigingSettings().build(problem).propose(History(), 1)


def test_a_complex_basis_has_no_parameters_in_a_space_of_real_ones():
    with pytest.raises(ValueError, match="holds real rotations, but the basis is complex"):
        RotationSpace(3).parameters(np.exp(0.3j) * np.eye(3))
