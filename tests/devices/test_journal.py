"""The journal of a run (R32)."""

import json
import threading
from pathlib import Path

import pytest
import serial
from ruamel.yaml import YAML

from devices.device import build_device
from devices.journal import Exchange, FileJournal, complete, exchanges, lines, replayed
from devices.settings import DeviceSettings
from simulators.thin_film.clock import VirtualClock
from simulators.thin_film.instruments.rack import Rack
from simulators.thin_film.ports import PACKAGE
from simulators.thin_film.ports.registry import connected
from simulators.thin_film.world import World


@pytest.fixture
def begin():
    begun = []

    def begin(path, **settings):
        begun.append(FileJournal(path, **settings))
        return begun[-1]

    yield begin
    for journal in begun:
        journal.close()


def test_r32_every_command_and_answer_is_kept_in_order_with_its_time(tmp_path, begin):
    journal = begin(tmp_path / "run" / "bytes.jsonl")
    journal.sent(1.5, "gun", b"C0250")
    journal.sent(2.0, "gas", b"P?\r\n")
    journal.received(2.25, "gas", b"5.0000E-01\r\n")
    journal.failed(9.0, "gun", "gun: no answer within 0.5 s")
    journal.close()

    kept = [(line.at, line.device, line.kind, line.content) for line in lines(tmp_path / "run" / "bytes.jsonl")]
    assert kept == [
        (1.5, "gun", "sent", b"C0250"),
        (2.0, "gas", "sent", b"P?\r\n"),
        (2.25, "gas", "received", b"5.0000E-01\r\n"),
        (9.0, "gun", "failed", b"gun: no answer within 0.5 s"),
    ]


def test_r32_any_byte_survives(tmp_path, begin):
    journal = begin(tmp_path / "bytes.jsonl")
    journal.received(0.0, "heater", bytes(range(256)))
    assert next(lines(tmp_path / "bytes.jsonl")).content == bytes(range(256))


def test_what_was_sent_is_on_its_way_to_the_disk_before_anything_else_happens(tmp_path, begin):
    journal = begin(tmp_path / "bytes.jsonl")
    journal.sent(0.0, "robot", b"MOVE cassette/1 chamber/1\r\n")
    assert len(list(lines(tmp_path / "bytes.jsonl"))) == 1  # the journal is still open: as after a kill -9


def test_r32_the_journal_never_grows_beyond_its_limit_and_keeps_the_end(tmp_path, begin):
    path = tmp_path / "bytes.jsonl"
    journal = begin(path, limit=4000)
    for count in range(500):
        journal.sent(float(count), "gun", b"d")
    kept = [line.at for line in lines(path)]
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 4000
    assert kept == [float(count) for count in range(500 - len(kept), 500)]
    assert len(kept) > 25
    assert not complete(path)


def test_a_journal_says_whether_it_still_has_its_beginning(tmp_path, begin):
    path = tmp_path / "bytes.jsonl"
    assert not complete(path)
    journal = begin(path, limit=400)
    for count in range(5):
        journal.sent(float(count), "gun", b"d")
    assert (tmp_path / "bytes.jsonl.older").exists()
    assert complete(path)
    assert [line.at for line in lines(path)] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_line_that_a_crash_cut_off_is_left_out_and_the_journal_goes_on_behind_the_last_whole_one(tmp_path, begin):
    path = tmp_path / "bytes.jsonl"
    journal = begin(path)
    journal.sent(1.0, "gun", b"d")
    journal.close()
    path.write_text(path.read_text() + '{"at": 2.0, "dev')
    assert [line.at for line in lines(path)] == [1.0]

    resumed = begin(path)
    resumed.sent(3.0, "gun", b"e")
    assert [line.at for line in lines(path)] == [1.0, 3.0]
    assert complete(path)


def test_r7_a_full_disk_keeps_nobody_from_sending_and_the_gap_is_told(tmp_path, begin):
    path = tmp_path / "bytes.jsonl"
    journal = begin(path)
    journal.sent(1.0, "gun", b"A")
    path.unlink()
    path.mkdir()  # nothing can be written there
    journal.close()
    journal.sent(2.0, "gun", b"B")
    journal.sent(3.0, "gun", b"B")
    assert journal.lost == 2
    path.rmdir()
    journal.sent(4.0, "gun", b"a")
    assert [(line.device, line.kind, line.content) for line in lines(path)] == [
        ("journal", "failed", b"2 lines of this journal could not be written before this one"),
        ("gun", "sent", b"a"),
    ]
    assert journal.lost == 0


