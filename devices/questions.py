"""Questions for people: asked in the station's log, waited for with patience, withdrawn when they settle themselves."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from devices.clock import Clock
from devices.errors import Interrupted, NeedsPerson
from devices.station.state import Prompt
from devices.station.station import Station
from devices.stop_level import StopLevel

POLL = 1.0
"""Seconds between two looks for an answer."""
STOP = "stop"
"""The answer that ends the growth."""
Subject: TypeAlias = Literal["", "refill", "emptied", "where", "new", "trip", "stale"]


class Questions:
    """Asks on behalf of one growth. `people` is the clock that people live by, whatever time the rig keeps."""

    def __init__(self, station: Station, people: Clock, patience: float) -> None:
        self._station, self._people, self._patience = station, people, patience
        self.between: Callable[[], None] = _nothing
        """Done at every look for an answer: a rig keeps watch."""

    def settle(
        self,
        what: str,
        question: str,
        choices: Sequence[str],
        settled: Callable[[], bool],
        subject: Subject = "",
        name: str = "",
    ) -> None:
        """Ask until somebody answers, or until it is `settled` otherwise. Returns at once if it is.

        Raises NeedsPerson when the patience is over (the prompt stands), Interrupted if the answer is to stop.
        """
        if settled():
            return
        prompt = self._asked(what, question, choices, subject, name)
        deadline = self._people.now() + self._patience
        while True:
            prompt = self._station.state().prompts[prompt.key]
            if prompt.answer == STOP:
                raise Interrupted(f"{prompt.by} answered stop: {question}", StopLevel.STOP)
            if prompt.answer is not None:
                return
            if settled():
                self._station.withdraw(prompt.key)
                return
            if self._people.now() >= deadline:
                raise NeedsPerson(f"{question} (prompt {prompt.key}; answers: {', '.join(prompt.choices)})")
            self._people.sleep(POLL)
            self.between()

    def _asked(self, what: str, question: str, choices: Sequence[str], subject: Subject, name: str) -> Prompt:
        """The open prompt about this matter, or a new one: a question that was answered may come up again later."""
        earlier = [each for each in self._station.state().prompts.values() if each.key.rpartition(":")[0] == what]
        if earlier and earlier[-1].answer is None and not earlier[-1].withdrawn:
            return earlier[-1]
        return self._station.ask(f"{what}:{len(earlier) + 1}", question, [*choices, STOP], subject, name)


def _nothing() -> None:
    return None
