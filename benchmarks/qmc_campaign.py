"""Campaigns for the basis without a sign problem: ours beside CMA-ES, Nelder-Mead with restarts, and random search.

    python -m benchmarks.qmc_campaign [--noise exact|sse] [--models ...] [--methods ...] [--seeds 20] [--sweeps 6000]

Peers follow the sign-free energy of a triangle at beta = 10 for 150 evaluations; ours turns to the sign itself in its
last stages, as its defaults say. `found` is the first evaluation of a
basis whose exact average sign is at least 0.9; `recommended` is the exact sign of the basis that the method would
name at the end. `exact` adds Gaussian noise to exact values, 0.01 to the energy and 0.005 to the sign;
`sse` measures both by Monte Carlo for ours; for the peers, who would take hours, it adds Gaussian noise of the size
that Monte Carlo has with twice the sweeps, so that they get what ours spends on its more thorough trials. Finished
searches are kept in `results/qmc_campaign.jsonl`; only missing ones are run. CMA-ES needs the package `cma`.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console

from benchmarks.machine import describe_machine
from benchmarks.record import RESULTS, write_json
from benchmarks.sheet import Sheet, write_markdown
from benchmarks.single_thread import relaunch_with_one_thread
from optimizers import History, Objective, Observation, Problem, Trial
from optimizers.basis_search.settings import BasisSearchSettings
from optimizers.rotation import RotationSpace, exponential, haar_rotation
from orchestrator.kinds.quantum_monte_carlo import HubbardBases
from orchestrator.kinds.quantum_monte_carlo_executors import (
    ExactFunction,
    ExactSettings,
    SampledFunction,
    SampledSettings,
)
from simulators.quantum_monte_carlo.exact import ExactCluster

Array = npt.NDArray[np.float64]
Search = Generator[dict[str, Any], dict[str, Observation], dict[str, Any]]
"""Yields parameters, takes in what was observed, returns the parameters it recommends."""

BUDGET = 150
GOOD = 0.9
NOISE = 0.01
SIGN_NOISE = 0.005
SAMPLED_NOISE, SAMPLED_SIGN_NOISE = 0.95, 1.4
"""Standard errors of Monte Carlo times the root of its sweeps, at beta = 10 (`python -m benchmarks.qmc_sampling`)."""
PEERS_EFFORT = 2
GUIDE = "stoquastic_energy"
SIGN = "average_sign"
MODELS = {
    "isosceles": ((0.0, 0.5, 1.0), (0.5, 0.0, 1.0), (1.0, 1.0, 0.0)),
    "ring": ((0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, 0.0)),
}


class OutOfBudget(Exception):
    """A library minimiser asked for more than its evaluations."""


def ours(space: RotationSpace, seed: int) -> Search:
    """The defaults, the guide apart; the recommendation is the largest sign among the confirmed bases."""
    settings = BasisSearchSettings(guide=GUIDE)
    optimizer = settings.build(Problem(space, (Objective(SIGN, goal="maximize"),), seed))
    trials: list[Trial] = []
    while len(trials) < BUDGET:
        proposals = optimizer.propose(History(tuple(trials)), 1)
        if not proposals:
            break
        seen = yield dict(proposals[0].parameters)
        trials.append(Trial(len(trials) + 1, proposals[0].parameters, "completed", observations=seen))
    confirmed = [trial for trial in trials if trial.parameters["effort"] == settings.confirm.effort]
    best = max(confirmed or trials, key=lambda trial: trial.observations[SIGN].value)
    return dict(best.parameters)


def random(space: RotationSpace, seed: int) -> Search:
    """Uniform rotations."""
    chance = np.random.default_rng(seed)
    return (yield from _followed(space.parameters(haar_rotation(3, chance)) for _ in range(BUDGET)))


def _followed(drawn: Any) -> Search:
    best: tuple[float, dict[str, Any]] = (-np.inf, {})
    for parameters in drawn:
        seen = yield parameters
        best = max(best, (seen[GUIDE].value, parameters), key=lambda one: one[0])
    return best[1]


def simplex_restarts(seed: int, ask: Callable[[Array], float]) -> None:
    """SciPy's Nelder-Mead from one random rotation after the other."""
    from scipy.optimize import minimize

    chance = np.random.default_rng(seed)
    while True:
        start = haar_rotation(3, chance)
        corners = np.vstack([np.zeros(3), 0.3 * np.eye(3)])
        minimize(
            lambda x, start=start: ask(start @ exponential(x, 3)),
            np.zeros(3),
            method="Nelder-Mead",
            options={"initial_simplex": corners, "xatol": 1e-3, "fatol": NOISE / 3},
        )


