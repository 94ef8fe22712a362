"""The driver of PyMeasure's instruments: each is talked to as on its line, and believed no further than its answer."""

import importlib
from typing import ClassVar

import pytest
from pydantic import ValidationError
from pymeasure.instruments.aja import DCXS
from pymeasure.test import expected_protocol

from devices.device import build_device
from devices.drivers.conformance import DriverConformance, Standing
from devices.drivers.pymeasure import _adapter_class
from devices.drivers.pymeasure_models import MODELS
from devices.errors import BadReply, LinkError, NotSettled, OutsideLimits, Refused, UnknownChannel
from devices.link import Link
from devices.link_settings import LinkSettings
from devices.reply import Exactly
from devices.settings import DeviceSettings, refusals
from tests.devices.fake_ports.bench import Wire


class Supply:
    """An AJA DCXS: commands of one character, answers of fixed length, no end mark, no answer to a setting."""

    def __init__(self, identity=b"DCXS750-4"):
        self.identity, self.listens, self.on = identity, True, False
        self.setpoint, self.minutes, self.seconds, self.mode, self.fault, self.shutters = 0, 0, 0, 0, 0, 0
        self.log = []

    def __call__(self, request):
        letter, rest = request[:1].decode(), request[1:]
        answers = {
            "?": self.identity,
            "a": b"%d" % self.on,
            "b": b"%04d" % self.setpoint,
            "c": b"%d" % self.mode,
            "d": b"0250",
            "f": b"0680",
            "i": b"%03d" % self.minutes,
            "j": b"%02d" % self.seconds,
            "k": b"012",
            "l": b"34",
            "n": b"TNO     ",
            "o": b"%d" % self.fault,
            "p": bytes([self.shutters]),
        }
        if letter in answers:
            return answers[letter]
        self.log.append(request)
        if self.listens and letter in "AB":
            self.on = letter == "A"
        elif self.listens and letter in "CGH":
            setattr(self, {"C": "setpoint", "G": "minutes", "H": "seconds"}[letter], int(rest))
        return b""


