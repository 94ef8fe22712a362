"""The function `ase`: one attempt at a trial by a calculator of ASE. Runs in a worker process."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestrator.executors.ase_settings import AseSettings, CalculatorSettings, filled
from orchestrator.executors.calculation_cache import Calculation, CalculationCache
from orchestrator.executors.checkpoint import earlier_attempts, take_over
from orchestrator.executors.errors import ExecutorError, system
from orchestrator.executors.foreign import calculation as script
from orchestrator.executors.frozen import require_unchanged
from orchestrator.executors.leftovers import kill_leftovers
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.executors.output_rules import STANDARD_ERROR, STANDARD_OUTPUT
from orchestrator.executors.program import Ended, Program
from orchestrator.executors.structures import ImpossibleStructure

INPUT, RESULT, DESCRIPTION = "calculation.json", "result.json", "description.json"
FILES = ("final.extxyz", "corrections.json", "custodian.json", "relax.traj", "*.pwo", "gpaw*.txt", "stderr.txt")
"""What is listed with an outcome, as far as it is there."""
MARGIN = 30.0
"""Seconds that a calculation has beyond its walltime to stop by itself."""


def ase_function(settings: Mapping[str, Any]) -> "AseFunction":
    """The function `ase`, from what `AseSettings.build` put into `settings`."""
    executor = AseSettings.model_validate(settings["executor"])
    cache = CalculationCache(Path(settings["cache"]))
    return AseFunction(executor, settings["quantities"], cache, settings["frozen"])


class AseFunction:
    """Fills in the structure, looks whether it was calculated before, and calculates it, with remedies, if not."""

    def __init__(
        self,
        settings: AseSettings,
        quantities: Mapping[str, str],
        cache: CalculationCache,
        frozen: Mapping[str, str],
    ) -> None:
        self._settings = settings
        self._frozen = frozen
        self._quantities = quantities
        self._cache = cache
        self._code: dict[str, Any] = {}

    def __call__(self, parameters: Mapping[str, Any], folder: Path) -> Outcome:
        """What came of the attempt in `folder`."""
        for earlier in earlier_attempts(folder):
            kill_leftovers(earlier)
        try:
            require_unchanged(self._frozen)
            asked = self._asked(parameters, folder)
            return self._cached_or_calculated(asked, folder)
        except ImpossibleStructure as error:
            return Outcome.failed("infeasible", str(error))
        except ExecutorError as error:
            return Outcome.failed("fault", str(error))
        except OSError as error:
            return Outcome.failed("fault", system(error))

    def _asked(self, parameters: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        settings = self._settings
        values = {**settings.variables, **parameters}
        atoms = settings.structure.atoms(values, folder)
        taken = take_over(("relax.traj",), folder) if settings.task != "energy" else ()
        return {
            **common_input(settings, filled(settings.settings, values), forces=settings.task != "energy"),
            "structure": script.plain(atoms),
            "task": settings.task,
            "fmax": settings.fmax,
            "steps": settings.steps,
            "walltime": settings.walltime,
            "is_restart": bool(taken),
        }

    def _cached_or_calculated(self, asked: Mapping[str, Any], folder: Path) -> Outcome:
        write_input(asked, folder)
        use = self._settings.cache
        calculation = None if use == "none" else self._calculation(asked, folder)
        if calculation is not None and use == "use":
            known = self._cache.find(calculation)
            if known is not None:
                found = {"source": known["source"], "at": known["at"], "key": calculation.key}
                return self._outcome(known["result"], [], folder, cached=found)
        result, corrections = calculate(self._settings, self._settings.walltime, folder)
        outcome = self._outcome(result, corrections, folder)
        if calculation is not None and outcome.failure is None:
            self._cache.store(calculation, result, attempt_key(folder), renew=use == "refresh")
        return outcome

    def _calculation(self, asked: Mapping[str, Any], folder: Path) -> Calculation | None:
        """What the cache is asked for; None where nobody can say which code it is."""
        kinds = json.dumps([sorted(set(asked["structure"]["numbers"])), asked["settings"]], sort_keys=True)
        if kinds not in self._code:
            self._code[kinds] = describe(self._settings, folder)
        code = self._code[kinds]
        if not code.get("is_known"):
            return None
        told = {name: asked[name] for name in ("calculator", "settings", "task")}
        if asked["task"] != "energy":
            told["fmax"] = asked["fmax"]
        return Calculation(asked["structure"], told, code)

    def _outcome(
        self, result: Mapping[str, Any], corrections: list[dict[str, Any]], folder: Path, **about: Any
    ) -> Outcome:
        details: dict[str, Any] = {**about, **({"corrections": corrections} if corrections else {})}
        trouble = result.get("trouble")
        if trouble:
            rest = {name: value for name, value in trouble.items() if name not in ("kind", "reason")}
            outcome = Outcome.failed(trouble["kind"], trouble["reason"], **rest, **details)
        else:
            quantities = measured(result)
            missing = [name for name, quantity in self._quantities.items() if quantities.get(quantity) is None]
            if missing:
                reason = f"the calculation gives no {self._quantities[missing[0]]} (for '{missing[0]}')"
                return Outcome.failed("fault", reason)
            values = {name: Value(value=quantities[quantity]) for name, quantity in self._quantities.items()}
            names = ("steps", "seconds", "max_force", "volume")
            outcome = Outcome(values=values, details={**{n: result[n] for n in names if n in result}, **details})
        return outcome.model_copy(update={"files": files(folder)})


def common_input(settings: CalculatorSettings, given: Mapping[str, Any], forces: bool) -> dict[str, Any]:
    """What every script that runs a calculator is told of it; `given` are its settings with everything filled in."""
    told = dict(given)
    if settings.calculator == "gpaw":
        told.setdefault("txt", "gpaw.txt")
    if settings.calculator == "espresso" and forces:  # pw.x prints them only where it is asked to
        data = told.get("input_data") or {}
        control = {"tprnfor": True, "tstress": True, **data.get("control", {})}
        told["input_data"] = {**data, "control": control}
    return {
        "calculator": settings.calculator,
        "settings": told,
        "profile": settings.profile,
        "signs": settings.signs,
        "potentials": [str(path) for path in settings.potentials],
    }


def write_input(asked: Mapping[str, Any], folder: Path) -> None:
    """What the script reads."""
    (folder / INPUT).write_text(json.dumps(asked, indent=1), encoding="utf-8")


def clear_output(settings: CalculatorSettings, folder: Path) -> None:
    """Remove what earlier runs left: a stale file must not make a step look finished, or failed."""
    named = [sign["file"] for sign in settings.signs]
    # The images of a band have folders of their own.
    for pattern in (RESULT, STANDARD_OUTPUT, STANDARD_ERROR, *named, *(f"*/{name}" for name in named)):
        for path in folder.glob(pattern):
            if path.name != INPUT and path.is_file():
                path.unlink()


def calculate(
    settings: CalculatorSettings, walltime: float, folder: Path, program: Path = Path(script.__file__)
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The result of the calculation in `folder`, and the corrections that were made on the way. Raises OSError."""
    found: dict[str, Any] = {}

    def run_once() -> bool:
        clear_output(settings, folder)
        found.clear()
        found.update(_run(settings, walltime, folder, program))
        return found.get("trouble", {}).get("kind") in ("unconverged", "fault")

    if settings.budget and settings.remedies:
        from orchestrator.executors.remedies import run_with_remedies

        corrections = run_with_remedies(run_once, settings.remedies, settings.budget, folder)
    else:
        run_once()
        corrections = []
    return dict(found), corrections


