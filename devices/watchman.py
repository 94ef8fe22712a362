"""What the guardian process does: waits for the end of the driving process, and makes the rig safe."""

import contextlib
import json
import os
import select
import sys
import time
from collections.abc import Callable, Iterator, Sequence, Set
from datetime import UTC, datetime
from typing import Protocol

from devices.clock import RealClock
from devices.device import build_device
from devices.errors import Disconnected
from devices.guardian import BYE, is_reachable
from devices.lock_holder import lock_holder
from devices.owner import Owner
from devices.ports import lock_path
from devices.rig_settings import RigSettings, load_rig
from devices.safing import Crew, Hands, Phase, hands_for, made_safe, safe_phases

TRIES = 50
PAUSE = 0.1
"""A port is tried so many times, so many seconds apart: a killed process may give it up late."""
STALE = 0.05
"""Seconds in which the answer to the dead process's last question comes in, to be thrown away."""
_STILL = "the driving process has been silent for too long"
_GLANCE = 0.05
"""Seconds between two looks at a process on systems that cannot tell when it ends."""


class Guarded(Protocol):
    """A device as the guardian needs it."""

    def prepare(self) -> None:
        """Import what it needs; opens nothing."""
        ...

    def connect(self) -> None:
        """Open its port."""
        ...

    def release(self) -> None:
        """Give its port back."""
        ...

    def safe(self, *names: str) -> list[str]:
        """Make channels safe; returns what could not be done."""
        ...


class Watchman:
    """Watches one driving process over a pipe, and acts once it has ended or fallen silent."""

    def __init__(self, settings: RigSettings, owner: Owner, pipe: int, answers: int) -> None:
        self._settings = settings
        self._owner = owner
        self._pipe = pipe
        self._answers = answers
        self._rest = b""
        self._acted_on_silence = False
        devices = {name: device for name, device in settings.devices.items() if is_reachable(device.port)}
        self._phases = [phase for phase in safe_phases(settings) if phase.device in devices]

    @classmethod
    def from_pipe(cls, pipe: int, answers: int) -> "Watchman":
        """Read settings and owner from the first line of the pipe."""
        line = b""
        while b"\n" not in line:
            more = os.read(pipe, 65536)
            if not more:
                raise EOFError("the driving process ended before it said what is to be guarded")
            line += more
        first, _, rest = line.partition(b"\n")
        told = json.loads(first)
        watchman = cls(load_rig(told["rig"]), Owner.parse(told["owner"]), pipe, answers)
        watchman._rest = rest
        return watchman

    def watch(self) -> int:
        """Say `armed`, wait, act. Returns 0 if the rig is safe or was given back, 1 if something is left unsafe."""
        import serial  # noqa: F401, every library has to be in memory: a disk may be what ends the driving process

        for phase in self._phases:
            self._build(phase.device, True).prepare()
        _take_precedence()
        hands = hands_for(self._phases)
        os.set_blocking(self._pipe, False)
        self._answer(f"armed {os.getpid()}")
        while (reason := self._wait()) is not None:
            _log(reason)
            unsafe = make_safe_persistently(self._phases, self._opened, hands)
            left = f"left unsafe: {'; '.join(unsafe)}" if unsafe else "everything is safe"
            _log(left)
            self._answer(f"The guardian made the rig safe, because {reason}; {left}")
            if reason != _STILL:
                return int(bool(unsafe))
        return 0

    def _wait(self) -> str | None:
        """Why to act; None if the driving process said bye."""
        with _end_of(self._owner) as ended:
            poll = select.poll()
            for descriptor in (self._pipe, ended):
                if descriptor is not None:
                    poll.register(descriptor, select.POLLIN)
            heard = time.monotonic()
            while True:
                words, is_open = self._words()
                if BYE in words:
                    return None
                if words:
                    heard, self._acted_on_silence = time.monotonic(), False
                if not is_open:
                    return "the driving process gave the rig up, or ended"
                if not self._owner.is_alive():
                    return f"the driving process {self._owner.pid} has ended"
                if not self._acted_on_silence and time.monotonic() - heard >= self._settings.guardian.silent:
                    self._acted_on_silence = True
                    return _STILL
                poll.poll(1000 * (_GLANCE if ended is None else min(1.0, self._settings.guardian.silent / 4)))

    def _words(self) -> tuple[list[str], bool]:
        """What the driving process has said since the last look, and whether it can still say more."""
        is_open = True
        try:
            while more := os.read(self._pipe, 65536):
                self._rest += more
            is_open = False
        except BlockingIOError:
            pass
        *lines, self._rest = self._rest.split(b"\n")
        return [line.decode(errors="replace") for line in lines], is_open

    def _answer(self, word: str) -> None:
        with contextlib.suppress(OSError):  # whoever should hear it is dead
            os.write(self._answers, word.encode() + b"\n")

    def _opened(self, name: str) -> Guarded:
        """The device with its port open. A lock that a child of the dead process holds is passed by."""
        try:
            return _connected(self._build(name, True))
        except Disconnected:
            holder = lock_holder(lock_path(self._settings.devices[name].port))
            if holder not in (None, self._owner.pid):
                raise TakenOver(f"process {holder} drives it by now") from None
            return _connected(self._build(name, False))

    def _build(self, name: str, exclusive: bool) -> Guarded:
        settings = self._settings.devices[name]
        link = settings.link.model_copy(update={"settle": max(settings.line.settle, STALE)})
        return build_device(name, settings.model_copy(update={"link": link}), RealClock(), exclusive=exclusive)