class TestPyMeasureDriver(DriverConformance):
    driver: ClassVar = {"kind": "pymeasure", "vendor": "aja", "model": "DCXS"}
    channels: ClassVar = {
        "setting": {"attr": "setpoint", "unit": "W", "low": 0, "high": 200, "safe": 0, "tol": 1},
        "measured": {"attr": "power", "unit": "W"},
        "switch": {"attr": "enabled", "safe": False},
    }
    measured, inside, outside, identity = 250.0, (100.0, 173.0), 300.0, "DCXS"
    acknowledges = False

    def instrument(self):
        return Wire(Supply())

    def ignore_settings(self, bench):
        bench.instrument.listens = False

    def swap(self, bench):
        bench.instrument = Supply(b"DCXS750-5")

    def with_more(self, bench, **channels):
        return self._device(bench, channels=self.channels | channels)

    # ---- the traps of the DCXS

    def test_r4_a_strike_that_is_refused_in_silence_is_noticed_with_its_fault_code(self, bench):
        device = self.with_more(bench, fault={"attr": "fault_code"})
        bench.instrument.listens, bench.instrument.fault = False, 2
        with pytest.raises(NotSettled, match="its fault code is 2"):
            device.apply(switch=True)
        assert bench.instrument.log == [b"A"]
        device.release()

    def test_whole_watts_are_sent_and_what_was_really_set_is_reported(self, bench, device):
        assert device.apply(setting=137.43)["setting"].value == 137.0
        assert device.apply(setting=199.9)["setting"].value == 200.0
        assert bench.instrument.log == [b"C0137", b"C0200"]

    @pytest.mark.parametrize("answer", [b"x", b"\xb1", b"2", b" "])
    def test_an_answer_that_is_neither_on_nor_off_is_not_taken_for_off(self, bench, device, answer):
        bench.instrument.on = True
        bench.spoil = lambda right: answer if right == b"1" else right
        with pytest.raises(BadReply):
            device.read("switch")

    def test_a_stray_digit_before_an_answer_of_fixed_length_is_noticed(self, bench, device):
        bench.spoil = lambda answer: b"1" + answer if answer == b"0250" else answer
        with pytest.raises(BadReply, match="left over"):
            device.read("measured")

    @pytest.mark.parametrize("answer", [b"+250", b"250 ", b"25.0", b"2_50", b"1e02"])
    def test_four_characters_that_are_not_four_digits_are_no_power(self, bench, device, answer):
        bench.spoil = lambda right: answer if right == b"0250" else right
        with pytest.raises(BadReply):
            device.read("measured")

    def test_the_prompts_of_a_supply_that_was_switched_on_again_are_thrown_away(self, bench, device):
        bench.unsolicited = b">>"
        assert device.read("measured")["measured"].value == 250.0

    def test_every_shutter_is_seen_whatever_the_others_do(self, bench):
        shutters = {f"shutter_{gun}": {"attr": "shutter_state", "index": gun} for gun in range(5)}
        device = self.with_more(bench, **shutters)
        for state in range(32):
            bench.instrument.shutters = state
            readings = device.read(*shutters)
            assert [reading.value for reading in readings.values()] == [bool(state >> gun & 1) for gun in range(5)]
        device.release()

    def test_r9_the_timer_is_set_in_minutes_and_seconds_before_the_strike(self, bench):
        device = self._device(bench, **self.gun)
        device.arm_timer(1534.2)
        assert bench.instrument.log == [b"G025", b"H35"]
        assert device.read("timer")["timer"].value == 1535.0
        device.release()

    def test_r9_the_timer_cannot_be_set_while_the_plasma_burns(self, bench):
        device = self._device(bench, **self.gun)
        device.apply(plasma=True)
        with pytest.raises(Refused, match="can only be set while enabled is false"):
            device.arm_timer(60)
        assert bench.instrument.log == [b"A"]
        device.release()

    def test_r9_a_time_that_the_timer_cannot_count_is_refused(self, bench):
        device = self._device(bench, **self.gun)
        with pytest.raises(OutsideLimits):
            device.arm_timer(7201)
        assert bench.instrument.log == []
        device.release()

    def test_r9_a_device_without_a_timer_says_so(self, device):
        with pytest.raises(UnknownChannel, match="no timer"):
            device.arm_timer(60)

    gun: ClassVar = {
        "role": "plasma_source",
        "channels": {
            "power": channels["setting"],
            "plasma": channels["switch"],
            "timer": {"attr": "deposition_time", "unit": "s", "low": 0, "high": 7200},
        },
    }

    def test_r9_a_plasma_source_must_use_the_timer_that_it_has(self, bench):
        channels = {name: channel for name, channel in self.gun["channels"].items() if name != "timer"}
        with pytest.raises(ValidationError) as caught:
            self.settings(bench, role="plasma_source", channels=channels)
        assert refusals(caught.value)[0].place == "channels.timer"

    def test_a_supply_that_regulates_the_voltage_is_refused_as_its_setpoint_is_not_in_watts(self, bench):
        bench.instrument.mode = 1
        device = build_device("gun", self.settings(bench), Standing())
        with pytest.raises(Refused, match="regulation_mode is 'voltage'"):
            device.connect()
        assert bench.instrument.log == []

    def test_another_unit_of_power_is_converted(self, bench):
        kilo = {"attr": "setpoint", "unit": "kW", "low": 0, "high": 0.2, "safe": 0}
        device = self.with_more(bench, setting=kilo, measured={"attr": "power", "unit": "mW"})
        assert device.apply(setting=0.1)["setting"].value == pytest.approx(0.1)
        assert bench.instrument.log == [b"C0100"]
        assert device.read("measured")["measured"].value == pytest.approx(250e3)
        device.release()

    def test_a_minute_that_ends_between_two_questions_is_not_counted_twice(self, bench):
        device = self.with_more(bench, left={"attr": "remaining_deposition_time", "unit": "s"})
        said = iter([b"002", b"59", b"001", b"001", b"58", b"001"])
        bench.spoil = lambda answer: next(said) if answer in (b"012", b"34") else answer
        assert device.read("left")["left"].value == 118.0
        device.release()

    # ---- in the rig file

    @pytest.mark.parametrize(
        ("channel", "key", "words"),
        [
            ({"attr": "setpiont"}, "attr", "Did you mean 'setpoint'"),
            ({"attr": None}, "attr", "is missing"),
            ({"attr": "__class__"}, "attr", "has no '__class__'"),
            ({"unit": "V"}, "unit", "the instrument speaks 'W'"),
            ({"high": 1001}, "high", "0 .. 1000 W"),
            ({"low": -1}, "low", "0 .. 1000 W"),
            ({"tol": 0.2}, "tol", "finer than the instrument"),
            ({"index": 2}, "index", "has none"),
            ({"register": 2}, "register", "not for a PyMeasure driver"),
            ({"holds": "text"}, "holds", "gives a number"),
            ({"safe": True}, "safe", "must be a number"),
        ],
    )
    def test_a_channel_that_cannot_be_is_refused(self, bench, channel, key, words):
        self._refused(bench, key, words, setting=self.channels["setting"] | channel)

    @pytest.mark.parametrize(
        ("driver", "place", "words"),
        [
            ({"vendor": "aja.dcxs", "model": "DCXS"}, "driver.vendor", "is not known"),
            ({"vendor": "ajja", "model": "DCXS"}, "driver.vendor", "Did you mean 'aja'"),
            ({"vendor": "aja", "model": "DCSX"}, "driver.model", "Did you mean 'DCXS'"),
            ({"vendor": "os", "model": "system"}, "driver.vendor", "Known: aja"),
            ({"vendor": "aja", "model": "__init__"}, "driver.model", "is not known"),
            ({"vendor": "aja", "model": "DCXS", "address": 3}, "driver.address", "has none"),
            ({"vendor": "aja", "model": "DCXS", "terminator": "\r"}, "driver.terminator", "cannot be changed"),
            ({"kind": "os.system"}, "driver", "pymeasure"),
        ],
    )
    def test_r30_drivers_are_a_closed_set(self, bench, driver, place, words):
        with pytest.raises(ValidationError) as caught:
            self.settings(bench, driver={"kind": "pymeasure", **driver})
        (refusal,) = refusals(caught.value)
        assert (refusal.place, words in refusal.message) == (place, True)


