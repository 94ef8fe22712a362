"""A rig: limits, interlocks, trips, stops, and being safe whatever happens."""

import threading

import pytest

from devices.errors import (
    Disconnected,
    Inhibited,
    Interrupted,
    NoReply,
    NotSettled,
    OutsideLimits,
    Tripped,
    UnknownChannel,
)
from devices.guardian import GuardianFailed
from devices.journal import FileJournal, lines
from devices.leases import MemoryLeases
from devices.stop_level import StopLevel
from tests.devices.pretend_rig import PretendRig, rig_data

WATCHED = {
    "watches": {
        "thermocouple": {
            "kind": "stuck",
            "channel": "heater.temperature",
            "towards": "heater.setpoint",
            "within": "5 C",
            "change": "0.2 C",
            "reads": 10,
            "every": "5 s",
        }
    }
}


@pytest.fixture
def made():
    made = PretendRig()
    with made.rig:
        yield made


# ---- limits and cross-limits


@pytest.mark.parametrize(("device", "asked"), [("heater", {"setpoint": 900.0}), ("gun", {"power": 500.0})])
def test_r1_what_the_rig_file_does_not_allow_is_refused_and_nothing_is_sent(made, device, asked):
    with pytest.raises(OutsideLimits):
        made.rig.apply(device, **asked)
    assert made.sent == []


def test_r1_one_bad_setting_keeps_the_good_ones_beside_it_from_being_sent(made):
    with pytest.raises(OutsideLimits):
        made.rig.apply("gas", argon=40.0, oxygen=300.0)
    assert made.sent == []


def test_r2_a_strike_below_the_pressure_it_needs_is_refused_and_the_supply_hears_nothing(made):
    made.gas.values["pressure"] = 0.1
    made.rig.arm_timer("gun", 600)
    made.sent.clear()
    with pytest.raises(Inhibited, match=r"gas.pressure is 0.1 Pa") as refused:
        made.rig.apply("gun", plasma=True)
    assert refused.value.interlock == "plasma_pressure"
    assert refused.value.infeasible == "no plasma"
    assert made.sent == []


def test_r2_what_is_set_beside_a_forbidden_strike_is_not_sent_either(made):
    made.gas.values["pressure"] = 0.1
    made.rig.arm_timer("gun", 600)
    made.sent.clear()
    with pytest.raises(Inhibited):
        made.rig.apply("gun", power=100.0, plasma=True)
    assert made.sent == []


def test_r2_a_refused_strike_is_no_trip_and_the_rig_goes_on(made):
    made.gas.values["pressure"] = 0.1
    made.rig.arm_timer("gun", 600)
    with pytest.raises(Inhibited):
        made.rig.apply("gun", plasma=True)
    made.gas.values["pressure"] = 0.5
    made.rig.apply("gun", plasma=True)
    assert made.trips == []


def test_r2_a_setting_after_which_an_interlock_would_be_open_is_not_made(made):
    made.gas.values["door_closed"] = False
    made.rig.arm_timer("gun", 600)
    made.sent.clear()
    with pytest.raises(Inhibited) as refused:
        made.rig.apply("gun", plasma=True)
    assert refused.value.interlock == "door"
    assert made.sent == []


def test_r3_a_device_that_is_not_there_is_named_with_what_was_perhaps_meant(made):
    with pytest.raises(UnknownChannel, match="Did you mean 'heater'"):
        made.rig.apply("heatr", setpoint=100.0)


def test_r9_a_plasma_is_not_struck_before_the_instruments_own_timer_is_armed(made):
    with pytest.raises(OutsideLimits, match="timer"):
        made.rig.apply("gun", plasma=True)
    made.rig.arm_timer("gun", 1800)
    made.rig.apply("gun", plasma=True)
    assert made.sent == ["gun.timer = 1860.0", "gun.plasma = True"]  # planned, and a margin


def test_r9_the_timer_is_armed_anew_for_every_strike(made):
    made.rig.arm_timer("gun", 1800)
    made.rig.apply("gun", plasma=True)
    made.rig.apply("gun", plasma=False)
    with pytest.raises(OutsideLimits, match="timer"):
        made.rig.apply("gun", plasma=True)


# ---- interlocks in waits