def cma_restarts(seed: int, ask: Callable[[Array], float]) -> None:
    """CMA-ES with restarts from random rotations, first step 0.5 radians."""
    import cma

    chance, restart = np.random.default_rng(seed), 0
    while True:
        start, restart = haar_rotation(3, chance), restart + 1
        options = {"seed": 1000 * seed + restart, "verbose": -9, "tolx": 1e-3, "tolfun": NOISE / 3}
        cma.fmin(lambda x, start=start: ask(start @ exponential(np.asarray(x), 3)), np.zeros(3), 0.5, options)


METHODS = ("junkan", "nelder-mead restarts", "cma-es restarts", "random")


class Laboratory:
    """Evaluates bases of one model and remembers how good they really were."""

    def __init__(self, model: str, noise: str, sweeps: int, seed: int, folder: Path) -> None:
        self.space = HubbardBases(hopping=MODELS[model], beta=10.0)
        self.rotations = self.space.build()
        self._exact = ExactCluster(self.space.cluster())
        self._folder = folder / "trial" / "attempt"
        self._folder.mkdir(parents=True)
        self._function = self._measured_by(noise, sweeps, seed)
        self.signs: list[float] = []
        self.units = 0

    def _measured_by(self, noise: str, sweeps: int, seed: int) -> ExactFunction | SampledFunction:
        if noise == "sse":
            return SampledFunction(self.space, SampledSettings(sweeps=sweeps, seed=seed))
        energy, sign = NOISE, SIGN_NOISE
        if noise == "like sse":
            root = (PEERS_EFFORT * sweeps) ** 0.5
            energy, sign = SAMPLED_NOISE / root, SAMPLED_SIGN_NOISE / root
        return ExactFunction(self.space, ExactSettings(energy_noise=energy, sign_noise=sign, seed=seed))

    def sign(self, parameters: dict[str, Any]) -> float:
        """The exact average sign."""
        return self._exact.report(self.rotations.rotation(parameters)).average_sign

    def observe(self, parameters: dict[str, Any]) -> dict[str, Observation]:
        """One evaluation."""
        if len(self.signs) == BUDGET:
            raise OutOfBudget
        self.signs.append(self.sign(parameters))
        self.units += int(parameters.get("effort", 1))
        outcome = self._function({"effort": 1, **parameters}, self._folder)
        if outcome.failure is not None:
            raise RuntimeError(outcome.failure.reason)
        return {name: Observation(seen.value, seen.standard_error) for name, seen in outcome.values.items()}


