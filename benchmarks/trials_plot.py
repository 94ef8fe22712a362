"""The picture of `optimizers_trials`: trials per boundary and method, hardest boundary on top."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

STYLES = {
    "junkan": ("#c2410c", "o"),
    "junkan, 10 random": ("#fb923c", "o"),
    "junkan without symmetry, 10 random": ("#fdba74", "X"),
    "physbo, 10 random": ("#1d4ed8", "s"),
    "botorch, 10 random": ("#0f766e", "^"),
    "optuna, 10 random": ("#7c3aed", "v"),
    "random, exact": ("#94a3b8", "D"),
}
ROW_HEIGHT = 0.62


def plot_trials(rows: list[dict[str, Any]], cap: int, path: Path) -> None:
    """One panel per goal; markers are medians, lines reach to the 90th percentile, an arrow goes beyond the cap."""
    goals = list(rows[0]["goals"])
    boundaries = list(dict.fromkeys(row["landscape"] for row in rows))
    size = (13.0, 1.6 + ROW_HEIGHT * len(boundaries))
    figure, panels = plt.subplots(1, len(goals), figsize=size, sharey=True, squeeze=False)
    for axes, goal in zip(panels[0], goals, strict=True):
        for row in rows:
            _mark(axes, row, goal, boundaries.index(row["landscape"]), cap)
        axes.axvline(cap, color="black", linewidth=0.6, linestyle=":")
        axes.set_xscale("log")
        axes.set(xlabel="trials (median, line to 90th percentile)", title=f"to within {goal}")
        axes.grid(axis="x", which="both", linewidth=0.3, alpha=0.6)
    panels[0][0].set_yticks(range(len(boundaries)), boundaries)
    handles, labels = panels[0][-1].get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.legend(unique.values(), unique.keys(), ncols=len(unique), loc="lower center", frameon=False)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _mark(axes: Axes, row: dict[str, Any], goal: str, place: int, cap: int) -> None:
    colour, marker = STYLES[row["method"]]
    offset = (list(STYLES).index(row["method"]) - (len(STYLES) - 1) / 2) * 0.13
    found = row["goals"][goal]
    median, high = found["median"] or 2 * cap, found["p90"] or 2 * cap
    axes.plot([median, high], [place - offset] * 2, color=colour, linewidth=1.2)
    if found["p90"] is None:
        axes.plot(high, place - offset, marker=">", color=colour, markersize=4)
    axes.plot(median, place - offset, marker=marker, color=colour, markersize=6, linestyle="", label=row["method"])