def test_r5_a_door_opened_in_mid_deposition_puts_the_plasma_out_within_one_look(made):
    made.strike()
    opened = made.clock.now() + 700.3
    made.at(opened, lambda: made.gas.values.update(door_closed=False))
    with pytest.raises(Tripped, match="door"):
        made.rig.sleep(1500)
    assert made.clock.now() - opened <= made.settings.clock.interval
    assert made.gun.values["plasma"] is False
    assert made.is_safe()


def test_r6_a_door_whose_own_interlock_has_put_the_plasma_out_is_a_trip_all_the_same(made):
    # By the time anybody looks there is no plasma any more; that the door was opened must not pass unnoticed.
    made.strike()
    made.at(made.clock.now() + 10, lambda: made.gas.values.update(door_closed=False))
    made.at(made.clock.now() + 10, lambda: made.gun.values.update(plasma=False))
    with pytest.raises(Tripped, match="door"):
        made.rig.sleep(1500)


def test_a_door_may_be_opened_when_the_plasma_has_been_switched_off(made):
    made.strike()
    made.rig.apply("gun", plasma=False)
    made.gas.values["door_closed"] = False
    made.rig.sleep(10)
    assert made.trips == []


def test_a_plasma_that_somebody_else_left_burning_counts(made):
    made.gun.values["plasma"] = True
    made.gas.values["door_closed"] = False
    with pytest.raises(Tripped, match="door"):
        made.rig.guard()


def test_r5_the_interlocks_are_looked_at_between_the_settings_of_one_step(made):
    made.strike()
    apply = made.gas.apply

    def and_the_door_opens(**settings):
        made.gas.values["door_closed"] = False
        return apply(**settings)

    made.gas.apply = and_the_door_opens
    with pytest.raises(Tripped):
        made.rig.apply("gas", argon=50.0, oxygen=3.0)
    assert "gas.argon = 50.0" in made.sent
    assert "gas.oxygen = 3.0" not in made.sent


def test_r5_a_wait_for_a_condition_looks_at_them_too(made):
    made.strike()
    made.at(made.clock.now() + 10, lambda: made.gas.values.update(door_closed=False))
    with pytest.raises(Tripped):
        made.rig.until("heater.temperature > 397 C", 3600, "heating")
    assert made.is_safe()


def test_r5_an_interlock_that_cannot_be_read_makes_the_rig_safe_and_latches_nothing(made):
    # A cable is a fault, after which another attempt may be made; a trip would wait for a person.
    made.strike()
    made.at(made.clock.now() + 10, lambda: setattr(made.gas, "broken", Disconnected("gas: the line is lost")))
    with pytest.raises(Disconnected):
        made.rig.sleep(60)
    assert made.gun.values["plasma"] is False
    assert made.heater.values["setpoint"] == 25.0
    assert made.trips == []


def test_r6_a_trip_is_told_once_with_its_reason_after_the_rig_is_safe(made):
    was_safe = []
    made.rig.on_trip = lambda *told: was_safe.append((made.is_safe(), *told))
    made.strike()
    made.gas.values["door_closed"] = False
    with pytest.raises(Tripped) as trip:
        made.rig.sleep(60)
    assert was_safe == [(True, "door", "gas.door_closed (gas.door_closed is false) does not hold")]
    assert trip.value.interlock == "door"


def test_r6_after_a_trip_nothing_is_set_any_more_even_if_the_door_is_closed_again(made):
    made.strike()
    made.gas.values["door_closed"] = False
    with pytest.raises(Tripped):
        made.rig.sleep(60)
    made.gas.values["door_closed"] = True
    made.sent.clear()
    with pytest.raises(Tripped):
        made.rig.apply("heater", setpoint=100.0)
    with pytest.raises(Tripped), made.rig.finishing():
        made.rig.apply("heater", setpoint=100.0)
    assert made.sent == []


def test_r6_a_latched_trip_refuses_the_next_run_before_anything_is_opened():
    made = PretendRig()
    made.rig.latched = lambda: "door: gas.door_closed does not hold (21 November)"
    with pytest.raises(Tripped, match="reset it with a note"):
        made.rig.connect()
    assert not any(device.is_open for device in made.devices.values())
    assert made.sent == []