def test_several_links_write_whole_lines(tmp_path, begin):
    journal = begin(tmp_path / "bytes.jsonl")

    def talk(device):
        for count in range(200):
            journal.sent(float(count), device, b"x" * 50)

    threads = [threading.Thread(target=talk, args=(name,)) for name in ("gun", "gas", "heater")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = (tmp_path / "bytes.jsonl").read_text().splitlines()
    assert len([json.loads(line) for line in written]) == 601


def test_what_was_received_belongs_to_what_was_last_sent_to_that_device(tmp_path, begin):
    path = tmp_path / "bytes.jsonl"
    journal = begin(path)
    journal.sent(1.0, "gun", b"d")
    journal.sent(2.0, "gas", b"P?\r\n")
    journal.received(3.0, "gas", b"0.5\r\n")
    journal.received(4.0, "gun", b"02")
    journal.received(4.0, "gun", b"50")
    journal.sent(5.0, "gun", b"A")
    journal.failed(6.0, "gun", "gun: the line is lost")
    assert exchanges(path) == [
        Exchange(1.0, "gun", b"d", b"0250"),
        Exchange(2.0, "gas", b"P?\r\n", b"0.5\r\n"),
        Exchange(5.0, "gun", b"A", b"", "gun: the line is lost"),
    ]


# ---- replay


@pytest.fixture
def rig():
    """Supply, heater and gas controller over one simulated world, at `sim://journal/...`."""
    serial.protocol_handler_packages.append(PACKAGE)
    yield lambda rack: connected("journal", rack.wires)
    serial.protocol_handler_packages.remove(PACKAGE)


def devices(clock, journal):
    described = YAML(typ="safe").load((Path("campaigns") / "rigs" / "sputter_simulated.yaml").read_text())["devices"]
    for name in ("gun", "heater", "gas"):
        settings = DeviceSettings.model_validate({**described[name], "port": f"sim://journal/{name}"})
        yield build_device(name, settings, clock, journal)


def grown(rack, journal):
    """A little of everything that a growth does, on a virtual clock."""
    clock = VirtualClock()
    clock.subscribe(rack.advance)
    gun, heater, gas = devices(clock, journal)
    for device in (gun, heater, gas):
        device.connect()
    gas.apply(pump=True)
    clock.sleep(600.0)
    gas.apply(argon=40.0, oxygen=0.5)
    heater.apply(setpoint=120.0)
    clock.sleep(60.0)
    gun.arm_timer(300)
    gun.apply(power=100.0, plasma=True)
    gas.apply(shutter=True)
    for _ in range(10):
        clock.sleep(5.0)
        for device in (gun, heater, gas):
            device.read()
    return [device.close() for device in (gun, heater, gas)]


def test_r32_a_journal_replays_exchange_by_exchange_to_the_same_final_state(tmp_path, begin, rig):
    path = tmp_path / "bytes.jsonl"
    rack, again = Rack(World(seed=3)), Rack(World(seed=3))
    with rig(rack):
        assert grown(rack, begin(path)) == [[], [], []]

    clock = VirtualClock()
    clock.subscribe(again.advance)
    with rig(again):
        ports = {name: serial.serial_for_url(f"sim://journal/{name}", timeout=0.5) for name in ("gun", "heater", "gas")}

        def tell(exchange):
            clock.sleep(exchange.at - clock.now())
            ports[exchange.device].write(exchange.sent)
            return ports[exchange.device].read_all()

        assert replayed(path, tell) == []
    assert len(exchanges(path)) > 300
    assert again.state() == rack.state()


def test_a_replay_tells_where_it_went_another_way(tmp_path, begin):
    path = tmp_path / "bytes.jsonl"
    journal = begin(path)
    for question, answer in ((b"d", b"0250"), (b"e", b"0380")):
        journal.sent(0.0, "gun", question)
        journal.received(0.0, "gun", answer)
    [(exchange, answer)] = replayed(path, lambda exchange: b"0250")
    assert (exchange.sent, exchange.received, answer) == (b"e", b"0380", b"0250")
