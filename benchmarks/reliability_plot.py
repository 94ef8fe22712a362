"""The picture of `chance_calibration`: how often something better was left, by the chance that was stated."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

from benchmarks.reliability import Bin

STYLES = {
    "relaxed copper": ("#c2410c", "o"),
    "Morse slabs": ("#1d4ed8", "s"),
    "Gaussian fields": ("#0f766e", "^"),
}


def plot_reliability(families: dict[str, list[Bin]], path: Path) -> None:
    """Square-root axes open up the small chances, which are the ones that stop a campaign."""
    figure, axes = plt.subplots(figsize=(7.0, 5.6))
    line = np.linspace(0.0, 1.0, 50)
    axes.fill_between(line, line, 0.0, color="#f1f5f9", label="cautious: states more than comes true")
    axes.plot(line, line, color="black", linewidth=0.8)
    for family, bins in families.items():
        colour, marker = STYLES[family]
        stated = [it.stated for it in bins]
        rate = np.array([it.true / it.statements for it in bins])
        low, high = np.array([it.interval for it in bins]).T
        axes.errorbar(
            stated, rate, yerr=np.clip([rate - low, high - rate], 0.0, None), color=colour, marker=marker, capsize=3,
            linewidth=1.2, label=f"{family} ({sum(it.statements for it in bins)} statements)",
        )  # fmt: skip
    axes.set_xscale("function", functions=(np.sqrt, np.square))
    axes.set_yscale("function", functions=(lambda y: np.sqrt(np.maximum(y, 0.0)), np.square))
    ticks = (0.0, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set(xlim=(0.0, 1.02), ylim=(0.0, 1.02), xlabel="stated chance that something better is left")
    axes.set_ylabel("share of cases in which it was")
    axes.grid(linewidth=0.4, alpha=0.7)
    axes.legend(loc="upper left", frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)
