"""The botorch optimizer on lists of candidates: two objectives beside random search, two fidelities beside one.

    python -m benchmarks.botorch_pool [--seeds 10] [--only front|fidelity]

Front: hypervolume of 60 trials, as a share of the whole list's, on 1,000 candidates of ZDT1 (Zitzler, Deb and Thiele
2000) in three dimensions. Fidelity: cost, in trials on the target, until a candidate within 1 % of (median - best) of
the best is measured on the target. Targets are random fields over 300 points in three dimensions; a cheap trial costs
a twentieth and gives a field with correlation 0.95, 0.7 or, as a control, the target's own values in random order.
Writes benchmarks/results/botorch_pool.json.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.machine import describe_machine
from benchmarks.record import RESULTS, write_json
from benchmarks.single_thread import relaunch_with_one_thread
from optimizers import CandidatePool, History, Objective, Observation, Problem, Proposal, Trial
from optimizers.botorch.settings import BotorchSettings
from optimizers.front import hypervolume
from optimizers.protocol import OptimizerSettings
from optimizers.random_search import RandomSettings

Array = npt.NDArray[np.float64]

CANDIDATES = {"front": 1000, "fidelity": 300}
TRIALS = 60
REFERENCE = (1.1, 6.0)
COST = 20.0
CORRELATIONS = (0.95, 0.7, 0.0)
LENGTH = 0.35
MOST_TRIALS = 200


def run(
    settings: OptimizerSettings,
    problem: Problem,
    answer: Callable[[Proposal], Mapping[str, float]],
    is_done: Callable[[list[Trial]], bool],
) -> list[Trial]:
    """Ask and answer until it is done."""
    optimizer, trials = settings.build(problem), list[Trial]()
    while not is_done(trials):
        (proposal,) = optimizer.propose(History(tuple(trials)), 1)
        seen = {name: Observation(float(value)) for name, value in answer(proposal).items()}
        trials.append(Trial(len(trials) + 1, proposal.parameters, "completed", proposal.candidate, seen))
    return trials


def zdt1(at: Mapping[str, Any]) -> dict[str, float]:
    """The two objectives of ZDT1 in three dimensions."""
    slope = 1.0 + 4.5 * (at["y"] + at["z"])
    return {"f1": at["x"], "f2": slope * (1.0 - (at["x"] / slope) ** 0.5)}


def front(seed: int, settings: OptimizerSettings) -> list[float]:
    """The hypervolume after 20, 40 and 60 trials as a share of what the list holds."""
    drawn = np.random.default_rng([seed, 1]).random((CANDIDATES["front"], 3)) ** np.array([1.0, 2.0, 2.0])
    pool = CandidatePool(pd.DataFrame(drawn, columns=list("xyz")))
    objectives = (Objective("f1", threshold=REFERENCE[0]), Objective("f2", threshold=REFERENCE[1]))
    points = [tuple(zdt1(pool.parameters(row)).values()) for row in range(len(pool))]
    trials = run(
        settings, Problem(pool, objectives, seed), lambda p: zdt1(p.parameters), lambda trials: len(trials) == TRIALS
    )
    tried = [points[trial.candidate or 0] for trial in trials]
    whole = hypervolume(points, REFERENCE)
    return [hypervolume(tried[:count], REFERENCE) / whole for count in (20, 40, TRIALS)]


def fields(seed: int, correlation: float) -> tuple[Array, Array, Array]:
    """Points, the target's values at them, and the cheap ones."""
    points = np.random.default_rng([seed, 1]).random((CANDIDATES["fidelity"], 3))
    squares = np.square(points[:, None, :] - points[None, :, :]).sum(axis=-1)
    root = np.linalg.cholesky(np.exp(-0.5 * squares / LENGTH**2) + 1e-8 * np.eye(len(points)))
    target, other = (
        _standard(root @ np.random.default_rng([seed, 2 + k]).standard_normal(len(points))) for k in (0, 1)
    )
    if correlation == 0.0:
        return points, target, np.random.default_rng([seed, 9]).permutation(target)
    return points, target, correlation * target + (1.0 - correlation**2) ** 0.5 * other


def _standard(values: Array) -> Array:
    scaled: Array = (values - values.mean()) / values.std()
    return scaled


def fidelity(seed: int, correlation: float | None) -> dict[str, float]:
    """Cost of success, and the trials it took at each fidelity; without a correlation there is only the target."""
    points, target, cheap = fields(seed, correlation or 0.0)
    goal = target.min() + 0.01 * (np.median(target) - target.min())
    table = pd.DataFrame(points, columns=list("xyz"))
    settings, values, count = BotorchSettings(), target, len(points)
    if correlation is not None:
        table = pd.concat([table.assign(mesh="fine"), table.assign(mesh="coarse")], ignore_index=True)
        values = np.concatenate([target, cheap])
        levels = [{"value": "coarse", "cost": 1.0}, {"value": "fine", "cost": COST}]
        settings = BotorchSettings.model_validate(
            {"fidelity": {"parameter": "mesh", "target": "fine", "levels": levels}}
        )

    def is_done(trials: list[Trial]) -> bool:
        last = trials[-1].candidate if trials else None
        return len(trials) == MOST_TRIALS or (last is not None and last < count and target[last] <= goal)

    problem = Problem(CandidatePool(table), (Objective("q"),), seed)
    trials = run(settings, problem, lambda p: {"q": float(values[p.candidate or 0])}, is_done)
    fine = sum((trial.candidate or 0) < count for trial in trials)
    return {"cost": fine + (len(trials) - fine) / COST, "fine": fine, "coarse": len(trials) - fine}


def fronts(seeds: int) -> dict[str, Any]:
    """Both methods on every seed."""
    found: dict[str, Any] = {}
    for name, settings in (("botorch", BotorchSettings()), ("random", RandomSettings())):
        shares = np.array([front(seed, settings) for seed in range(seeds)])
        found[name] = {"share_at_20_40_60": shares.tolist()}
        middle = " / ".join(f"{value:.3f}" for value in np.median(shares, axis=0))
        print(f"front     {name:10} median share of the hypervolume at 20 / 40 / 60 trials: {middle}", flush=True)
    return found


def fidelities(seeds: int) -> dict[str, Any]:
    """One fidelity, and two with each correlation, on every seed."""
    found: dict[str, Any] = {}
    for correlation in (None, *CORRELATIONS):
        runs = [fidelity(seed, correlation) for seed in range(seeds)]
        name = {None: "target only", 0.0: "shuffled"}.get(correlation, f"correlation {correlation}")
        found[name] = runs
        costs = sorted(one["cost"] for one in runs)
        fine, coarse = (float(np.mean([one[key] for one in runs])) for key in ("fine", "coarse"))
        print(
            f"fidelity  {name:17} cost median {np.median(costs):.1f}  p90 {costs[int(np.ceil(0.9 * seeds)) - 1]:.1f}  "
            f"mean {np.mean(costs):.1f}  (mean trials: {fine:.1f} fine, {coarse:.1f} coarse)",
            flush=True,
        )
    return found


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", choices=("front", "fidelity"))
    asked = parser.parse_args()
    relaunch_with_one_thread("benchmarks.botorch_pool")
    path = RESULTS / "botorch_pool.json"
    record: dict[str, Any] = json.loads(path.read_text()) if asked.only and path.exists() else {}
    record |= {"machine": describe_machine()}
    if asked.only != "fidelity":
        record["front"] = fronts(asked.seeds)
    if asked.only != "front":
        record["fidelity"] = fidelities(asked.seeds)
    write_json(path, record)


if __name__ == "__main__":
    main()
