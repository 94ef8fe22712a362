"""How urgently somebody wants a station to end what it does: three different intents, never a killed thread.

    GO ---> PAUSE        go on to the next safe point (no plasma, nothing in the robot's hand) and hold there
       ---> STOP         make safe in the usual order now, then bring the sample home: cool, store; no new step
       ---> EMERGENCY    make safe now and leave everything where it is

A request is a word in the station's log, read in every wait. A process that is stuck reads nothing: `enforce` ends it
after a short patience, and its guardian makes the rig safe.
"""

import os
import signal
import time
from collections.abc import Callable
from enum import StrEnum

from devices.owner import Owner


class StopLevel(StrEnum):
    """What is asked for at the moment; the words that the station's log uses."""

    GO = "go"
    PAUSE = "pause"
    STOP = "stop"
    EMERGENCY = "emergency"

    @property
    def urgency(self) -> int:
        """0 for go, 3 for emergency."""
        return list(StopLevel).index(self)


class Throttled:
    """Asks at most every so many real seconds, for requests that come out of a database; between, the last answer."""

    def __init__(self, ask: Callable[[], StopLevel], every: float = 0.25) -> None:
        self._ask = ask
        self._every = every
        self._asked: float | None = None
        self._answer = StopLevel.GO

    def __call__(self) -> StopLevel:
        """What is asked for."""
        now = time.monotonic()
        if self._asked is None or now - self._asked >= self._every:
            self._answer = StopLevel(self._ask())
            self._asked = now
        return self._answer


def enforce(owner: Owner, reacted: Callable[[], bool], patience: float = 2.0) -> str:
    """See to it that an emergency stop happens: wait for the driving process, then end it.

    `reacted` says whether the process has given the rig up: its leases are gone. Returns what was done, for people.
    A process of another machine, or one that is no longer the one that took the rig, is never touched.
    """
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if reacted():
            return f"Process {owner.pid} heard it, made the rig safe and gave it back."
        if not owner.is_alive():
            return f"Process {owner.pid} has ended: its guardian makes the rig safe."
        time.sleep(0.05)
    if not owner.is_here():
        return f"No answer within {patience:g} s, and process {owner.pid} runs on {owner.host}. End it there."
    if owner.is_alive():
        os.kill(owner.pid, signal.SIGKILL)
    return f"No answer within {patience:g} s: process {owner.pid} was ended, its guardian makes the rig safe."
