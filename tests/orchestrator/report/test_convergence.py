import struct
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.campaign.spec import CampaignSpec
from orchestrator.report.convergence import best_so_far, convergence_plot


def spec(goal: str = "minimize") -> CampaignSpec:
    return CampaignSpec.model_validate(
        {
            "campaign": "parabola",
            "objective": {"name": "height", "unit": "m^2", "goal": goal},
            "space": {"kind": "table", "file": "pool.csv"},
            "optimizer": {"kind": "random"},
            "executor": {"kind": "table", "file": "pool.csv"},
            "stop": {"trials": 5},
        }
    )


def trials(*values: float | None) -> list[dict]:
    """Completed trials; None is a failed one."""
    return [
        {
            "trial": number,
            "status": "failed" if value is None else "completed",
            "objectives": {} if value is None else {"height": {"value": value}},
        }
        for number, value in enumerate(values, start=1)
    ]


class Canvas:
    """What was drawn, instead of a picture."""

    def __init__(self, monkeypatch, spec, trials):
        from matplotlib.figure import Figure

        self.figure: Figure | None = None
        monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: setattr(self, "figure", figure))
        convergence_plot(spec, trials)
        self.upper, self.lower = self.figure.axes

    def labels(self) -> list[str]:
        return [text.get_text() for text in self.upper.get_legend().get_texts()]


@pytest.mark.parametrize("values", [(), (1.0,), (None,), (None, None), (2.0, 2.0, 2.0), (3.0, None, 1.0), (0.0, -1.0)])
@pytest.mark.parametrize("goal", ["minimize", "maximize"])
def test_every_campaign_has_a_picture(values, goal):
    picture = convergence_plot(spec(goal), trials(*values))
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    assert (width, height) == (836, 506)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.sampled_from(["minimize", "maximize"]))
@settings(deadline=None)
def test_the_best_so_far_never_gets_worse_and_ends_with_the_best(values, goal):
    found = best_so_far(values, goal)
    pick, sign = (min, 1) if goal == "minimize" else (max, -1)
    assert found[-1] == pick(values)
    assert all(sign * later <= sign * earlier for earlier, later in pairwise(found))


def test_a_wall_of_repulsion_does_not_hide_the_valley(monkeypatch):
    canvas = Canvas(
        monkeypatch, spec(), trials(1.0, 0.98, 1e6, 0.97, 0.96, 0.99, 0.955, 0.951, 0.952, 0.96, 0.954, 0.953)
    )
    low, high = canvas.upper.get_ylim()
    assert low < 0.951
    assert high < 2.0
    assert "off the scale" in canvas.labels()


def test_failed_trials_are_marked(monkeypatch):
    assert "failed" in Canvas(monkeypatch, spec(), trials(1.0, None, 0.9)).labels()
    assert "failed" not in Canvas(monkeypatch, spec(), trials(1.0, 0.9)).labels()


def test_axes_name_quantity_and_unit(monkeypatch):
    canvas = Canvas(monkeypatch, spec(), trials(1.0, 0.9))
    assert canvas.upper.get_ylabel() == "height (m²)"
    assert canvas.lower.get_ylabel() == "above the best (m²)"
    assert canvas.lower.get_xlabel() == "trial"
    assert Canvas(monkeypatch, spec("maximize"), trials(1.0)).lower.get_ylabel() == "below the best (m²)"


def test_the_lower_panel_names_the_best_and_its_trial(monkeypatch):
    canvas = Canvas(monkeypatch, spec(), trials(1.0, 0.9, 0.95))
    assert [text.get_text() for text in canvas.lower.texts] == ["best: 0.9 m² in trial 2"]
