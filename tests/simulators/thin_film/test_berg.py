"""Berg's steady state: its published behaviour, and the reference values of the flagship chamber."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.thin_film.berg import (
    TARGETS,
    Chamber,
    holdable_pressures,
    pressure_without_plasma,
    settled_pressure,
    steady_state,
    turning_points,
)
from simulators.thin_film.niobium_titanate import TITANIUM

METAL, CERAMIC = TARGETS["metal"], TARGETS["ceramic"]
NM_PER_MIN = 1e-9 / 60.0
SWEEP = [  # oxygen pressure in Pa, flow in sccm, coverage of the target, rate in nm/min; metal, 100 W, no gas between
    (1e-4, 0.226, 0.074, 44.25),
    (5e-4, 0.709, 0.285, 34.95),
    (1e-3, 0.858, 0.444, 27.96),
    (2e-3, 0.820, 0.615, 20.43),
    (5e-3, 0.653, 0.799, 12.29),
    (1e-2, 0.631, 0.889, 8.36),
    (2e-2, 0.803, 0.941, 6.05),
    (1e-1, 2.870, 0.988, 4.00),
]


def rate(pressure, power=100.0, target=METAL):
    return steady_state(pressure, power, target).flux / TITANIUM / NM_PER_MIN


@pytest.mark.parametrize(("pressure", "flow", "coverage", "grown"), SWEEP)
def test_the_metal_target_is_poisoned_as_in_the_reference_sweep(pressure, flow, coverage, grown):
    steady = steady_state(pressure, 100.0, METAL)
    assert steady.flow == pytest.approx(flow, abs=5.1e-4)
    assert steady.coverage == pytest.approx(coverage, abs=5.1e-4)
    assert rate(pressure) == pytest.approx(grown, abs=5.1e-3)


@pytest.mark.parametrize(
    ("power", "poisons", "recovers"),
    [
        (100.0, (1.21e-3, 0.866), (7.89e-3, 0.621)),
        (20.0, (2.43e-4, 0.173), (1.58e-3, 0.124)),
        (200.0, (2.42e-3, 1.733), (1.58e-2, 1.242)),
    ],
)
def test_turning_points_lie_where_the_reference_has_them(power, poisons, recovers):
    found = turning_points(power, METAL)
    assert found[0] == pytest.approx(poisons, rel=0.01)
    assert found[1] == pytest.approx(recovers, rel=0.01)


def test_turning_points_are_extremes_of_the_flow():
    for pressure, flow in turning_points(100.0, METAL):
        nearby = steady_state(pressure * np.geomspace(0.9, 1.1, 21), np.full(21, 100.0), METAL).flow - flow
        assert (nearby >= -1e-9).all() or (nearby <= 1e-9).all()


@pytest.mark.parametrize(("flow", "clean", "poisoned"), [(0.7, 35.21, 6.88), (0.8, 31.83, 6.07)])
def test_the_same_flow_gives_two_rates_depending_on_what_went_before(flow, clean, poisoned):
    assert rate(settled_pressure(flow, 100.0, METAL, coverage=0.0)) == pytest.approx(clean, abs=5.1e-3)
    assert rate(settled_pressure(flow, 100.0, METAL, coverage=1.0)) == pytest.approx(poisoned, abs=5.1e-3)


@pytest.mark.parametrize(
    ("target", "chamber"),
    [(METAL, Chamber(pumping_speed=0.5)), (METAL, Chamber(pumping_speed=0.3)), (CERAMIC, Chamber())],
)
def test_there_is_no_hysteresis_with_a_large_pump_nor_with_the_ceramic_target(target, chamber):
    assert turning_points(100.0, target, chamber) == ()
    for flow in np.linspace(0.05, 5.0, 34):
        assert len(holdable_pressures(float(flow), 100.0, target, chamber)) == 1


def test_a_pump_of_200_litres_per_second_still_has_two_turning_points():
    assert len(turning_points(100.0, METAL, Chamber(pumping_speed=0.2))) == 2


@settings(max_examples=60)
@given(flow=st.floats(1e-3, 200.0), power=st.sampled_from([20.0, 100.0, 200.0]), name=st.sampled_from(sorted(TARGETS)))
def test_every_pressure_that_can_be_held_takes_just_that_flow(flow, power, name):
    for pressure in holdable_pressures(flow, power, TARGETS[name]):
        assert steady_state(pressure, power, TARGETS[name]).flow == pytest.approx(flow, rel=2e-3)


def test_what_flows_in_is_what_the_pump_and_the_growing_oxide_take():
    steady, chamber = steady_state(2e-3, 100.0, METAL), Chamber()
    pumped = 2e-3 / pressure_without_plasma(1.0)
    metal = steady.flux * chamber.collector_area
    by_target = 2.0 * 100.0 / 370.0 / 1.602176634e-19 * METAL.oxidised * steady.coverage
    gettered = steady.flow - pumped
    assert 0.0 < gettered * 4.478e17 < metal + by_target


def test_the_fully_oxidised_chamber_takes_no_more_than_the_pump():
    assert steady_state(1.0, 100.0, CERAMIC).flow == pytest.approx(1.0 / pressure_without_plasma(1.0), rel=0.01)
