"""A growth from the first move to the last, and everything that can come between."""

import random
from contextlib import suppress
from itertools import pairwise

import pytest

from devices.errors import (
    BadReply,
    DeviceError,
    Disconnected,
    Infeasible,
    Interrupted,
    NeedsPerson,
    NoReply,
    NotSettled,
    OutsideLimits,
    Refused,
    StationRefused,
    Tripped,
)
from devices.leases import LeaseLost
from devices.station.log import LogUnreachable
from tests.devices.pretend_station import ASKED, STEPS, Killed, PeopleClock, PretendStation, Process, station_data


def outcomes(pretend):
    return {key: growth.outcome for key, growth in pretend.station.state().growths.items()}


def agree(pretend):
    """R15: what the station believes is what is true."""
    return pretend.belief() == pretend.world.places


# ---------------------------------------------------------------- a growth that goes well


def test_a_growth_coats_one_substrate_measures_it_and_puts_it_away():
    pretend = PretendStation()
    attempt = pretend.start("c/1/1")
    assert attempt.grown.sample == "s1"
    assert pretend.world.coated == {"s1": 1}
    assert pretend.world.places["store/1"] == "s1"
    assert agree(pretend)
    assert pretend.world.is_safe()
    assert outcomes(pretend) == {"c/1/1": "completed"}
    columns, units, about = attempt.record.measurements["four_point"]
    assert columns["current"] == [1e-4, -1e-4, 1e-4, -1e-4]
    assert columns["voltage"] == pytest.approx([6e-3, -6e-3, 6e-3, -6e-3])
    assert units == {"current": "A", "voltage": "V"}
    assert about["compliance"] == 20.0
    assert attempt.record.measurements["diffraction"][0]["two_theta"] == [20.0, 20.5, 21.0]


def test_two_growths_on_the_same_clock_are_the_same():
    first, second = (PretendStation().start("c/1/1") for _ in range(2))
    assert first.record.readings == second.record.readings
    assert first.record.steps == second.record.steps


def test_r7_the_record_says_what_could_not_be_made_safe():
    pretend = PretendStation()
    attempt = pretend.start("c/1/1")
    assert "left unsafe" not in attempt.record.facts
    attempt.rig.on_unsafe(["gas.argon: no answer"])
    assert attempt.record.facts["left unsafe"] == ["gas.argon: no answer"]


def test_r16_the_record_holds_what_was_asked_and_done():
    pretend = PretendStation()
    record = pretend.start("c/1/1").record
    assert record.facts["asked"] == ASKED
    assert record.facts["sample"] == "s1"
    assert record.facts["calibrations"]["probe_factor"]["id"] == "probe_factor@3"
    assert len(record.facts["hashes"]["rig"]) == len(record.facts["hashes"]["recipe"]) == 64
    assert record.facts["recipe"]["steps"][2] == {"heat": {"to": "${temperature} C"}}
    assert [name.rpartition(".")[2] for name, *_ in record.steps] == [next(iter(step)) for step in STEPS]
    assert record.steps[2][3]["settings"] == {"heater.setpoint": 400.0}
    temperatures = [reading for device, channel, reading in record.readings if channel == "temperature"]
    assert max(reading.value for reading in temperatures) > 397
    assert {reading.unit for reading in temperatures} == {"C"}
    looks = [reading.at for _, channel, reading in record.readings if channel == "timer"]
    assert len(looks) > 10
    assert min(after - before for before, after in pairwise(looks)) >= 30.0  # everything, twice a minute
    of_the_meter = [reading.at for device, _, reading in record.readings if device == "meter"]
    assert min(of_the_meter) == record.steps[9][1]


def test_r24_the_target_is_worn_by_the_energy_of_the_plasma():
    pretend = PretendStation()
    pretend.start("c/1/1")
    assert pretend.station.level("target") == pytest.approx(100 * 80 / 3.6e6)


def test_r9_the_instruments_own_timer_is_set_for_the_whole_plasma():
    pretend = PretendStation()
    attempt = pretend.start("c/1/1")
    assert "gun.timer = 140.0" in pretend.sent
    assert pretend.sent.index("gun.timer = 140.0") < pretend.sent.index("gun.plasma = True")
    assert attempt.rig.settings.guardian.timer_margin == 60.0


