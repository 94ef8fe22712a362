"""What every driver must do, seen through a device: inherit `DriverConformance` and say what stands on the bench."""

import math
import random
from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Protocol

import pytest

from devices.clock import Clock
from devices.device import Device, build_device
from devices.errors import (
    BadReply,
    Disconnected,
    LinkError,
    NoReply,
    NotSettled,
    OutsideLimits,
    Refused,
    UnknownChannel,
)
from devices.settings import DeviceSettings


class Bench(Protocol):
    """An instrument at the end of a cable that the test holds in its hands. All instruments of one test are alike."""

    heard: list[bytes]
    """Every command that has arrived, in order."""
    spoil: Callable[[bytes], bytes]
    """What every answer is turned into on its way; at first it is left alone."""
    plugged: bool
    """Whether the cable is in."""

    @property
    def url(self) -> str:
        """Its port."""
        ...

    def delay(self) -> None:
        """Let the next answer arrive only when its time is up."""
        ...


class Standing:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        """Seconds."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds


class DriverConformance:
    """The promises of a driver, as tests. A subclass names itself Test... and fills in what follows."""

    driver: ClassVar[dict[str, Any]]
    """The driver section of the rig file."""
    channels: ClassVar[dict[str, Any]]
    """Its channels: at least `setting` (a number with limits, a tolerance and a safe value), `measured` (a number)
    and `switch` (a boolean with the safe value false)."""
    measured: ClassVar[float]
    """What `measured` reads."""
    inside: ClassVar[tuple[float, float]]
    """Two values that `setting` may be given, neither of them its safe one."""
    outside: ClassVar[float]
    """One that the rig file forbids and the instrument would take."""
    identity: ClassVar[str | None]
    """A part of what the instrument says of itself, if it can."""
    checksummed: ClassVar[bool] = False
    """Whether answers carry a checksum that a flipped bit cannot pass."""
    acknowledges: ClassVar[bool] = True
    """Whether a setting is answered."""
    line: ClassVar[dict[str, float]] = {"timeout": 0.02, "quiet": 0.02, "longest_quarantine": 0.2, "patience": 5.0}
    """The link: quick, so that a test is."""

    @abstractmethod
    def instrument(self) -> Bench:
        """A new instrument, at rest: `setting` at its safe value, `switch` off."""

    @abstractmethod
    def ignore_settings(self, bench: Bench) -> None:
        """From now on the instrument acknowledges what it is told, and does not do it."""

    @abstractmethod
    def swap(self, bench: Bench) -> None:
        """Put another instrument of the same kind at the end of the cable."""

    # ---- what the tests below need

    @pytest.fixture
    def bench(self) -> Bench:
        return self.instrument()

    @pytest.fixture
    def device(self, bench: Bench) -> Iterator[Device]:
        device = self._device(bench)
        yield device
        device.release()

    def settings(self, bench: Bench, **changes: Any) -> DeviceSettings:
        return DeviceSettings.model_validate(
            {"driver": self.driver, "port": bench.url, "link": self.line, "channels": self.channels} | changes
        )

    def _device(self, bench: Bench, clock: Clock | None = None, **changes: Any) -> Device:
        device = build_device("device", self.settings(bench, **changes), clock or Standing())
        device.connect()
        bench.heard.clear()
        return device

    # ---- reading

    def test_a_reading_is_a_finite_number_with_its_unit_and_time(self, device: Device) -> None:
        reading = device.read("measured")["measured"]
        assert reading.value == pytest.approx(self.measured)
        assert isinstance(reading.value, float) and math.isfinite(reading.value)
        assert (reading.unit, reading.at) == (self.channels["measured"]["unit"], 0.0)

    def test_reading_nothing_in_particular_reads_every_channel(self, device: Device) -> None:
        assert list(device.read()) == list(self.channels)

    def test_a_switch_reads_as_a_boolean(self, device: Device) -> None:
        assert device.read("switch")["switch"].value is False

    def test_r19_another_unit_of_the_same_kind_gives_the_same_quantity(self, bench: Bench) -> None:
        scaled = self.channels["measured"] | {"scale": 0.5}
        device = self._device(bench, channels=self.channels | {"measured": scaled})
        assert device.read("measured")["measured"].value == pytest.approx(0.5 * self.measured)
        device.release()

    def test_r18_a_reading_carries_its_uncertainty_with_the_systematic_part(self, bench: Bench) -> None:
        channel = self.channels["measured"] | {"std": 0.3, "relative_std": 0.01}
        device = self._device(bench, channels=self.channels | {"measured": channel})
        std = device.read("measured")["measured"].std
        assert std == pytest.approx(math.hypot(0.3, 0.01 * self.measured))
        assert device.read("setting")["setting"].std is None
        device.release()

    # ---- setting

    def test_r4_a_setting_is_sent_once_and_read_back(self, bench: Bench, device: Device) -> None:
        applied = device.apply(setting=self.inside[0])
        assert applied["setting"].value == pytest.approx(self.inside[0], abs=self.channels["setting"]["tol"])
        assert len(set(bench.heard)) == len(bench.heard), "a command was sent twice"

    def test_r4_a_silent_refusal_is_noticed(self, bench: Bench, device: Device) -> None:
        self.ignore_settings(bench)
        with pytest.raises(NotSettled, match=r"device\.setting: set to"):
            device.apply(setting=self.inside[0])
        with pytest.raises(NotSettled, match=r"device\.switch: set to True, but reads False"):
            device.apply(switch=True)

    def test_r4_a_read_back_may_take_the_time_that_it_was_given(self, bench: Bench) -> None:
        clock = Standing()
        slow = {name: channel | {"settle": 3.0} for name, channel in self.channels.items() if name == "setting"}
        device = self._device(bench, clock, channels=self.channels | slow)
        self.ignore_settings(bench)
        with pytest.raises(NotSettled, match="after 3 s"):
            device.apply(setting=self.inside[0])
        assert clock.time == pytest.approx(3.0)
        device.release()

    def test_r1_a_value_outside_the_limits_of_the_rig_file_is_refused_and_nothing_is_sent(
        self, bench: Bench, device: Device
    ) -> None:
        with pytest.raises(OutsideLimits, match=r"device\.setting"):
            device.apply(setting=self.outside)
        with pytest.raises(OutsideLimits):
            device.apply(switch=True, setting=self.outside)
        assert bench.heard == []

    @pytest.mark.parametrize("value", [math.nan, math.inf, True, "3", None])
    def test_r1_what_is_no_number_is_refused_and_nothing_is_sent(
        self, bench: Bench, device: Device, value: Any
    ) -> None:
        with pytest.raises(OutsideLimits):
            device.apply(setting=value)
        assert bench.heard == []

    @pytest.mark.parametrize("value", [0, 1, "true", None])
    def test_a_switch_takes_nothing_but_booleans_and_knows_no_limits(
        self, bench: Bench, device: Device, value: Any
    ) -> None:
        with pytest.raises(OutsideLimits, match="takes true or false"):
            device.apply(switch=value)
        assert bench.heard == []
        assert device.apply(switch=True)["switch"].value is True

    def test_what_can_only_be_read_cannot_be_set(self, bench: Bench, device: Device) -> None:
        with pytest.raises(OutsideLimits, match="can only be read"):
            device.apply(measured=1.0)
        assert bench.heard == []

    def test_r3_a_misspelt_channel_is_an_error_that_says_what_was_meant(self, bench: Bench, device: Device) -> None:
        with pytest.raises(UnknownChannel, match="Did you mean 'setting'"):
            device.apply(setitng=self.inside[0])
        with pytest.raises(UnknownChannel, match="Did you mean 'measured'"):
            device.read("mesured")
        assert bench.heard == []

    def test_r1_a_dry_run_opens_nothing(self, bench: Bench) -> None:
        device = build_device("device", self.settings(bench), Standing())
        device.check(setting=self.inside[0], switch=True)
        with pytest.raises(OutsideLimits):
            device.check(setting=self.outside)
        assert (bench.heard, device.state) == ([], "offline")

    # ---- disturbed lines

    def test_r28_silence_is_no_reply_and_a_question_is_asked_again(self, bench: Bench, device: Device) -> None:
        bench.spoil = lambda _: b""
        with pytest.raises(NoReply):
            device.read("measured")
        assert device.state == "fault"
        bench.spoil = lambda answer: answer
        assert device.read("measured")["measured"].value == pytest.approx(self.measured)
        assert device.state == "idle"

    def test_r28_an_answer_cut_short_anywhere_is_never_a_number(self, bench: Bench, device: Device) -> None:
        for size in range(1, 24):
            bench.spoil = lambda answer, size=size: answer[:-size]  # type: ignore[misc]
            with pytest.raises((NoReply, BadReply)):
                device.read("measured")

    @pytest.mark.parametrize("noise", [b"\xff", b"\x00\x00", b"\x15\x80~", b"\r\n", b">"])
    @pytest.mark.parametrize("behind", [False, True])
    def test_r28_noise_around_an_answer_is_never_a_number(
        self, bench: Bench, device: Device, noise: bytes, behind: bool
    ) -> None:
        bench.spoil = lambda answer: answer + noise if behind else noise + answer
        assert self._wrong(device) is None

    @pytest.mark.parametrize("noise", [b"7", b"-", b"0", b"1e"])
    def test_r26_with_a_double_read_noise_that_looks_like_digits_gets_not_through(
        self, bench: Bench, noise: bytes
    ) -> None:
        careful = {name: channel | {"double_read": True} for name, channel in self.channels.items()}
        device = self._device(bench, channels=careful)
        for behind in (False, True):
            bench.spoil = _once(lambda answer, behind=behind: answer + noise if behind else noise + answer)  # type: ignore[misc]
            assert device.read("measured")["measured"].value == pytest.approx(self.measured)
        device.release()

    def test_r28_garbage_is_never_a_number(self, bench: Bench, device: Device) -> None:
        chance = random.Random(7)
        for _ in range(50):
            bench.spoil = lambda answer: bytes(chance.randrange(256) for _ in answer) if answer else answer
            assert self._wrong(device) is None

    @pytest.mark.parametrize("retries", [0, 2])
    def test_r28_an_answer_that_comes_too_late_is_not_taken_for_another(self, bench: Bench, retries: int) -> None:
        device = self._device(bench, link=self.line | {"retries": retries})
        device.apply(setting=self.inside[1])
        right = {"measured": self.measured, "setting": self.inside[1]}
        for first, second in (("measured", "setting"), ("setting", "measured")):
            bench.delay()
            for name in (first, second, first):
                try:
                    value = device.read(name)[name].value
                except LinkError:
                    continue
                assert value == pytest.approx(right[name], abs=self.channels["setting"]["tol"])
        assert device.read("measured")["measured"].value == pytest.approx(self.measured)
        device.release()

    def test_r13_a_setting_whose_answer_is_lost_is_not_sent_again(self, bench: Bench, device: Device) -> None:
        device.apply(setting=self.inside[0])
        told = _sets(bench, lambda: device.apply(setting=self.inside[1]))
        self.ignore_settings(bench)
        bench.spoil = lambda _: b""
        bench.heard.clear()
        with pytest.raises((NoReply, BadReply)):
            device.apply(setting=self.inside[0])
        before = bench.heard[0]
        assert bench.heard.count(before) == 1
        assert len(before) == len(told)

    def test_r13_a_setting_that_was_not_heard_is_not_sent_again_either(self, bench: Bench, device: Device) -> None:
        if not self.acknowledges:
            pytest.skip("its settings are not acknowledged")
        self.ignore_settings(bench)
        bench.spoil = _once(lambda _: b"")
        with pytest.raises(NoReply):
            device.apply(setting=self.inside[0])
        assert bench.heard.count(bench.heard[0]) == 1

    def test_r4_a_setting_whose_acknowledgement_is_garbled_is_settled_by_reading_back(
        self, bench: Bench, device: Device
    ) -> None:
        if not self.acknowledges:
            pytest.skip("its settings are not acknowledged")
        bench.spoil = _once(lambda _: b"??\r\n")
        assert device.apply(setting=self.inside[0])["setting"].value == pytest.approx(self.inside[0])

    def test_r26_with_a_double_read_no_single_flipped_bit_gets_through(self, bench: Bench) -> None:
        careful = {name: channel | {"double_read": True} for name, channel in self.channels.items()}
        device = self._device(bench, channels=careful)
        chance = random.Random(3)
        trips = 0
        for _ in range(200):
            flips = [0, chance.choice((0, 1))]

            def flip(answer: bytes, flips: list[int] = flips) -> bytes:
                flips[0] += 1
                return _flipped(answer, chance) if answer and flips[0] == flips[1] + 1 else answer

            bench.spoil = flip
            try:
                assert device.read("measured")["measured"].value == pytest.approx(self.measured)
            except LinkError:
                trips += 1
        assert trips == 0, "one flipped bit is healed by asking again"
        device.release()

    def test_a_checksum_lets_no_flipped_bit_through(self, bench: Bench, device: Device) -> None:
        if not self.checksummed:
            pytest.skip("this protocol has none: see the double read")
        for bit in range(8 * 7):
            bench.spoil = lambda answer, bit=bit: _flip(answer, bit) if 8 * len(answer) > bit else answer  # type: ignore[misc]
            assert self._wrong(device) is None

    def test_an_unplugged_cable_is_disconnected_and_the_instrument_is_found_again(self, bench: Bench) -> None:
        device = self._device(bench, link=self.line | {"patience": 0.02})
        bench.plugged = False
        with pytest.raises(Disconnected):
            device.read("measured")
        assert device.state == "offline"
        bench.plugged = True
        assert device.read("measured")["measured"].value == pytest.approx(self.measured)
        assert device.state == "idle"
        device.release()

    # ---- who is there

    def test_the_wrong_instrument_is_refused_before_anything_is_set(self, bench: Bench) -> None:
        if self.identity is None:
            pytest.skip("it cannot say who it is")
        self._device(bench, identity=self.identity).release()
        device = build_device("device", self.settings(bench, identity="something else"), Standing())
        with pytest.raises(Refused, match="Are cables swapped"):
            device.connect()

    def test_an_instrument_swapped_while_unplugged_is_refused(self, bench: Bench) -> None:
        if self.identity is None:
            pytest.skip("it cannot say who it is")
        device = self._device(bench, link=self.line | {"patience": 0.02})
        bench.plugged = False
        with pytest.raises(Disconnected):
            device.read("measured")
        self.swap(bench)
        bench.plugged = True
        with pytest.raises(Refused, match="Are cables swapped"):
            device.apply(setting=self.inside[0])
        assert device.state == "locked"
        device.release()

    # ---- safety

    def test_r7_safe_sets_every_safe_value_as_often_as_one_likes(self, device: Device) -> None:
        device.apply(switch=True, setting=self.inside[0])
        assert device.safe() == []
        assert device.safe() == []
        readings = device.read("switch", "setting")
        assert readings["switch"].value is False
        safe = self.channels["setting"]["safe"]
        assert readings["setting"].value == pytest.approx(safe, abs=self.channels["setting"]["tol"])

    def test_r7_safe_of_one_channel_leaves_the_others_alone(self, device: Device) -> None:
        device.apply(switch=True, setting=self.inside[0])
        assert device.safe("switch") == []
        assert device.read("setting")["setting"].value == pytest.approx(
            self.inside[0], abs=self.channels["setting"]["tol"]
        )

    def test_r7_what_cannot_be_made_safe_is_listed_and_nothing_is_raised(self, bench: Bench, device: Device) -> None:
        device.apply(switch=True)
        bench.plugged = False
        unsafe = device.safe()
        assert [line.partition(":")[0] for line in unsafe] == ["device.switch", "device.setting"]
        assert device.close() == unsafe

    def test_r7_an_instrument_that_hears_but_cannot_be_heard_is_made_safe_all_the_same(
        self, bench: Bench, device: Device
    ) -> None:
        device.apply(switch=True, setting=self.inside[0])
        bench.spoil = lambda _: b""
        assert len(device.safe()) == 2, "nobody can say that it is safe"
        bench.spoil = lambda answer: answer
        assert device.read("switch")["switch"].value is False
        safe = self.channels["setting"]["safe"]
        assert device.read("setting")["setting"].value == pytest.approx(safe, abs=self.channels["setting"]["tol"])

    def test_r7_a_stranger_at_the_end_of_the_cable_is_not_made_safe(self, bench: Bench) -> None:
        if self.identity is None:
            pytest.skip("it cannot say who it is")
        device = self._device(bench, link=self.line | {"patience": 0.02})
        bench.plugged = False
        with pytest.raises(Disconnected):
            device.read("measured")
        self.swap(bench)
        bench.plugged = True
        bench.heard.clear()
        with pytest.raises(Refused):
            device.read("measured")
        asked = set(bench.heard)
        assert len(device.safe()) == 2
        assert set(bench.heard) == asked, "only its name was asked for"
        device.release()

    def test_r7_safe_before_and_after_the_connection_lists_everything(self, bench: Bench) -> None:
        device = build_device("device", self.settings(bench), Standing())
        assert len(device.safe()) == 2
        device.connect()
        assert device.close() == []
        assert len(device.safe("switch")) == 1

    def test_r7_a_garbled_line_does_not_keep_a_device_from_being_made_safe(self, bench: Bench, device: Device) -> None:
        device.apply(switch=True, setting=self.inside[0])
        left = [b"\xff\xff\xff", b""]
        bench.spoil = lambda answer: left.pop() if left and answer else answer
        assert device.safe() == []
        assert device.read("switch")["switch"].value is False

    # ---- in the rig file

    def test_a_number_without_a_unit_is_refused(self, bench: Bench) -> None:
        self._refused(bench, "unit", "is missing", measured={**self.channels["measured"], "unit": None})

    def test_an_unknown_unit_is_refused(self, bench: Bench) -> None:
        self._refused(bench, "unit", "is not known", measured={**self.channels["measured"], "unit": "parsec"})

    def test_a_setting_without_limits_is_refused(self, bench: Bench) -> None:
        self._refused(bench, "high", "is missing", setting={**self.channels["setting"], "high": None})

    def test_limits_outside_the_instrument_are_refused(self, bench: Bench) -> None:
        self._refused(
            bench, "high", "outside what the instrument takes", setting={**self.channels["setting"], "high": 1e12}
        )

    def _refused(self, bench: Bench, key: str, words: str, **channels: Any) -> None:
        from pydantic import ValidationError

        from devices.settings import refusals

        with pytest.raises(ValidationError) as caught:
            self.settings(bench, channels=self.channels | channels)
        (refusal,) = refusals(caught.value)
        assert refusal.place == f"channels.{next(iter(channels))}.{key}"
        assert words in refusal.message

    def _wrong(self, device: Device) -> float | None:
        """A value that was read and is not the right one."""
        try:
            value = float(device.read("measured")["measured"].value)
        except LinkError:
            return None
        return None if value == pytest.approx(self.measured) else value


def _sets(bench: Bench, act: Callable[[], Any]) -> bytes:
    """The command that a setting is made of."""
    bench.heard.clear()
    act()
    return bench.heard[0]


def _once(spoil: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Spoil the next answer, and leave the others alone."""
    left = [spoil]
    return lambda answer: left.pop()(answer) if left and answer else answer


def _flip(answer: bytes, bit: int) -> bytes:
    changed = bytearray(answer)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _flipped(answer: bytes, chance: random.Random) -> bytes:
    return _flip(answer, chance.randrange(8 * len(answer)))