# ---- the other instruments, each in its own words


def sum64(message):
    """Thyracont: the sum of all characters, as one printable character, before the end of line."""
    return message + bytes([sum(message) % 64 + 64]) + b"\r"


def scripted(conversation):
    """An instrument that knows these questions only."""
    return Wire(lambda request: conversation.get(request, b"??"))


CONVERSATIONS = {
    ("keithley", "Keithley2400"): (
        {
            b":FORMAT:ELEMENTS VOLTAGE, CURRENT, RESISTANCE, TIME, STATUS\n": b"",
            b"*IDN?\n": b"KEITHLEY INSTRUMENTS INC.,MODEL 2400,1,C30\n",
            b":MEASURE:VOLTAGE?\n": b"+1.373000E-03,+1.000000E-04,+9.91E37,+1.0E+00,+2.0E+04\n",
            b"OUTPUT?\n": b"1\n",
            b":SOURCE:FUNCTION?\n": b"CURR\n",
            b":SOURCE:CURRENT?\n": b"1.000000E-04\n",
        },
        {
            "voltage": ({"unit": "mV"}, 1.373),
            "source_enabled": ({}, True),
            "source_mode": ({}, "current"),
            "source_current": ({"unit": "uA"}, 100.0),
        },
    ),
    ("keithley", "Keithley2450"): (
        {b"*IDN?\n": b"KEITHLEY,2450\n", b":READ?\n": b"-2.5E-03\n", b"OUTPUT?\n": b"0\n"},
        {"voltage": ({"unit": "V"}, -2.5e-3), "source_enabled": ({}, False)},
    ),
    ("keithley", "Keithley2182"): (
        {b"*IDN?\n": b"KEITHLEY,2182A\n", b":READ?\n": b"+1.25E-07\n"},
        {"voltage": ({"unit": "V"}, 1.25e-7)},
    ),
    ("lakeshore", "LakeShore3xx"): (
        {
            b"*IDN?\r\n": b"LSCI,MODEL331S,1,1.0\r\n",
            b"CRDG? A\r\n": b"+400.25\r\n",
            b"KRDG? B\r\n": b"+77.35\r\n",
            b"SETP? 1\r\n": b"+400.00\r\n",
            b"RANGE? 1\r\n": b"3\r\n",
        },
        {
            "input_A.celsius": ({"unit": "K"}, 673.4),
            "input_B.kelvin": ({"unit": "K"}, 77.35),
            "output_1.setpoint": ({"unit": "C"}, 400.0),
            "output_1.range": ({}, "high"),
        },
    ),
    ("lakeshore", "LakeShore224"): (
        {b"*IDN?\r\n": b"LSCI,MODEL224,1,1.0\r\n", b"KRDG? C3\r\n": b"+4.2000\r\n"},
        {"input_C3.kelvin": ({"unit": "K"}, 4.2)},
    ),
    ("mksinst", "MKS937B"): (
        {b"@253SN?;FF": b"@253ACK0123;FF", b"@253U?;FF": b"@253ACKTORR;FF", b"@253PR1?;FF": b"@253ACK3.75E-3;FF"},
        {"ch_1.pressure": ({"unit": "Torr"}, 3.75e-3)},
    ),
    ("mksinst", "MKS974B"): (
        {b"@253SN?;FF": b"@253ACK0123;FF", b"@253U?;FF": b"@253ACKPASCAL;FF", b"@253PR4?;FF": b"@253ACK5.00E-1;FF"},
        {"pressure": ({"unit": "Pa"}, 0.5)},
    ),
    ("thyracont", "SmartlineV1"): (
        {sum64(b"001T"): sum64(b"001TVSP84"), sum64(b"001M"): sum64(b"001M100023")},
        {"pressure": ({"unit": "Pa"}, 1e5)},
    ),
    ("thyracont", "SmartlineV2"): (
        {sum64(b"0010PN00"): sum64(b"0011PN06VSP845"), sum64(b"0010MV00"): sum64(b"0011MV075.00E-1")},
        {"pressure": ({"unit": "mbar"}, 0.5)},
    ),
    ("inficon", "SQM160"): (
        {b"!#@O7": b"!1AMON Ver  4.13\x8a~", b"!%L1?\x85{": b"!)A 1.25CS", b"!$N1]Q": b"!*A 100.5>I"},
        {"sensor_1.rate": ({"unit": "nm/min"}, 7.5), "sensor_1.thickness": ({"unit": "nm"}, 10.05)},
    ),
    ("proterial", "ROD4"): (
        {b"\x0201RFX\r": b"12.5\r", b"\x0201RFD\r": b"12.5\r"},
        {"ch_1.actual_flow": ({"unit": "sccm", "scale": 2.0}, 25.0), "ch_1.setpoint": ({"unit": "%"}, 12.5)},
    ),
}