def test_a_film_too_resistive_for_the_current_is_measured_with_less():
    pretend = PretendStation()
    pretend.world.resistance = 5e6
    columns, _, _ = pretend.start("c/1/1").record.measurements["four_point"]
    assert columns["current"] == pytest.approx([1e-6, -1e-6] * 2)
    assert columns["voltage"] == pytest.approx([5.0, -5.0] * 2)


def test_a_film_over_range_is_recorded_as_it_is():
    pretend = PretendStation()
    pretend.world.resistance = 1e14
    columns, _, _ = pretend.start("c/1/1").record.measurements["four_point"]
    assert columns["current"] == pytest.approx([1e-9, -1e-9] * 2)
    assert columns["voltage"] == [20.0, -20.0] * 2


# ---------------------------------------------------------------- nothing moves that must not


@pytest.mark.parametrize("asked", [{"temperature": 900}, {"power": 500}, {"argon": -1}])
def test_r1_a_growth_outside_the_limits_moves_nothing(asked):
    pretend = PretendStation()
    with pytest.raises(OutsideLimits, match="outside"):
        pretend.start("c/1/1", asked=ASKED | asked)
    assert pretend.sent == []
    assert outcomes(pretend) == {}


def test_r14_an_attempt_is_not_run_twice():
    pretend = PretendStation()
    pretend.start("c/1/1")
    with pytest.raises(StationRefused, match="start a new attempt"):
        pretend.start("c/1/1")
    assert pretend.world.coated == {"s1": 1}


def test_r6_a_latched_trip_keeps_every_growth_from_beginning_until_a_person_resets_it():
    pretend = PretendStation()
    pretend.station.trip("door", "it was open")
    with pytest.raises(NeedsPerson, match="A trip is latched: door: it was open"):
        pretend.start("c/1/1")
    assert pretend.sent == []
    people = PeopleClock(lambda: pretend.station.answer("trip:1", "reset", "Aya", "hinge repaired"))
    assert pretend.start("c/1/1", people=people, patience=60.0).grown.sample == "s1"


def test_r20_an_expired_calibration_keeps_a_growth_from_beginning():
    calibrations = {"rate": {"value": 1.0, "measured": "2020-01-01", "valid_days": 30}}
    pretend = PretendStation(calibrations=calibrations)
    with pytest.raises(NeedsPerson, match=r"calibration rate .* has expired"):
        pretend.start("c/1/1")
    assert pretend.sent == []
    pretend.station.answer("calibration:rate:1", "allow", "Aya", "the reference comes on Monday")
    attempt = pretend.start("c/1/2")
    assert "has expired" in attempt.record.facts["warnings"][0]


def test_r24_the_fourth_growth_waits_for_a_person_when_there_are_three_substrates():
    pretend = PretendStation(loaded=3)
    for trial in range(1, 4):
        pretend.start(f"c/{trial}/1")
    with pytest.raises(NeedsPerson, match="Out of substrates"):
        pretend.start("c/4/1")
    assert [prompt.subject for prompt in pretend.station.state().open_prompts] == ["refill"]

    def refill():
        [prompt] = pretend.station.state().open_prompts
        for number in (1, 2, 3):
            pretend.world.places[f"cassette/{number}"] = f"s{number + 3}"
        pretend.station.answer(prompt.key, "refilled", "Ken")

    assert pretend.start("c/4/2", people=PeopleClock(refill), patience=60.0).grown.sample == "s4"
    assert agree(pretend)


def test_r24_a_worn_target_waits_for_a_person():
    pretend = PretendStation()
    pretend.station.count("target", 5.0, "Aya")
    with pytest.raises(NeedsPerson, match="target: 5 kWh"):
        pretend.start("c/1/1")
    pretend.station.answer("stock:target:1", "replaced", "Aya")
    assert pretend.start("c/1/2").grown is not None


