"""Questions for people (R21), and how long they are waited for."""

import pytest

from devices.errors import Interrupted, NeedsPerson
from devices.questions import Questions
from devices.station.log import MemoryLog
from devices.station.station import Station
from tests.devices.pretend_station import PeopleClock


@pytest.fixture
def station():
    return Station(MemoryLog(), {"cassette": 1})


def ask(station, people, patience=10.0, settled=lambda: False, between=lambda: None):
    questions = Questions(station, people, patience)
    questions.between = between
    questions.settle("water", "Open the water?", ["opened"], settled)


def test_r21_an_answer_ends_the_wait(station):
    people = PeopleClock(lambda: None, lambda: station.answer("water:1", "opened", "Aya"))
    ask(station, people)
    assert people.time == 2.0


def test_r21_without_an_answer_the_prompt_stands_and_is_taken_up_again(station):
    with pytest.raises(NeedsPerson, match=r"Open the water\? \(prompt water:1; answers: opened, stop\)"):
        ask(station, PeopleClock())
    with pytest.raises(NeedsPerson):
        ask(station, PeopleClock(), patience=0.0)
    assert [prompt.key for prompt in station.state().open_prompts] == ["water:1"]


def test_r21_the_same_matter_is_asked_anew_after_it_was_answered(station):
    station.ask("water:1", "Open the water?", ["opened"])
    station.answer("water:1", "opened", "Aya")
    with pytest.raises(NeedsPerson, match="water:2"):
        ask(station, PeopleClock(), patience=0.0)


def test_nobody_is_asked_about_what_is_settled(station):
    ask(station, PeopleClock(), settled=lambda: True)
    assert station.state().prompts == {}


def test_the_answer_stop_interrupts(station):
    with pytest.raises(Interrupted) as stopped:
        ask(station, PeopleClock(lambda: station.answer("water:1", "stop", "Aya")))
    assert stopped.value.level == "stop"


def test_the_rig_keeps_watch_while_somebody_is_waited_for(station):
    looks = []
    with pytest.raises(NeedsPerson):
        ask(station, PeopleClock(), patience=5.0, between=lambda: looks.append(1))
    assert len(looks) == 5
