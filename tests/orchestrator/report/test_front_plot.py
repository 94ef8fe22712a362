import struct

import matplotlib.axes
import pytest

from orchestrator.campaign.spec import CampaignSpec
from orchestrator.report.front_plot import front_plot


def spec(*names: str, constraint: bool = False) -> CampaignSpec:
    limits = [{"name": "stress", "at_most": 1.0}] if constraint else []
    return CampaignSpec.model_validate(
        {
            "campaign": "alloy",
            "objectives": [{"name": name, "unit": "MPa", "goal": "minimize", "threshold": 5.0} for name in names],
            "constraints": limits,
            "space": {"kind": "table", "file": "pool.csv"},
            "optimizer": {"kind": "random"},
            "executor": {"kind": "table", "file": "pool.csv"},
            "stop": {"trials": 5},
        }
    )


def trials(*rows: tuple[float, ...], names: str = "ab", stress: float | None = None) -> list[dict]:
    return [
        {
            "trial": number,
            "status": "completed",
            "objectives": {name: {"value": value} for name, value in zip(names, row, strict=True)},
            "times": {"ended": f"{number:03}"},
        }
        | ({} if stress is None else {"constraints": {"stress": {"value": stress}}})
        for number, row in enumerate(rows, start=1)
    ]


@pytest.fixture
def drawn(monkeypatch):
    """The points of every line that is drawn, by its label."""
    lines: dict[str, list] = {}
    plot = matplotlib.axes.Axes.plot

    def remember(axes, *arguments, **named):
        lines.setdefault(named.get("label", "edge"), []).append(list(zip(*arguments[:2], strict=True)))
        return plot(axes, *arguments, **named)

    monkeypatch.setattr(matplotlib.axes.Axes, "plot", remember)
    return lines


def test_the_front_is_told_from_the_other_trials_and_joined_by_its_edge(drawn):
    front_plot(spec("a", "b"), trials((1.0, 3.0), (3.0, 1.0), (3.5, 3.5)))
    assert drawn["on the front"] == [[(1.0, 3.0), (3.0, 1.0)]]
    assert drawn["trial"] == [[(3.5, 3.5)]]
    assert drawn["edge"] == [[(1.0, 3.0), (3.0, 3.0), (3.0, 1.0)]]


def test_a_trial_that_breaks_a_constraint_is_hollow_and_not_on_the_front(drawn):
    front_plot(spec("a", "b", constraint=True), trials((1.0, 1.0), stress=2.0))
    assert drawn == {"breaks a constraint": [[(1.0, 1.0)]]}


@pytest.mark.parametrize(("names", "panels"), [("ab", 1), ("abc", 3), ("abcd", 3)])
def test_every_pair_of_objectives_has_a_panel_up_to_three(names, panels):
    picture = front_plot(spec(*names), trials(tuple(range(len(names))), names=names))
    width, _ = struct.unpack(">II", picture[16:24])
    assert picture.startswith(b"\x89PNG")
    assert width == pytest.approx(110 * (5.2 * panels + 0.6), abs=1)


def test_a_campaign_without_a_completed_trial_has_a_picture_too():
    assert front_plot(spec("a", "b"), []).startswith(b"\x89PNG")
