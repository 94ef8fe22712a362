"""The laboratory: one world for all instruments, the same however its time is cut."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.thin_film.clock import VirtualClock
from simulators.thin_film.errors import RobotBusy, SourceEmpty, TargetOccupied, TransferBlocked, UnknownPlace
from simulators.thin_film.growth import grow
from simulators.thin_film.probe import GEOMETRY
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.world import World

QUIET = {"scatter": 0.0, "probe_std": 0.0}


def world(seed=0, **changed):
    return World(WorldSettings.model_validate({**QUIET, **changed}), seed)


def until(one, condition, step=5.0):
    """Seconds until it is so, seen every `step` seconds."""
    begun = one.now
    while not condition():
        one.advance(step)
        assert one.now - begun < 1e4
    return one.now - begun


def prepared(temperature=400.0, oxygen=7e-3, pressure=0.5, seed=0, **changed):
    """A laboratory with a hot substrate in a chamber full of gas; no plasma yet."""
    one = world(seed, **changed)
    one.move("cassette/1", "chamber/1")
    until(one, lambda: not one.moving)
    one.set_pump(True)
    until(one, lambda: one.pressure < 5e-4)
    one.set_heater(temperature)
    until(one, lambda: abs(one.temperature - temperature) <= 3.0)
    one.set_oxygen_pressure(oxygen)
    one.set_flow("argon", (pressure - oxygen) / 0.0125)
    return one


def burning(power=100.0, presputter=300.0, **changed):
    one = prepared(**changed)
    one.set_power(power)
    assert one.strike()
    one.advance(presputter)
    return one


def deposited(seconds=1500.0, **changed):
    one = burning(**changed)
    one.set_shutter(True)
    one.advance(seconds)
    one.set_shutter(False)
    one.quench()
    return one


# --- a growth ---------------------------------------------------------------------------------------------------------


def test_a_whole_growth_takes_66_minutes_and_gives_the_film_of_the_reference():
    one = world()
    one.move("cassette/1", "chamber/1")
    assert until(one, lambda: not one.moving) == 90.0
    one.set_pump(True)
    assert until(one, lambda: one.pressure < 5e-4) == 670.0
    one.set_heater(400.0)
    assert until(one, lambda: abs(one.temperature - 400.0) < 3.0) == 870.0
    one.set_oxygen_pressure(7e-3)
    one.set_flow("argon", (0.5 - 7e-3) / 0.0125)
    one.set_power(100.0)
    assert one.strike()
    one.advance(300.0)
    one.set_shutter(True)
    one.advance(1500.0)
    one.set_shutter(False)
    one.quench()
    one.set_heater(25.0)
    assert until(one, lambda: one.temperature < 80.0) == 350.0
    one.move("chamber/1", "probe/1")
    until(one, lambda: not one.moving)
    one.move("probe/1", "store/1")
    until(one, lambda: not one.moving)
    film = one.film("s1")
    assert one.now / 60.0 == pytest.approx(66.0)
    assert film.thickness == pytest.approx(108.37, abs=0.01)
    assert film.sheet_resistance == pytest.approx(57.15, rel=1e-3)
    assert one.depositions("s1") == 1


def test_constant_conditions_grow_the_film_of_the_one_call():
    one = prepared()
    one.advance(3000.0)  # the heater has settled
    one.set_power(100.0)
    one.strike()
    one.set_shutter(True)
    one.advance(1500.0)
    film, expected = one.film("s1"), grow(7e-3, 0.50002, 100.0, 400.0, thickness=one.film("s1").thickness)
    assert film.resistivity == pytest.approx(expected.resistivity, rel=1e-5)
    assert film.thickness == pytest.approx(1500.0 * expected.rate * 1e9, rel=1e-6)


def test_a_film_remembers_the_conditions_of_its_whole_deposition_and_not_the_last_ones():
    constant, changed = burning(), burning()
    for one in (constant, changed):
        one.set_shutter(True)
        one.advance(750.0)
    changed.set_oxygen_pressure(1e-4)
    for one in (constant, changed):
        one.advance(750.0)
    poor = deposited(oxygen=1e-4).film("s1").resistivity
    assert constant.film("s1").resistivity < 0.9 * changed.film("s1").resistivity < 0.2 * poor


def test_nothing_grows_behind_a_closed_shutter_nor_without_plasma():
    one = burning()
    assert one.film("s1") is None
    one.quench()
    one.set_shutter(True)
    one.advance(600.0)
    assert one.film("s1") is None
    assert one.depositions("s1") == 0


def test_a_second_strike_onto_the_same_film_counts_as_a_second_deposition():
    one = deposited(seconds=300.0)
    one.strike()
    one.set_shutter(True)
    one.advance(60.0)
    assert one.depositions("s1") == 2


def test_cosputtered_shares_change_the_film():
    films = []
    for shares in ((0.55, 0.25, 0.20), (0.1, 0.8, 0.1)):
        one = burning(material="mixed_oxide", temperature=300.0)
        one.set_mixture(*shares)
        one.set_shutter(True)
        one.advance(1500.0)
        films.append(one.film("s1"))
    assert films[0].resistivity < 6e-4 < films[1].resistivity


# --- time -------------------------------------------------------------------------------------------------------------


def assert_same(one, other):
    """Equal to rounding, whatever is nested."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            assert_same(left, right)
    elif isinstance(one, float) and not isinstance(one, bool):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9)
    else:
        assert one == other


