from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.errors import Disconnected
from devices.owner import Owner
from orchestrator.kinds.station_leases import LedgerLeases
from orchestrator.kinds.stations import (
    answer_prompt,
    answering,
    name_in,
    open_prompts,
    overview,
    refusals,
    samples,
    station_of,
)
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import AlreadyAnswered, StationRefuses
from orchestrator.ledger.upgrade import upgrade

RIG = Path(__file__).parents[3] / "campaigns" / "rigs" / "sputter_simulated.yaml"


@pytest.fixture
def database(tmp_path) -> Iterator[Database]:
    ledger = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    upgrade(ledger)
    yield ledger
    ledger.close()


@pytest.fixture
def station(database):
    return station_of(database, "sputter", RIG)


def test_a_rig_file_knows_the_name_of_its_station():
    assert name_in(RIG) == "sputter"


def test_two_memories_of_one_station_are_the_same_memory(database, station):
    station.load_sample("a", "cassette/1", "anna")
    assert [one["sample"] for one in samples(station_of(database, "sputter"))] == ["a"]


def test_the_overview_says_who_drives_what_is_latched_and_what_is_missing(database, station):
    LedgerLeases(database).take(["sputter/gun", "other/gun"], str(Owner.here("growth 3")))
    station.trip("water", "gas.water is false")
    found = overview(database, "sputter", station)
    assert list(found["driven_by"]) == ["gun"]
    assert found["driven_by"]["gun"].endswith("for growth 3")
    assert found["trip"]["interlock"] == "water"
    assert any("substrates" in line for line in found["refusals"])


def test_r21_the_first_answer_wins_and_the_second_is_told(database, station):
    station.ask("look", "is the shutter open?", ("yes", "no"))
    assert [one.key for one in open_prompts("sputter", station)] == ["look"]
    assert answer_prompt(database, "sputter", RIG, "look", "yes", "anna", "") == "station sputter was answered: yes"
    with pytest.raises(AlreadyAnswered, match=r"station sputter: .*anna"):
        answer_prompt(database, "sputter", RIG, "look", "no", "bert", "")


def test_what_makes_a_rig_go_on_is_shown_with_the_note_that_it_needs():
    assert answering("sputter", "trip:1", "reset", "trip").endswith("'reset' --note WHY")
    assert answering("sputter", "look", "yes", "").endswith("'yes'")


def test_what_devices_refuse_is_told_in_the_words_of_the_ledger():
    with pytest.raises(StationRefuses, match="station sputter: the gun is gone"), refusals("sputter"):
        raise Disconnected("the gun is gone")
