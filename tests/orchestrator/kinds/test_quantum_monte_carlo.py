import numpy as np
import pytest
from pydantic import ValidationError

from orchestrator.campaign.errors import CampaignFileError
from orchestrator.campaign.loading import load
from orchestrator.kinds.quantum_monte_carlo import HubbardBases
from simulators.quantum_monte_carlo.cluster import ChemicalPotential, HalfFilling, Sector

ISOSCELES = ((0.0, 0.5, 1.0), (0.5, 0.0, 1.0), (1.0, 1.0, 0.0))
ROWS = [[0, 0.5, 1], [0.5, 0, 1], [1, 1, 0]]
CAMPAIGN = f"""\
campaign: bases
objective: {{name: average_sign, goal: maximize}}
space: {{kind: hubbard_bases, hopping: {ROWS}, beta: 10}}
optimizer: {{kind: basis_search, guide: stoquastic_energy}}
executor: {{kind: qmc_exact}}
stop: {{trials: 150}}
"""


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
        ({"filling": {"sector": [-1, 1]}}, r"the sector \[-1, 1\] does not exist"),
        ({"hopping": [[0, [0, 1]], [[0, 1], 0]]}, "not Hermitian"),
        ({"interaction": float("inf")}, "finite number"),
        ({"chart": "unitary"}, "'tangent' or 'euler'"),
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


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        (
            "[0.5, 0, 1]",
            "[0.7, 0, 1]",
            "3:39: space.hopping",
            "the hopping is not Hermitian: from site 1 to 2 it is -0.7",
        ),
        ("beta: 10", "beta: 0", "3:", "space.beta: found the number 0. Allowed: more than 0."),
        ("beta: 10", "beta: 10, filling: {sector: [2, 4]}", "3:88: space.filling", "the sector [2, 4] does not exist"),
        (
            str(ROWS),
            str([[0] * 6] * 6),
            "3:39: space.hopping",
            "6 sites have 4,096 states, whose matrices need 2.0 GiB; the limit is 1",
        ),
        ("beta: 10", "beta: 10, chart: unitary", "3:", "'unitary' is not known. Known: tangent, euler."),
    ],
    ids=["hopping", "beta", "sector", "memory", "complex"],
)
def test_a_mistake_is_told_once_with_its_line(tmp_path, old, new, place, words):
    assert old in CAMPAIGN
    file = tmp_path / "bases.yaml"
    file.write_text(CAMPAIGN.replace(old, new))
    with pytest.raises(CampaignFileError) as told:
        load(file)
    (problem,) = told.value.problems
    assert str(problem).startswith(f"{file}:{place}")
    assert words in str(problem)
