import json
import os
import sys
import textwrap
import time
from contextlib import closing
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.kinds import quantum_monte_carlo_hybridization as module
from orchestrator.kinds.quantum_monte_carlo_hybridization import HybridizationFunction, HybridizationSettings
from simulators.quantum_monte_carlo.hybridization import Impurity

# Writes what pyalps 3.0.0 writes, with numbers from its input; `mode` makes it fail as the solver or a machine does.
SOLVER = """
import json, os, sys, time
from pathlib import Path

def solve(parameters):
    mode = os.environ.get("SOLVER", "")
    print("process 0 of total: 1 starting simulation")
    if mode == "refuses":
        raise ValueError(f"could not open hybridization file (text format) {parameters['DELTA']} for Delta function")
    if mode == "slow":
        time.sleep(60)
    if mode == "killed":
        os.kill(os.getpid(), 9)
    if mode == "silent":
        return
    shift = 0.001 * (parameters["SEED"] % 2)
    Path("simulation.dat").write_text(
        "simulation details:\\naverage sign: 1\\n"
        f"total number of Monte Carlo measurements: {parameters['SWEEPS']}\\nperturbation order:\\n"
        f"orbital 0: {3.0 + shift}\\norbital 1: {3.0 + shift}\\n  Total acceptance rate = 23.51%\\n"
    )
    Path("observables.dat").write_text(f"n0={0.25 * parameters['MU']};\\nn1={0.25 * parameters['MU']};\\n")
    Path("results.out.h5").write_bytes(b"large")
"""


CAMPAIGN = """\
campaign: impurity
objective: {name: occupation, goal: maximize}
space: {kind: table, file: mu.csv}
optimizer: {kind: random}
executor: {kind: qmc_ct_hyb, sweeps: 2000}
stop: {trials: 2}
"""


class Space:
    """A space of one parameter."""

    names = ("mu",)

    @classmethod
    def build(cls):
        return SimpleNamespace(names=cls.names)


def context(*objectives, space=Space):
    return ExecutorContext("impurity", space, objectives or ("occupation",), 1)


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """A Python whose pyalps is the one above."""
    package = tmp_path / "packages" / "pyalps"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "cthyb.py").write_text(textwrap.dedent(SOLVER))
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    return (sys.executable, "-u")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "campaign" / "trial-1" / "attempt-1"
    made.mkdir(parents=True)
    return made


def test_a_trial_is_the_mean_of_its_walkers_with_its_error(recorded, folder):
    outcome = HybridizationFunction(HybridizationSettings(command=recorded, walkers=4))({"mu": 1.6}, folder)
    assert outcome.values["occupation"].value == pytest.approx(0.8)
    assert outcome.values["perturbation_order"].value == pytest.approx(6.001)
    assert outcome.values["perturbation_order"].standard_error == pytest.approx(0.001 / 3**0.5)
    assert [walker["acceptance"] for walker in outcome.details["walkers"]] == [0.2351] * 4


def test_no_error_is_zero(recorded, folder):
    outcome = HybridizationFunction(HybridizationSettings(command=recorded, walkers=2, sweeps=1000))({}, folder)
    assert outcome.values["average_sign"].value == 1.0
    assert outcome.values["average_sign"].standard_error == pytest.approx(1.0 / 2000)


def test_every_walker_has_its_folder_and_its_seed(recorded, folder):
    HybridizationFunction(HybridizationSettings(command=recorded, walkers=3, seed=7))({"mu": 1.0}, folder)
    inputs = [json.loads((folder / f"walker-{number}" / "input.json").read_text()) for number in (1, 2, 3)]
    assert [one["SEED"] for one in inputs] == [7, 8, 9]
    assert {one["MU"] for one in inputs} == {1.0}
    assert (folder / "walker-1" / "simulation.dat").exists()
    assert not (folder / "walker-1" / "results.out.h5").exists()


@pytest.mark.parametrize(
    ("mode", "kind", "words"),
    [
        ("refuses", "fault", "exit code 1: ValueError: could not open hybridization file"),
        ("killed", "fault", "killed by SIGKILL"),
        ("silent", "fault", "the solver left no simulation.dat"),
    ],
)
def test_what_goes_wrong_in_the_solver_is_told(recorded, folder, monkeypatch, mode, kind, words):
    monkeypatch.setenv("SOLVER", mode)
    failure = HybridizationFunction(HybridizationSettings(command=recorded))({}, folder).failure
    assert failure.kind == kind
    assert words in failure.reason


def test_a_solver_that_does_not_end_is_killed(recorded, folder, monkeypatch):
    monkeypatch.setenv("SOLVER", "slow")
    failure = HybridizationFunction(HybridizationSettings(command=recorded, walltime=0.5))({}, folder).failure
    assert failure.kind == "timeout"
    assert "did not end within its walltime of 0.5 s" in failure.reason
    mine = [child for child in psutil.Process().children(recursive=True) if "solve.py" in child.cmdline()]
    assert mine == []


