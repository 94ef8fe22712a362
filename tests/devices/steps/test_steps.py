"""Single steps on a whole pretended station."""

import pytest

from devices.errors import BadReply, Infeasible, NotSettled, RigRefused, StationRefused
from devices.recipe import STEPS as KNOWN
from devices.recipe import check_recipe, load_recipe
from devices.rig_settings import load_rig
from tests.devices.pretend_station import STEPS, PretendStation, station_data, usual_rig

LOAD = {"load": {"from": "cassette", "to": "chamber"}}
GAS = {"gas": {"set": {"argon": "40 sccm"}}}
STRIKE = {"strike": {"power": "100 W"}}


def run(*steps, prepared=None, **changes):
    """The station after these steps, and the attempt."""
    pretend = PretendStation(list(steps), **changes)
    return pretend, pretend.start("c/1/1", asked={}, prepared=prepared)


def lasted(attempt, number):
    _, began, ended, _ = attempt.record.steps[number]
    return ended - began


def test_every_step_of_the_closed_set_stands_in_a_file_of_its_name():
    for kind, step in KNOWN.items():
        assert step.__module__ == f"devices.steps.{kind}"


def test_load_takes_the_first_fresh_sample_and_no_other():
    pretend, attempt = run(LOAD, {"store": {"to": "store"}})
    assert attempt.grown.sample == "s1"
    assert pretend.world.moves == [("cassette/1", "chamber/1"), ("chamber/1", "store/1")]


def test_store_takes_the_first_free_slot():
    pretend = PretendStation([LOAD, {"store": {"to": "store"}}])
    pretend.put("old", "store/1")
    pretend.start("c/1/1", asked={})
    assert pretend.world.places["store/2"] == "s1"


def test_transfer_to_a_place_that_is_full_is_refused_before_the_robot_hears_of_it():
    pretend = PretendStation([LOAD, {"transfer": {"to": "store"}}], positions={"cassette": 3, "chamber": 1, "store": 1})
    pretend.station.load_sample("old", "store/1", "Aya")
    pretend.world.places["store/1"] = "old"
    with pytest.raises(StationRefused, match="no free slot in store for sample 's1'"):
        pretend.start("c/1/1", asked={})
    assert len(pretend.world.moves) == 1


def test_wait_lets_exactly_that_much_time_pass():
    _, attempt = run({"wait": {"for": "1.5 min"}})
    assert lasted(attempt, 0) == 90.0


def test_set_gives_values_in_the_order_of_the_recipe():
    pretend, _ = run({"set": {"gas_line.argon": "20 sccm", "heater.setpoint": "303.15 K", "gas.pump": True}})
    wanted = ["gas.argon = 20.0", "heater.setpoint = 30.0", "gas.pump = True"]
    assert [sent for sent in pretend.sent if sent in wanted] == wanted


def test_gas_waits_until_the_chamber_has_taken_it_and_then_rests():
    pumped = {"pump_down": {"below": "1 Pa", "set": {"gas.pump": True}}}
    gas = {"gas": {"set": {"argon": "40 sccm"}, "until": "gas.pressure >= 0.4 Pa", "rest": "20 s"}}
    _, attempt = run(pumped, gas)
    assert lasted(attempt, 1) == 20.0


def test_r31_gas_that_does_not_come_is_not_waited_for_for_ever():
    gas = {"gas": {"set": {"argon": "4 sccm", "gas.pump": True}, "until": "gas.pressure > 0.4 Pa", "within": "5 min"}}
    with pytest.raises(NotSettled, match="not reached within 300 s"):
        run(gas)


def test_heat_takes_its_tolerance_in_kelvin_or_in_degrees():
    _, attempt = run({"heat": {"to": "100 C", "tolerance": "10 K"}})
    _, again = run({"heat": {"to": "373.15 K", "tolerance": "10 C"}})
    assert lasted(attempt, 0) == lasted(again, 0) > 0


def test_cool_sets_the_safe_value_and_waits():
    pretend, attempt = run({"heat": {"to": "100 C"}}, {"cool": {"below": "80 C"}})
    assert pretend.world.temperature < 80
    assert "heater.setpoint = 25.0" in pretend.sent
    assert lasted(attempt, 1) > 0