def test_a_full_store_waits_for_a_person():
    pretend = PretendStation(positions={"cassette": 3, "chamber": 1, "probe": 1, "store": 1})
    pretend.start("c/1/1")
    with pytest.raises(NeedsPerson, match="store is full"):
        pretend.start("c/2/1")
    pretend.world.places["store/1"] = None
    pretend.station.answer("room:store:1", "emptied", "Aya")
    assert pretend.start("c/2/2").grown.sample == "s2"


def test_a_person_who_answers_stop_ends_the_growth_before_it_began():
    pretend = PretendStation(loaded=0)
    people = PeopleClock(lambda: pretend.station.answer("samples:cassette:1", "stop", "Aya"))
    with pytest.raises(Interrupted, match="Aya answered stop"):
        pretend.start("c/1/1", people=people, patience=60.0)
    assert pretend.sent == []


def test_a_question_that_settles_itself_is_withdrawn():
    pretend = PretendStation(loaded=0)
    people = PeopleClock(lambda: pretend.put("late", "cassette/2"))
    assert pretend.start("c/1/1", people=people, patience=60.0).grown.sample == "late"
    assert pretend.station.state().open_prompts == ()


# ---------------------------------------------------------------- R17: who is to blame


def test_r2_too_little_gas_for_a_plasma_is_infeasible_and_the_supply_never_hears_on():
    pretend = PretendStation()
    with pytest.raises(Infeasible, match="no plasma"):
        pretend.start("c/1/1", asked=ASKED | {"argon": 5})
    assert "gun.plasma = True" not in pretend.sent
    assert outcomes(pretend) == {"c/1/1": "infeasible"}
    assert pretend.attempt.safe_before_close
    assert pretend.world.coated == {}
    assert pretend.world.places["store/1"] == "s1"
    assert agree(pretend)


def test_r17_what_the_dry_run_knows_to_be_infeasible_costs_no_substrate():
    interlock = {"need": "gas.argon >= 10 sccm", "before": {"gun.plasma": True}, "infeasible": "no plasma: too thin"}
    pretend = PretendStation(interlocks={"gas_first": interlock})
    with pytest.raises(Infeasible, match=r"^no plasma: too thin$"):
        pretend.start("c/1/1", asked=ASKED | {"argon": 5})
    assert pretend.sent == []
    assert pretend.station.state().samples["s1"].fresh


def test_r17_a_supply_that_blames_the_parameters_makes_the_growth_infeasible():
    pretend = PretendStation()
    pretend.world.fault = 4.0
    with pytest.raises(Infeasible, match="arcing"):
        pretend.start("c/1/1", prepared=lambda attempt: attempt.devices["gun"].ignores.add("plasma"))
    assert outcomes(pretend) == {"c/1/1": "infeasible"}


def test_r17_a_supply_that_blames_something_else_is_a_fault():
    pretend = PretendStation()
    pretend.world.fault = 2.0
    with pytest.raises(NotSettled, match="reads something else"):
        pretend.start("c/1/1", prepared=lambda attempt: attempt.devices["gun"].ignores.add("plasma"))
    assert outcomes(pretend) == {"c/1/1": "fault"}
    assert pretend.world.is_safe()


def test_r17_infeasible_stays_infeasible_when_the_way_home_fails():
    pretend = PretendStation()
    pretend.world.robot_loses = {2}
    with pytest.raises(Infeasible, match="no plasma"):
        pretend.start("c/1/1", asked=ASKED | {"argon": 5})
    assert outcomes(pretend) == {"c/1/1": "infeasible"}
    assert "did not arrive at store/1" in pretend.attempt.record.facts["left behind"]
    assert pretend.station.state().samples["s1"].standing == "lost"
    assert pretend.attempt.safe_before_close


def test_r7_a_robot_that_refuses_leaves_the_rig_safe():
    pretend = PretendStation([{"heat": {"to": "100 C"}}, STEPS[0]])
    pretend.world.places["cassette/1"] = None
    with pytest.raises(Refused):
        pretend.start("c/1/1", asked={})
    assert "heater.setpoint = 100.0" in pretend.sent
    assert pretend.attempt.safe_before_close


