"""`executor: {kind: qmc_ct_hyb, ...}`: a quantum impurity by the hybridization expansion of pyalps, another program."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt, PositiveFloat, PositiveInt

from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.executors.place import FolderWork
from orchestrator.executors.program import Ended, Program
from orchestrator.executors.runs_on import LocalSettings, RunsOn, executor_for

if TYPE_CHECKING:
    from simulators.quantum_monte_carlo.hybridization import Impurity, SolverReport

FUNCTION: Literal["qmc_ct_hyb"] = "qmc_ct_hyb"
VALUES = ("average_sign", "perturbation_order", "occupation")
"""What is measured; the objectives of the campaign must be among them."""
MODEL = ("interaction", "mu", "beta", "bandwidth", "coupling")
"""What the parameters of the space may be called; what the space does not vary is a setting."""
LOOK = 60.0
"""Seconds that an interpreter has to say whether it can import the solver."""
LAST = 800
"""How much of the end of what a failed solver printed is told, in characters."""
STAGING = 60.0
CURE = (
    "Install it (pip install 'junkan[ct_hyb]'; there are wheels for Linux x86-64 and Python 3.11), or name the Python "
    "that has it: command: [/path/to/python]"
)


class HybridizationSettings(BaseModel):
    """One orbital in a bath, solved by the segment solver of pyalps in processes of their own.

    Each trial is `walkers` runs with different seeds, one after the other; the standard errors are those of their
    mean. The parameters of the space take the place of the settings of the same name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["qmc_ct_hyb"] = FUNCTION
    command: tuple[str, ...] = Field(default=(), max_length=20)
    """The Python that has pyalps, as words: an interpreter, or `mpirun` and the like before it. Ours when absent."""
    interaction: FiniteFloat = 4.0
    mu: FiniteFloat = 2.0
    """The chemical potential; half filling is at half the interaction."""
    beta: PositiveFloat = 10.0
    bandwidth: PositiveFloat = 4.0
    """Full width of the semicircular band."""
    coupling: PositiveFloat = 1.0
    """V², the square of the hybridization."""
    sweeps: int = Field(default=20_000, ge=1000, le=10**9)
    """Sweeps of each walker."""
    thermalization: NonNegativeInt = 1000
    """Sweeps before them."""
    walkers: int = Field(default=4, ge=2, le=64)
    """Independent runs of a trial, at least 2: from their spread comes the error."""
    seed: PositiveInt = 1
    """The seed of the first walker; the next one has the next."""
    walltime: PositiveFloat = 600.0
    """Seconds that each walker may take; then it is killed and the trial has no value."""
    runs_on: RunsOn

    def build(self, context: ExecutorContext) -> Executor:
        """The executor. Starts no solver yet. Raises ExecutorError, also where the solver is missing."""
        self._check_names(context)
        absent = self.missing()
        if absent is not None:
            raise ExecutorError(f"executor: {absent}")
        if self.command and isinstance(self.runs_on, LocalSettings):
            require_import(self.command)
        timeout = self.walkers * (self.walltime + STAGING)
        return executor_for(self.runs_on, FolderWork(FUNCTION, self.model_dump(mode="json"), timeout), context)

    def missing(self) -> str | None:
        """What is not installed here and what to do, where the solver shall run here. Starts nothing."""
        if not isinstance(self.runs_on, LocalSettings):
            return None
        if self.command:
            found = shutil.which(self.command[0]) is not None
            return None if found else f"there is no program '{self.command[0]}' to run the solver pyalps. {CURE}"
        return None if find_spec("pyalps") else f"'{FUNCTION}' needs the solver pyalps, which is not installed. {CURE}"

    @property
    def words(self) -> tuple[str, ...]:
        """What runs a Python script with the solver."""
        return self.command or (sys.executable,)

    def impurity(self, parameters: Mapping[str, Any]) -> "Impurity":
        """The impurity of a trial. Raises UnusableImpurity."""
        from simulators.quantum_monte_carlo.hybridization import Impurity

        return Impurity(**{name: float(parameters.get(name, getattr(self, name))) for name in MODEL})

    def _check_names(self, context: ExecutorContext) -> None:
        from orchestrator.campaign.suggestion import did_you_mean

        for name in context.space.build().names:
            if name not in MODEL:
                raise ExecutorError(
                    f"executor: '{FUNCTION}' does not know the parameter '{name}' of the space."
                    f"{did_you_mean(name, MODEL)} Known: {', '.join(MODEL)}. It solves an impurity in its own "
                    "orbitals; bases of a cluster are evaluated by qmc_exact and qmc_sse."
                )
        for name in context.objectives:
            if name not in VALUES:
                raise ExecutorError(
                    f"executor: '{FUNCTION}' does not measure '{name}'.{did_you_mean(name, VALUES)} "
                    f"It measures {', '.join(VALUES)}."
                )


