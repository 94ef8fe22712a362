import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from devices.errors import AlreadyAnswered, StationRefused
from devices.station.log import MemoryLog
from devices.station.settings import CalibrationSettings, StockSettings
from devices.station.state import StationState, fold
from devices.station.station import Station

POSITIONS = {"cassette": 3, "chamber": 1, "probe": 1, "store": 4}
DAY = datetime(2026, 11, 1, tzinfo=UTC)


class Calendar:
    def __init__(self, now=DAY):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def station():
    return Station(MemoryLog(), POSITIONS)


def loaded(station, *slots):
    return [station.load_sample(f"w{slot}", slot, "Aya").name for slot in slots]


# ---------------------------------------------------------------- R15: samples and moves


def test_r15_a_move_to_an_occupied_slot_is_refused(station):
    first, second = loaded(station, "cassette/1", "cassette/2")
    with pytest.raises(StationRefused, match="cassette/2 is occupied by sample 'wcassette/2'"):
        station.begin_move("m", first, "cassette/2")
    assert station.state().at("cassette/2").name == second


def test_r15_both_ends_of_a_move_are_locked_until_it_is_over(station):
    first, second = loaded(station, "cassette/1", "cassette/2")
    station.begin_move("m", first, "chamber/1")
    for slot in ("cassette/1", "chamber/1"):
        assert station.state().standing(slot) == "locked"
        with pytest.raises(StationRefused, match="locked"):
            station.begin_move("n", second, slot)
    station.end_move("m")
    assert [station.state().standing(slot) for slot in ("cassette/1", "chamber/1")] == ["empty", "occupied"]


def test_r15_a_lost_sample_locks_the_slots_where_it_may_be_until_a_person_has_found_it(station):
    first, second = loaded(station, "cassette/1", "cassette/2")
    station.begin_move("m", first, "chamber/1")
    station.lose(first, "no answer")
    with pytest.raises(StationRefused, match="it is lost, perhaps in cassette/1 or chamber/1"):
        station.begin_move("n", first, "probe/1")
    with pytest.raises(StationRefused, match="chamber/1 is locked"):
        station.begin_move("n", second, "chamber/1")
    station.find(first, "chamber/1", "Aya", "seen through the window")
    assert station.state().at("chamber/1").name == first
    assert station.state().standing("cassette/1") == "empty"


def test_a_lost_sample_ends_its_own_move_and_no_other(station):
    first, second = loaded(station, "cassette/1", "cassette/2")
    station.begin_move("m", first, "chamber/1")
    station.begin_move("n", second, "probe/1")
    station.lose(first, "no answer")
    assert {key: move.standing for key, move in station.state().moves.items()} == {"m": "lost", "n": "begun"}
    station.find(second, "probe/1", "Aya")
    assert station.state().open_moves == ()


def test_r13_a_move_is_never_begun_twice(station):
    [sample] = loaded(station, "cassette/1")
    station.begin_move("m", sample, "chamber/1")
    station.end_move("m")
    station.end_move("m")
    with pytest.raises(StationRefused, match=r"begun before \(ended\); it is not repeated"):
        station.begin_move("m", sample, "cassette/1")
    with pytest.raises(StationRefused, match="ended already"):
        station.cancel_move("m", "too late")


def test_r15_what_the_station_does_not_have_is_refused(station):
    [sample] = loaded(station, "cassette/1")
    with pytest.raises(
        StationRefused, match=r"no slot 'chamber/2'; it has cassette/1 \.\. cassette/3, chamber/1, probe/1, store/1"
    ):
        station.begin_move("m", sample, "chamber/2")
    with pytest.raises(StationRefused, match="no sample 'w9'"):
        station.begin_move("m", "w9", "chamber/1")
    with pytest.raises(StationRefused, match="no place 'oven'"):
        station.take_sample("c/1/1", "oven")
    with pytest.raises(StationRefused, match="is known already"):
        station.load_sample(sample, "cassette/2", "Aya")