def test_r24_the_energy_counts_also_when_the_supply_fails():
    pretend = PretendStation()

    def fail():
        if pretend.world.values["gun"].get("plasma"):
            pretend.world.values["gun"]["plasma"] = False

    pretend.world.watch.append(fail)
    with pytest.raises(NotSettled, match="the plasma went out"):
        pretend.start("c/1/1")
    assert pretend.station.level("target") == pytest.approx(100 * 10 / 3.6e6)


def at_deposit(pretend, act):
    """Do something 30 s after the shutter opened."""
    opened = []

    def look():
        if pretend.world.exposed() and not opened:
            opened.append(pretend.world.time)
        if opened and pretend.world.time - opened[0] >= 30 and len(opened) == 1:
            opened.append(0.0)
            act()

    pretend.world.watch.append(look)


def test_r17_an_arc_in_the_deposition_is_infeasible_and_the_film_is_not_called_complete():
    pretend = PretendStation()

    def arc():
        pretend.world.values["gun"]["plasma"] = False
        pretend.world.fault = 4.0

    at_deposit(pretend, arc)
    with pytest.raises(Infeasible, match="arcing"):
        pretend.start("c/1/1")
    assert pretend.station.state().depositions["c/1/1"].standing == "incomplete"
    assert pretend.attempt.safe_before_close
    assert pretend.world.places["store/1"] == "s1"
    assert pretend.station.level("target") > 0
    assert pretend.world.is_safe()
    assert agree(pretend)


def test_r17_unplugged_in_the_deposition_is_a_fault_and_the_next_attempt_takes_a_fresh_substrate():
    pretend = PretendStation()

    def unplug(attempt):
        at_deposit(pretend, lambda: setattr(attempt.devices["heater"], "broken", Disconnected("heater: unplugged")))

    with pytest.raises(Disconnected):
        pretend.start("c/1/1", prepared=unplug)
    pretend.world.make_safe()
    pretend.world.watch.clear()
    assert pretend.start("c/1/2").grown.sample == "s2"
    assert outcomes(pretend) == {"c/1/1": "fault", "c/1/2": "completed"}
    assert pretend.world.coated == {"s1": 1, "s2": 1}
    assert pretend.world.places["store/1"] == "s1"
    assert agree(pretend)


def test_r5_an_open_door_in_the_deposition_trips_and_the_trip_stays():
    pretend = PretendStation()
    at_deposit(pretend, lambda: pretend.world.values["gas"].update(door_closed=False))
    with pytest.raises(Tripped):
        pretend.start("c/1/1")
    assert pretend.world.is_safe()
    assert pretend.station.state().trip.interlock == "door"
    assert outcomes(pretend) == {"c/1/1": "fault"}


def test_r6_a_door_that_puts_the_plasma_out_between_two_looks_trips_as_well():
    """The supply is asked before the gauge and the door are: what it says must not make a fault of a trip."""
    pretend = PretendStation()

    def prepared(attempt):
        read = attempt.rig.read

        def opened_just_before(device, *channels):
            if device == "gun" and "plasma" in channels and pretend.world.exposed():
                pretend.world.values["gas"]["door_closed"] = False
                pretend.world.values["gun"]["plasma"] = False
            return read(device, *channels)

        attempt.rig.read = opened_just_before

    with pytest.raises(Tripped):
        pretend.start("c/1/1", prepared=prepared)
    assert pretend.world.is_safe()
    assert pretend.station.state().trip.interlock == "door"


def test_r31_a_pump_that_does_not_pump_ends_the_growth_with_its_reason():
    pretend = PretendStation()
    pretend.world.pump_works = False
    with pytest.raises(NotSettled, match=r"gas.pressure below 0.0005 Pa: not reached within 7200 s"):
        pretend.start("c/1/1")
    assert pretend.world.is_safe()
    assert "not reached within 7200 s" in pretend.station.state().growths["c/1/1"].reason


