import json

import numpy as np
import pytest

from simulators.quantum_monte_carlo.errors import UnusableImpurity, UnusableReport
from simulators.quantum_monte_carlo.hybridization import Impurity, read_report

IMPURITY = Impurity(interaction=4.0, mu=2.0, beta=10.0, bandwidth=4.0, coupling=1.0)

# Written by pyalps 3.0.0 for the impurity above without interaction at mu = 0.5.
SIMULATION = """simulation details:
average sign: 1
total number of Monte Carlo updates: 1025050
total number of Monte Carlo measurements: 20001
total number of imaginary time measurements: 1000050
number thermalization sweeps: 500
inverse temperature: 10
perturbation order:
orbital 0: 3.842
orbital 1: 3.88134

|------ Simulation details (master only) after 20501 sweeps ------|
  Total acceptance rate = 23.51%
"""
OBSERVABLES = "n0=0.693796;\nn1=0.691489;\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "simulation.dat").write_text(SIMULATION)
    (tmp_path / "observables.dat").write_text(OBSERVABLES)
    return tmp_path


def test_the_hybridization_starts_at_minus_half_the_coupling_for_a_symmetric_band():
    delta = IMPURITY.delta()
    assert delta[0] == pytest.approx(-0.5, abs=1e-12)
    assert delta[-1] == pytest.approx(-0.5, abs=1e-12)
    assert delta == pytest.approx(delta[::-1], abs=1e-12)


def test_the_hybridization_is_the_integral_over_the_semicircle():
    energies = np.linspace(-2.0, 2.0, 400_001)
    density = np.sqrt(4.0 - energies**2) / (2.0 * np.pi)
    integral = -np.trapezoid(density * np.exp(-3.0 * energies) / (1.0 + np.exp(-10.0 * energies)), energies)
    assert IMPURITY.delta()[300] == pytest.approx(integral, rel=1e-6)


def test_the_weights_of_the_band_sum_to_the_coupling():
    assert Impurity(4.0, 2.0, 10.0, 4.0, coupling=0.7).levels()[1].sum() == pytest.approx(0.7)


def test_the_input_files_hold_the_model_and_one_line_for_each_time():
    files = IMPURITY.files(sweeps=5000, thermalization=100, seed=3, seconds=60.0)
    lines = files["delta.dat"].splitlines()
    assert len(lines) == files["input.json"]["N_TAU"] + 1 == 1001
    index, up, down = lines[500].split()
    assert (int(index), float(up)) == (500, pytest.approx(IMPURITY.delta()[500]))
    assert up == down
    assert {"U": 4.0, "MU": 2.0, "SEED": 3, "SWEEPS": 5000}.items() <= json.loads(
        json.dumps(files["input.json"])
    ).items()


@pytest.mark.parametrize(
    ("change", "words"),
    [({"beta": 0.0}, "beta is 0; it must be positive"), ({"coupling": -1.0}, "coupling is -1"), ({"mu": np.inf}, "mu")],
)
def test_what_is_no_impurity_is_refused(change, words):
    settings = {"interaction": 4.0, "mu": 2.0, "beta": 10.0, "bandwidth": 4.0, "coupling": 1.0, **change}
    with pytest.raises(UnusableImpurity, match=words):
        Impurity(**settings)


def test_a_report_is_read(folder):
    report = read_report(folder)
    assert report.average_sign == 1.0
    assert report.measurements == 20001
    assert report.perturbation_order == pytest.approx(3.842 + 3.88134)
    assert report.occupation == pytest.approx(0.693796 + 0.691489)
    assert report.acceptance == pytest.approx(0.2351)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("simulation.dat", "average sign: 1", "average sgn: 1", "no line that fits"),
        ("simulation.dat", "average sign: 1", "average sign: nan", "average sign is no finite number"),
        ("simulation.dat", "orbital 1: 3.88134", "", "name 1 perturbation orders"),
        ("simulation.dat", "measurements: 20001", "measurements: 0", "nothing was measured"),
        ("observables.dat", "n1=0.691489;", "n1=-.e;", "something that is no number"),
    ],
)
def test_a_report_that_cannot_be_understood_is_refused(folder, file, old, new, words):
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    with pytest.raises(UnusableReport, match=words):
        read_report(folder)


def test_a_report_that_is_not_there_is_missed(tmp_path):
    with pytest.raises(UnusableReport, match=r"the solver left no simulation\.dat"):
        read_report(tmp_path)