def test_r15_a_sample_has_a_history_and_a_parent(station):
    station.load_sample("a", "cassette/1", "Aya", parent="wafer 7")
    station.load_sample("b", "cassette/2", "Aya")
    station.begin_move("m", "a", "chamber/1")
    station.end_move("m")
    sample = station.state().samples["a"]
    assert (sample.parent, sample.history) == ("wafer 7", (0, 2, 3))


# ---------------------------------------------------------------- R14: growths and depositions


def test_a_growth_always_gets_the_same_fresh_sample_and_no_other_growth_ever_does(station):
    loaded(station, "cassette/1", "cassette/2")
    assert station.take_sample("c/1/1", "cassette").name == "wcassette/1"
    assert station.take_sample("c/1/1", "cassette").name == "wcassette/1"
    assert station.take_sample("c/1/2", "cassette").name == "wcassette/2"
    with pytest.raises(StationRefused, match="no fresh sample"):
        station.take_sample("c/2/1", "cassette")


def test_r14_no_sample_is_coated_twice(station):
    loaded(station, "chamber/1")
    station.take_sample("c/1/1", "chamber")
    station.begin_deposition("c/1/1", "wchamber/1", "chamber")
    station.end_deposition("c/1/1", complete=False, reason="the process died")
    with pytest.raises(StationRefused, match="never coated twice"):
        station.begin_deposition("c/1/1", "wchamber/1", "chamber")


def test_r14_a_sample_is_coated_in_the_chamber_and_by_the_growth_that_owns_it(station):
    loaded(station, "cassette/1")
    station.take_sample("c/1/1", "cassette")
    with pytest.raises(StationRefused, match="is not in chamber/1"):
        station.begin_deposition("c/1/1", "wcassette/1", "chamber")
    with pytest.raises(StationRefused, match="belongs to c/1/1, not to c/2/1"):
        station.begin_deposition("c/2/1", "wcassette/1", "chamber")


def test_an_attempt_is_begun_once(station):
    station.begin_growth("c/1/1", "sputter", {"power": 100.0})
    with pytest.raises(StationRefused, match="start a new attempt"):
        station.begin_growth("c/1/1", "sputter", {"power": 100.0})
    station.end_growth("c/1/1", "fault", "unplugged")
    station.end_growth("c/1/1", "died")
    assert station.state().growths["c/1/1"].outcome == "fault"


# ---------------------------------------------------------------- R6, R10, R21: people


def test_r6_the_first_trip_stays_until_a_person_resets_it_with_a_note(station):
    station.trip("water", "water is off")
    station.trip("door", "door is open")
    assert station.readiness().refusals == ("a trip is latched: water: water is off; a person must reset it",)
    with pytest.raises(StationRefused, match="note"):
        station.reset("Aya", "  ")
    station.reset("Aya", "valve opened again")
    assert station.readiness().refusals == ()
    with pytest.raises(StationRefused, match="nothing to reset"):
        station.reset("Aya", "again")


def test_r6_a_trip_survives_a_restart():
    log = MemoryLog()
    Station(log, POSITIONS).trip("water", "water is off")
    assert Station(log, POSITIONS).state().trip.interlock == "water"


def test_r10_what_a_person_asks_for_stands_until_a_person_lets_it_go_on(station):
    station.request("pause", "Aya", "lunch")
    assert station.state().request.level == "pause"
    station.request("go", "Aya")
    assert station.state().request.level == "go"