def test_a_report_of_an_interrupted_attempt_is_not_taken_for_new(recorded, folder, monkeypatch):
    function = HybridizationFunction(HybridizationSettings(command=recorded))
    function({}, folder)
    monkeypatch.setenv("SOLVER", "silent")
    assert function({}, folder).failure is not None


def test_parameters_that_are_no_impurity_are_infeasible(recorded, folder):
    failure = HybridizationFunction(HybridizationSettings(command=recorded))({"beta": -1.0}, folder).failure
    assert (failure.kind, failure.reason) == ("infeasible", "beta is -1; it must be positive.")


def test_a_trial_runs_in_a_worker_process(recorded, folder):
    with closing(HybridizationSettings(command=recorded, walkers=2).build(context())) as executor:
        handle = executor.start("impurity/1/1", {"mu": 2.0}, folder)
        deadline = time.monotonic() + 60.0
        while (outcome := executor.poll(handle)) is None and time.monotonic() < deadline:
            time.sleep(0.01)
    assert outcome.values["occupation"].value == pytest.approx(1.0)


def test_without_the_solver_the_campaign_is_refused_with_the_cure(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ExecutorError, match=r"pyalps, which is not installed\. Install it .*junkan\[ct_hyb\]"):
        HybridizationSettings().build(context())


def test_an_interpreter_without_the_solver_is_refused_with_its_own_words(tmp_path):
    bare = (sys.executable, "-I", "-S")
    with pytest.raises(ExecutorError, match=r"cannot import pyalps: ModuleNotFoundError"):
        HybridizationSettings(command=bare).build(context())


def test_an_interpreter_that_is_not_there_is_refused():
    with pytest.raises(ExecutorError, match="there is no program '/nowhere/python' to run the solver pyalps"):
        HybridizationSettings(command=("/nowhere/python",)).build(context())


def test_an_interpreter_that_cannot_be_started_is_refused(tmp_path):
    broken = tmp_path / "python"
    broken.write_bytes(b"\x7fELF nonsense")
    broken.chmod(0o755)
    with pytest.raises(ExecutorError, match=r"cannot be run: .*command: "):
        HybridizationSettings(command=(str(broken),)).build(context())


@pytest.mark.parametrize("command", ["validate", "run"])
def test_a_campaign_without_the_solver_is_refused_at_its_line_with_exit_code_2(tmp_path, capsys, monkeypatch, command):
    from orchestrator.cli.main import main

    (tmp_path / "mu.csv").write_text("mu\n1.0\n2.0\n")
    (tmp_path / "impurity.yaml").write_text(CAMPAIGN)
    monkeypatch.setenv("JUNKAN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["junkan", command, str(tmp_path / "impurity.yaml")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "impurity.yaml:5:" in said
    assert "needs the solver pyalps, which is not installed. Install it (pip install 'junkan[ct_hyb]'" in said
    assert not (tmp_path / "home").exists()


def test_bases_of_a_cluster_are_refused(recorded):
    class Bases(Space):
        names = ("w12", "w13", "w23")

    with pytest.raises(ExecutorError, match=r"does not know the parameter 'w12'.*qmc_exact and qmc_sse"):
        HybridizationSettings(command=recorded).build(context(space=Bases))


def test_an_objective_that_is_not_measured_is_refused(recorded):
    with pytest.raises(ExecutorError, match=r"does not measure 'ocupation'\. Did you mean 'occupation'\?"):
        HybridizationSettings(command=recorded).build(context("ocupation"))


@pytest.mark.slow
@pytest.mark.skipif(find_spec("pyalps") is None, reason="pyalps is not installed")
def test_without_interaction_pyalps_agrees_with_the_exact_impurity(folder):
    settings = HybridizationSettings(interaction=0.0, sweeps=20_000, walkers=4)
    values = HybridizationFunction(settings)({"mu": 0.5}, folder).values
    occupation, order = exact_without_interaction(settings.impurity({"mu": 0.5}))
    for name, exact in (("occupation", occupation), ("perturbation_order", order)):
        # Four walkers: an error known to 40 % only.
        assert abs(values[name].value - exact) < 6.0 * max(values[name].standard_error, 2e-3 * exact)
    assert values["average_sign"].value == 1.0
    assert os.environ.get("SOLVER") is None


def exact_without_interaction(impurity: Impurity):
    """Both spins: n = 2 T Σ G(iω) exp(iω0+), order = −2 Σ Δ(iω) G(iω)."""
    energies, weights = impurity.levels()
    frequencies = 1j * (2 * np.arange(-20_000, 20_000) + 1) * np.pi / impurity.beta
    delta = (weights / (frequencies[:, None] - energies)).sum(axis=1)
    green = 1.0 / (frequencies + impurity.mu - delta)
    return 2.0 * (0.5 + green.real.sum() / impurity.beta), -2.0 * (delta * green).sum().real