def _run(settings: CalculatorSettings, walltime: float, folder: Path, program: Path) -> dict[str, Any]:
    words = [settings.python, str(program)]
    try:
        ended = Program(words, settings.environment, walltime + MARGIN).run(folder)
    except FileNotFoundError as error:
        return _trouble("fault", f"the interpreter '{settings.python}' cannot be started: {error.strerror}")
    if ended.over_time:
        return _trouble("timeout", f"the calculation did not end within its walltime of {walltime:g} s")
    try:
        result: dict[str, Any] = json.loads((folder / RESULT).read_text())
    except (OSError, ValueError):
        return _trouble("fault", f"the calculation left no result ({ended.how}){_last_line(folder)}")
    return result


def describe(settings: CalculatorSettings, folder: Path, program: Path = Path(script.__file__)) -> dict[str, Any]:
    """Which code would calculate what `INPUT` in `folder` describes; empty if it cannot say."""
    (folder / DESCRIPTION).unlink(missing_ok=True)
    try:
        ended: Ended = Program([settings.python, str(program), "describe"], settings.environment, 120.0).run(folder)
        found: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text()) if ended.code == 0 else {}
    except (OSError, ValueError):
        return {}
    return found


def measured(result: Mapping[str, Any]) -> dict[str, Any]:
    """Every quantity that a result has."""
    energy, volume, atoms = result["energy"], result.get("volume"), result["atoms"]
    return {
        "energy": energy,
        "energy_per_atom": energy / atoms,
        "volume": volume,
        "volume_per_atom": None if volume is None else volume / atoms,
        "max_force": result.get("max_force"),
    }


def files(folder: Path) -> tuple[str, ...]:
    """What is worth a look."""
    return tuple(sorted({path.name for pattern in FILES for path in folder.glob(pattern) if path.stat().st_size}))


def attempt_key(folder: Path) -> str:
    """The key of the attempt in `folder`."""
    try:
        return str(json.loads((folder / "request.json").read_text())["key"])
    except (OSError, ValueError, KeyError):
        return str(folder)


def _trouble(kind: str, reason: str) -> dict[str, Any]:
    return {"trouble": {"kind": kind, "reason": reason}}


def _last_line(folder: Path) -> str:
    try:
        lines = (folder / STANDARD_ERROR).read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return f": {lines[-1][:300]}" if lines else ""
