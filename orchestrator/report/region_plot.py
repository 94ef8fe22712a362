"""The map of a campaign that looks for a region in two parameters."""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

FEWEST, AREA = 2, 52_000.0
"""Different values that make an axis; square points that all markers together fill."""


def region_plot(table: "pd.DataFrame", chance: str, tried: Sequence[Mapping[str, Any]], title: str) -> bytes | None:
    """A PNG: every candidate in the colour of its chance to lie inside, and the trials as black dots.

    `table` holds the parameters of the candidates and their `chance`. None unless exactly two numeric parameters vary.
    """
    import pandas as pd
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    numeric = [
        str(name)
        for name, column in table.items()
        if name != chance and pd.api.types.is_numeric_dtype(column) and column.nunique() >= FEWEST
    ]
    if len(numeric) != 2:
        return None
    across, up = numeric
    figure = Figure(figsize=(6.6, 4.8), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    size = max(2.0, AREA / len(table))
    shown = axes.scatter(
        table[across], table[up], c=table[chance], s=size, marker="s", cmap="RdBu_r", vmin=0.0, vmax=1.0, linewidths=0
    )
    axes.plot(
        [one[across] for one in tried],
        [one[up] for one in tried],
        "o",
        color="black",
        markeredgecolor="white",
        markersize=5,
    )
    axes.set(xlabel=across, ylabel=up)
    axes.set_title(f"{title}: chance to lie inside, and trials", loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    figure.colorbar(shown, ax=axes)
    written = io.BytesIO()
    figure.savefig(written, format="png")
    return written.getvalue()
