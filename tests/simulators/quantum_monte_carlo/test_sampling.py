import json
import subprocess
import sys

import numpy as np
import pytest

from simulators.quantum_monte_carlo import chain, sampling
from simulators.quantum_monte_carlo.bases import named_basis, two_angles
from simulators.quantum_monte_carlo.cluster import ChemicalPotential, Cluster, Sector, triangle
from simulators.quantum_monte_carlo.errors import NotErgodic, UnusableSampling
from simulators.quantum_monte_carlo.exact import ExactCluster
from simulators.quantum_monte_carlo.sampling import SignChain
from simulators.quantum_monte_carlo.vertices import vertices

RING, ISOSCELES = triangle(1, 1, 1), triangle(0.5, 1, 1)
RING_COLD = Cluster(RING, 5.0, 10.0, ChemicalPotential(2.9450335054))
RING_WARM = Cluster(RING, 5.0, 2.0, ChemicalPotential(2.710556075396))
ISOSCELES_WARM = Cluster(ISOSCELES, 5.0, 2.0, ChemicalPotential(2.5996655855))
G43_3 = "G(43,3)"

PAIRS = [
    (f"{place} {basis}", cluster, basis)
    for place, cluster, bases in (
        ("cold ring", RING_COLD, ("localized", "BA12+3", "realPW", "PW", G43_3)),
        ("warm ring", RING_WARM, ("localized", "BA12+3", "realPW", "PW", G43_3)),
        ("warm isosceles", ISOSCELES_WARM, ("localized", "BA12+3", "BA13+2", "PW")),
    )
    for basis in bases
]


def basis_of(name):
    return two_angles(43, 3) if name == G43_3 else named_basis(name, 3)


def chain_of(cluster, basis, sweeps, seed=1, warmup=2000):
    mu = ExactCluster(cluster).mu
    chain = SignChain.begin(vertices(cluster, basis, mu), cluster.beta, (seed,), warmup)
    chain.extend(sweeps)
    return chain


@pytest.mark.parametrize(("cluster", "name"), [pair[1:] for pair in PAIRS], ids=[pair[0] for pair in PAIRS])
def test_monte_carlo_agrees_with_exact_diagonalisation(cluster, name):
    sweeps = 12_000
    seen = chain_of(cluster, basis_of(name), sweeps).measurement(sweeps)
    exact = ExactCluster(cluster).report(basis_of(name))
    assert seen.average_sign_error > 0.0
    assert seen.stoquastic_energy_error > 0.0
    assert seen.ergodic
    assert abs(seen.average_sign - exact.average_sign) < 4.0 * seen.average_sign_error
    assert abs(seen.stoquastic_energy - exact.stoquastic_energy) < 4.0 * seen.stoquastic_energy_error


def test_the_trap_of_the_real_plane_waves_is_not_walked_into():
    """Samplers without sources report a sign of 1 ± 0 here; the exact one is 0.00064."""
    seen = chain_of(Cluster(RING, 5.0, 10.0, Sector(2, 1)), named_basis("realPW", 3), 20_000).measurement(20_000)
    assert abs(seen.average_sign - 0.0006362957487) < 4.0 * seen.average_sign_error
    assert abs(seen.average_sign) < 0.05
    assert abs(seen.stoquastic_energy + 1.88004796) < 4.0 * seen.stoquastic_energy_error


def test_a_walker_that_never_leaves_its_sector_is_flagged_and_knows_nothing(monkeypatch):
    monkeypatch.setattr(SignChain, "_tune", lambda self, fraction, gain: None)
    chain = SignChain.begin(vertices(RING_COLD, named_basis("realPW", 3), 2.945), 10.0, (1,), 500)
    chain._state.ladder = chain._state.hop = 0.0
    chain._walk = sampling.walk(chain._vertices, 0.0, 0.0)
    chain.extend(3000)
    seen = chain.measurement(3000)
    assert not seen.ergodic
    assert seen.average_sign_error >= 0.5


def test_signs_that_are_all_plus_have_an_error_of_one_over_the_changes_of_sector():
    seen = chain_of(RING_COLD, named_basis("BA12+3", 3), 4000).measurement(4000)
    assert seen.average_sign == 1.0
    assert seen.average_sign_error == pytest.approx(1.0 / seen.sector_changes)


