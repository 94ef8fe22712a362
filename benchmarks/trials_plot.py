"""The picture of `optimizers_trials`: trials per boundary and method, hardest boundary for random search on top."""

import re
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

STYLES = {
    "junkan": ("#c2410c", "o"),
    "junkan, 10 random": ("#fb923c", "o"),
    "junkan without symmetry, 10 random": ("#a16207", "X"),
    "physbo, 10 random": ("#1d4ed8", "s"),
    "random, exact": ("#94a3b8", "D"),
}
ROW_HEIGHT = 0.75
TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def plot_trials(rows: list[dict[str, Any]], cap: int, path: Path) -> None:
    """One panel per goal; markers are medians, lines reach to the 90th percentile, an arrow goes beyond the cap."""
    goals = list(rows[0]["goals"])
    boundaries = list(dict.fromkeys(row["landscape"] for row in rows))
    methods = [method for method in STYLES if any(row["method"] == method for row in rows)]
    size = (13.0, 1.8 + ROW_HEIGHT * len(boundaries))
    figure, panels = plt.subplots(1, len(goals), figsize=size, sharey=True, squeeze=False)
    for axes, goal in zip(panels[0], goals, strict=True):
        for row in rows:
            offset = 0.8 * (methods.index(row["method"]) + 0.5) / len(methods) - 0.4
            _mark(axes, row, goal, boundaries.index(row["landscape"]) - offset, cap)
        for place in range(0, len(boundaries), 2):
            axes.axhspan(place - 0.5, place + 0.5, color="#f1f5f9", zorder=0)
        axes.axvline(cap, color="black", linewidth=0.8, linestyle=":")
        axes.set_xscale("log")
        axes.set_xticks(TICKS, map(str, TICKS))
        axes.set(xlabel=f"trials; dotted: the cap of {cap}", title=f"to within {goal}", xlim=(0.9, 1100))
        axes.grid(axis="x", linewidth=0.4, alpha=0.7)
    panels[0][0].set_yticks(range(len(boundaries)), map(_label, boundaries))
    panels[0][0].set_ylim(-0.5, len(boundaries) - 0.5)
    handles, labels = panels[0][-1].get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    ordered = [method for method in methods if method in unique]
    figure.legend([unique[it] for it in ordered], ordered, ncols=4, loc="lower center", frameon=False)
    figure.suptitle("Relaxed copper boundaries: median (marker) and 90th percentile (end of the line)", fontsize=11)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _mark(axes: Axes, row: dict[str, Any], goal: str, height: float, cap: int) -> None:
    colour, marker = STYLES[row["method"]]
    found = row["goals"][goal]
    median, high = found["median"] or 1.3 * cap, found["p90"] or 1.3 * cap
    axes.plot([median, high], [height] * 2, color=colour, linewidth=1.6)
    if found["p90"] is None:
        axes.plot(high, height, marker=">", color=colour, markersize=5)
    if found["median"] is not None:
        axes.plot(median, height, marker=marker, color=colour, markersize=6, linestyle="", label=row["method"])


def _label(landscape: str) -> str:
    return re.sub(r"^cu_sigma(\d+)_(\d+)$", r"Σ\1(\2)", landscape)