def test_r6_a_trip_latched_while_the_rig_was_waited_for_counts():
    leases = MemoryLeases(lambda: 0.0)
    made = PretendRig(leases, now=lambda: 0.0)
    latched = []

    def take(names, owner):
        latched.append("door: opened in the run of somebody else")
        MemoryLeases.take(leases, names, owner)

    leases.take = take
    made.rig.latched = lambda: latched[0] if latched else None
    with pytest.raises(Tripped, match="somebody else"):
        made.rig.connect()
    assert not any(device.is_open for device in made.devices.values())
    MemoryLeases.take(leases, ["sputter/gun"], "next")  # the lease was given back


def test_r25_a_frozen_thermocouple_trips_the_rig_within_n_reads_and_the_heater_is_off():
    made = PretendRig(**WATCHED)
    with made.rig:
        made.rig.apply("heater", setpoint=400.0)
        began = made.clock.now()
        with pytest.raises(Tripped, match="thermocouple"):
            made.rig.until("heater.temperature > 397 C", 3600, "heating")
        assert made.clock.now() - began <= 10 * 5 + 1
        assert made.heater.values["setpoint"] == 25.0
    assert [name for name, _ in made.trips] == ["thermocouple"]


def test_r25_the_heater_does_not_go_on_above_the_base_pressure():
    base = {"need": "gas.pressure < 5e-4 Pa", "before": {"heater.setpoint": "> 30 C"}}
    made = PretendRig(interlocks={"base_pressure": base})
    with made.rig:
        with pytest.raises(Inhibited, match="base_pressure"):
            made.rig.apply("heater", setpoint=400.0)
        made.rig.apply("heater", setpoint=25.0)
        made.gas.values["pressure"] = 1e-4
        made.rig.apply("heater", setpoint=400.0)


# ---- waits


def test_r31_a_condition_that_is_not_met_in_time_leaves_the_rig_safe_and_says_what_was_read(made):
    made.rig.apply("heater", setpoint=400.0)
    made.heater.values["temperature"] = 212.0
    with pytest.raises(NotSettled, match=r"heating: not reached within 3600 s.*heater.temperature is 212 C"):
        made.rig.until("heater.temperature > 397 C", 3600, "heating")
    assert made.clock.now() == pytest.approx(3600)
    assert made.is_safe()


def test_r31_a_sensor_that_fails_in_a_wait_leaves_the_rig_safe(made):
    made.strike()
    made.heater.broken = NoReply("heater: no answer")
    with pytest.raises(NoReply):
        made.rig.until(lambda: made.rig.read("heater", "temperature")["temperature"].value > 397, 3600, "heating")
    assert made.gun.values["plasma"] is False


def test_a_wait_ends_when_its_condition_holds(made):
    made.at(42.0, lambda: made.heater.values.update(temperature=400.0))
    made.rig.until("heater.temperature > 397 C", 3600, "heating")
    assert made.clock.now() == 42.0
    made.rig.until(lambda: made.clock.now() >= 50, 100, "the clock")
    assert made.clock.now() == 50.0


def test_a_wait_is_exactly_as_long_as_it_was_asked_to_be(made):
    made.rig.sleep(12.3)
    assert made.clock.now() == pytest.approx(12.3)


# ---- safe


def test_r7_the_order_is_plasma_shutter_heater_gas(made):
    made.strike()
    made.rig.safe()
    order = [line.split(" = ")[0] for line in made.sent]
    assert order.index("gun.plasma") < order.index("gas.shutter") < order.index("heater.setpoint")
    assert order.index("heater.setpoint") < order.index("gas.argon")
    assert len(order) == len(set(order))


def test_r7_one_dead_port_does_not_stop_the_others_and_what_is_left_is_listed(made):
    told = []
    made.rig.on_unsafe = told.append
    made.strike()
    made.gas.broken = Disconnected("gas: the line is lost")
    left = made.rig.safe()
    assert (made.gun.values["power"], made.gun.values["plasma"]) == (0, False)
    assert made.heater.values["setpoint"] == 25
    assert [line.split(":")[0] for line in left] == ["gas.shutter", "gas.argon", "gas.oxygen"]
    assert told == [left]


def test_r7_whoever_is_told_what_is_unsafe_cannot_keep_the_rig_from_being_given_back():
    made = PretendRig()

    def fails(left):
        raise RuntimeError("the database is away")

    made.rig.on_unsafe = fails
    with made.rig:
        made.strike()
        made.gas.broken = Disconnected("gas: the line is lost")
    assert not any(device.is_open for device in made.devices.values())


