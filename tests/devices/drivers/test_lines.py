"""The driver of text lines: templates, acknowledgements, errors, NAK, busy answers, long answers with a checksum."""

import contextlib
import zlib
from typing import ClassVar

import pytest
from pydantic import ValidationError

from devices.drivers.conformance import DriverConformance
from devices.errors import BadReply, Disconnected, NoReply, OutsideLimits, Refused, UnknownChannel
from devices.settings import refusals
from tests.devices.fake_ports.bench import Wire


class Controller:
    """A gas controller: `AR 20.00` -> `OK`, `AR?` -> `20.00`, `P?`, `SHUTTER 1`, and what a test adds."""

    def __init__(self, serial=1):
        self.flow, self.shutter, self.listens = 0.0, False, True
        self.serial = serial
        self.more = {}

    def __call__(self, request):
        word = request.decode("latin-1").removesuffix("\r\n")
        if word in self.more:
            return self.more[word]
        answers = {
            "*IDN?": f"GAS-2,{self.serial}",
            "AR?": f"{self.flow:.2f}",
            "P?": "5.0000E-01",
            "SHUTTER?": str(int(self.shutter)),
        }
        if word in answers:
            return answers[word].encode() + b"\r\n"
        name, _, value = word.partition(" ")
        if name not in ("AR", "SHUTTER"):
            return b"ERR 1 unknown command\r\n"
        if self.listens and name == "AR":
            self.flow = float(value)
        elif self.listens:
            self.shutter = value == "1"
        return b"OK\r\n"


SLOT = {"pattern": "[a-z]+/[0-9]+"}


