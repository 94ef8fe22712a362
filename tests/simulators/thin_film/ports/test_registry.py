import pytest

from simulators.thin_film.ports import registry


def test_a_station_is_there_while_it_is_connected(rack):
    assert registry.wire_at("test", "gun") is rack.wires["gun"]


def test_a_second_station_of_that_name_is_refused(rack):
    with pytest.raises(ValueError, match="'test' is connected already"):
        registry.connect("test", rack.wires)


def test_what_is_not_there_is_named_with_what_is(rack):
    with pytest.raises(KeyError, match=r"no simulated station 'rig'.* test"):
        registry.wire_at("rig", "gun")
    with pytest.raises(KeyError, match="has no 'gum'; it has: gun, heater"):
        registry.wire_at("test", "gum")
    registry.disconnect("test")
    with pytest.raises(KeyError, match="no simulated station 'test' in this process"):
        registry.wire_at("test", "gun")
