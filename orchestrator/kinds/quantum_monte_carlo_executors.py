"""Average signs of one-particle bases: exact, exact with noise of known size, or by Monte Carlo."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat

from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.kept import kept_folder
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.kinds.quantum_monte_carlo import HubbardBases

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from optimizers.rotation import RotationSpace

EXACT: Literal["qmc_exact"] = "qmc_exact"
SAMPLED: Literal["qmc_sse"] = "qmc_sse"
VALUES: dict[str, tuple[str, ...]] = {
    EXACT: ("average_sign", "stoquastic_energy", "boson_sign", "delta_f_index", "kl"),
    SAMPLED: ("average_sign", "stoquastic_energy", "particles"),
}
"""What each executor measures; the objective of the campaign must be one of them."""
MOST_EFFORT = 10_000


class ExactSettings(BaseModel):
    """Exact diagonalisation, with Gaussian noise of known size where it is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["qmc_exact"] = EXACT
    energy_noise: NonNegativeFloat = 0.0
    """Standard error of the sign-free energy at effort 1; it falls with the square root of the effort."""
    sign_noise: NonNegativeFloat = 0.0
    """Standard error of the average sign at effort 1."""
    seed: NonNegativeInt = 0
    """What the noise derives from, together with the basis."""
    timeout: PositiveFloat = 600.0
    """Seconds after which a trial is given up."""

    def build(self, context: ExecutorContext) -> Executor:
        """The executor; no process is started yet. Raises ExecutorError if it cannot evaluate this campaign."""
        return _executor(self.kind, self, self.timeout, context)