class TestLinesDriver(DriverConformance):
    driver: ClassVar = {"kind": "lines", "identity": "*IDN?"}
    channels: ClassVar = {
        "setting": {"set": "AR {:.2f}", "query": "AR?", "unit": "sccm", "low": 0, "high": 100, "safe": 0, "tol": 0.01,
                    "instrument": [0, 500]},
        "measured": {"query": "P?", "unit": "Pa"},
        "switch": {"set": "SHUTTER {}", "query": "SHUTTER?", "safe": False},
    }  # fmt: skip
    measured, inside, outside, identity = 0.5, (20.0, 41.25), 100.01, "GAS-2"

    def instrument(self):
        return Wire(Controller())

    def ignore_settings(self, bench):
        bench.instrument.listens = False

    def swap(self, bench):
        bench.instrument = Controller(serial=2)

    # ---- what lines can do beside

    def test_an_error_answer_is_refused(self, bench, device):
        bench.instrument.more["AR 20.00"] = b"ERR 3 valve\r\n"
        with pytest.raises(Refused, match="ERR 3 valve"):
            device.apply(setting=20)
        assert bench.heard == [b"AR 20.00\r\n"]

    def test_an_error_answer_to_a_question_is_refused_and_not_asked_again(self, bench, device):
        bench.instrument.more["P?"] = b"ERR 9 gauge\r\n"
        with pytest.raises(Refused, match="ERR 9 gauge"):
            device.read("measured")
        assert bench.heard == [b"P?\r\n"]

    @pytest.mark.parametrize("no", [b"\x15", b"\x15\r\n", b"BUSY\r\n"])
    def test_a_busy_instrument_is_asked_again_but_not_told_again(self, bench, device, no):
        bench.instrument.more |= {"P?": no, "AR 20.00": no}
        with pytest.raises(NoReply):
            device.read("measured")
        assert bench.heard.count(b"P?\r\n") == 3
        with pytest.raises(Refused):
            device.apply(setting=20)
        assert bench.heard.count(b"AR 20.00\r\n") == 1

    def test_a_busy_answer_that_looks_like_an_error_is_busy(self, bench):
        device = self._device(bench, driver=self.driver | {"busy": "ERR 9 busy"})
        bench.instrument.more |= {"P?": b"ERR 9 busy\r\n"}
        with pytest.raises(NoReply):
            device.read("measured")
        assert bench.heard.count(b"P?\r\n") == 3

    @pytest.mark.parametrize(
        "answer", [b"nan\r\n", b"inf\r\n", b"1_0\r\n", b"0x10\r\n", b"\r\n", b"OK\r\n", b"5 0\r\n"]
    )
    def test_what_is_not_plainly_a_finite_number_is_a_bad_reply(self, bench, device, answer):
        bench.instrument.more["P?"] = answer
        with pytest.raises(BadReply):
            device.read("measured")

    def test_a_switch_that_is_neither_is_a_bad_reply(self, bench, device):
        bench.instrument.more["SHUTTER?"] = b"2\r\n"
        with pytest.raises(BadReply, match="neither '1' nor '0'"):
            device.read("switch")

    def test_an_answer_with_a_frame_gives_its_number(self, bench):
        bench.instrument.more["T?"] = b"T=21.5C\r\n"
        channel = {"query": "T?", "answer": r"T=([0-9.]+)C", "unit": "C"}
        device = self._device(bench, channels=self.channels | {"temperature": channel})
        assert device.read("temperature")["temperature"].value == 21.5
        bench.instrument.more["T?"] = b"t=21.5C\r\n"
        with pytest.raises(BadReply, match="does not look like"):
            device.read("temperature")
        device.release()

    def test_an_implausible_reading_is_a_bad_reply_and_is_asked_again(self, bench):
        channel = self.channels["measured"] | {"plausible": [1e-6, 2e5]}
        device = self._device(bench, channels=self.channels | {"measured": channel})
        bench.instrument.more["P?"] = b"5.0000E-61\r\n"
        with pytest.raises(BadReply, match="is not plausible"):
            device.read("measured")
        assert bench.heard.count(b"P?\r\n") == 3
        device.release()

    def test_three_answers_that_disagree_are_no_reading(self, bench):
        channel = self.channels["measured"] | {"double_read": True, "tol": 0.01}
        device = self._device(bench, channels=self.channels | {"measured": channel})
        said = iter(range(100))
        bench.spoil = lambda answer: b"%d\r\n" % next(said) if answer == b"5.0000E-01\r\n" else answer
        with pytest.raises(BadReply, match="disagree"):
            device.read("measured")
        device.release()

    def test_a_setting_without_acknowledgement_is_sent_in_silence_and_read_back(self, bench):
        silent = Controller()
        bench.instrument = lambda request: b"" if silent(request) == b"OK\r\n" else silent(request)
        device = self._device(bench, driver=self.driver | {"acknowledge": None})
        assert device.apply(setting=20)["setting"].value == 20.0
        device.release()

    # ---- commands

    @pytest.fixture
    def robot(self, bench):
        bench.instrument.more |= {"MOVE cassette/3 chamber/1": b"OK\r\n", "OCCUPIED? cassette/3": b"1\r\n"}
        commands = {
            "move": {"send": "MOVE {source} {target}", "arguments": {"source": SLOT, "target": SLOT}},
            "occupied": {
                "send": "OCCUPIED? {slot}", "arguments": {"slot": SLOT}, "gives": "boolean", "repeatable": True
            },
            "lies_there": {"send": "OCCUPIED? {slot}", "arguments": {"slot": SLOT}, "gives": "boolean",
                           "repeatable": True, "double_read": True},
            "say": {"send": "SAY {word}", "arguments": {"word": {}}},
            "park": {"send": "PARK", "answer": "DONE ([0-9]+)", "gives": "text"},
            "counts": {"send": "COUNTS?", "gives": "numbers", "crc32": True, "repeatable": True},
            "values": {"send": "VALUES? {count}", "arguments": {"count": {"low": 1, "high": 9}}, "gives": "numbers"},
        }  # fmt: skip
        device = self._device(bench, commands=commands)
        yield device
        device.release()

    def test_a_command_is_done_and_a_question_with_arguments_answered(self, bench, robot):
        assert robot.command("move", source="cassette/3", target="chamber/1") is None
        assert robot.command("occupied", slot="cassette/3") is True
        assert bench.heard == [b"MOVE cassette/3 chamber/1\r\n", b"OCCUPIED? cassette/3\r\n"]

    @pytest.mark.parametrize("answer", [b"", b"O", b"OK\r", b"XX\r\n", b"\x15", b"OK\r\nOK\r\n"])
    def test_r13_a_command_whose_answer_is_lost_is_never_repeated(self, bench, robot, answer):
        bench.instrument.more["MOVE cassette/3 chamber/1"] = answer
        with pytest.raises((NoReply, BadReply, Refused)):
            robot.command("move", source="cassette/3", target="chamber/1")
        assert bench.heard.count(b"MOVE cassette/3 chamber/1\r\n") == 1

    @pytest.mark.parametrize("answer", [b"", b"DO", b"XX\r\n", b"BUSY\r\n", b"\x15"])
    def test_r13_nor_is_one_that_answers_with_what_it_did(self, bench, robot, answer):
        bench.instrument.more["PARK"] = b"DONE 4\r\n"
        assert robot.command("park") == "4"
        bench.heard.clear()
        bench.instrument.more["PARK"] = answer
        with pytest.raises((NoReply, BadReply, Refused)):
            robot.command("park")
        assert bench.heard.count(b"PARK\r\n") == 1

    def test_r13_nor_is_it_when_the_cable_falls_out(self, bench, robot):
        bench.plugged = False
        with pytest.raises(Disconnected):
            robot.command("move", source="cassette/3", target="chamber/1")
        bench.plugged = True
        robot.read("measured")
        assert [line for line in bench.heard if line.startswith(b"MOVE")] == []

    def test_r26_a_question_may_be_asked_until_two_answers_agree(self, bench, robot):
        said = iter([b"0\r\n", b"1\r\n", b"1\r\n"])
        bench.spoil = lambda _: next(said)
        assert robot.command("lies_there", slot="cassette/3") is True
        assert bench.heard == [b"OCCUPIED? cassette/3\r\n"] * 3

    def test_r13_a_double_read_is_for_questions_only(self, bench):
        with pytest.raises(ValidationError) as caught:
            self.settings(bench, commands={"go": {"send": "GO", "double_read": True}})
        assert refusals(caught.value)[0].place == "commands.go.double_read"

    @pytest.mark.parametrize("slot", ["cassette/3\r\nMOVE a b", "cassette 3", "", "Cassette/3", "cassette/3 chamber/1"])
    def test_an_argument_cannot_smuggle_a_second_command(self, bench, robot, slot):
        for command, argument in (("occupied", "slot"), ("say", "word")):
            if (command, slot) == ("say", "Cassette/3"):
                continue  # a word like others
            with pytest.raises(OutsideLimits):
                robot.command(command, **{argument: slot})
        assert bench.heard == []

    def test_an_argument_that_is_missing_unknown_or_too_large_is_refused(self, bench, robot):
        with pytest.raises(OutsideLimits, match="needs the argument 'target'"):
            robot.command("move", source="cassette/3")
        with pytest.raises(UnknownChannel, match="Did you mean 'slot'"):
            robot.command("occupied", slott="cassette/3")
        with pytest.raises(OutsideLimits, match=r"1 \.\. 9"):
            robot.command("values", count=10)
        with pytest.raises(UnknownChannel, match="Did you mean 'move'"):
            robot.command("mvoe")
        assert bench.heard == []

    def test_numbers_with_a_checksum_are_all_there_or_refused(self, bench, robot):
        text = "31 35 40"
        good = f"#3 {zlib.crc32(text.encode()):08X} {text}\r\n".encode()
        bench.instrument.more["COUNTS?"] = good
        assert robot.command("counts") == (31.0, 35.0, 40.0)
        for bit in range(8 * len(good)):
            changed = bytearray(good)
            changed[bit // 8] ^= 1 << bit % 8
            bench.instrument.more["COUNTS?"] = bytes(changed)
            with contextlib.suppress(BadReply, NoReply):
                assert robot.command("counts") == (31.0, 35.0, 40.0)

    def test_numbers_without_a_checksum_are_split_at_blanks_and_commas(self, bench, robot):
        bench.instrument.more["VALUES? 3"] = b"1.5, 2e3 -4\r\n"
        assert robot.command("values", count=3) == (1.5, 2000.0, -4.0)

    # ---- in the rig file

    @pytest.mark.parametrize(
        ("channel", "key", "words"),
        [
            ({"query": None}, "set", "cannot be read back"),
            ({"set": "AR {:.2f} {:.2f}"}, "set", "needs one pair of braces"),
            ({"set": "AR"}, "set", "needs one pair of braces"),
            ({"set": "AR {value.__class__}"}, "set", "plain word"),
            ({"set": "AR {!r}"}, "set", "the format of a number"),
            ({"set": "AR {:.2f}\r\nPUMP 0"}, "set", "printable ASCII"),
            ({"set": "AR {"}, "set", "AR {"),
            ({"attr": "setpoint"}, "attr", "not for a driver of lines"),
            ({"answer": "("}, "answer", "not a regular expression"),
            ({"tol": 0.001}, "tol", "finer than the instrument"),
        ],
    )
    def test_a_template_that_cannot_be_is_refused(self, bench, channel, key, words):
        self._refused(bench, key, words, setting=self.channels["setting"] | channel)

    def test_a_command_must_describe_every_argument(self, bench):
        with pytest.raises(ValidationError) as caught:
            self.settings(bench, commands={"move": {"send": "MOVE {source}"}})
        (refusal,) = refusals(caught.value)
        assert (refusal.place, "describes none" in refusal.message) == ("commands.move.arguments", True)

    def test_an_identity_needs_a_question(self, bench):
        with pytest.raises(ValidationError) as caught:
            self.settings(bench, driver={"kind": "lines"}, identity="GAS-2")
        assert refusals(caught.value)[0].place == "identity"