def test_a_log_that_cannot_be_read_for_a_while_does_not_end_a_deposition():
    pretend = PretendStation()

    def cut(attempt):
        since = attempt.station._log.since

        def unreachable(position):
            raise LogUnreachable("the database is away")

        def away():
            if pretend.world.exposed():
                attempt.station._log.since = unreachable if pretend.world.time % 60 < 30 else since
            else:
                attempt.station._log.since = since

        pretend.world.watch.append(away)

    steps_ended = pretend.start("c/1/1", prepared=cut)
    assert steps_ended.grown.sample == "s1"


def test_r14_a_growth_whose_log_is_away_when_the_shutter_must_open_does_not_open_it():
    pretend = PretendStation()

    def cut(attempt):
        def away():
            if pretend.world.values["gun"].get("plasma"):
                attempt.station._log.append = unreachable

        def unreachable(*_):
            raise LogUnreachable("the database is away")

        pretend.world.watch.append(away)

    with pytest.raises(LogUnreachable):
        pretend.start("c/1/1", prepared=cut)
    assert pretend.world.is_safe()
    assert pretend.world.coated == {}
    assert outcomes(pretend) == {"c/1/1": None}
    pretend.world.watch.clear()
    assert pretend.start("c/1/2").grown.sample == "s2"
    assert outcomes(pretend) == {"c/1/1": "died", "c/1/2": "completed"}


# ---------------------------------------------------------------- R10: stop levels in the deposition


def test_r10_a_pause_in_the_deposition_is_held_when_it_is_over():
    pretend = PretendStation()
    at_deposit(pretend, lambda: pretend.station.request("pause", "Aya"))
    seen = []

    def look():
        seen.append((pretend.world.is_safe() or pretend.world.values["gun"]["plasma"], pretend.world.coated.copy()))
        pretend.station.request("go", "Aya")

    attempt = pretend.start("c/1/1", people=PeopleClock(look))
    assert attempt.grown.sample == "s1"
    assert len(seen) == 1
    assert pretend.station.state().depositions["c/1/1"].standing == "complete"


def test_r10_a_stop_in_the_deposition_ends_it_and_brings_the_sample_home():
    pretend = PretendStation()
    at_deposit(pretend, lambda: pretend.station.request("stop", "Aya"))
    with pytest.raises(Interrupted) as stopped:
        pretend.start("c/1/1")
    assert stopped.value.level == "stop"
    assert pretend.world.is_safe()
    assert pretend.world.places["store/1"] == "s1"
    assert pretend.station.state().depositions["c/1/1"].standing == "incomplete"
    assert outcomes(pretend) == {"c/1/1": "cancelled"}
    with pytest.raises(Interrupted, match="until somebody lets the station go on"):
        pretend.start("c/2/1")


def test_r10_a_stop_while_the_robot_moves_lets_it_arrive_and_brings_the_sample_home():
    pretend = PretendStation()

    def look():
        if pretend.world.moving and pretend.world.time >= 30 and pretend.station.state().request.level == "go":
            pretend.station.request("stop", "Aya")

    pretend.world.watch.append(look)
    with pytest.raises(Interrupted):
        pretend.start("c/1/1")
    assert pretend.world.moves == [("cassette/1", "chamber/1"), ("chamber/1", "store/1")]
    assert agree(pretend)
    assert pretend.world.coated == {}


def test_r10_a_pause_before_the_growth_holds_it_before_anything_moves():
    pretend = PretendStation()
    pretend.station.request("pause", "Aya")
    moves = []

    def look():
        moves.append(list(pretend.world.moves))
        pretend.station.request("go", "Aya")

    assert pretend.start("c/1/1", people=PeopleClock(look)).grown is not None
    assert moves == [[]]


def test_r10_a_pause_holds_also_what_is_to_be_cleared_up():
    pretend = PretendStation()
    die(pretend, "c/1/1", Process(30))
    assert pretend.world.places["chamber/1"] == "s1"
    pretend.station.request("pause", "Aya")
    seen = []

    def look():
        seen.append((len(pretend.world.moves), pretend.station.state().open_growths != ()))
        pretend.station.request("go", "Aya")

    assert pretend.start("c/1/2", people=PeopleClock(look)).grown is not None
    assert seen == [(1, True)]