class TakenOver(Exception):
    """Another process drives the device by now: it is no longer ours to make safe."""


def make_safe_persistently(
    phases: Sequence[Phase],
    open_device: Callable[[str], Guarded],
    hands: Hands,
    tries: int = TRIES,
    pause: Callable[[], None] = lambda: time.sleep(PAUSE),
) -> list[str]:
    """Open what can be opened and make it safe in order; again and again for what could not be. Returns what is left.

    All ports are opened at once. A device that cannot be reached, or is slow to answer, is left to the next round, so
    that it does not keep the others waiting. One that is safe is given back at once: somebody may be waiting for it.
    `open_device` raises TakenOver for one that is no longer ours.
    """
    opened: dict[str, Guarded] = {}

    def had(name: str) -> Guarded:
        if name not in opened:
            opened[name] = open_device(name)
        return opened[name]

    def act(phase: Phase) -> list[str]:
        try:
            return made_safe(had(phase.device), phase)
        except TakenOver as error:
            _log(f"{phase.device}: {error}")
            return []

    crew = Crew(phases, act, hands)
    for name, hand in hands.items():
        hand.submit(had, name)
    for attempt in range(tries):
        if attempt:
            pause()
        crew.go_round()
        _give_back(opened, but={phase.device for phase in crew.left})
        if not crew.left:
            break
    left = crew.wait(None)
    _give_back(opened, but=set())
    return left


def _give_back(opened: dict[str, Guarded], but: Set[str]) -> None:
    for name in [name for name in tuple(opened) if name not in but]:
        with contextlib.suppress(Exception):
            opened.pop(name).release()


def _connected(device: Guarded) -> Guarded:
    try:
        device.connect()
    except Exception:
        with contextlib.suppress(Exception):
            device.release()
        raise
    return device


@contextlib.contextmanager
def _end_of(owner: Owner) -> Iterator[int | None]:
    """Something that becomes readable when that process ends; None where the system cannot tell."""
    descriptor = None
    if hasattr(os, "pidfd_open"):
        with contextlib.suppress(OSError):  # it has ended already, or the kernel is old
            descriptor = os.pidfd_open(owner.pid)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _take_precedence() -> None:
    """Be served before whatever keeps the machine busy, where the system allows it; it sleeps until it is needed."""
    with contextlib.suppress(AttributeError, OSError):  # no such scheduler, or not for everybody
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def _log(line: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} guardian {os.getpid()}: {line}\n")
    sys.stderr.flush()