@pytest.fixture(params=CONVERSATIONS, ids=lambda names: names[1])
def spoken(request):
    """A connected instrument, its wire, and what its channels should read."""
    vendor, model = request.param
    conversation, expected = CONVERSATIONS[request.param]
    wire = scripted(conversation)
    channels = {
        f"channel_{number}": {"attr": attr, **more} for number, (attr, (more, _)) in enumerate(expected.items())
    }
    settings = DeviceSettings.model_validate(
        {"driver": {"kind": "pymeasure", "vendor": vendor, "model": model}, "port": wire.url, "channels": channels,
         "link": DriverConformance.line | {"retries": 0}}
    )  # fmt: skip
    device = build_device("device", settings, Standing())
    device.connect()
    yield device, wire, [value for _, value in expected.values()]
    device.release()


def test_every_instrument_of_the_table_has_its_conversation_here():
    listed = {(vendor, model) for vendor, models in MODELS.items() for model in models}
    assert listed == {*CONVERSATIONS, ("aja", "DCXS")}


def test_an_instrument_is_understood(spoken):
    device, _, expected = spoken
    values = [reading.value for reading in device.read().values()]
    assert values == [value if isinstance(value, bool | str) else pytest.approx(value) for value in expected]


def test_an_instrument_whose_answer_is_cut_short_is_not_believed(spoken):
    device, wire, expected = spoken
    for name in device.settings.channels:
        for size in (1, 2, 5, 9):
            wire.spoil = lambda answer, size=size: answer[:-size]
            with pytest.raises(LinkError, match="device"):
                device.read(name)
    wire.spoil = lambda answer: answer
    assert len(device.read()) == len(expected)


