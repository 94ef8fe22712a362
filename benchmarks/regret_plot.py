"""The picture of `regret`: what is still missing after each trial, median and quartiles of the seeds."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from benchmarks.contests import CONTESTS
from benchmarks.parameter_run import FinishedRun
from benchmarks.peers_parameters.searcher import Contest
from benchmarks.quantile import quantile
from benchmarks.regret_curve import best_visited_after, loss_after

STYLES = {
    "junkan": ("#c2410c", "-"),
    "junkan box": ("#c2410c", "-"),
    "junkan ax": ("#f59e0b", "-"),
    "junkan botorch": ("#a16207", "--"),
    "ax default": ("#1d4ed8", "-"),
    "optuna GP": ("#0d9488", "-"),
    "optuna TPE": ("#6d28d9", "-."),
    "CMA-ES": ("#64748b", "--"),
    "random": ("#94a3b8", ":"),
}
FLOOR = 1e-5
"""Less than this is shown as this: the optimum is not known to more digits everywhere."""


def plot_regret(runs: Sequence[FinishedRun], path: Path) -> None:
    """One panel per problem. With noise, the best trial is taken as known: the incumbent is in the table."""
    problems = [name for name in CONTESTS if any(run.cell.problem == name for run in runs)]
    rows = (len(problems) + 1) // 2
    figure, panels = plt.subplots(rows, 2, figsize=(13, 3.6 * rows), squeeze=False)
    for axes, problem in zip(panels.ravel(), problems, strict=False):
        _panel(axes, CONTESTS[problem], [run for run in runs if run.cell.problem == problem])
    for axes in panels.ravel()[len(problems) :]:
        axes.set_visible(False)
    named = [it for axes in panels.ravel() for it in zip(*axes.get_legend_handles_labels(), strict=True)]
    handles = {label: handle for handle, label in named}
    ordered = [method for method in STYLES if method in handles]
    figure.legend([handles[it] for it in ordered], ordered, ncols=len(ordered), loc="lower center", frameon=False)
    figure.suptitle("Median and quartiles of the seeds; smaller is better", fontsize=11)
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _panel(axes: Axes, contest: Contest, runs: Sequence[FinishedRun]) -> None:
    for method in [name for name in STYLES if any(run.cell.method == name for run in runs)]:
        curves = np.array([_curve(run, contest) for run in runs if run.cell.method == method])
        low, median, high = (quantile(curves, share) for share in (0.25, 0.5, 0.75))
        trials = np.arange(1, contest.trials + 1)
        colour, line = STYLES[method]
        axes.plot(trials, median, color=colour, linestyle=line, linewidth=1.6, label=method)
        shown = np.isfinite(high)
        axes.fill_between(trials[shown], low[shown], high[shown], color=colour, alpha=0.12, linewidth=0)
    several = len(contest.problem.objectives) > 1
    axes.set_yscale("log")
    axes.set(title=contest.name, xlabel="trials", ylabel="missing hypervolume" if several else "regret")
    axes.grid(linewidth=0.4, alpha=0.6)


def _curve(run: FinishedRun, contest: Contest) -> list[float]:
    after = best_visited_after if contest.standard_error else loss_after
    return [max(after(run, contest, trials), FLOOR) for trials in range(1, contest.trials + 1)]