def test_r7_a_driver_that_breaks_its_promise_not_to_raise_does_not_stop_the_others(made):
    made.strike()

    def breaks(*_):
        raise ZeroDivisionError("a bug")

    made.gun.safe = breaks
    left = made.rig.safe()
    assert [line.split(":")[0] for line in left] == ["gun.power", "gun.plasma"]
    assert made.heater.values["setpoint"] == 25
    del made.gun.safe


def test_r7_a_device_that_does_not_answer_keeps_the_others_waiting_only_a_moment():
    # On a real clock: the gas controller's shutter comes before the heater, and what it does not answer takes long.
    made = PretendRig(clock={"kind": "real", "poll": 1.0})
    answers = threading.Event()
    with made.rig:
        made.strike()
        safe = made.gas.safe
        made.gas.safe = lambda *names: answers.wait(10) and safe(*names)
        at = []
        apply = made.heater.safe
        made.heater.safe = lambda *names: (at.append(answers.is_set()), answers.set(), apply(*names))[2]
        assert made.rig.safe() == []
    assert at[0] is False  # the heater was off before the gas controller had answered
    assert made.is_safe()


def test_r7_making_safe_twice_is_making_safe_once(made):
    made.strike()
    assert made.rig.safe() == []
    assert made.rig.safe() == []
    assert made.is_safe()


def test_the_rig_file_may_say_what_comes_first():
    made = PretendRig(safe_order=["heater", "gas.oxygen"])
    with made.rig:
        made.strike()
        made.rig.safe()
    order = [line.split(" = ")[0] for line in made.sent]
    assert order[:3] == ["heater.setpoint", "gas.oxygen", "gun.power"]


def test_whatever_ends_the_block_the_rig_is_safe_and_given_back():
    made = PretendRig()
    with pytest.raises(ZeroDivisionError), made.rig:
        made.strike()
        raise ZeroDivisionError
    assert made.is_safe()
    assert not any(device.is_open for device in made.devices.values())


def test_a_setting_that_fails_leaves_the_rig_safe(made):
    made.strike()

    def refuses(**settings):
        raise NotSettled("gun.power: set to 120.0 W, but reads 0.0 W; its fault code is 2")

    made.gun.apply = refuses
    with pytest.raises(NotSettled, match="fault code is 2"):
        made.rig.apply("gun", power=120.0)
    assert made.is_safe()


def test_a_device_that_does_not_connect_leaves_nothing_open():
    made = PretendRig()
    made.gun.broken = NoReply("gun: no answer")
    with pytest.raises(NoReply):
        made.rig.connect()
    assert not any(device.is_open for device in made.devices.values())
    made.gun.broken = None
    made.rig.connect()  # the lease was given back
    made.rig.close()


# ---- stop levels


def test_r10_a_pause_lets_the_deposition_go_on(made):
    made.strike()
    made.rig.requested = lambda: StopLevel.PAUSE
    made.rig.sleep(100)
    assert made.gun.values["plasma"] is True


def test_r10_a_stop_makes_safe_now_and_lets_the_sample_be_brought_home(made):
    made.strike()
    made.at(made.clock.now() + 20, lambda: setattr(made.rig, "requested", lambda: StopLevel.STOP))
    with pytest.raises(Interrupted) as interrupted:
        made.rig.sleep(1500)
    assert interrupted.value.level == StopLevel.STOP
    assert made.clock.now() <= 21
    assert made.is_safe()
    with pytest.raises(Interrupted):  # no new step
        made.rig.apply("gas", argon=10.0)
    with made.rig.finishing():
        made.rig.sleep(350)
        made.rig.apply("gas", pump=True)
    assert made.gas.values["pump"] is True


def test_r10_an_emergency_makes_safe_now_and_nothing_is_sent_after_it(made):
    made.strike()
    made.rig.requested = lambda: StopLevel.EMERGENCY
    with pytest.raises(Interrupted) as interrupted:
        made.rig.sleep(1500)
    assert interrupted.value.level == StopLevel.EMERGENCY
    assert made.is_safe()
    made.sent.clear()
    with pytest.raises(Interrupted), made.rig.finishing():
        made.rig.apply("gas", pump=True)
    with pytest.raises(Interrupted):
        made.rig.command("gas", "vent")
    assert made.sent == []