def test_r5_the_rig_keeps_watch_while_a_pause_is_held():
    pretend = PretendStation()
    pretend.station.request("pause", "Aya")
    guards = []

    def count(attempt):
        guard = attempt.rig.guard

        def counted():
            guards.append(pretend.station.state().request.level)
            guard()

        attempt.rig.guard = counted

    people = PeopleClock(lambda: None, lambda: None, lambda: pretend.station.request("go", "Aya"))
    pretend.start("c/1/1", people=people, prepared=count)
    assert guards.count("pause") == 2


def test_r10_an_emergency_in_the_deposition_makes_safe_and_leaves_everything_where_it_is():
    pretend = PretendStation()
    at_deposit(pretend, lambda: pretend.station.request("emergency", "Aya"))
    with pytest.raises(Interrupted) as stopped:
        pretend.start("c/1/1")
    assert stopped.value.level == "emergency"
    assert pretend.world.is_safe()
    assert outcomes(pretend) == {"c/1/1": "cancelled"}
    assert pretend.world.places["chamber/1"] == "s1"
    assert pretend.world.moves == [("cassette/1", "chamber/1")]


def test_r12_a_growth_whose_lease_was_taken_sets_nothing_more():
    pretend = PretendStation()
    sets = []

    def taken(attempt):
        def confirm():
            raise LeaseLost("the lease was taken", holder="another")

        def take():
            attempt.rig._lease.confirm = confirm
            pretend.world.set = lambda *change: sets.append(change)

        at_deposit(pretend, take)

    with pytest.raises(Interrupted) as stopped:
        pretend.start("c/1/1", prepared=taken)
    assert stopped.value.level == "pause"
    assert sets == []
    assert outcomes(pretend) == {"c/1/1": "cancelled"}


# ---------------------------------------------------------------- R13, R15: moves


def test_r13_a_lost_answer_to_a_move_is_read_back_and_the_move_is_made_once():
    pretend = PretendStation()
    attempt = pretend.start("c/1/1", prepared=lambda attempt: attempt.devices["robot"].lose_answer.add("move"))
    assert attempt.grown.sample == "s1"
    assert len(pretend.world.moves) == 3
    assert agree(pretend)


def test_r13_a_move_that_was_never_heard_is_not_repeated():
    pretend = PretendStation()

    def deaf(attempt):
        robot = attempt.devices["robot"]
        heard = robot._commanded

        def commanded(name, arguments):
            robot._commanded = heard
            raise NoReply("robot: no answer to move")

        robot._commanded = commanded

    with pytest.raises(NoReply):
        pretend.start("c/1/1", prepared=deaf)
    assert pretend.world.moves == []
    assert agree(pretend)
    assert pretend.start("c/1/2").grown.sample == "s1"  # it never left its slot, so it is fresh again


def test_r15_a_robot_that_finds_something_where_nothing_should_be_makes_a_person_look():
    pretend = PretendStation()
    pretend.world.places["chamber/1"] = "a forgotten wafer"
    with pytest.raises(NeedsPerson, match="Something is in chamber/1 that the station does not know"):
        pretend.start("c/1/1")
    assert pretend.world.moves == []

    def clear():
        pretend.world.places["chamber/1"] = None

    assert pretend.start("c/1/2", people=PeopleClock(clear), patience=60.0).grown.sample == "s1"


def test_r14_a_move_stays_open_while_the_robot_cannot_be_read_and_is_settled_when_it_can():
    pretend = PretendStation()

    def unplug(attempt):
        robot = attempt.devices["robot"]
        robot.lose_answer.add("move")
        pretend.world.watch.append(
            lambda: pretend.world.moves and setattr(robot, "broken", Disconnected("robot: gone"))
        )

    with pytest.raises(Disconnected):
        pretend.start("c/1/1", prepared=unplug)
    assert len(pretend.station.state().open_moves) == 1
    pretend.world.watch.clear()
    assert pretend.start("c/1/2").grown.sample == "s2"
    assert pretend.world.moves.count(("cassette/1", "chamber/1")) == 1
    assert agree(pretend)


