"""An instrument that is a function, at the port `fake://NAME` of pyserial; its answers can be spoilt.

Every write is one whole command, as the link makes it. Nothing waits: a read that finds too little returns at once.
"""

import itertools
from collections.abc import Callable

Answers = Callable[[bytes], bytes]
Spoil = Callable[[bytes], bytes]

_wires: dict[str, "Wire"] = {}
_numbers = itertools.count()


class Wire:
    """One end of a cable. `heard` is every command; `spoil` turns every answer into what arrives instead."""

    def __init__(self, instrument: Answers) -> None:
        self.name = f"bench{next(_numbers)}"
        self.instrument = instrument
        self.heard: list[bytes] = []
        self.spoil: Spoil = lambda answer: answer
        self.plugged = True
        self.unsolicited = b""
        self.late = b""
        self._delays = False
        self.url = f"fake://{self.name}"
        _wires[self.name] = self

    def say(self, request: bytes) -> bytes:
        """What arrives in answer to a command."""
        self.heard.append(request)
        answer = self.spoil(self.instrument(request))
        if self._delays and answer:
            self._delays, self.late = False, answer
            return b""
        return answer

    def delay(self) -> None:
        """Let the next answer arrive only after a read that has waited in vain."""
        self._delays = True


def wire(name: str) -> Wire:
    """The wire of that name; KeyError."""
    return _wires[name]