def test_r10_an_emergency_is_heard_while_the_sample_is_brought_home(made):
    made.rig.requested = lambda: StopLevel.STOP
    with pytest.raises(Interrupted):
        made.rig.sleep(10)
    made.rig.requested = lambda: StopLevel.EMERGENCY
    with pytest.raises(Interrupted) as interrupted, made.rig.finishing():
        made.rig.sleep(10)
    assert interrupted.value.level == StopLevel.EMERGENCY


# ---- what others are told


def test_every_reading_that_the_rig_makes_is_told(made):
    told = []
    made.rig.observer = lambda device, readings: told.extend(f"{device}.{name}" for name in readings)
    made.strike()
    told.clear()
    made.rig.sleep(1)
    assert set(told) == {"gas.door_closed"}
    made.rig.read("heater", "temperature", "setpoint")
    assert told[-2:] == ["heater.temperature", "heater.setpoint"]


def test_a_channel_is_read_once_for_all_interlocks_of_one_look():
    both = {"need": "gas.water and gas.door_closed", "while": "gun.plasma"}
    made = PretendRig(interlocks={**rig_data()["interlocks"], "both": both})
    with made.rig:
        made.strike()
        asked = []
        made.rig.observer = lambda device, readings: asked.extend(f"{device}.{name}" for name in readings)
        made.rig.guard()
    assert asked.count("gas.door_closed") == 1


def test_r7_what_could_not_be_made_safe_is_in_the_journal_of_the_run(tmp_path):
    made = PretendRig(journal=FileJournal(tmp_path / "journal.jsonl"))
    with made.rig:
        made.strike()
        made.gas.broken = Disconnected("gas: the line is lost")
        made.rig.safe()
        made.gas.broken = None
    written = [line.content.decode() for line in lines(tmp_path / "journal.jsonl") if line.kind == "failed"]
    assert written[0] == "left unsafe: gas.shutter: gas: the line is lost"


# ---- the guardian


class PretendGuardian:
    def __init__(self):
        self.last = ""
        self.news = None
        self.words = 0

    def start(self):
        self.last = "start"

    def word(self):
        self.words += 1
        return self.news

    def dismiss(self):
        self.last = "bye"

    def leave(self):
        self.last = "left without bye"


@pytest.fixture
def guarded():
    made = PretendRig()
    made.rig._guardian = PretendGuardian()
    return made


def test_r8_a_rig_that_ends_safe_says_bye_to_its_guardian(guarded):
    with guarded.rig:
        guarded.strike()
    assert guarded.rig._guardian.last == "bye"


def test_r8_a_rig_that_could_not_be_made_safe_leaves_the_rest_to_its_guardian(guarded):
    with guarded.rig:
        guarded.strike()
        guarded.gas.broken = Disconnected("gas: the line is lost")
    assert guarded.rig._guardian.last == "left without bye"


def test_r8_a_rig_that_lost_its_guardian_is_made_safe_and_not_driven_on(guarded):
    with guarded.rig:
        guarded.strike()
        guarded.rig._guardian.news = "The guardian process has ended"
        with pytest.raises(Interrupted, match="The guardian process has ended"):
            guarded.rig.sleep(10)
        assert guarded.is_safe()
        with pytest.raises(Interrupted):
            guarded.rig.apply("gas", argon=10.0)


def test_r8_a_rig_that_is_being_made_safe_is_not_silent(guarded):
    # Devices that do not answer take seconds each time, and an impatient guardian would talk at the same time.
    with guarded.rig:
        before = guarded.rig._guardian.words
        guarded.rig.safe()
        assert guarded.rig._guardian.words > before


def test_r8_the_guardian_is_armed_before_the_first_device_opens(guarded):
    class Refuses(PretendGuardian):
        def start(self):
            assert not any(device.is_open for device in guarded.devices.values())
            raise GuardianFailed("it did not start")

    guarded.rig._guardian = Refuses()
    with pytest.raises(GuardianFailed):
        guarded.rig.connect()
    assert not any(device.is_open for device in guarded.devices.values())
    assert guarded.sent == []