def test_garbage_from_an_instrument_is_a_typed_error(spoken):
    device, wire, _ = spoken
    for noise in (b"\xff\xfe\xfd", b"", b"@;FF", b"!!!!!!!!", b"nan\r\n", b"1_0\n", b"\r\r"):
        wire.spoil = lambda answer, noise=noise: noise if answer else b""
        for name in device.settings.channels:
            with pytest.raises(LinkError, match="device"):
                device.read(name)


@pytest.mark.parametrize(("vendor", "model"), [(vendor, model) for vendor in MODELS for model in MODELS[vendor]])
def test_every_property_of_the_table_exists_in_pymeasure_and_accepts_an_adapter(vendor, model):
    known = MODELS[vendor][model]
    instrument = getattr(importlib.import_module(f"pymeasure.instruments.{known.module}"), model)
    names = [name for name, attribute in known.attributes.items() if not attribute.parts]
    for name in [*names, *known.required, *([known.identity] if known.identity else []), *known.methods]:
        owner = instrument
        *path, last = name.split(".")
        for step in path:
            (owner, _), *_ = getattr(owner, step).pairs
        assert hasattr(owner, last), f"{model} has no {name}"
    for name, attribute in known.attributes.items():
        if attribute.settable and not attribute.parts and not attribute.switched_by:
            owner = instrument
            *path, last = name.split(".")
            for step in path:
                (owner, _), *_ = getattr(owner, step).pairs
            assert getattr(owner, last).fset is not None, f"{model}.{name} cannot be set"


def test_the_dcxs_of_pymeasure_says_on_the_wire_what_our_supply_understands():
    """The library's own way to test a driver, so that an upgrade that changes the words is noticed."""
    with expected_protocol(
        DCXS, [(b"C0137", None), (b"b", b"0137"), (b"A", None), (b"a", b"1"), (b"d", b"0136"), (b"G025", None)]
    ) as supply:
        supply.setpoint = 137
        assert supply.setpoint == 137
        supply.enabled = True
        assert supply.enabled is True
        assert supply.power == 136
        supply.deposition_time_min = 25


def test_a_gauge_that_shows_another_unit_than_the_rig_file_says_is_refused():
    conversation, _ = CONVERSATIONS["mksinst", "MKS937B"]
    wire = scripted(conversation)
    settings = DeviceSettings.model_validate(
        {"driver": {"kind": "pymeasure", "vendor": "mksinst", "model": "MKS937B"}, "port": wire.url,
         "channels": {"pressure": {"attr": "ch_1.pressure", "unit": "Pa"}}, "link": DriverConformance.line}
    )  # fmt: skip
    with pytest.raises(Refused, match="answers in Torr, the rig file says Pa"):
        build_device("gauge", settings, Standing()).connect()


def test_an_underrange_gauge_is_not_read_as_zero():
    conversation = CONVERSATIONS["thyracont", "SmartlineV2"][0] | {sum64(b"0010MV00"): sum64(b"0011MV02UR")}
    wire = scripted(conversation)
    settings = DeviceSettings.model_validate(
        {"driver": {"kind": "pymeasure", "vendor": "thyracont", "model": "SmartlineV2"}, "port": wire.url,
         "channels": {"pressure": {"attr": "pressure", "unit": "mbar"}}, "link": DriverConformance.line}
    )  # fmt: skip
    device = build_device("gauge", settings, Standing())
    device.connect()
    with pytest.raises(BadReply):
        device.read("pressure")
    device.release()


