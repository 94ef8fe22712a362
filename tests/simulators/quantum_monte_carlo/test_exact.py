"""The reference values are those of the specification: U = 5, β = 10, no site energies, μ as tabulated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.quantum_monte_carlo.bases import givens, named_basis, random_rotation, random_unitary, two_angles
from simulators.quantum_monte_carlo.cluster import ChemicalPotential, Cluster, HalfFilling, Sector, triangle
from simulators.quantum_monte_carlo.exact import ExactCluster, divergence, report

RING, ISOSCELES, CHAIN = triangle(1.0, 1.0, 1.0), triangle(0.5, 1.0, 1.0), triangle(0.0, 1.0, 1.0)
RING_HALF, ISOSCELES_HALF = ChemicalPotential(2.9450335054), ChemicalPotential(2.8143804566)
ONE_BY_TWO = Sector(2, 1)
PLAIN = ChemicalPotential(2.5)

ENSEMBLES = {
    "ring half": (RING, RING_HALF, 100.48769424),
    "ring sector": (RING, ONE_BY_TWO, 11.44351260),
    "ring mu": (RING, PLAIN, 87.13746569),
    "iso half": (ISOSCELES, ISOSCELES_HALF, 95.68802658),
    "iso sector": (ISOSCELES, ONE_BY_TWO, 10.56343930),
    "iso mu": (ISOSCELES, PLAIN, 86.25661872),
    "chain half": (CHAIN, PLAIN, 86.18645049),
    "chain sector": (CHAIN, ONE_BY_TWO, 10.49327551),
}
"""Hopping, filling and ln Z_F."""

ROWS = [
    ("ring half", "localized", 0.003801572974, 0.003801572974, 1, 0.024815515, -10.53646385),
    ("ring half", "BA12+3", 1, 1, 1, 0, -9.91009297),
    ("ring half", "BA13+2", 1, 1, 1, 0, -9.91009297),
    ("ring half", "BA23+1", 1, 1, 1, 0, -9.91009297),
    ("ring half", "realPW", 0.0006357930595, 0.634258182, 0.00100242, 2.3915125, -10.71462228),
    ("ring half", "PW", 0.9972010557, 227.6537318, 0.0043803414, 0.091029699, -9.90872325),
    ("ring half", "G(20,10)", 7.233607575e-08, 0.03700256803, 1.9548934e-06, 0.05677412, -11.62364818),
    ("ring half", "G(43,3)", 0.08486698725, 1.413869344, 0.060024632, 0.0082007875, -10.22089485),
    ("ring half", "E(0.3,0.7,1.1)", 9.688340609e-09, 1.885887143, 5.1372855e-09, 0.073102107, -11.82467512),
    ("ring sector", "localized", 0.003802446826, 0.003802446826, 1, 0.024453812, -1.70155944),
    ("ring sector", "BA12+3", 1, 1, 1, 0, -1.07502395),
    ("ring sector", "BA13+2", 1, 1, 1, 0, -1.07502395),
    ("ring sector", "BA23+1", 1, 1, 1, 0, -1.07502395),
    ("ring sector", "realPW", 0.0006362957487, 3.448980174, 0.00018448809, 0.69823069, -1.88004796),
    ("ring sector", "PW", 1, 229.1752029, 0.0043634738, 0.084530317, -1.07502395),
    ("ring sector", "G(20,10)", 7.233399558e-08, 0.03700200751, 1.9548668e-06, 0.05670847, -2.78854842),
    ("ring sector", "G(43,3)", 0.08486505275, 1.413880916, 0.060022773, 0.0081958765, -1.38580233),
    ("ring sector", "E(0.3,0.7,1.1)", 9.688168073e-09, 1.885993247, 5.136905e-09, 0.073071509, -2.98958731),
    ("ring mu", "localized", 0.003805489303, 0.003805489303, 1, 0.028122731, -9.20155210),
    ("ring mu", "realPW", 0.0006367672143, 3.27307907, 0.00019454685, 0.74901781, -9.37998690),
    ("ring mu", "PW", 0.9701056778, 193.5905685, 0.0050111206, 0.24882563, -8.56865156),
    ("iso half", "localized", 0.09597441236, 0.09597441236, 1, 0.047834864, -9.73374633),
    ("iso half", "BA12+3", 1, 1, 1, 0, -9.49501229),
    ("iso half", "BA13+2", 0.9999989772, 2.480890943, 0.40308059, 0.12347385, -9.49501097),
    ("iso half", "PW", 0.02201760014, 227.102503, 9.6950055e-05, 0.093414755, -9.87966373),
    ("iso sector", "localized", 0.09597348519, 0.09597348519, 1, 0.047784649, -1.29062311),
    ("iso sector", "BA12+3", 1, 1, 1, 0, -1.05189893),
    ("iso sector", "BA13+2", 1, 2.480987917, 0.40306524, 0.12346201, -1.05189893),
    ("iso sector", "PW", 0.02206454172, 228.4656767, 9.6577053e-05, 0.087575889, -1.43770300),
    ("iso mu", "localized", 0.09597622356, 0.09597622356, 1, 0.047830103, -8.79061824),
    ("iso mu", "BA13+2", 0.999995785, 2.480869467, 0.40308279, 0.12347648, -8.55186034),
    ("iso mu", "PW", 0.02205715702, 226.8024944, 9.7252709e-05, 0.094704382, -8.93741704),
    ("chain half", "localized", 1, 1, 1, 0, -8.54837516),
    ("chain half", "BA12+3", 1, 1, 1, 0, -8.54837516),
    ("chain sector", "localized", 1, 1, 1, 0, -1.04840436),
    ("chain sector", "BA12+3", 1, 1, 1, 0, -1.04840436),
]
"""Ensemble, basis, ⟨s⟩, ΔF index, ⟨s⟩_B, KL(F‖B), Ẽ."""


def basis_called(name):
    if name.startswith("G("):
        return two_angles(*map(float, name[2:-1].split(",")))
    if name.startswith("E("):
        a, b, c = map(float, name[2:-1].split(","))
        return givens(3, 0, 1, a) @ givens(3, 0, 2, -b) @ givens(3, 0, 1, c)  # Rz(a) Ry(b) Rz(c)
    return named_basis(name, 3)


def one_decimal_less(text_value):
    """Half a unit of the last digit that the specification prints."""
    digits = len(repr(text_value).split("e")[0].replace(".", "").lstrip("0"))
    return 0.51 * 10.0 ** (np.floor(np.log10(abs(text_value))) - digits + 1)


@pytest.mark.parametrize(
    ("ensemble", "basis", "sign", "index", "bosons", "kl", "energy"), ROWS, ids=[f"{row[0]} {row[1]}" for row in ROWS]
)
def test_every_reference_row_is_reproduced(ensemble, basis, sign, index, bosons, kl, energy):
    hopping, filling, log_z = ENSEMBLES[ensemble]
    seen = report(Cluster(hopping, 5.0, 10.0, filling), basis_called(basis))
    assert seen.average_sign == pytest.approx(sign, rel=1e-8, abs=one_decimal_less(sign) if sign < 1 else 0)
    assert seen.delta_f_index == pytest.approx(index, rel=1e-8, abs=one_decimal_less(index) if index != 1 else 0)
    assert seen.boson_sign == pytest.approx(bosons, rel=1e-7, abs=one_decimal_less(bosons) if bosons < 1 else 0)
    assert seen.kl == pytest.approx(kl, abs=1e-7 if kl else 1e-10)
    assert seen.stoquastic_energy == pytest.approx(energy, abs=2e-8)
    assert seen.log_z == pytest.approx(log_z, abs=2e-8)


def test_a_negative_hopping_keeps_the_sign_and_moves_the_index():
    ring = report(Cluster(triangle(-1.0, -1.0, -1.0), 5.0, 10.0, HalfFilling()), np.eye(3))
    assert ring.average_sign == pytest.approx(0.003801572974, rel=1e-7)
    assert ring.delta_f_index == pytest.approx(4.201261245, rel=1e-7)
    isosceles = report(Cluster(triangle(-0.5, 1.0, 1.0), 5.0, 10.0, ChemicalPotential(2.1856195433)), np.eye(3))
    assert isosceles.average_sign == pytest.approx(0.09597441236, rel=1e-8)
    assert isosceles.delta_f_index == pytest.approx(3.413795966, rel=1e-8)


@pytest.mark.parametrize(("hopping", "sign"), [(0.5, 0.406693055), (1.0, 0.003801573), (2.0, 2.592e-9)])
def test_the_localized_sign_falls_with_the_hopping(hopping, sign):
    ring = Cluster(hopping * RING, 5.0, 10.0, HalfFilling())
    assert report(ring, np.eye(3)).average_sign == pytest.approx(sign, rel=2e-4 if sign < 1e-8 else 2e-7)


@pytest.mark.parametrize(
    ("basis", "sign", "energy"),
    [
        ("localized", 0.7596418817, -8.7186471),
        ("BA12+3", 1.0, -8.4866857),
        ("BA13+2", 0.9954545821, -8.4859295),
        ("PW", 0.5570962796, -8.8754108),
    ],
)
def test_the_warm_isosceles_triangle(basis, sign, energy):
    seen = report(Cluster(ISOSCELES, 5.0, 2.0, ChemicalPotential(2.5996655855)), named_basis(basis, 3))
    assert seen.average_sign == pytest.approx(sign, rel=1e-8)
    assert seen.stoquastic_energy == pytest.approx(energy, abs=6e-8)


REAL = st.floats(-2.0, 2.0)


@settings(deadline=None, max_examples=30)
@given(t=REAL, t12=REAL, u=st.floats(-8.0, 8.0), mu=REAL, beta=st.floats(0.1, 20.0))
def test_the_pair_basis_of_a_mirror_symmetric_triangle_has_no_sign_problem(t, t12, u, mu, beta):
    seen = report(Cluster(triangle(t12, t, t), u, beta, ChemicalPotential(mu)), named_basis("BA12+3", 3))
    assert abs(seen.average_sign - 1.0) < 1e-12
    assert abs(seen.delta_f_index - 1.0) < 1e-12


@settings(deadline=None, max_examples=20)
@given(t=REAL, u=st.floats(-8.0, 8.0), beta=st.floats(0.1, 20.0))
def test_an_open_chain_has_no_sign_problem_in_the_localized_basis(t, u, beta):
    seen = report(Cluster(triangle(0.0, t, t), u, beta, HalfFilling()), np.eye(3))
    assert abs(seen.average_sign - 1.0) < 1e-11


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32), sites=st.integers(2, 4))
def test_the_physics_does_not_depend_on_the_basis(seed, sites):
    chance = np.random.default_rng(seed)
    amplitudes = chance.normal(size=(sites, sites)) + 1j * chance.normal(size=(sites, sites))
    exact = ExactCluster(Cluster(amplitudes + amplitudes.conj().T, 3.0, 2.0, ChemicalPotential(0.7)))
    localized = exact.report(np.eye(sites)).log_z
    assert exact.report(random_rotation(sites, chance)).log_z == pytest.approx(localized, abs=1e-10)
    assert exact.report(random_unitary(sites, chance)).log_z == pytest.approx(localized, abs=1e-10)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_order_and_signs_of_the_orbitals_change_nothing(seed):
    chance = np.random.default_rng(seed)
    exact = ExactCluster(Cluster(ISOSCELES, 5.0, 4.0, ChemicalPotential(2.0)))
    basis = random_rotation(3, chance)
    signed = np.eye(3)[:, chance.permutation(3)] * chance.choice([-1.0, 1.0], 3)
    one, other = exact.report(basis), exact.report(basis @ signed)
    assert other.average_sign == pytest.approx(one.average_sign, rel=1e-10)
    assert other.delta_f_index == pytest.approx(one.delta_f_index, rel=1e-10)
    assert other.kl == pytest.approx(one.kl, abs=1e-10)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_the_phases_of_complex_orbitals_drop_out(seed):
    chance = np.random.default_rng(seed)
    exact = ExactCluster(Cluster(RING, 5.0, 3.0, ChemicalPotential(2.0)))
    basis = random_unitary(3, chance)
    turned = basis * np.exp(2j * np.pi * chance.random(3))
    one, other = exact.report(basis), exact.report(turned)
    assert other.average_sign == pytest.approx(one.average_sign, rel=1e-10)
    assert other.stoquastic_energy == pytest.approx(one.stoquastic_energy, abs=1e-10)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_a_symmetry_of_the_cluster_maps_bases_onto_equally_good_ones(seed):
    exact = ExactCluster(Cluster(RING, 5.0, 5.0, Sector(2, 1)))
    basis = random_rotation(3, np.random.default_rng(seed))
    turned = np.roll(basis, 1, axis=0)
    assert exact.report(turned).average_sign == pytest.approx(exact.report(basis).average_sign, rel=1e-9)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_writing_the_signs_off_never_raises_the_free_energy(seed):
    seen = report(Cluster(RING, 5.0, 6.0, HalfFilling()), random_unitary(3, np.random.default_rng(seed)))
    assert seen.log_z_stoquastic >= seen.log_z - 1e-11
    assert seen.log_z_stoquastic >= seen.log_z_bosons - 1e-11


def test_a_divergence_vanishes_only_between_equal_distributions():
    p = np.array([0.5, 0.5, 0.0])
    assert divergence(p, p) == 0.0
    assert divergence(p, np.array([0.25, 0.75, 0.0])) == pytest.approx(0.5 * np.log(2.0) + 0.5 * np.log(2.0 / 3.0))