def settled(one):
    """The state with all values brought to now, so that two of them can be compared."""
    one.set_leak(1.0)
    return one.state()


cuts = st.lists(st.floats(0.0, 400.0), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None)
@given(cuts)
def test_a_deposition_that_heats_ramps_and_times_out_does_not_depend_on_the_steps(steps):
    def begun():
        one = prepared(temperature=300.0)
        one.set_heater(500.0)
        one.set_ramp(60.0)
        one.set_timer(700.0)
        one.set_power(60.0)
        assert one.strike()
        one.set_shutter(True)
        return one

    whole, cut = begun(), begun()
    whole.advance(sum(steps))
    for step in steps:
        cut.advance(step)
    assert_same(settled(cut), settled(whole))


@settings(max_examples=25, deadline=None)
@given(cuts)
def test_a_transfer_and_a_pump_down_do_not_depend_on_the_steps(steps):
    def begun():
        one = world()
        one.set_pump(True)
        one.set_heater(200.0)
        one.move("cassette/1", "chamber/1")
        return one

    whole, cut = begun(), begun()
    whole.advance(sum(steps))
    for step in steps:
        cut.advance(step)
    assert_same(settled(cut), settled(whole))


def test_looking_does_not_change_what_is_seen():
    looked, left_alone = burning(), burning()
    for one in (looked, left_alone):
        one.set_shutter(True)
    for _ in range(100):
        looked.advance(5.0)
        assert looked.film("s1").thickness > 0.0
        assert looked.state()["rig"]["now"] == looked.now
        assert looked.pressure > 0.49
    left_alone.advance(500.0)
    assert settled(looked) == settled(left_alone)


def test_a_restored_laboratory_goes_on_bit_for_bit():
    def goes_on(one):
        one.advance(333.3)
        one.set_power(150.0)
        one.advance(100.0)
        one.quench()
        one.move("chamber/1", "probe/1")
        one.advance(95.0)
        return [one.probe_voltage(1e-4), one.probe_voltage(-1e-4)], one.diffraction(20, 60, 0.1), one.state()

    original = burning(scatter=0.03, probe_std=0.01, seed=7, rate_loss_per_kwh=0.02)
    original.set_shutter(True)
    original.advance(77.7)
    stored = json.loads(json.dumps(original.state()))
    restored = World.restore(stored)
    assert restored.state() == original.state()
    assert goes_on(restored) == goes_on(original)


def test_a_state_of_another_version_is_refused():
    stored = world().state()
    stored["rig"]["version"] = 0
    with pytest.raises(ValueError, match="version"):
        World.restore(stored)


def test_on_the_virtual_clock_two_runs_are_bit_identical():
    def run():
        one, clock = burning(scatter=0.03, seed=3), VirtualClock()
        clock.subscribe(one.advance)
        one.set_shutter(True)
        clock.sleep(1500.0)
        return one.state()

    assert run() == run()


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_time_only_goes_on(seconds):
    with pytest.raises(ValueError, match="time only goes on"):
        world().advance(seconds)


# --- gas and target ---------------------------------------------------------------------------------------------------