def test_a_robot_without_a_sensor_in_its_gripper_is_believed_to_hold_nothing():
    data = station_data()
    del data["devices"]["robot"]["channels"]["holding"]
    pretend = PretendStation(devices=data["devices"])
    attempt = pretend.start("c/1/1", prepared=lambda attempt: attempt.devices["robot"].lose_answer.add("move"))
    assert attempt.grown is not None


def test_r15_a_sensor_that_says_neither_true_nor_false_is_not_believed():
    pretend = PretendStation()

    def texts(attempt):
        robot = attempt.devices["robot"]
        command = robot.command
        robot.command = lambda name, **more: "0" if name == "occupied" else command(name, **more)

    with pytest.raises(BadReply, match="gives: boolean"):
        pretend.start("c/1/1", prepared=texts)
    assert pretend.world.moves == []


def test_r31_a_robot_that_never_comes_to_rest_ends_the_growth_and_the_sample_is_asked_for():
    pretend = PretendStation()
    pretend.world.robot_fault = "MOVING"
    with pytest.raises(NotSettled, match="not reached within 600 s"):
        pretend.start("c/1/1")
    assert len(pretend.station.state().open_moves) == 1
    with pytest.raises(NeedsPerson, match="Where is sample s1"):
        pretend.start("c/1/2")
    assert len(pretend.world.moves) == 1


def test_r15_a_sample_that_somebody_took_away_is_asked_for():
    pretend = PretendStation()
    at_deposit(pretend, lambda: pretend.station.request("emergency", "Aya"))
    with pytest.raises(Interrupted):
        pretend.start("c/1/1")
    pretend.station.request("go", "Aya")
    pretend.world.places["chamber/1"] = None
    with pytest.raises(NeedsPerson, match="Where is sample s1"):
        pretend.start("c/1/2")
    pretend.station.answer("where:s1:1", "chamber/1", "Aya")
    with pytest.raises(NeedsPerson, match="Where is sample s1"):
        pretend.start("c/1/3")  # its sensor still sees nothing there
    pretend.station.answer("where:s1:2", "stop", "Aya")
    people = PeopleClock(*[lambda n=n: pretend.station.answer(f"where:s1:{n}", "chamber/1", "Aya") for n in (3, 4)])
    with pytest.raises(DeviceError, match="says that chamber/1 is empty, but sample s1 was said to be there"):
        pretend.start("c/1/4", people=people, patience=60.0)
    people = PeopleClock(lambda: pretend.station.answer("where:s1:5", "removed", "Aya"))
    assert pretend.start("c/1/5", people=people, patience=60.0).grown.sample == "s2"
    assert agree(pretend)


def test_r15_a_refused_move_leaves_the_sample_where_it_was():
    pretend = PretendStation()
    pretend.world.places["cassette/1"] = None
    with pytest.raises(Refused):
        pretend.start("c/1/1")
    assert pretend.station.state().at("cassette/1").name == "s1"


def test_r14_a_sample_that_nobody_saw_arrive_is_asked_for_and_not_guessed():
    pretend = PretendStation()
    pretend.world.robot_loses = {2}
    with pytest.raises(NotSettled, match="s1 did not arrive at probe/1: FAULT 7"):
        pretend.start("c/1/1")
    assert pretend.station.state().samples["s1"].standing == "lost"
    assert pretend.world.is_safe()
    pretend.world.robot_loses = set()
    with pytest.raises(NeedsPerson, match="Where is sample s1"):
        pretend.start("c/1/2")
    pretend.world.in_gripper, pretend.world.robot_fault = None, None
    pretend.world.places["store/6"] = "s1"
    with pytest.raises(StationRefused, match="choose from chamber/1, probe/1, removed, stop"):
        pretend.station.answer("where:s1:1", "store/6", "Aya")
    pretend.station.find("s1", "store/6", "Aya", "it was in the gripper")
    assert pretend.start("c/1/3").grown.sample == "s2"
    assert agree(pretend)
    assert pretend.world.coated == {"s1": 1, "s2": 1}


# ---------------------------------------------------------------- R14: killed anywhere


