"""The picture of `optimizers_speed`: steps against the floor, CPU time per trial, memory."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from benchmarks.peers.registry import OURS

OUR_COLOUR, PEER_COLOUR = "#c2410c", "#64748b"
FLOOR_PROMISE = 1.5


def plot_speed(record: dict[str, Any], path: Path) -> None:
    """Three panels from the record that `optimizers_speed` writes."""
    figure, (steps, asks, memory) = plt.subplots(1, 3, figsize=(13.5, 4.2), width_ratios=(1.2, 1.6, 1.2))
    _steps(steps, record["steps"])
    _asks(asks, record["asks"])
    _memory(memory, record["memory"])
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _steps(axes: Axes, costs: list[dict[str, Any]]) -> None:
    sizes = list(dict.fromkeys(cost["candidates"] for cost in costs))
    for cost in costs:
        cold = cost["caches"] == "cold"
        place, ratio = sizes.index(cost["candidates"]) + (-0.2 if cold else 0.2), cost["ratio"]
        axes.bar(place, ratio["median"], width=0.36, color=OUR_COLOUR, alpha=1.0 if cold else 0.6)
        axes.plot([place, place], [ratio["median"], ratio["p95"]], color="black", linewidth=1.2)
        axes.text(place, 0.1, f"{ratio['median']:.2f}\n{cost['caches']}", ha="center", color="white", fontsize=8)
    axes.axhline(1.0, color="black", linewidth=0.8, linestyle="--")
    axes.axhline(FLOOR_PROMISE, color="black", linewidth=0.8, linestyle=":")
    axes.set_xticks(range(len(sizes)), [f"{size:,}" for size in sizes])
    axes.set(xlabel="candidates", ylabel="CPU time / bandwidth floor")
    axes.set_title("tell + ask, n = 98 to 130\n(bar median, line to p95)", fontsize=10)


def _asks(axes: Axes, costs: list[dict[str, Any]]) -> None:
    shown = sorted(costs, key=lambda cost: -cost["milliseconds"]["95-105"]["mean"])
    for place, cost in enumerate(shown):
        late, early = (cost["milliseconds"][window] for window in ("95-105", "10-20"))
        colour = OUR_COLOUR if cost["peer"] == OURS else PEER_COLOUR
        axes.barh(place, late["mean"], color=colour, height=0.6)
        axes.plot(early["mean"], place, marker="o", color="white", markeredgecolor="black", markersize=6)
        label = max(late["mean"], early["mean"])
        axes.text(label * 1.3, place, f"{late['mean']:,.{1 if late['mean'] < 10 else 0}f}", va="center", fontsize=9)
    axes.set_yticks(
        range(len(shown)),
        [f"{cost['peer']}, {'refit every ask' if cost['schedule'] == 'every' else 'own schedule'}" for cost in shown],
    )
    axes.set_xscale("log")
    axes.set_xlim(right=5.0 * max(cost["milliseconds"]["95-105"]["mean"] for cost in shown))
    axes.set_xlabel("CPU ms per trial (mean)")
    axes.set_title("N = 20,000 (bar n = 95 to 105, circle n = 10 to 20)", fontsize=10)


def _memory(axes: Axes, rows: list[dict[str, Any]]) -> None:
    for peer in dict.fromkeys(row["peer"] for row in rows):
        of_peer = [row for row in rows if row["peer"] == peer]
        axes.plot(
            [row["candidates"] for row in of_peer],
            [row["peak_mib"] for row in of_peer],
            marker="o",
            color=OUR_COLOUR if peer == OURS else PEER_COLOUR,
            linewidth=2.0 if peer == OURS else 1.0,
        )
        axes.annotate(
            peer,
            (of_peer[-1]["candidates"], of_peer[-1]["peak_mib"]),
            xytext=(6, -3),
            textcoords="offset points",
            fontsize=9,
        )
    sizes = sorted({row["candidates"] for row in rows})
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_xlim(right=2.2 * sizes[-1])
    axes.set_ylim(bottom=0.0)
    axes.set(xlabel="candidates", ylabel="MiB")
    axes.set_title("peak memory of the process, n = 100", fontsize=10)
