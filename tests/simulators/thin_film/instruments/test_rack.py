import json

from simulators.thin_film.faults import FaultSettings
from simulators.thin_film.instruments.modbus_frame import frame
from simulators.thin_film.instruments.rack import Rack


def test_what_one_instrument_does_the_others_see(world, say):
    rack = Rack(world)
    say(rack.instruments["gas"], b"PUMP 1\r\nAR 40\r\n")
    rack.advance(3600.0)
    assert say(rack.instruments["gun"], b"C0100Aa") == b"1"
    say(rack.instruments["gas"], b"AR 0\r\n")
    rack.advance(10.0)
    assert say(rack.instruments["gun"], b"ao") == b"0" + b"2"


def test_time_is_the_same_in_one_step_and_in_many(world, say):
    one, many = Rack(world), Rack(type(world)(world.settings, world.seed))
    for rack in (one, many):
        say(rack.instruments["heater"], frame(1, 6, bytes((0, 2, 0x0F, 0xA0))))
        say(rack.instruments["gas"], b"PUMP 1\r\n")
        say(rack.instruments["robot"], b"MOVE cassette/1 chamber/1\r\n")
    one.advance(1000.0)
    for _ in range(1000):
        many.advance(1.0)
    assert one.world.temperature > 390.0
    looks = [(r.world.temperature, r.world.pressure, r.world.places()) for r in (one, many)]
    assert looks[0][2] == looks[1][2]
    assert abs(looks[0][0] - looks[1][0]) < 1e-9
    assert abs(looks[0][1] / looks[1][1] - 1.0) < 1e-9


def test_everything_outlives_the_process_as_plain_json(ready, say):
    rack = Rack(ready)
    say(rack.instruments["gun"], b"C0100G010A")
    say(rack.instruments["meter"], b":SOUR:FUNC CURR\nOUTP 1\n")
    say(rack.instruments["sources"], b"SHARE 2 0.5\r\n")
    rack.instruments["gas"].trouble("frozen", True)
    stored = json.loads(json.dumps(rack.state()))
    again = Rack.restored(stored)
    assert again.state() == stored
    for each in (rack, again):
        each.advance(601.0)
    assert again.state() == rack.state()
    assert say(again.instruments["gun"], b"a") == b"0"


def test_time_passes_on_the_wires_as_well(world):
    rack = Rack(world, FaultSettings(away=2.0))
    rack.wires["gun"].unplug(2.0)
    rack.advance(1.0)
    assert not rack.wires["gun"].plugged
    rack.advance(1.0)
    assert rack.wires["gun"].plugged