def acts_of_a_growth():
    process = Process()
    PretendStation().start("c/1/1", process)
    return process.acts


def die(pretend, key, process):
    """A process that is killed; its guardian makes the rig safe."""
    with suppress(Killed):
        pretend.start(key, process)
    assert process.dead
    pretend.world.make_safe()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_r14_killed_at_any_act_the_next_attempt_reconciles_and_nothing_is_coated_twice(after):
    acts = acts_of_a_growth()
    assert acts > 50
    for at in range(1, acts + 1):
        pretend = PretendStation()
        die(pretend, "c/1/1", Process(at, after))
        attempt = pretend.start("c/1/2")
        where = f"killed {'after' if after else 'before'} act {at}"
        assert attempt.grown.sample in ("s1", "s2"), where
        assert all(times == 1 for times in pretend.world.coated.values()), where
        assert pretend.world.coated[attempt.grown.sample] == 1, where
        assert agree(pretend), where
        assert pretend.world.is_safe(), where
        assert set(outcomes(pretend).values()) <= {"completed", "died"}, where
        state = pretend.station.state()
        assert not (state.open_moves or state.open_depositions or state.open_growths or state.open_prompts), where
        assert pretend.world.places["chamber/1"] is pretend.world.places["probe/1"] is None, where


def test_r14_killed_while_it_reconciles_the_next_one_goes_on():
    for at in range(1, 40, 2):
        pretend = PretendStation()
        die(pretend, "c/1/1", Process(30))
        assert pretend.station.state().open_growths
        die(pretend, "c/1/2", Process(at))
        assert pretend.start("c/1/3").grown is not None
        assert all(times == 1 for times in pretend.world.coated.values())
        assert agree(pretend)


def test_r15_the_registry_equals_the_world_after_a_thousand_moves_with_faults():
    chance = random.Random(4)
    pretend = PretendStation([step for step in STEPS if set(step) & {"load", "transfer", "store"}])
    trial, faults = 0, 0
    while len(pretend.world.moves) < 1000:
        trial += 1
        person(pretend)

        def trouble(attempt):
            kind = chance.choice(["none", "none", "lost answer", "kept"])
            if kind == "lost answer":
                attempt.devices["robot"].lose_answer.add("move")
            elif kind == "kept":
                pretend.world.robot_loses = {len(pretend.world.moves) + chance.randint(1, 4)}

        process = Process(chance.randint(1, 25), chance.random() < 0.5) if chance.random() < 0.3 else Process()
        try:
            pretend.start(f"c/{trial}/1", process, asked={}, prepared=trouble)
        except (Killed, NotSettled, NeedsPerson):
            faults += 1
        pretend.world.watch.clear()
        pretend.world.robot_loses = set()
        pretend.world.make_safe()
    person(pretend)
    pretend.start("last", asked={})
    assert faults > 50
    assert agree(pretend)
    assert not pretend.station.state().open_moves


def person(pretend):
    """Looks after the station between two trials: finds what was lost, empties the store, loads substrates."""
    state, world = pretend.station.state(), pretend.world
    if world.in_gripper:
        for prompt in state.open_prompts:
            pretend.station.withdraw(prompt.key)
        name, world.in_gripper, world.robot_fault = world.in_gripper, None, None
        if state.samples[name].standing != "lost":
            pretend.station.lose(name, "found in the gripper")
        pretend.station.remove_sample(name, "Aya")
    if world.moving is None:
        for name, sample in pretend.station.state().samples.items():
            if sample.standing == "lost":
                [slot] = [slot for slot, held in world.places.items() if held == name]
                pretend.station.find(name, slot, "Aya")
    for slot in [slot for slot in world.places if slot.startswith(("store", "cassette"))]:
        sample = pretend.station.state().at(slot)
        if sample is not None and not sample.fresh and world.moving is None:
            world.places[slot] = None
            pretend.station.remove_sample(sample.name, "Aya")
        if slot.startswith("cassette") and pretend.station.state().standing(slot) == "empty" and not world.places[slot]:
            pretend.put(f"n{pretend.station.state().length}", slot)
