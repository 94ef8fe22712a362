import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devices.owner import Owner
from orchestrator.kinds.station_leases import LedgerLeases
from orchestrator.kinds.station_log import LedgerLog
from orchestrator.kinds.stations import station_of
from orchestrator.ledger.home import Home
from orchestrator.ledger.upgrade import upgrade

RIG = Path(__file__).parents[3] / "campaigns" / "rigs" / "sputter_simulated.yaml"


@pytest.fixture
def database(home):
    ledger = Home(home).database()
    upgrade(ledger)
    yield ledger
    ledger.close()


@pytest.fixture
def station(database):
    """The memory of the station, as a growth would open it."""
    return station_of(database, "sputter", RIG)


def test_a_rig_file_is_enough_to_begin_with(junkan):
    said = junkan("station", RIG, "refill", "cassette", "--by", "anna").out
    places = int(said.split()[0])
    assert said.startswith(f"{places} fresh samples in cassette: s1, s2, ")
    found = junkan("station", RIG, "state", "--json").document
    assert (found["station"], found["samples"]["fresh"]) == ("sputter", places)
    assert found["stock"]["substrates"] == {"level": places, "unit": "pieces"}
    assert junkan("station", "sputter", "samples", "--json").document[0]["slot"] == "cassette/1"


def test_a_station_that_nobody_knows_is_refused(junkan, database):
    answer = junkan("station", "oven", "state")
    assert answer.code == 2
    assert "no campaign of this ledger works with a station 'oven'" in answer.err


def test_r15_a_sample_goes_only_where_nothing_is(junkan):
    assert junkan("station", RIG, "load", "wafer-7", "store/2").out == "sample wafer-7 is in store/2\n"
    refused = junkan("station", RIG, "load", "wafer-8", "store/2")
    assert refused.code == 2
    assert "store/2" in refused.err
    assert junkan("station", RIG, "remove", "wafer-7").code == 0
    assert junkan("station", RIG, "load", "wafer-8", "store/2").code == 0


def test_r6_a_latched_trip_is_shown_and_only_reset_with_a_note(junkan, station):
    station.trip("water", "gas.water is false")
    assert "trip      water: gas.water is false" in junkan("station", "sputter", "state").out
    assert junkan("station", "sputter", "reset").code == 2
    assert junkan("station", "sputter", "reset", "--note", "hose was bent", "--by", "anna").code == 0
    assert station.state().trip is None
    again = junkan("station", "sputter", "reset", "--note", "x")
    assert again.code == 2
    assert "nothing to reset" in again.err


def test_r21_a_prompt_is_answered_and_the_second_answer_is_told_so(junkan, station):
    station.ask("look", "is the shutter open?", ("yes", "no"))
    said = junkan("station", RIG, "prompts").out
    assert "junkan station sputter answer look 'yes'" in said
    assert junkan("station", RIG, "answer", "look", "yes", "--by", "anna").code == 0
    late = junkan("station", RIG, "answer", "look", "no", "--by", "bert")
    assert late.code == 2
    assert "anna" in late.err
    assert junkan("station", RIG, "prompts").out == "station sputter asks nothing\n"


def test_r6_the_answer_that_resets_a_trip_is_shown_with_the_note_that_it_needs(junkan, station):
    station.trip("water", "gas.water is false")
    station.ask("trip:1", "a trip is latched", ("reset", "stop"), "trip")
    assert "junkan station sputter answer trip:1 'reset' --note WHY" in junkan("station", RIG, "prompts").out
    assert junkan("station", RIG, "answer", "trip:1", "reset").code == 2
    assert junkan("station", RIG, "answer", "trip:1", "reset", "--note", "the hose was bent").code == 0
    assert station.state().trip is None


def test_r20_a_value_that_was_measured_is_written_down_with_its_uncertainty(junkan):
    made = junkan("station", RIG, "calibrate", "probe_factor", 1.02, "--std", 0.01, "--days", 30)
    assert made.out.startswith("calibration probe_factor@")
    found = junkan("station", RIG, "state", "--json").document["calibrations"]["probe_factor"]
    assert (found["value"], found["std"]) == (1.02, 0.01)
    assert junkan("station", RIG, "calibrate", "length", 1.0).code == 2


def test_r24_what_is_left_is_counted_by_a_person(junkan):
    assert junkan("station", RIG, "count", "target", 3.5).code == 0
    assert junkan("station", RIG, "state", "--json").document["stock"]["target"]["level"] == 3.5


@pytest.mark.parametrize("level", ["pause", "stop"])
def test_r10_a_wish_is_left_for_the_process_that_drives_the_rig_and_taken_back(junkan, station, level):
    station.ask("look", "?", ("yes",))
    assert junkan("station", "sputter", level, "--by", "anna", "--note", "tea").code == 0
    assert station.state().request.level == level
    assert f"request   {level} by anna tea" in junkan("station", "sputter", "state").out
    junkan("station", "sputter", "go")
    assert station.state().request.level == "go"


def test_r10_an_emergency_where_nobody_drives_the_rig_says_so(junkan, station):
    station.ask("look", "?", ("yes",))
    assert "Nobody drives the rig" in junkan("station", "sputter", "emergency").out
    assert station.state().request.level == "emergency"


DRIVER = """
import sys, time
from devices.owner import Owner
from orchestrator.kinds.station_leases import LedgerLeases
from orchestrator.ledger.database import Database
LedgerLeases(Database(sys.argv[1])).take(["sputter/gun"], str(Owner.here("growth 3")))
print("driving", flush=True)
time.sleep(60)
"""


def test_r10_an_emergency_ends_a_process_that_does_not_react(junkan, database, station):
    station.ask("look", "?", ("yes",))
    stuck = subprocess.Popen([sys.executable, "-c", DRIVER, database.url], stdout=subprocess.PIPE, text=True)
    try:
        assert stuck.stdout.readline() == "driving\n"
        assert f"driven by process {stuck.pid} on" in junkan("station", "sputter", "state").out
        assert "was ended" in junkan("station", "sputter", "emergency").out
        assert stuck.wait(timeout=10) == -9
    finally:
        stuck.kill()
        stuck.communicate()


def test_r10_an_emergency_leaves_a_process_alone_that_gives_the_rig_back(junkan, database, station, monkeypatch):
    station.ask("look", "?", ("yes",))
    owner, leases = str(Owner.here("growth 3")), LedgerLeases(database)
    leases.take(["sputter/gun"], owner)
    request = LedgerLog.append

    def reacting(log, position, *events):
        length = request(log, position, *events)
        leases.release(owner)
        return length

    monkeypatch.setattr(LedgerLog, "append", reacting)
    began = time.monotonic()
    answer = junkan("station", "sputter", "emergency")
    assert answer.code == 0
    assert time.monotonic() - began < 30  # and this very process, the owner, is alive to say so
    assert os.getpid()


def test_a_broken_rig_file_keeps_nobody_from_stopping(junkan, database, station, tmp_path):
    station.ask("look", "?", ("yes",))
    broken = tmp_path / "broken.yaml"
    broken.write_text("station: sputter\nstation: sputter\n")
    assert junkan("station", broken, "stop").code == 2
    assert junkan("station", "sputter", "stop").code == 0
