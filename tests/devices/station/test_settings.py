import pytest
from pydantic import ValidationError

from devices.station.settings import StockSettings, slots_of


def test_every_place_has_its_slots_in_order():
    assert slots_of({"cassette": 2, "chamber": 1}) == ("cassette/1", "cassette/2", "chamber/1")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"unit": "kWh"}, "either at_least"),
        ({"unit": "kWh", "at_least": 1, "at_most": 2}, "either at_least"),
        ({"unit": "pieces", "at_most": 2, "fresh_at": "cassette"}, "give at_least"),
        ({"unit": "pieces", "atleast": 2}, "atleast"),
    ],
)
def test_stock_that_bounds_nothing_is_refused(settings, words):
    with pytest.raises(ValidationError, match=words):
        StockSettings.model_validate(settings)


def test_what_is_left_runs_out_below_its_bound_and_what_was_used_at_it():
    assert [StockSettings(unit="pieces", at_least=1).runs_out(level) for level in (0, 1, 2)] == [True, False, False]
    assert [StockSettings(unit="kWh", at_most=5).runs_out(level) for level in (4.9, 5, 6)] == [False, True, True]
