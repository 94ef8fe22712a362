"""The driver of Modbus registers: tables, decimals, signs, sizes, exceptions; frames as the specification has them."""

import struct
from typing import ClassVar

import pytest
from minimalmodbus import _calculate_crc

from devices.drivers.conformance import DriverConformance
from devices.errors import BadReply, NoReply, OutsideLimits, Refused
from tests.devices.fake_ports.bench import Wire


class Controller:
    """Holding registers, input registers, coils and discrete inputs of one unit."""

    def __init__(self, unit=1, identity=12822):
        self.unit, self.listens = unit, True
        self.holding = {1: 235, 2: 0, 122: identity, 10: 0, 11: 0, 20: 0}
        self.input = {1: 235}
        self.coils = {5: 0}
        self.discrete = {6: 1}
        self.exception = {}
        """(function, register) -> code."""

    def __call__(self, request):
        if len(request) < 8 or _calculate_crc(request[:-2]) != request[-2:] or request[0] != self.unit:
            return b""
        function, register = request[1], struct.unpack(">H", request[2:4])[0]
        code = self.exception.get((function, register))
        payload = None if code else self._done(function, register, request)
        if payload is None:
            body = bytes([self.unit, function | 0x80, code or 2])
        else:
            body = bytes([self.unit, function]) + payload
        return body + _calculate_crc(body)

    def _done(self, function, register, request):
        count = struct.unpack(">H", request[4:6])[0]
        if function in (3, 4):
            table = self.holding if function == 3 else self.input
            if any(register + k not in table for k in range(count)):
                return None
            words = [table[register + k] for k in range(count)]
            return bytes([2 * count]) + struct.pack(f">{count}H", *words)
        if function in (1, 2):
            table = self.coils if function == 1 else self.discrete
            return b"\x01" + bytes([table[register]]) if register in table else None
        if function == 5:
            self.coils[register] = (1 if count == 0xFF00 else 0) if self.listens else self.coils[register]
        elif function == 6:
            self.holding[register] = count if self.listens else self.holding[register]
        elif function == 16:
            words = struct.unpack(f">{count}H", request[7:-2])
            for k, word in enumerate(words):
                self.holding[register + k] = word if self.listens else self.holding[register + k]
        return request[2:6]


