"""The picture of a campaign with several objectives: its trials, and the Pareto front among them."""

import io
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

from optimizers import Objective
from optimizers.front import front
from orchestrator.campaign.spec import CampaignSpec
from orchestrator.report.convergence import BEST, TRIAL, admissible
from orchestrator.report.notation import heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS = 3
"""At most this many pairs of objectives are drawn."""


def front_plot(spec: CampaignSpec, trials: Sequence[dict[str, Any]]) -> bytes:
    """A PNG: one objective against another, a panel for each pair. Trials on the front are filled in red and, where
    there are two objectives, joined by the edge of what they beat; hollow trials break a constraint.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    objectives = spec.improved
    done = sorted((trial for trial in trials if trial["objectives"]), key=lambda trial: str(trial["times"]["ended"]))
    values = [{name: seen["value"] for name, seen in _all(trial).items()} for trial in done]
    best = front(values, objectives, spec.limits)
    kept = [admissible(spec, trial) for trial in done]
    pairs = list(combinations(range(len(objectives)), 2))[:PANELS]
    figure = Figure(figsize=(5.2 * len(pairs) + 0.6, 4.4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(pairs), squeeze=False)[0]
    for axes, (across, up) in zip(panels, pairs, strict=True):
        points = [(one[objectives[across].name], one[objectives[up].name]) for one in values]
        _panel(axes, (objectives[across], objectives[up]), points, best, kept)
        if best and len(objectives) == 2:
            _edge(axes, objectives[0], [points[number] for number in best])
    panels[0].set_title(spec.campaign, loc="left")
    if done:
        panels[-1].legend(frameon=False, ncols=3, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _all(trial: dict[str, Any]) -> dict[str, Any]:
    return {**trial["objectives"], **trial.get("constraints", {})}


def _panel(
    axes: "Axes",
    pair: tuple[Objective, Objective],
    points: Sequence[tuple[float, float]],
    best: Sequence[int],
    kept: Sequence[bool],
) -> None:
    """The trials, and the thresholds as dashed lines."""
    plain = [point for number, point in enumerate(points) if kept[number] and number not in best]
    broken = [point for number, point in enumerate(points) if not kept[number]]
    if plain:
        axes.plot(*zip(*plain, strict=True), "o", color=TRIAL, markersize=4, label="trial")
    if broken:
        axes.plot(*zip(*broken, strict=True), "o", color=TRIAL, fillstyle="none", label="breaks a constraint")
    if best:
        axes.plot(*zip(*(points[number] for number in best), strict=True), "o", color=BEST, label="on the front")
    across, up = pair
    axes.set(xlabel=heading(across.name, across.unit), ylabel=heading(up.name, up.unit))
    for objective, line in ((across, axes.axvline), (up, axes.axhline)):
        if objective.threshold is not None:
            line(objective.threshold, color="black", linewidth=0.8, linestyle="--")
    axes.spines[["top", "right"]].set_visible(False)


def _edge(axes: "Axes", across: Objective, members: Sequence[tuple[float, float]]) -> None:
    """The edge of the region that the front beats: between two members, the worse of both in each objective."""
    line = sorted(members, key=lambda point: across.sign * point[0])
    corners = [line[0]]
    for before, after in pairwise(line):
        corners += [(after[0], before[1]), after]
    axes.plot(*zip(*corners, strict=True), color=BEST, linewidth=1.2)
