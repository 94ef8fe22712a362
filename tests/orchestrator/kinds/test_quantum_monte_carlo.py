import numpy as np
import pytest
from pydantic import ValidationError

from orchestrator.kinds.quantum_monte_carlo import HubbardBases
from simulators.quantum_monte_carlo.cluster import ChemicalPotential, HalfFilling, Sector

ISOSCELES = ((0.0, 0.5, 1.0), (0.5, 0.0, 1.0), (1.0, 1.0, 0.0))


def space(**settings):
    return HubbardBases.model_validate({"hopping": ISOSCELES, "beta": 10.0, **settings})


def test_a_section_becomes_a_cluster():
    cluster = space(energies=(0.1, 0.0, -0.1), interaction=4.0).cluster()
    assert cluster.hopping[0].tolist() == [0.1, -0.5, -1.0]
    assert (cluster.interaction, cluster.beta) == (4.0, 10.0)
    assert isinstance(cluster.filling, HalfFilling)


def test_every_filling_can_be_written():
    assert space(filling={"mu": 0.5}).cluster().filling == ChemicalPotential(0.5)
    assert space(filling={"sector": [2, 1]}).cluster().filling == Sector(2, 1)


def test_complex_amplitudes_are_pairs_of_numbers():
    made = HubbardBases.model_validate({"hopping": [[0, [0.0, 1.0]], [[0.0, -1.0], 0]], "beta": 1})
    assert made.cluster().hopping.tolist() == [[0, -1j], [1j, 0]]


def test_the_space_is_one_of_rotations():
    rotations = space(chart="euler").build()
    assert rotations.orbitals == 3
    assert rotations.names == ("alpha", "beta", "gamma")
    assert rotations.landmarks == ()


def test_named_bases_are_real_and_proper_rotations():
    landmarks = dict(space(named_bases=True).build().landmarks)
    assert list(landmarks) == ["localized", "BA12+3", "BA13+2", "BA23+1", "realPW"]
    assert [np.linalg.det(basis) for basis in landmarks.values()] == pytest.approx([1.0] * 5)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"hopping": [[0, 1], [2, 0]]}, "not Hermitian: from site 1 to 2"),
        ({"beta": 0.0}, "greater than 0"),
        ({"beta": -1.0}, "greater than 0"),
        ({"filling": {"sector": [4, 1]}}, r"the sector \[4, 1\] does not exist"),
        ({"hopping": [[0] * 6] * 6}, "6 sites have 4,096 states.*the limit is 1 GiB"),
        ({"hopping": [[0, 1], [1, 0, 1]]}, "row 2 has 3 numbers"),
        ({"hopping": [[1, 0], [0, 0]]}, "site 1 hops to itself"),
        ({"energies": [1.0]}, "1 were given for 3 sites"),
        ({"hopping": [[0, 1], [1, 0]], "chart": "euler"}, "Euler angles describe three orbitals, not 2"),
    ],
)
def test_what_is_no_cluster_is_refused_in_the_users_words(settings, words):
    with pytest.raises(ValidationError, match=words):
        space(**settings)