class TestModbusDriver(DriverConformance):
    driver: ClassVar = {"kind": "modbus", "unit_address": 1, "identity_register": 122}
    channels: ClassVar = {
        "setting": {"register": 2, "decimals": 1, "unit": "C", "low": 0, "high": 700, "safe": 0, "tol": 0.06},
        "measured": {"register": 1, "decimals": 1, "signed": True, "unit": "C"},
        "switch": {"register": 5, "table": "coil", "safe": False},
    }
    measured, inside, outside, identity = 23.5, (400.0, 650.3), 900.0, "12822"
    checksummed = True

    def instrument(self):
        return Wire(Controller())

    def ignore_settings(self, bench):
        bench.instrument.listens = False

    def swap(self, bench):
        bench.instrument = Controller(identity=4711)

    # ---- what registers can do beside

    def test_a_request_is_the_frame_of_the_specification(self, bench, device):
        device.read("measured")
        assert bench.heard == [bytes.fromhex("010300010001d5ca")]

    def test_a_value_is_rounded_to_the_register_and_not_cut_off(self, bench, device):
        for value, word in ((0.29, 3), (123.04, 1230), (123.05, 1230), (123.06, 1231), (699.99, 7000)):
            device.apply(setting=value)
            assert bench.instrument.holding[2] == word

    def test_no_word_is_lost_on_the_way_through_decimals(self, bench):
        channel = self.channels["setting"] | {"decimals": 2, "high": 600, "tol": 0.006}
        device = self._device(bench, channels=self.channels | {"setting": channel})
        for word in (29, 57, 58, 113, 114, 115, 1001, 4097, 57999):
            device.apply(setting=word / 100)
            assert bench.instrument.holding[2] == word
        device.release()

    def test_rounding_does_not_leave_the_limits(self, bench):
        channel = self.channels["setting"] | {"low": 0.04, "high": 0.16, "safe": None, "tol": 0.1}
        device = self._device(bench, channels=self.channels | {"setting": channel})
        device.apply(setting=0.04)
        assert bench.instrument.holding[2] == 1
        device.apply(setting=0.16)
        assert bench.instrument.holding[2] == 1
        device.release()

    def test_negative_values_are_twos_complement(self, bench):
        channel = self.channels["setting"] | {"low": -50, "signed": True}
        device = self._device(bench, channels=self.channels | {"setting": channel})
        assert device.apply(setting=-12.5)["setting"].value == -12.5
        assert bench.instrument.holding[2] == 0x10000 - 125
        bench.instrument.holding[1] = 0xFFFF
        assert device.read("measured")["measured"].value == -0.1
        device.release()

    def test_two_registers_are_one_number(self, bench):
        long = {"register": 10, "words": 2, "unit": "s", "low": 0, "high": 1e6, "tol": 1}
        device = self._device(bench, channels=self.channels | {"life": long})
        assert device.apply(life=70000)["life"].value == 70000.0
        assert (bench.instrument.holding[10], bench.instrument.holding[11]) == (1, 70000 - 65536)
        device.release()

    def test_the_four_tables_are_read_with_their_functions(self, bench):
        more = {
            "input": {"register": 1, "table": "input", "decimals": 1, "unit": "C"},
            "door": {"register": 6, "table": "discrete"},
            "flag": {"register": 20, "holds": "boolean"},
        }
        device = self._device(bench, channels=self.channels | more)
        readings = device.read("input", "door", "flag")
        assert [reading.value for reading in readings.values()] == [23.5, True, False]
        assert [request[1] for request in bench.heard] == [4, 2, 3]
        bench.instrument.holding[20] = 2
        with pytest.raises(BadReply, match="a register that is a switch holds 2"):
            device.read("flag")
        device.release()

    def test_writing_with_function_16_if_the_unit_wants_it(self, bench):
        device = self._device(bench, driver=self.driver | {"write_function": 16})
        device.apply(setting=400)
        assert bench.heard[0][1] == 16
        device.release()

    def test_an_exception_is_refused_at_once(self, bench, device):
        bench.instrument.exception[6, 2] = 3
        with pytest.raises(Refused, match="illegal data value"):
            device.apply(setting=400)
        assert len(bench.heard) == 1

    def test_a_busy_unit_is_asked_again_but_not_told_again(self, bench, device):
        bench.instrument.exception |= {(3, 1): 6, (6, 2): 6}
        with pytest.raises(NoReply, match="busy"):
            device.read("measured")
        assert [request[1:4] for request in bench.heard].count(b"\x03\x00\x01") == 3
        with pytest.raises(Refused, match="busy"):
            device.apply(setting=400)
        assert [request[1] for request in bench.heard].count(6) == 1

    def test_the_answer_of_another_unit_is_a_bad_reply(self, bench, device):
        body = bytes.fromhex("02030200eb")
        bench.spoil = lambda _: body + _calculate_crc(body)
        with pytest.raises((BadReply, Refused)):
            device.read("measured")

    def test_a_command_writes_its_value_once(self, bench):
        device = self._device(bench, commands={"acknowledge": {"register": 20, "value": 1}})
        device.command("acknowledge")
        assert (bench.instrument.holding[20], len(bench.heard)) == (1, 1)
        device.release()

    def test_a_reading_only_table_has_no_settings(self, bench):
        channel = self.channels["setting"] | {"table": "input"}
        self._refused(bench, "low", "can only be read", setting=channel)

    def test_limits_are_those_of_the_register(self, bench, device):
        self._refused(bench, "high", "0 .. 6553.5 C", setting=self.channels["setting"] | {"high": 6553.6})
        self._refused(bench, "low", "0 .. 6553.5 C", setting=self.channels["setting"] | {"low": -1})
        self._refused(bench, "register", "is missing", setting={"unit": "C"})
        with pytest.raises(OutsideLimits):
            device.check(setting=-0.1)