def require_import(words: tuple[str, ...]) -> None:
    """Raise ExecutorError unless `words` run a Python that can import the solver. Starts it to see."""
    try:
        looked = subprocess.run(
            [*words, "-c", "import pyalps.cthyb"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LOOK,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExecutorError(f"executor.command: '{words[0]}' cannot be run: {error}. {CURE}") from error
    if looked.returncode != 0:
        said = looked.stderr.strip().splitlines()[-1:] or [f"exit code {looked.returncode}"]
        raise ExecutorError(f"executor.command: '{' '.join(words)}' cannot import pyalps: {said[0]}. {CURE}")


def hybridization_function(settings: Mapping[str, Any]) -> "HybridizationFunction":
    """The function `qmc_ct_hyb`, from what `HybridizationSettings.build` put into `settings`."""
    return HybridizationFunction(HybridizationSettings.model_validate(settings))


@dataclass(frozen=True)
class HybridizationFunction:
    """Runs the walkers of a trial and reads their reports."""

    settings: HybridizationSettings

    def __call__(self, parameters: Mapping[str, Any], folder: Path) -> Outcome:
        """Means over the walkers with their errors, or the failure of the first walker that failed."""
        from simulators.quantum_monte_carlo.errors import UnusableImpurity

        try:
            impurity = self.settings.impurity(parameters)
        except UnusableImpurity as error:
            return Outcome.failed("infeasible", str(error))
        reports: list[SolverReport] = []
        for number in range(1, self.settings.walkers + 1):
            place = folder / f"walker-{number}"
            place.mkdir(exist_ok=True)
            found = self._walk(impurity, number, place)
            if isinstance(found, Outcome):
                return found
            reports.append(found)
        return summary(reports)

    def _walk(self, impurity: "Impurity", number: int, place: Path) -> "SolverReport | Outcome":
        from simulators.quantum_monte_carlo.errors import UnusableReport
        from simulators.quantum_monte_carlo.hybridization import ARCHIVE, DRIVER, OBSERVABLES, REPORT, read_report

        settings = self.settings
        files = impurity.files(settings.sweeps, settings.thermalization, settings.seed + number - 1, settings.walltime)
        for name, content in files.items():
            (place / name).write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
        for name in (REPORT, OBSERVABLES):  # what an interrupted attempt left must not be taken for new
            (place / name).unlink(missing_ok=True)
        try:
            ended = Program((*settings.words, DRIVER), {}, settings.walltime).run(place)
            return read_report(place) if ended.code == 0 and not ended.over_time else _failed(ended, place, settings)
        except OSError as error:
            return Outcome.failed("fault", f"the solver cannot be started: {error}")
        except UnusableReport as error:
            return Outcome.failed("fault", str(error))
        finally:
            # Some 35 MB of histograms that nothing here reads; the text files stay.
            (place / ARCHIVE).unlink(missing_ok=True)


def summary(reports: "list[SolverReport]") -> Outcome:
    """Means over independent walkers. An error is never 0: one part in all measurements is the least."""
    import numpy as np

    measurements = sum(one.measurements for one in reports)
    values = {}
    for name in VALUES:
        numbers = np.array([getattr(one, name) for one in reports])
        error = float(numbers.std(ddof=1)) / len(numbers) ** 0.5
        values[name] = Value(value=float(numbers.mean()), standard_error=max(error, 1.0 / measurements))
    accepted = [one.acceptance for one in reports if one.acceptance is not None]
    details = {"walkers": [asdict(one) for one in reports], "measurements": measurements}
    return Outcome(values=values, details=details | ({"acceptance": float(np.mean(accepted))} if accepted else {}))


def _failed(ended: Ended, place: Path, settings: HybridizationSettings) -> Outcome:
    from orchestrator.executors.output_rules import STANDARD_ERROR, STANDARD_OUTPUT

    if ended.over_time:
        return Outcome.failed("timeout", f"the solver did not end within its walltime of {settings.walltime:g} s")
    said = ""
    for name in (STANDARD_ERROR, STANDARD_OUTPUT):
        said = said or (place / name).read_text(errors="replace").strip()[-LAST:]
    last = said.splitlines()[-1] if said else "it printed nothing"
    return Outcome.failed("fault", f"the solver ended with {ended.how}: {last}", output=said)