def swept(first, then):
    """A metal target at `first` sccm of oxygen, then at `then`; its coverage and the oxygen pressure."""
    one = prepared(oxygen=0.0, targets=("metal",))
    one.set_power(100.0)
    one.strike()
    one.set_flow("oxygen", first)
    one.advance(60.0)
    one.set_flow("oxygen", then)
    return one


@pytest.mark.parametrize("flow", [0.7, 0.8])
def test_the_metal_target_follows_the_flow_with_hysteresis(flow):
    up, down = swept(0.1, flow), swept(2.0, flow)
    assert up.flow("oxygen") == down.flow("oxygen") == flow
    assert (up.coverage < 0.4, down.coverage > 0.9) == (True, True)
    assert (up.oxygen_pressure < 1e-3, down.oxygen_pressure > 1e-2) == (True, True)


def test_the_ceramic_target_knows_no_hysteresis():
    states = []
    for first in (0.05, 3.0):
        one = burning(oxygen=0.0)
        one.set_flow("oxygen", first)
        one.set_flow("oxygen", 0.42)
        states.append((one.coverage, one.oxygen_pressure))
    assert states[0] == pytest.approx(states[1], rel=1e-6)


def test_neither_does_the_metal_target_before_a_large_pump():
    found = []
    for first in (0.1, 8.0):
        one = prepared(oxygen=0.0, targets=("metal",), pumping_speed=0.5)
        one.set_power(100.0)
        one.strike()
        one.set_flow("oxygen", first)
        one.set_flow("oxygen", 2.5)
        found.append(one.coverage)
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_a_controlled_oxygen_pressure_holds_the_branch_that_no_flow_can_hold():
    one = burning(oxygen=3e-3, targets=("metal",))
    assert one.oxygen_pressure == 3e-3
    assert 0.69 < one.flow("oxygen") < 0.79
    one.set_flow("oxygen", one.flow("oxygen"))
    assert abs(one.oxygen_pressure - 3e-3) > 1e-3


def test_oxygen_without_plasma_poisons_the_target_and_a_burning_plasma_in_argon_cleans_it():
    one = prepared(oxygen=7e-3, targets=("metal",))
    assert one.coverage == 1.0
    one.set_flow("oxygen", 0.0)
    one.set_power(100.0)
    one.strike()
    assert one.coverage == 0.0


def test_a_ramp_through_the_powers_keeps_to_the_branch_of_the_target():
    slow, sudden = swept(0.1, 0.5), swept(0.1, 0.5)
    slow.set_ramp(100.0)
    for one in (slow, sudden):
        one.set_power(60.0)
        one.advance(200.0)
    assert slow.power == sudden.power == 60.0
    assert slow.coverage == pytest.approx(sudden.coverage, rel=1e-6)


def test_argon_and_oxygen_add_up_to_the_gauge():
    one = prepared()
    assert one.pressure == pytest.approx(0.5, abs=5e-4)
    assert one.flow("argon") == pytest.approx(39.44)
    with pytest.raises(ValueError, match="helium"):
        one.set_flow("helium", 1.0)


def test_a_closed_valve_lets_the_pressure_rise_by_the_leak():
    tight, leaky = prepared(oxygen=0.0, pressure=0.0), prepared(oxygen=0.0, pressure=0.0)
    leaky.set_leak(10.0)
    rises = []
    for one in (tight, leaky):
        one.set_valve(False)
        before = one.pressure
        one.advance(60.0)
        rises.append((one.pressure - before) / 60.0)
    assert rises == pytest.approx([6e-5, 6e-4], rel=1e-9)


def test_stopping_the_pump_does_not_make_the_gas_jump():
    one = prepared()
    before = one.pressure
    one.set_pump(False)
    assert one.pressure == pytest.approx(before, rel=1e-12)
    one.advance(10.0)
    assert one.pressure > before + 1.0


# --- plasma -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda one: one.set_door(closed=False), "door open"),
        (lambda one: one.set_water(flowing=False), "no water"),
        (lambda one: one.set_flow("argon", 10.0), "no plasma"),
    ],
)
def test_nothing_strikes_with_an_open_door_without_water_or_with_too_little_gas(spoil, reason):
    one = prepared()
    one.set_power(100.0)
    spoil(one)
    assert not one.strike()
    assert (one.plasma, one.power, one.outage) == (False, 0.0, reason)