def test_a_chain_that_is_continued_is_the_uninterrupted_one(tmp_path):
    basis = two_angles(20, 10)
    whole = chain_of(RING_WARM, basis, 1000)
    part = chain_of(RING_WARM, basis, 400)
    part.save(tmp_path / "chain.npz")
    found = vertices(RING_WARM, basis, ExactCluster(RING_WARM).mu)
    again = SignChain.load(tmp_path / "chain.npz", found, RING_WARM.beta)
    assert again.sweeps == 400
    again.extend(1000)
    assert again.measurement(1000) == whole.measurement(1000)
    assert again.measurement(400) == part.measurement(400)


def test_the_seed_decides_everything():
    basis = two_angles(20, 10)
    first, same, other = (chain_of(RING_WARM, basis, 400, seed).measurement(400) for seed in (1, 1, 2))
    assert first == same
    assert first != other


def test_more_sweeps_give_smaller_errors():
    chain = chain_of(ISOSCELES_WARM, np.eye(3), 32_000)
    short, long = chain.measurement(2000), chain.measurement(32_000)
    assert long.stoquastic_energy_error < 0.5 * short.stoquastic_energy_error
    assert long.average_sign_error < 0.5 * short.average_sign_error


def test_plain_python_gives_the_same_numbers():
    program = """
import json, sys
if sys.argv[1] == "plain":
    sys.modules["numba"] = None
from dataclasses import asdict
from simulators.quantum_monte_carlo.bases import named_basis
from simulators.quantum_monte_carlo.cluster import ChemicalPotential, Cluster, triangle
from simulators.quantum_monte_carlo.compilation import COMPILED
from simulators.quantum_monte_carlo.sampling import SignChain
from simulators.quantum_monte_carlo.vertices import vertices
cluster = Cluster(triangle(0.5, 1, 1), 5.0, 1.0, ChemicalPotential(2.0))
found = []
for name in ("localized", "PW"):
    chain = SignChain.begin(vertices(cluster, named_basis(name, 3), 2.0), 1.0, (3,), 200)
    chain.extend(300)
    found.append(asdict(chain.measurement(300)))
print(json.dumps([COMPILED, found]))
"""
    answers = {
        kind: json.loads(subprocess.run([sys.executable, "-c", program, kind], check=True, capture_output=True).stdout)
        for kind in ("plain", "compiled")
    }
    assert answers["plain"][0] is False
    assert answers["plain"][1] == answers["compiled"][1]


def test_too_few_sweeps_are_refused():
    with pytest.raises(UnusableSampling, match="40 sweeps cannot be evaluated: 100 were made"):
        chain_of(RING_WARM, np.eye(3), 100).measurement(40)
    with pytest.raises(NotErgodic, match="there is no error to give"):
        chain_of(RING_WARM, np.eye(3), 100).measurement(100)


def test_a_file_that_is_no_chain_is_refused(tmp_path):
    (tmp_path / "chain.npz").write_bytes(b"nonsense")
    with pytest.raises(UnusableSampling, match="holds no chain"):
        SignChain.load(tmp_path / "chain.npz", vertices(RING_WARM, np.eye(3), 2.7), 2.0)


def test_the_energy_of_a_configuration_is_hops_plus_the_average_diagonal():
    weights = np.array([[2.0, 0.5], [0.5, 3.0]])
    string = np.array([-1, 1, -1, 1, 0, -1, 0, -1])  # a hop to 1, a diagonal vertex, a hop back, a diagonal vertex
    assert chain.energy_of(string, 0, 1.5, weights) == pytest.approx(2 + 1.5 * (5 * 2.0 + 3 * 3.0) / 8)


def test_a_single_state_has_its_energy_and_an_error_that_is_not_zero():
    empty = Cluster(RING, 5.0, 2.0, Sector(0, 0))
    seen = chain_of(empty, np.eye(3), 1000).measurement(1000)
    assert seen.stoquastic_energy == pytest.approx(0.0, abs=1e-12)
    assert 0.0 < seen.stoquastic_energy_error < 1e-3
