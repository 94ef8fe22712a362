"""What every simulated instrument has in common: bytes in, bytes out, and time that passes."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar


class Instrument(ABC):
    """One instrument over the shared world. It knows bytes and physics, and nothing of ports.

    What must happen at a moment of its own, such as the end of the supply's timer, happens in the world; instruments
    hear afterwards how much time has passed.
    """

    TROUBLES: ClassVar[Mapping[str, str]] = {}
    """What this instrument can be made to do wrong, and what that means."""
    KEPT: ClassVar[tuple[str, ...]] = ()
    """Attributes that outlive the process: plain JSON values."""

    def __init__(self) -> None:
        self._answers = bytearray()
        self._troubles: set[str] = set()

    @abstractmethod
    def feed(self, data: bytes) -> None:
        """Take bytes from the wire. Never raises, whatever they are; what it answers waits for `take`."""

    def take(self) -> bytes:
        """What has been answered since the last call."""
        if not self._answers:
            return b""
        answers = bytes(self._answers)
        self._answers.clear()
        return answers

    def busy(self, request: bytes) -> bytes:
        """What it says to a request that it has no time for; nothing, if its protocol has no word for that."""
        del request
        return b""

    def elapse(self, seconds: float) -> None:
        """Time that has passed, in s of the world."""
        del seconds

    def power_up(self) -> None:
        """The mains come back: settings as from the factory, and whatever it says when it is switched on."""
        self._answers.clear()

    def trouble(self, name: str, present: bool) -> None:
        """Make something go wrong with the instrument itself, or right again. Raises KeyError for what it has not."""
        if name not in self.TROUBLES:
            raise KeyError(f"{name!r} is no trouble of a {type(self).__name__}. Known: {', '.join(self.TROUBLES)}.")
        (self._troubles.add if present else self._troubles.discard)(name)

    def state(self) -> dict[str, Any]:
        """Everything that it remembers, as JSON values."""
        return {name: getattr(self, name) for name in self.KEPT} | {"troubles": sorted(self._troubles)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember what `state` gave."""
        for name in self.KEPT:
            setattr(self, name, state[name])
        self._troubles = set(state["troubles"])

    def _answer(self, data: bytes) -> None:
        self._answers += data