class SampledSettings(BaseModel):
    """Stochastic series expansion: Monte Carlo with honest error bars.

    The chain of a basis is kept in the campaign's folder: a trial that asks for more effort in the same basis goes on
    where the last one ended, and what it returns is what an uninterrupted run of that length returns.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["qmc_sse"] = SAMPLED
    sweeps: int = Field(default=15_000, ge=1000, le=10**9)
    """Sweeps of a trial of effort 1."""
    warmup: int = Field(default=2000, ge=500)
    """Sweeps before them, in which the source terms are fitted."""
    seed: NonNegativeInt = 0
    """What the chains derive from, together with the basis."""
    timeout: PositiveFloat = 3600.0
    """Seconds after which a trial is given up."""

    def build(self, context: ExecutorContext) -> Executor:
        """The executor; no process is started yet. Raises ExecutorError if it cannot evaluate this campaign."""
        return _executor(self.kind, self, self.timeout, context)


class ExactFunction:
    """The registered function `qmc_exact`, prepared for one cluster."""

    def __init__(self, space: HubbardBases, settings: ExactSettings) -> None:
        from simulators.quantum_monte_carlo.exact import ExactCluster

        self._rotations = space.build()
        self._exact = ExactCluster(space.cluster())
        self._settings = settings

    def __call__(self, parameters: Mapping[str, Any], _folder: Path) -> Outcome:
        """Every exact quantity of the basis; the noise depends on seed, basis and effort alone."""
        rotation = self._rotations.rotation(parameters)
        report = asdict(self._exact.report(rotation))
        effort = _effort(parameters)
        energy, sign = self._noise(rotation, effort)
        noisy = {
            "stoquastic_energy": (energy, self._settings.energy_noise),
            "average_sign": (sign, self._settings.sign_noise),
        }
        values = {
            name: Value(
                value=report[name] + noisy.get(name, (0.0, 0.0))[0],
                standard_error=noisy.get(name, (0.0, 0.0))[1] / effort**0.5,
            )
            for name in VALUES[EXACT]
        }
        rest = {name: number for name, number in report.items() if name not in VALUES[EXACT]}
        return Outcome(values=values, details={**rest, "mu": self._exact.mu, "basis": rotation.tolist()})

    def _noise(self, rotation: "npt.NDArray[np.float64]", effort: int) -> tuple[float, float]:
        """The mean of the first `effort` draws of the basis: more effort refines what less effort said."""
        import numpy as np

        seed = int.from_bytes(_digest(self._settings.seed, rotation)[:8], "big")
        draws = np.random.default_rng(seed).standard_normal((effort, 2)).mean(axis=0)
        return self._settings.energy_noise * float(draws[0]), self._settings.sign_noise * float(draws[1])


class SampledFunction:
    """The registered function `qmc_sse`, prepared for one cluster."""

    def __init__(self, space: HubbardBases, settings: SampledSettings) -> None:
        from simulators.quantum_monte_carlo.filling import chemical_potential

        self._space = space
        self._rotations: RotationSpace = space.build()
        self._cluster = space.cluster()
        self._mu = chemical_potential(self._cluster)
        self._settings = settings

    def __call__(self, parameters: Mapping[str, Any], folder: Path) -> Outcome:
        """The measured sign and sign-free energy; the chain is kept beside the trials of the campaign."""
        from simulators.quantum_monte_carlo.errors import NotErgodic, StringTruncated
        from simulators.quantum_monte_carlo.vertices import vertices

        rotation = self._rotations.rotation(parameters)
        sweeps = self._settings.sweeps * _effort(parameters)
        found = vertices(self._cluster, rotation, self._mu)
        try:
            chain = self._chain(found, rotation, self._file(rotation, folder))
            before = chain.sweeps
            chain.extend(sweeps)
            measured = asdict(chain.measurement(sweeps))
        except (NotErgodic, StringTruncated) as trouble:
            return Outcome.failed("unconverged", str(trouble), basis=rotation.tolist())
        if chain.sweeps > before:
            chain.save(self._file(rotation, folder))
        values = {
            name: Value(value=measured.pop(name), standard_error=measured.pop(f"{name}_error"))
            for name in VALUES[SAMPLED]
        }
        details = {**measured, "continued_from": before, "mu": self._mu, "basis": rotation.tolist()}
        return Outcome(values=values, details=details)

    def _chain(self, found: Any, rotation: "npt.NDArray[np.float64]", file: Path) -> Any:
        from simulators.quantum_monte_carlo.sampling import SignChain

        if file.exists():
            return SignChain.load(file, found, self._cluster.beta)
        seed = (self._settings.seed, rotation.tobytes())
        return SignChain.begin(found, self._cluster.beta, seed, self._settings.warmup)

    def _file(self, rotation: "npt.NDArray[np.float64]", folder: Path) -> Path:
        """Where the chain of this basis is kept for later trials of the campaign."""
        about = f"{self._space.model_dump_json()} {self._settings.seed} {self._settings.warmup}"
        return kept_folder(folder, "chains") / f"{_digest(about, rotation).hex()[:24]}.npz"


def exact_function(settings: Mapping[str, Any]) -> ExactFunction:
    """The function `qmc_exact`, from what `ExactSettings.build` put into `settings`."""
    return ExactFunction(
        HubbardBases.model_validate(settings["space"]), ExactSettings.model_validate(settings["executor"])
    )


def sampled_function(settings: Mapping[str, Any]) -> SampledFunction:
    """The function `qmc_sse`, from what `SampledSettings.build` put into `settings`."""
    return SampledFunction(
        HubbardBases.model_validate(settings["space"]), SampledSettings.model_validate(settings["executor"])
    )


def _executor(kind: str, settings: BaseModel, timeout: float, context: ExecutorContext) -> Executor:
    from orchestrator.executors.process import ProcessExecutor

    if not isinstance(context.space, HubbardBases):
        found = getattr(context.space, "kind", type(context.space).__name__)
        raise ExecutorError(
            f"kind: '{kind}' evaluates the space 'hubbard_bases', not '{found}'. Change the kind of one of them."
        )
    unknown = [name for name in context.objectives if name not in VALUES[kind]]
    if unknown:
        raise ExecutorError(f"kind: '{kind}' does not measure '{unknown[0]}'. It measures {', '.join(VALUES[kind])}.")
    prepared = {"space": context.space.model_dump(mode="json"), "executor": settings.model_dump(mode="json")}
    return ProcessExecutor(kind, prepared, context.parallel, timeout)


def _effort(parameters: Mapping[str, Any]) -> int:
    effort = int(parameters.get("effort") or 1)
    if not 1 <= effort <= MOST_EFFORT:
        raise ValueError(f"effort: {effort} is not between 1 and {MOST_EFFORT}.")
    return effort


def _digest(about: object, rotation: "npt.NDArray[np.float64]") -> bytes:
    return hashlib.sha256(str(about).encode() + rotation.tobytes()).digest()
