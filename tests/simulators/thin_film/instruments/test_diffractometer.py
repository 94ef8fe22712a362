import zlib

import pytest

from simulators.thin_film.instruments.diffractometer import Diffractometer


def ask(say, instrument, line):
    return say(instrument, f"{line}\r\n".encode()).decode().removesuffix("\r\n")


@pytest.fixture
def loaded(world):
    world.move("cassette/1", "probe/1")
    world.advance(90.0)
    return world


def test_a_scan_takes_its_time_and_gives_a_block_with_length_and_checksum(loaded, say):
    instrument = Diffractometer(loaded)
    assert ask(say, instrument, "SCAN 20 60 0.02") == "OK"
    assert ask(say, instrument, "STATE?") == "SCANNING"
    assert ask(say, instrument, "COUNTS?").startswith("ERR 9 ")
    instrument.elapse(2001 * 0.15)
    assert ask(say, instrument, "STATE?") == "IDLE"
    head, check, text = ask(say, instrument, "COUNTS?").split(" ", 2)
    assert head == "#2001"
    assert int(check, 16) == zlib.crc32(text.encode())
    counts = [int(word) for word in text.split()]
    assert len(counts) == 2001
    assert min(counts) >= 0


def test_the_block_can_be_asked_for_again(loaded, say):
    instrument = Diffractometer(loaded)
    ask(say, instrument, "SCAN 20 21 0.1")
    instrument.elapse(60.0)
    assert ask(say, instrument, "COUNTS?") == ask(say, instrument, "COUNTS?")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("SCAN 20 60", 1), ("SCAN 20 60 x", 1), ("SCAN 60 20 0.02", 2), ("SCAN 20 60 0", 2), ("SCAN 1 60 0.02", 2),
        ("SCAN 5 140 0.001", 2), ("COUNTS?", 4), ("HELLO", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(loaded, say, sent, code):
    assert ask(say, Diffractometer(loaded), sent).startswith(f"ERR {code} ")


def test_without_a_sample_there_is_no_scan(world, say):
    instrument = Diffractometer(world)
    assert ask(say, instrument, "SCAN 20 60 0.02") == "ERR 3 no sample"
    assert ask(say, instrument, "STATE?") == "IDLE"


def test_a_second_scan_waits_for_the_first_and_stop_abandons_it(loaded, say):
    instrument = Diffractometer(loaded)
    ask(say, instrument, "SCAN 20 60 0.02")
    assert ask(say, instrument, "SCAN 20 60 0.02").startswith("ERR 9 ")
    assert ask(say, instrument, "STOP") == "OK"
    assert ask(say, instrument, "COUNTS?") == "ERR 4 no scan"


def test_r31_a_stalled_scan_never_ends(loaded, say):
    """R31: whoever waits for it needs a limit."""
    instrument = Diffractometer(loaded)
    instrument.trouble("stalled", True)
    ask(say, instrument, "SCAN 20 21 0.1")
    instrument.elapse(1e6)
    assert ask(say, instrument, "STATE?") == "SCANNING"