def test_nothing_strikes_in_air():
    one = world()
    assert not one.strike()
    assert one.outage == "no plasma"


@pytest.mark.parametrize("interlock", [True, False])
def test_an_opened_door_cuts_the_plasma_where_the_hardware_does_so(interlock):
    one = burning(hardware_interlock=interlock)
    one.set_door(closed=False)
    one.advance(20.0)
    assert one.plasma is not interlock
    assert one.outage == ("door open" if interlock else "")
    assert one.unsafe_seconds == (0.0 if interlock else 20.0)


def test_a_plasma_goes_out_when_its_gas_is_taken_away():
    one = burning()
    one.set_flow("argon", 5.0)
    assert (one.plasma, one.outage) == (False, "no plasma")


def test_a_plasma_in_residual_gas_goes_out_at_the_moment_the_pump_has_taken_it():
    one = world()
    one.set_pump(True)
    until(one, lambda: one.pressure < 1.0, step=0.01)
    one.set_power(50.0)
    assert one.strike()
    one.advance(1000.0)
    assert (one.plasma, one.outage) == (False, "no plasma")
    assert one.wear * 3.6e6 / 50.0 == pytest.approx(25.0 * np.log(1.0 / 0.2), abs=0.01)


def test_a_poisoned_target_arcs_at_high_power_and_the_supply_switches_off():
    one = burning(oxygen=3e-2)
    assert one.plasma
    one.set_power(200.0)
    assert (one.plasma, one.outage) == (False, "arcing on a poisoned target")
    fine = burning(oxygen=2e-2)
    fine.set_power(200.0)
    assert fine.plasma


def test_the_supply_switches_itself_off_when_its_timer_ends():
    one = prepared()
    one.set_timer(100.0)
    one.set_power(100.0)
    one.strike()
    one.advance(40.0)
    assert one.timer_left == 60.0
    one.advance(1000.0)
    assert (one.plasma, one.power, one.outage) == (False, 0.0, "timer")
    assert one.wear == pytest.approx(100.0 * 100.0 / 3.6e6)


def test_a_ramp_reaches_the_power_in_its_time():
    one = prepared()
    one.set_ramp(50.0)
    one.set_power(100.0)
    one.strike()
    powers = []
    for _ in range(3):
        one.advance(25.0)
        powers.append(one.power)
    assert powers == [50.0, 100.0, 100.0]


def test_a_worn_target_grows_slower():
    fresh, worn = deposited(), deposited(rate_loss_per_kwh=0.5)
    energy = 0.1 * 1800.0 / 3600.0
    assert worn.wear == fresh.wear == pytest.approx(energy)
    lost = 1.0 - worn.film("s1").thickness / fresh.film("s1").thickness
    assert lost == pytest.approx(0.5 * 0.1 * (300.0 + 750.0) / 3600.0, rel=1e-6)


def test_each_gun_has_its_target_and_none_is_changed_under_plasma():
    one = burning(targets=("ceramic", "metal"))
    with pytest.raises(ValueError, match="burns"):
        one.select_gun(2)
    one.quench()
    one.select_gun(2)
    assert (one.target, one.wear) == ("metal", 0.0)
    with pytest.raises(ValueError, match="no gun 3"):
        one.select_gun(3)


# --- samples ----------------------------------------------------------------------------------------------------------


def test_a_transfer_takes_its_time_and_lets_air_into_the_chamber():
    one = world()
    one.set_pump(True)
    one.advance(1000.0)
    one.move("cassette/2", "chamber/1")
    assert (one.moving, one.holding, one.pressure) == (True, "s2", 1e5)
    one.advance(89.0)
    assert not one.occupied("chamber/1")
    one.advance(1.0)
    assert (one.moving, one.holding, one.places()["chamber/1"]) == (False, None, "s2")
    one.advance(1.0)
    assert one.pressure < 1e5


def test_impossible_transfers_are_refused_and_nothing_moves():
    one = world()
    with pytest.raises(UnknownPlace):
        one.move("cassette/11", "probe/1")
    with pytest.raises(SourceEmpty):
        one.move("store/1", "probe/1")
    with pytest.raises(TargetOccupied):
        one.move("cassette/1", "cassette/2")
    one.move("cassette/1", "probe/1")
    with pytest.raises(RobotBusy):
        one.move("cassette/2", "store/1")
    hot = burning()
    with pytest.raises(TransferBlocked):
        hot.move("chamber/1", "probe/1")
    assert hot.places()["chamber/1"] == "s1"


