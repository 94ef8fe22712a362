import pytest

from devices.errors import RigRefused
from devices.station import events as e
from devices.station.log import Event


def test_every_kind_of_event_comes_back_from_the_log_as_it_was():
    fact = e.MoveBegun(key="c/1/1:0", sample="s1", source="cassette/1", target="chamber/1")
    assert e.fact_of(fact.event()) == fact
    assert len(e.KINDS) == len(set(e.KINDS)) == len(e.AnyFact.__args__)


def test_an_event_of_a_later_version_is_refused_and_not_skipped():
    with pytest.raises(RigRefused, match="robot_upgraded"):
        e.fact_of(Event("robot_upgraded"))
