"""The picture of `benchmarks.level_set`: the region found beside the true one, and how fast it is found."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from benchmarks.precipitates import LEVEL, POINTS
from benchmarks.region_run import INITIAL, TRIALS, RegionRun, Table, searcher
from benchmarks.tabulated import Tabulated

STYLES = {
    "random": ("#64748b", ":"),
    "botorch": ("#a16207", "-."),
    "straddle": ("#c2410c", "-"),
    "entropy": ("#0f766e", "--"),
    "lookahead": ("#1d4ed8", "-"),
}
SHAPE = (POINTS, POINTS)


def plot_regions(landscape: Tabulated, run: RegionRun, runs: Sequence[RegionRun], path: Path) -> None:
    """The map of one run with the certificate after the last trial, and the F1 of all runs."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11.5, 4.8), width_ratios=(1.15, 1.0))
    _map(left, landscape, run)
    for method in dict.fromkeys(it.method for it in runs):
        _curve(right, method, [it for it in runs if it.method == method])
    right.axhline(0.95, color="black", linewidth=0.8)
    right.set(xlim=(INITIAL, TRIALS), ylim=(0.4, 1.005), xlabel="trials (of 961 candidates)", ylabel="F1 of the region")
    right.grid(linewidth=0.4, alpha=0.7)
    right.legend(loc="lower right", frameon=False, title="median and middle half of 10 seeds")
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _map(axes: Axes, landscape: Tabulated, run: RegionRun) -> None:
    optimizer, table = searcher(landscape.pool, LEVEL, 0, run.method), Table(landscape)
    for candidate in run.candidates:
        table.perform(candidate)
    inside = optimizer.survey(table.history).inside
    x, y = (landscape.pool.table[name].to_numpy().reshape(SHAPE) for name in ("interface_energy", "misfit_c"))
    mesh = axes.pcolormesh(x, y, inside.reshape(SHAPE), cmap="RdBu_r", vmin=0.0, vmax=1.0, shading="nearest", alpha=0.8)
    axes.contour(x, y, landscape.values.reshape(SHAPE), [LEVEL], colors="black", linewidths=1.4)
    first, later = list(run.candidates[:INITIAL]), list(run.candidates[INITIAL:])
    axes.plot(x.ravel()[first], y.ravel()[first], "s", color="white", markeredgecolor="black", label="first ten trials")
    axes.plot(x.ravel()[later], y.ravel()[later], "o", color="black", markersize=4, label="chosen by the straddle")
    axes.set(xlabel="interface energy (J/m²)", ylabel="misfit along the axis")
    axes.set_title("true border (line), stated chance to be inside (colour)", fontsize=10)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2, frameon=False, fontsize=9)
    axes.figure.colorbar(mesh, ax=axes)


def _curve(axes: Axes, method: str, runs: Sequence[RegionRun]) -> None:
    colour, line = STYLES[method]
    trials = np.arange(INITIAL, TRIALS + 1)
    low, middle, high = np.quantile([it.f1 for it in runs], (0.25, 0.5, 0.75), axis=0)
    axes.fill_between(trials, low, high, color=colour, alpha=0.15, linewidth=0.0)
    axes.plot(trials, middle, color=colour, linestyle=line, label=method)