def test_a_source_meter_is_switched_by_its_methods_where_pymeasure_has_no_property():
    on = [False]

    def meter(request):
        if request.startswith(b"OUTPUT O"):
            on[0] = request == b"OUTPUT ON\n"
            return b""
        return {b"*IDN?\n": b"KEITHLEY,2450\n", b"OUTPUT?\n": b"%d\n" % on[0]}.get(request, b"")

    wire = Wire(meter)
    settings = DeviceSettings.model_validate(
        {"driver": {"kind": "pymeasure", "vendor": "keithley", "model": "Keithley2450"}, "port": wire.url,
         "channels": {"output": {"attr": "source_enabled", "safe": False}}, "link": DriverConformance.line}
    )  # fmt: skip
    device = build_device("meter", settings, Standing())
    device.connect()
    assert device.apply(output=True)["output"].value is True
    assert device.close() == []
    assert on == [False]


def test_a_command_is_a_method_of_the_table_and_called_once():
    conversation = CONVERSATIONS["inficon", "SQM160"][0] | {b"!#S\x8e\x8f": b"!$A5\x97"}
    wire = scripted(conversation)
    raw = {"driver": {"kind": "pymeasure", "vendor": "inficon", "model": "SQM160"}, "port": wire.url,
           "channels": {"rate": {"attr": "sensor_1.rate", "unit": "nm/s"}}, "link": DriverConformance.line,
           "commands": {"zero": {"method": "reset_thickness_rate"}}}  # fmt: skip
    device = build_device("monitor", DeviceSettings.model_validate(raw), Standing())
    device.connect()
    wire.heard.clear()
    assert device.command("zero") is None
    assert wire.heard == [b"!#S\x8e\x8f"]
    device.release()
    with pytest.raises(ValidationError) as caught:
        DeviceSettings.model_validate(raw | {"commands": {"zero": {"method": "reset_sytem"}}})
    assert refusals(caught.value)[0].place == "commands.zero.method"


@pytest.mark.parametrize("answer", [b"", b"O", b"OK", b"\xff\r", b"NG\r"])
def test_r13_a_setting_that_is_acknowledged_is_sent_once_whatever_the_acknowledgement(answer):
    flow = [b"0.0"]

    def controller(request):
        if request.startswith(b"\x0201SFD"):
            flow[0] = request[6:-1]
            return answer
        return {b"\x0201RFD\r": flow[0] + b"\r"}.get(request, b"")

    wire = Wire(controller)
    channel = {"attr": "ch_1.setpoint", "unit": "sccm", "scale": 2.0, "low": 0, "high": 200, "tol": 0.2}
    raw = {"driver": {"kind": "pymeasure", "vendor": "proterial", "model": "ROD4"}, "port": wire.url,
           "channels": {"flow": channel}, "link": DriverConformance.line}  # fmt: skip
    device = build_device("flow", DeviceSettings.model_validate(raw), Standing())
    device.connect()
    assert device.apply(flow=25.0)["flow"].value == 25.0, "the read-back decides"
    assert wire.heard.count(b"\x0201SFD12.5\r") == 1
    device.release()


def test_an_answer_of_which_pymeasure_reads_only_a_part_is_a_bad_reply():
    wire = Wire(lambda _: b"1234")
    link = Link(wire.url, LinkSettings.model_validate(DriverConformance.line), name="device")
    link.open()
    adapter = _adapter_class()(link, "", "", Exactly(4))

    def ask():
        adapter.write("?")
        assert adapter.read_bytes(2) == b"12"
        adapter.end()

    with pytest.raises(BadReply, match="b'34' is left of an answer"):
        link.perform(ask, again=False)
    with pytest.raises(BadReply, match="without a size and without an end"):
        link.perform(lambda: adapter.read_bytes(-1), again=False)
    link.close()