def test_r21_of_two_who_answer_at_once_one_is_accepted_and_one_is_told_so(station):
    station.ask("substrates", "Out of substrates", ["refilled", "stop"])
    start, heard = threading.Barrier(2), []

    def answer(choice, by):
        start.wait()
        try:
            station.answer("substrates", choice, by)
            heard.append("accepted")
        except AlreadyAnswered as error:
            heard.append(str(error))

    threads = [threading.Thread(target=answer, args=pair) for pair in (("refilled", "Aya"), ("stop", "Ken"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    prompt = station.state().prompts["substrates"]
    assert sorted(heard) == sorted(
        ["accepted", f"prompt substrates was answered before by {prompt.by}: {prompt.answer}"]
    )


def test_r21_a_prompt_takes_only_its_choices_and_is_asked_once(station):
    station.ask("substrates", "Out of substrates", ["refilled", "stop"])
    with pytest.raises(StationRefused, match="choose from refilled, stop"):
        station.answer("substrates", "yes", "Aya")
    with pytest.raises(StationRefused, match="waiting for an answer: substrates"):
        station.answer("gas", "yes", "Aya")
    station.answer("substrates", "refilled", "Aya", "ten new ones")
    assert station.ask("substrates", "Out of substrates", ["refilled", "stop"]).answer == "refilled"
    assert station.state().open_prompts == ()


@pytest.mark.parametrize(
    ("subject", "name", "choice", "seen"),
    [
        ("refill", "cassette", "refilled", lambda s: len(s.samples) == 4),
        ("emptied", "store", "emptied", lambda s: s.samples["old"].standing == "removed"),
        ("where", "old", "probe/1", lambda s: s.at("probe/1").name == "old"),
        ("where", "old", "removed", lambda s: s.samples["old"].standing == "removed"),
        ("trip", "door", "reset", lambda s: s.trip is None),
        ("new", "target", "replaced", lambda s: s.levels["target"] == 0.0),
        ("refill", "cassette", "stop", lambda s: len(s.samples) == 1),
    ],
)
def test_r21_what_an_answer_does_is_written_with_it(subject, name, choice, seen):
    station = Station(MemoryLog(), POSITIONS, {"target": StockSettings(unit="kWh", at_most=1)})
    station.load_sample("old", "store/1", "Aya")
    station.use("k", "target", 3.0)
    station.trip("door", "open")
    if subject == "where":
        station.lose("old", "dropped")
    station.ask("p", "?", [choice], subject, name)
    station.answer("p", choice, "Ken", "looked")
    assert seen(station.state())
    assert station.state().prompts["p"].by == "Ken"


def test_r21_an_answer_that_cannot_be_is_refused_and_the_prompt_stands(station):
    station.load_sample("old", "store/1", "Aya")
    station.load_sample("other", "store/2", "Aya")
    station.lose("old", "dropped")
    station.ask("p", "Where is it?", ["store/1", "store/2"], "where", "old")
    with pytest.raises(StationRefused, match="store/2 holds sample 'other'"):
        station.answer("p", "store/2", "Aya")
    assert [prompt.key for prompt in station.state().open_prompts] == ["p"]


def test_r21_a_prompt_that_settled_itself_takes_no_answer(station):
    station.ask("p", "?", ["refilled"])
    station.withdraw("p")
    with pytest.raises(AlreadyAnswered, match="settled in another way"):
        station.answer("p", "refilled", "Aya")
    assert station.state().open_prompts == ()


def test_a_sample_that_was_never_moved_is_fresh_again_when_its_growth_has_ended(station):
    [sample] = loaded(station, "cassette/1")
    station.take_sample("c/1/1", "cassette")
    station.begin_move("m", sample, "chamber/1")
    station.cancel_move("m", "refused by the robot")
    station.release(sample)
    assert station.take_sample("c/1/2", "cassette").name == sample
    station.begin_move("n", sample, "chamber/1")
    station.end_move("n")
    with pytest.raises(StationRefused, match="no longer fresh: it was moved"):
        station.release(sample)


# ---------------------------------------------------------------- R24: stock


def test_r24_after_three_substrates_there_is_none_for_a_fourth_growth():
    stock = {"substrates": StockSettings(unit="pieces", at_least=1, fresh_at="cassette")}
    station = Station(MemoryLog(), POSITIONS, stock)
    assert len(station.refill("cassette", "Aya")) == 3
    for number in range(3):
        assert station.readiness().used_up == {}
        station.take_sample(f"c/{number}/1", "cassette")
    assert station.readiness().used_up == {"substrates": "substrates: 0 pieces, a growth needs at least 1"}


def test_r24_a_target_is_worn_once_per_act_and_new_when_a_person_says_so():
    station = Station(MemoryLog(), POSITIONS, {"target": StockSettings(unit="kWh", at_most=0.1)})
    station.use("c/1/1:target", "target", 0.06)
    station.use("c/1/1:target", "target", 0.06)
    assert station.level("target") == 0.06
    station.use("c/2/1:target", "target", 0.06)
    assert list(station.readiness().used_up) == ["target"]
    station.count("target", 0.0, "Aya", "new target")
    assert station.readiness().used_up == {}
    with pytest.raises(StationRefused, match="no stock 'targets'"):
        station.use("c/3/1:target", "targets", 0.1)


def test_what_was_loaded_again_is_numbered_on(station):
    station.refill("cassette", "Aya")
    station.remove_sample("s2", "Aya")
    assert [sample.name for sample in station.refill("cassette", "Aya")] == ["s4"]


# ---------------------------------------------------------------- R20: calibrations


def calibrated(on_stale="refuse", **more):
    calendar = Calendar()
    known = {"probe_factor": CalibrationSettings(valid_days=30, on_stale=on_stale, **more)}
    return Station(MemoryLog(calendar), POSITIONS, calibrations=known, now=calendar), calendar


def test_r20_without_a_calibration_there_is_no_growth():
    station, _ = calibrated()
    assert station.readiness().refusals == ("calibration probe_factor has no value: calibrate",)


def test_r20_a_stale_calibration_refuses_until_a_person_allows_it_with_a_note():
    station, calendar = calibrated()
    station.calibrate("probe_factor", 1.01, "Aya", std=0.01)
    calendar.now = DAY + timedelta(days=31)
    [refusal] = station.readiness().refusals
    assert refusal == "calibration probe_factor (probe_factor@0) has expired: it was valid for 30 days since 2026-11-01"
    with pytest.raises(StationRefused, match="note"):
        station.allow_stale("probe_factor", 2, "Aya", "")
    station.allow_stale("probe_factor", 2, "Aya", "the reference wafer comes on Monday")
    assert station.readiness().refusals == ()
    assert station.readiness().warnings == (refusal,)
    calendar.now += timedelta(days=3)
    assert station.readiness().refusals == (refusal,)
    assert station.calibrate("probe_factor", 1.02, "Aya") == "probe_factor@2"
    assert station.readiness().warnings == ()


def test_r20_a_stale_calibration_may_only_warn():
    station, calendar = calibrated(on_stale="warn")
    station.calibrate("probe_factor", 1.0, "Aya")
    calendar.now = DAY + timedelta(days=31)
    assert station.readiness().refusals == ()
    assert len(station.readiness().warnings) == 1


def test_r20_a_calibration_of_the_rig_file_is_taken_over_once_and_again_when_it_changes():
    station, _ = calibrated(value=1.0, std=0.01)
    station.take_over_calibrations()
    station.take_over_calibrations()
    assert station.state().calibrations["probe_factor"].id == "probe_factor@0"
    assert station.state().length == 1
    station.calibrations = {"probe_factor": CalibrationSettings(valid_days=30, value=1.02)}
    station.take_over_calibrations()
    assert station.state().calibrations["probe_factor"].value == 1.02
    station.calibrate("probe_factor", 1.03, "Aya")
    station.take_over_calibrations()
    assert station.state().calibrations["probe_factor"].value == 1.03


# ---------------------------------------------------------------- the log


def test_whoever_was_not_first_reads_and_decides_again():
    log = MemoryLog()
    station, other = Station(log, POSITIONS), Station(log, POSITIONS)
    station.state()
    other.load_sample("a", "cassette/1", "Aya")
    with pytest.raises(StationRefused, match="occupied by sample 'a'"):
        station.load_sample("b", "cassette/1", "Ken")


def test_many_threads_take_as_many_different_samples(station):
    loaded(station, "cassette/1", "cassette/2", "cassette/3")
    start, taken = threading.Barrier(3), []

    def take(key):
        start.wait()
        taken.append(station.take_sample(key, "cassette").name)

    threads = [threading.Thread(target=take, args=(f"c/{number}/1",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(taken)) == 3


class Registry(RuleBasedStateMachine):
    """R15: whatever acts come, the registry never has two samples in a slot, nor one sample in two, and no sample is
    ever forgotten, coated twice, or given to two growths."""

    samples = Bundle("samples")
    moves = Bundle("moves")

    @initialize()
    def start(self):
        self.station = Station(MemoryLog(), POSITIONS)
        self.names, self.count, self.coatings, self.owners = set(), 0, {}, {}

    def _key(self):
        self.count += 1
        return f"k{self.count}"

    @rule(target=samples, slot=st.sampled_from(["cassette/1", "cassette/2", "cassette/3", "chamber/1"]))
    def load(self, slot):
        name = self._key()
        try:
            self.station.load_sample(name, slot, "Aya")
        except StationRefused:
            assert self.station.state().standing(slot) != "empty"
            return name
        self.names.add(name)
        return name

    @rule(
        target=moves,
        sample=samples,
        target_slot=st.sampled_from(["cassette/1", "chamber/1", "probe/1", "store/1", "store/9"]),
    )
    def begin(self, sample, target_slot):
        key, before = self._key(), self.station.state()
        try:
            move = self.station.begin_move(key, sample, target_slot)
        except StationRefused:
            return key
        assert before.standing(move.source) == "occupied"
        assert before.standing(move.target) == "empty"
        return key

    @rule(key=consumes(moves), ends=st.booleans())
    def finish(self, key, ends):
        if key in self.station.state().moves and self.station.state().moves[key].standing == "begun":
            self.station.end_move(key) if ends else self.station.cancel_move(key, "refused")

    @rule(sample=samples)
    def lose(self, sample):
        if sample in self.names:
            self.station.lose(sample, "dropped")

    @rule(sample=samples, slot=st.sampled_from(["cassette/1", "chamber/1", "store/2"]))
    def find(self, sample, slot):
        try:
            self.station.find(sample, slot, "Aya")
        except StationRefused:
            return

    @rule(sample=samples)
    def remove(self, sample):
        try:
            self.station.remove_sample(sample, "Aya")
        except StationRefused:
            return

    @rule()
    def take(self):
        key = self._key()
        try:
            sample = self.station.take_sample(key, "chamber")
        except StationRefused:
            return
        assert self.owners.setdefault(sample.name, key) == key

    @rule(sample=samples)
    def coat(self, sample):
        known = self.station.state().samples.get(sample)
        try:
            self.station.begin_deposition(str(known and known.growth), sample, "chamber")
        except StationRefused:
            return
        self.coatings[sample] = self.coatings.get(sample, 0) + 1
        assert self.coatings[sample] == 1

    @invariant()
    def every_sample_is_accounted_for_and_no_slot_holds_two(self):
        if not hasattr(self, "station"):
            return
        state = self.station.state()
        assert set(state.samples) == self.names
        held = [sample.slot for sample in state.samples.values() if sample.slot is not None]
        assert len(held) == len(set(held))
        for sample in state.samples.values():
            assert (sample.slot is not None) == (sample.standing == "here")
            assert bool(sample.suspects) <= (sample.standing in ("moving", "lost"))
            assert not set(sample.suspects) & set(held)

    @invariant()
    def the_state_is_the_fold_of_the_log(self):
        if hasattr(self, "station"):
            assert fold(StationState(), self.station._log.since(0)) == self.station.state()


Registry.TestCase.settings = hypothesis_settings(
    max_examples=40, stateful_step_count=40, deadline=None, derandomize=True, database=None
)
TestRegistry = Registry.TestCase
