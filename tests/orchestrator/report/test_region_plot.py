import pandas as pd

from orchestrator.report.region_plot import region_plot

TABLE = pd.DataFrame(
    {"x": [0.0, 1.0, 0.0, 1.0], "y": [1, 1, 2, 2], "element": list("abab"), "chance": [0.0, 0.2, 0.9, 1.0]}
)


def test_two_numeric_parameters_make_a_map():
    drawn = region_plot(TABLE, "chance", [{"x": 0.0, "y": 2}], "somewhere")
    assert drawn is not None and drawn.startswith(b"\x89PNG")


def test_a_constant_parameter_is_no_axis_and_one_axis_makes_no_map():
    assert region_plot(TABLE.assign(y=1), "chance", [], "somewhere") is None
    assert region_plot(TABLE.assign(z=TABLE["x"] * 2), "chance", [], "somewhere") is None
