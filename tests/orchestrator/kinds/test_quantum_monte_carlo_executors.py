from contextlib import closing
from pathlib import Path

import pytest

from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.kinds.quantum_monte_carlo import HubbardBases
from orchestrator.kinds.quantum_monte_carlo_executors import (
    ExactFunction,
    ExactSettings,
    SampledFunction,
    SampledSettings,
)
from simulators.quantum_monte_carlo.exact import ExactCluster

SPACE = HubbardBases(hopping=((0.0, 0.5, 1.0), (0.5, 0.0, 1.0), (1.0, 1.0, 0.0)), beta=2.0)
SOMEWHERE = {"w12": 0.3, "w13": -0.2, "w23": 0.5}
SHORT = SampledSettings(sweeps=1000, warmup=500, seed=4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "campaign" / "trial-00001" / "attempt-1"
    made.mkdir(parents=True)
    return made


def context(*objectives, space=SPACE):
    return ExecutorContext("test", space, objectives, 1)


def exact_report():
    return ExactCluster(SPACE.cluster()).report(SPACE.build().rotation(SOMEWHERE))


def test_exact_values_are_those_of_the_simulator_without_error(folder):
    outcome = ExactFunction(SPACE, ExactSettings())(SOMEWHERE, folder)
    report = exact_report()
    for name in ("average_sign", "stoquastic_energy", "boson_sign", "delta_f_index", "kl"):
        assert outcome.values[name].value == getattr(report, name)
        assert outcome.values[name].standard_error == 0.0
    assert outcome.details["log_z"] == report.log_z


def test_noise_has_the_stated_size_and_belongs_to_the_basis(folder):
    exact = exact_report().stoquastic_energy
    noisy = [ExactFunction(SPACE, ExactSettings(energy_noise=0.1, seed=seed))(SOMEWHERE, folder) for seed in range(100)]
    deviations = [outcome.values["stoquastic_energy"].value - exact for outcome in noisy]
    assert 0.08 < (sum(it**2 for it in deviations) / 100) ** 0.5 < 0.12
    again = ExactFunction(SPACE, ExactSettings(energy_noise=0.1, seed=3))(SOMEWHERE, folder)
    assert again == noisy[3]


def test_more_effort_means_a_smaller_error(folder):
    function = ExactFunction(SPACE, ExactSettings(energy_noise=0.1))
    assert function({**SOMEWHERE, "effort": 16}, folder).values["stoquastic_energy"].standard_error == 0.025


def test_more_effort_goes_on_with_the_chain_that_is_kept(folder, tmp_path):
    function = SampledFunction(SPACE, SHORT)
    function(SOMEWHERE, folder)
    longer = function({**SOMEWHERE, "effort": 3}, folder)
    assert longer.details["continued_from"] == 1000
    assert longer.details["sweeps"] == 3000
    elsewhere = tmp_path / "other" / "trial-00001" / "attempt-1"
    elsewhere.mkdir(parents=True)
    at_once = SampledFunction(SPACE, SHORT)({**SOMEWHERE, "effort": 3}, elsewhere)
    assert at_once.details["continued_from"] == 0
    assert at_once.values == longer.values


def test_a_repeated_trial_returns_what_it_returned(folder):
    function = SampledFunction(SPACE, SHORT)
    first = function(SOMEWHERE, folder)
    function({**SOMEWHERE, "effort": 2}, folder)
    assert function(SOMEWHERE, folder).values == first.values


def test_a_measurement_comes_with_errors_and_diagnostics(folder):
    outcome = SampledFunction(SPACE, SHORT)(SOMEWHERE, folder)
    assert all(seen.standard_error > 0 for seen in outcome.values.values())
    assert {"autocorrelation", "zero_source_fraction", "sector_changes", "ergodic"} <= set(outcome.details)


def test_an_evaluation_runs_in_a_process_of_its_own(folder):
    with closing(ExactSettings().build(context("average_sign"))) as executor:
        handle = executor.start("test/1/1", {**SOMEWHERE, "effort": 1}, folder)
        while (outcome := executor.poll(handle)) is None:
            pass
    assert outcome.values["average_sign"].value == pytest.approx(exact_report().average_sign, rel=1e-12)


def test_an_objective_that_is_not_measured_is_refused():
    with pytest.raises(ExecutorError, match=r"does not measure 'kl'\. It measures average_sign, stoquastic_energy"):
        SampledSettings().build(context("kl"))


def test_a_space_of_another_kind_is_refused():
    with pytest.raises(ExecutorError, match="evaluates the space 'hubbard_bases', not 'object'"):
        ExactSettings().build(context("average_sign", space=object()))


def test_an_effort_that_makes_no_sense_is_refused(folder):
    with pytest.raises(ValueError, match="effort: -1 is not between"):
        ExactFunction(SPACE, ExactSettings())({**SOMEWHERE, "effort": -1}, folder)