def test_a_person_can_put_and_take_samples():
    one = world(loaded=0)
    assert set(one.places().values()) == {None}
    one.put("cassette/4", "sapphire", "mine")
    assert one.places()["cassette/4"] == "mine"
    assert one.take_away("cassette/4") == "mine"
    assert not one.occupied("cassette/4")
    with pytest.raises(SourceEmpty):
        one.take_away("cassette/4")
    with pytest.raises(ValueError, match="wood"):
        one.put("cassette/4", "wood")


def test_the_cassette_is_filled_with_what_the_settings_say():
    one = world(substrates=("glass", "sapphire"), loaded=3)
    assert [slot for slot, name in one.places().items() if name] == ["cassette/1", "cassette/2", "cassette/3"]


# --- measurements -----------------------------------------------------------------------------------------------------


def measured(**changed):
    one = deposited(**changed)
    one.move("chamber/1", "probe/1")
    one.advance(90.0)
    return one


def test_the_probe_shows_the_sheet_resistance_of_the_film_between_two_readings():
    one = measured()
    true = one.film("s1").sheet_resistance
    shown = (one.probe_voltage(1e-4) - one.probe_voltage(-1e-4)) / 2e-4 / GEOMETRY
    assert shown == pytest.approx(true, abs=0.05)
    assert one.probe_voltage(1e-4) != one.probe_voltage(1e-4)


def test_the_needles_on_nothing_and_on_a_bare_substrate():
    one = world()
    assert one.probe_voltage(1e-4) is None
    one.move("cassette/1", "probe/1")
    one.advance(90.0)
    assert [one.probe_voltage(current) for current in (1e-4, -1e-4, 0.0)] == [20.0, -20.0, 0.0]


def test_a_film_of_separate_islands_is_an_open_circuit():
    one = measured(seconds=60.0)
    assert one.film("s1").failure == "film not continuous"
    assert one.probe_voltage(1e-6) == 20.0


def test_the_geometry_of_the_probe_is_the_same_for_every_film_of_a_laboratory():
    one = measured(probe_std=0.01, seed=11)
    first = one.probe_voltage(1e-4) / one.film("s1").sheet_resistance
    one.move("probe/1", "store/1")
    one.advance(90.0)
    one.move("cassette/2", "chamber/1")
    one.advance(2000.0)
    one.strike()
    one.set_shutter(True)
    one.advance(1000.0)
    one.quench()
    one.move("chamber/1", "probe/1")
    one.advance(90.0)
    assert one.probe_voltage(1e-4) / one.film("s2").sheet_resistance == pytest.approx(first, rel=2e-3)


def test_run_to_run_scatter_is_that_of_the_growth_and_not_of_other_commands():
    quiet, busy = measured(scatter=0.03, seed=2), measured(scatter=0.03, seed=2)
    for _ in range(5):
        busy.probe_voltage(1e-4)
        busy.diffraction(20.0, 30.0, 1.0)
    assert busy.film("s1") == quiet.film("s1")
    assert measured(scatter=0.03, seed=3).film("s1").resistivity != quiet.film("s1").resistivity
    assert quiet.film("s1").resistivity / measured().film("s1").resistivity == pytest.approx(1.0, abs=0.25)


def test_a_scan_finds_the_anatase_line_of_a_film_grown_at_400_degrees():
    one = measured()
    counts = np.array(one.diffraction(24.0, 27.0, 0.02))
    smooth = np.convolve(counts, np.ones(9), "same")
    assert 24.0 + 0.02 * smooth.argmax() == pytest.approx(25.28, abs=0.04)
    assert World(WorldSettings()).diffraction(20.0, 60.0, 0.02) is None


def test_a_laboratory_with_a_diffractometer_scans_there():
    places = {"cassette": 2, "chamber": 1, "probe": 1, "diffractometer": 1}
    one = world(positions=places)
    one.move("cassette/1", "probe/1")
    one.advance(90.0)
    assert one.diffraction(20.0, 60.0, 1.0) is None
    one.move("cassette/2", "diffractometer/1")
    one.advance(90.0)
    assert len(one.diffraction(20.0, 60.0, 1.0)) == 41
