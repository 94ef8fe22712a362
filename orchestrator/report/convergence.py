"""The picture of a campaign: every value in the order of the trials, and the best so far."""

import io
from collections.abc import Sequence
from typing import Any

from orchestrator.campaign.spec import CampaignSpec


def convergence_plot(spec: CampaignSpec, trials: Sequence[dict[str, Any]]) -> bytes:
    """A PNG of objective against trial number; failed trials are ticks on the axis."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    name, unit = spec.objective.name, spec.objective.unit
    done = [(trial["trial"], trial["objectives"][name]["value"]) for trial in trials if name in trial["objectives"]]
    failed = [trial["trial"] for trial in trials if trial["status"] == "failed"]
    figure = Figure(figsize=(7.2, 3.6), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    if done:
        numbers, values = zip(*done, strict=True)
        pick = min if spec.objective.goal == "minimize" else max
        best = [pick(values[: position + 1]) for position in range(len(values))]
        axes.plot(numbers, values, "o", color="#6b7a8f", markersize=4, label="trial")
        axes.step(numbers, best, where="post", color="#c8102e", linewidth=1.8, label="best so far")
        axes.annotate(
            f"{best[-1]:.5g}", (numbers[-1], best[-1]), xytext=(4, 4), textcoords="offset points", color="#c8102e"
        )
    if failed:
        axes.plot(
            failed, [0.02] * len(failed), "x", color="black", transform=axes.get_xaxis_transform(), label="failed"
        )
    axes.set(xlabel="trial", ylabel=f"{name} ({unit})" if unit else name, title=spec.campaign)
    axes.spines[["top", "right"]].set_visible(False)
    if done or failed:
        axes.legend(frameon=False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