def test_presputter_keeps_the_shutter_closed():
    pumped = {"pump_down": {"below": "1 Pa", "set": {"gas.pump": True}}}
    pretend = PretendStation([LOAD, pumped, GAS, STRIKE, {"presputter": {"for": "60 s"}}, {"deposit": {"for": "30 s"}}])
    seen = []
    pretend.world.watch.append(
        lambda: seen.append((pretend.world.values["gun"].get("plasma"), pretend.world.exposed()))
    )
    pretend.start("c/1/1", asked={})
    assert seen.count((True, False)) == 6
    assert seen.count((True, True)) == 3


def test_a_plasma_that_goes_out_behind_the_shutter_leaves_the_sample_uncoated():
    pumped = {"pump_down": {"below": "1 Pa", "set": {"gas.pump": True}}}
    strike = {"strike": {"power": "100 W", "faults": {4: "arcing"}, "wears": "target"}}
    pretend = PretendStation(
        [
            LOAD,
            pumped,
            GAS,
            strike,
            {"presputter": {"for": "60 s"}},
            {"deposit": {"for": "30 s"}},
            {"store": {"to": "store"}},
        ]
    )
    pretend.world.fault = 4.0

    def arc():
        if pretend.world.values["gun"].get("plasma"):
            pretend.world.values["gun"]["plasma"] = False

    pretend.world.watch.append(arc)
    assert pretend.station.level("target") == 0.0
    with pytest.raises(Infeasible, match="arcing"):
        pretend.start("c/1/1", asked={})
    assert pretend.station.level("target") == pytest.approx(100 * 10 / 3.6e6)
    assert pretend.world.coated == {}
    assert not pretend.station.state().samples["s1"].coated
    assert pretend.world.places["store/1"] == "s1"


def test_scan_refuses_a_pattern_with_a_wrong_number_of_points():
    with pytest.raises(BadReply, match="3 counts for 5 angles"):
        run(LOAD, {"scan": {"start": "20 deg", "stop": "22 deg", "step": "0.5 deg"}})


@pytest.mark.parametrize(
    ("step", "place", "words"),
    [
        ({"scan": {"start": "60 deg", "stop": "20 deg"}}, "steps.1.scan.step", "a scan goes up"),
        ({"measure": {"current": "1e-9 A", "lowest": "1e-6 A"}}, "steps.1.measure.lowest", "not above the current"),
        ({"wait": {"for": "-3 s"}}, "steps.1.wait.for", "not negative"),
        ({"gas": {}}, "steps.1.gas.set", "at least one gas"),
        ({"set": {}}, "steps.1.set", "at least one channel"),
        (
            {"gas": {"set": {"argon": 1}, "until": "gas.presure > 1 Pa"}},
            "steps.1.gas.until",
            "Did you mean 'pressure'?",
        ),
        (
            {"wait": {"for": "1 s", "device": "heater", "set": {"setpoint": 30}}},
            "steps.1.wait.set.setpoint",
            "write device.channel",
        ),
    ],
)
def test_a_step_that_makes_no_sense_is_refused_at_its_key(step, place, words):
    with pytest.raises(RigRefused) as error:
        check_recipe(load_recipe({"recipe": "r", "steps": [LOAD, step]}), usual_rig())
    assert error.value.place == place
    assert words in error.value.message


def test_a_strike_must_name_a_stock_that_there_is_and_codes_that_can_be_read():
    def check(strike, rig):
        check_recipe(
            load_recipe({"recipe": "r", "steps": [LOAD, {"strike": strike}, {"deposit": {"for": "1 s"}}]}), rig
        )

    with pytest.raises(RigRefused, match="no stock 'targets'"):
        check({"power": "1 W", "wears": "targets"}, usual_rig())
    data = station_data()
    del data["devices"]["gun"]["channels"]["fault"]
    with pytest.raises(RigRefused, match="no channel 'fault'"):
        check({"power": "1 W", "faults": {4: "arcing"}}, load_rig(data))


def test_of_two_shutters_one_must_be_named():
    data = station_data()
    data["devices"]["gun"]["channels"]["shutter"] = {"set": "SH {}", "query": "SH?", "safe": False}
    rig = load_rig(data)
    with pytest.raises(RigRefused, match="2 devices have a channel 'shutter'"):
        check_recipe(load_recipe({"recipe": "r", "steps": [LOAD, STRIKE, {"deposit": {"for": "1 s"}}]}), rig)
    check_recipe(
        load_recipe({"recipe": "r", "steps": [LOAD, STRIKE, {"deposit": {"for": "1 s", "shutter": "gas.shutter"}}]}),
        rig,
    )


def test_the_usual_recipe_passes():
    check_recipe(load_recipe({"recipe": "r", "steps": STEPS}), usual_rig())