def run(model: str, noise: str, sweeps: int, method: str, seed: int) -> dict[str, Any]:
    """One campaign, as a JSON object."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        simulated = "like sse" if noise == "sse" and method != "junkan" else noise
        laboratory = Laboratory(model, simulated, sweeps, seed, Path(folder))
        if method in ("junkan", "random"):
            recommended = _drive((ours if method == "junkan" else random)(laboratory.rotations, seed), laboratory)
        else:
            recommended = _minimise(simplex_restarts if method.startswith("nelder") else cma_restarts, laboratory, seed)
        found = next((number for number, sign in enumerate(laboratory.signs, start=1) if sign >= GOOD), None)
        return {
            "model": model,
            "noise": noise_name(noise, sweeps),
            "method": method,
            "seed": seed,
            "found": found,
            "best": max(laboratory.signs),
            "recommended": laboratory.sign(recommended),
            "evaluations": len(laboratory.signs),
            "units": laboratory.units,
            "seconds": time.perf_counter() - started,
        }


def noise_name(noise: str, sweeps: int) -> str:
    """What the table calls it."""
    return f"{NOISE:g}" if noise == "exact" else f"sse {sweeps}"


def _drive(search: Search, laboratory: Laboratory) -> dict[str, Any]:
    parameters = next(search)
    while True:
        try:
            parameters = search.send(laboratory.observe(parameters))
        except StopIteration as end:
            return dict(end.value)


def _minimise(minimiser: Callable[..., None], laboratory: Laboratory, seed: int) -> dict[str, Any]:
    best: tuple[float, dict[str, Any]] = (np.inf, {})

    def ask(rotation: Array) -> float:
        nonlocal best
        parameters = laboratory.rotations.parameters(rotation)
        cost = -laboratory.observe(parameters)[GUIDE].value
        best = min(best, (cost, parameters), key=lambda one: one[0])
        return cost

    try:
        minimiser(seed, ask)
    except OutOfBudget:
        return best[1]
    raise AssertionError("a minimiser with restarts ends by running out of budget")


def kept(file: Path) -> list[dict[str, Any]]:
    """The finished campaigns of earlier runs."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def summarised(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per model, noise and method."""
    summary = []
    for model, noise, method in dict.fromkeys((row["model"], row["noise"], row["method"]) for row in rows):
        mine = [row for row in rows if (row["model"], row["noise"], row["method"]) == (model, noise, method)]
        hits = sorted(row["found"] for row in mine if row["found"] is not None)
        summary.append(
            {
                "model": model,
                "noise": noise,
                "method": method,
                "seeds": len(mine),
                "found": len(hits),
                "recommended": sum(row["recommended"] >= GOOD for row in mine),
                "median_recommended": float(np.median([row["recommended"] for row in mine])),
                "median_found": float(np.median(hits)) if hits else None,
                "seconds": float(np.mean([row["seconds"] for row in mine])),
            }
        )
    order = {name: rank for rank, name in enumerate(METHODS)}
    return sorted(summary, key=lambda row: (row["noise"], row["model"], order[row["method"]]))


def as_sheet(summary: list[dict[str, Any]]) -> Sheet:
    """One line per model, noise and method."""
    headings = ("cluster", "noise", "method", "seeds", "found", "named", "median ⟨s⟩ named", "median of found after")
    rows = []
    for row in summary:
        after = "" if row["median_found"] is None else f"{row['median_found']:.0f}"
        counts = (str(row[name]) for name in ("seeds", "found", "recommended"))
        rows.append((row["model"], row["noise"], row["method"], *counts, f"{row['median_recommended']:.3g}", after))
    return Sheet(headings, tuple(rows))


CAPTION = (
    "Seeds in which a basis with an exact ⟨s⟩ of at least 0.9 was evaluated within 150 trials (found), and in which "
    "the method names such a basis at its end (named). `python -m benchmarks.qmc_campaign`, once more with "
    "`--noise sse --sweeps 3000`."
)


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.qmc_campaign")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--noise", choices=("exact", "sse"), default="exact")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--sweeps", type=int, default=6000, help="of an evaluation of effort 1")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the table")
    options = parser.parse_args()
    file = options.results / "qmc_campaign.jsonl"
    rows = kept(file)
    noise = noise_name(options.noise, options.sweeps)
    have = {(row["model"], row["noise"], row["method"], row["seed"]) for row in rows}
    for model in options.models:
        for method in options.methods:
            if method.startswith("cma") and find_spec("cma") is None:
                print("the package cma is not installed: CMA-ES is left out", file=sys.stderr)
                continue
            for seed in range(options.first_seed, options.first_seed + options.seeds):
                if (model, noise, method, seed) in have:
                    continue
                rows.append(run(model, options.noise, options.sweeps, method, seed))
                with file.open("a") as stream:
                    stream.write(json.dumps(rows[-1]) + "\n")
    summary = summarised(rows)
    sheet = as_sheet(summary)
    sheet.show(Console(width=140))
    write_markdown(options.results / "qmc_campaign.md", [sheet], CAPTION)
    write_json(options.results / "qmc_campaign.json", {"machine": describe_machine(), "rows": summary})
    return 0


if __name__ == "__main__":
    sys.exit(main())
