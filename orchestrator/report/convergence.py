"""The picture of a campaign: every value in the order of the trials, and how far from the best it was at each."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from optimizers import Objective
from orchestrator.campaign.spec import CampaignSpec
from orchestrator.report.notation import heading, readable_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TRIAL, BEST = "#6b7a8f", "#c8102e"
SHOWN = 0.9
"""The scale of the upper panel shows this part of the values, the better ones: a wall of repulsion would hide them."""


def convergence_plot(spec: CampaignSpec, trials: Sequence[dict[str, Any]]) -> bytes:
    """A PNG of a campaign with one objective. Above: its value against trial number, with triangles where it is off
    the scale, hollow where a constraint is broken, and crosses where a trial failed. Below, logarithmic: how much the
    best so far still was from the final best.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    (objective,) = spec.improved
    name = objective.name
    completed = [trial for trial in trials if name in trial["objectives"]]
    done = [(trial["trial"], trial["objectives"][name]["value"]) for trial in completed if admissible(spec, trial)]
    broken = [
        (trial["trial"], trial["objectives"][name]["value"]) for trial in completed if not admissible(spec, trial)
    ]
    failed = [trial["trial"] for trial in trials if trial["status"] == "failed"]
    figure = Figure(figsize=(7.6, 4.6), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    upper.set_ylabel(heading(name, objective.unit))
    upper.set_title(spec.campaign, loc="left")
    lower.set(xlabel="trial", ylabel=heading("above the best", objective.unit))
    if objective.goal == "maximize":
        lower.set_ylabel(heading("below the best", objective.unit))
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
    if done:
        _values(upper, objective, done)
        _distance(lower, objective, done)
    if broken:
        upper.plot(
            *zip(*broken, strict=True), "o", color=TRIAL, fillstyle="none", label="breaks a constraint", scaley=not done
        )
    if failed:
        height = [0.03] * len(failed)
        upper.plot(failed, height, "x", color="black", transform=upper.get_xaxis_transform(), label="failed")
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
    if completed or failed:
        upper.legend(frameon=False, ncols=4, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def admissible(spec: CampaignSpec, trial: dict[str, Any]) -> bool:
    """Whether a completed trial keeps the constraints of the campaign."""
    return all(limit.admits(trial["constraints"][limit.name]["value"]) for limit in spec.limits)


def best_so_far(values: Sequence[float], goal: str) -> list[float]:
    """The best of the first 1, 2, ... values."""
    pick = min if goal == "minimize" else max
    found: list[float] = []
    for value in values:
        found.append(value if not found else pick(found[-1], value))
    return found


def _values(axes: "Axes", objective: Objective, done: Sequence[tuple[int, float]]) -> None:
    """The values, the worst tenth of them as triangles at the edge of the scale, and the best so far."""
    numbers, values = zip(*done, strict=True)
    sign = objective.sign
    ranked = sorted(sign * value for value in values)
    best, worst = ranked[0], ranked[min(len(ranked) - 1, int(SHOWN * len(ranked)))]
    edge = worst + 0.25 * ((worst - best) or abs(best) or 1.0)
    inside = [(number, value) for number, value in done if sign * value <= edge]
    outside = [number for number, value in done if sign * value > edge]
    axes.plot(*zip(*inside, strict=True), "o", color=TRIAL, markersize=4, label="trial")
    if outside:
        marker = "^" if sign > 0 else "v"
        axes.plot(outside, [sign * edge] * len(outside), marker, color=TRIAL, markersize=5, label="off the scale")
    axes.step(numbers, best_so_far(values, objective.goal), where="post", color=BEST, linewidth=1.8, label="best")
    low, high = sorted((sign * (best - 0.1 * (edge - best)), sign * (edge + 0.05 * (edge - best))))
    axes.set_ylim(low, high)


def _distance(axes: "Axes", objective: Objective, done: Sequence[tuple[int, float]]) -> None:
    """How far the best so far was from the best of all, while it was."""
    numbers, values = zip(*done, strict=True)
    best = best_so_far(values, objective.goal)
    distances = [abs(value - best[-1]) for value in best]
    arrival = distances.index(0.0)
    if arrival:
        # The last step leads down to the trial that found the best: zero has no place on this scale.
        steps = [*distances[:arrival], distances[arrival - 1]]
        axes.step(numbers[: arrival + 1], steps, where="post", color=BEST, linewidth=1.8)
        axes.set(ylim=(min(steps) / 3, max(steps) * 3), yscale="log")
    axes.axvline(numbers[arrival], color=BEST, linewidth=0.8, linestyle=":")
    words = f"best: {best[-1]:.6g} {readable_unit(objective.unit)} in trial {numbers[arrival]}"
    right = numbers[arrival] < 0.6 * numbers[-1]
    axes.annotate(
        words,
        (numbers[arrival], 0.9),
        xycoords=axes.get_xaxis_transform(),
        xytext=(5 if right else -5, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="top",
        color=BEST,
    )
