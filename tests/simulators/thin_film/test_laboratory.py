import json
import time

import pytest
import serial

from simulators.thin_film import laboratory
from simulators.thin_film.control import ControlRefused
from simulators.thin_film.faults import FaultSettings
from simulators.thin_film.settings import WorldSettings
from tests.simulators.thin_film.conftest import start_laboratory

NAMES = ("gun", "heater", "gas", "robot", "meter", "diffractometer")


def ask(port, line):
    port.write(f"{line}\r\n".encode())
    return port.read_until(b"\r\n").decode().strip()


def opened(running, name):
    return serial.serial_for_url(running.port(name), timeout=5.0, exclusive=True)


def test_every_instrument_answers_at_its_terminal(running):
    identities = {}
    for name, question in {"gun": b"?", "gas": b"*IDN?\r\n", "robot": b"*IDN?\r\n", "meter": b"*IDN?\n"}.items():
        with opened(running, name) as port:
            port.write(question)
            identities[name] = port.read(9)
    assert identities == {"gun": b"DCXS750-4", "gas": b"JUNKAN,GA", "robot": b"JUNKAN,AR", "meter": b"KEITHLEY "}


def test_time_passes_by_itself_and_faster_than_ours(running):
    began = time.monotonic()
    before = running.control.ask("look")["now"]
    time.sleep(0.1)
    passed = running.control.ask("look")["now"] - before
    assert 50.0 <= passed <= 1000.0 * (time.monotonic() - began) + 100.0


def test_all_instruments_share_one_world(running):
    with opened(running, "gas") as gas, opened(running, "robot") as robot:
        assert ask(gas, "SHUTTER 1") == "OK"
        assert running.control.ask("look")["shutter"]
        assert ask(gas, "SHUTTER 0") == "OK"
        assert ask(robot, "OCCUPIED? cassette/10") == "1"
        assert running.control.ask("take_away", slot="cassette/10") == "s10"
        assert ask(robot, "OCCUPIED? cassette/10") == "0"


def test_it_survives_a_client_that_disappears_in_mid_sentence(running):
    port = opened(running, "gas")
    port.write(b"AR")
    port.close()
    with opened(running, "gas") as port:
        ask(port, "")
        assert ask(port, "DOOR?") in ("1", "ERR 1 unknown command")
        assert ask(port, "DOOR?") == "1"


def test_r25_door_water_and_troubles_can_be_had_for_the_asking(running):
    """R25 and others need instruments that go wrong."""
    with opened(running, "gas") as gas:
        running.control.ask("door", closed=False)
        running.control.ask("trouble", instrument="gas", name="stuck_shutter")
        assert [ask(gas, line) for line in ("DOOR?", "SHUTTER 1", "SHUTTER?")] == ["0", "OK", "0"]
        running.control.ask("door", closed=True)
        running.control.ask("trouble", instrument="gas", name="stuck_shutter", present=False)
        assert ask(gas, "DOOR?") == "1"


def test_a_cable_is_pulled_and_comes_back_by_itself(running):
    with opened(running, "heater") as port:
        running.control.ask("unplug", instrument="heater", seconds=0.1)
        with pytest.raises(serial.SerialException):
            while True:
                port.write(b"x")
    deadline = time.monotonic() + 10.0
    while not (running.folder / "heater").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_every_burst_of_bytes_that_came_is_kept(running):
    with opened(running, "meter") as port:
        port.write(b":SOUR:FUNC?\n")
        assert port.read_until(b"\n") == b"VOLT\n"
    assert bytes.fromhex(running.control.ask("written", instrument="meter")[-1]) == b":SOUR:FUNC?\n"


def test_a_mistyped_command_says_what_is_known(running):
    with pytest.raises(ControlRefused, match=r"'unplugg' is not known. Known: .*unplug"):
        running.control.ask("unplugg", instrument="gun")
    with pytest.raises(ControlRefused, match="gum"):
        running.control.ask("unplug", instrument="gum")
    with pytest.raises(ControlRefused, match="'__init__' is not known"):
        running.control.ask("__init__", rack=None)


def test_it_ends_cleanly_when_told_and_takes_its_world_up_again(tmp_path):
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"positions": {"cassette": 3, "chamber": 1, "probe": 1, "store": 5}}))
    lab = start_laboratory(tmp_path / "lab", "--speed", "1000", "--seed", "7", "--settings", str(settings))
    with opened(lab, "robot") as robot, opened(lab, "gun") as gun:
        assert ask(robot, "MOVE cassette/2 probe/1") == "OK"
        gun.write(b"C0150G025b")
        assert gun.read(4) == b"0150"
        while ask(robot, "STATE?") != "IDLE":
            time.sleep(0.02)
    before = lab.control.ask("look")
    assert lab.end() == 0
    lab.process.stdout.close()
    assert not any((lab.folder / name).is_symlink() for name in NAMES)
    assert not (lab.folder / "control").exists()

    again = laboratory.load(tmp_path / "lab", None, 0, FaultSettings())
    lying = {slot: sample for slot, sample in again.world.places().items() if sample is not None}
    assert lying == before["places"] == {"cassette/1": "s1", "probe/1": "s2", "cassette/3": "s3"}
    assert again.world.now >= before["now"]
    again.wires["gun"].write(b"bi")
    assert again.wires["gun"].read() == b"0150025"


def test_settings_for_a_laboratory_that_is_there_already_are_refused(tmp_path):
    (tmp_path / "world.json").write_text("{}")
    with pytest.raises(ValueError, match="leave --settings away"):
        laboratory.load(tmp_path, WorldSettings(), 0, FaultSettings())
