"""What goes wrong on a wire, by hand or by chance; chance is seeded, so that every mishap can be had again."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from random import Random

from pydantic import BaseModel, ConfigDict, Field


class Fault(StrEnum):
    """One mishap of one exchange. In the first four the instrument does not do what it was told."""

    UNHEARD = "unheard"
    """The request is lost."""
    BUSY = "busy"
    """The instrument says, in its own words, that it has no time."""
    NAK = "nak"
    """One character of refusal comes, and the instrument has not understood."""
    UNPLUGGED = "unplugged"
    """The cable falls out before the request."""
    SILENT = "silent"
    """The answer is lost."""
    TRUNCATED = "truncated"
    """The answer ends early."""
    GARBAGE = "garbage"
    """Other bytes come instead of the answer."""
    FLIPPED = "flipped"
    """One bit of the answer is wrong."""
    PREFIXED = "prefixed"
    """Noise comes before the answer."""
    TRAILED = "trailed"
    """Noise comes after the answer."""
    LATE = "late"
    """The answer comes after whoever asked has given up."""
    BAD_CHECKSUM = "bad_checksum"
    """The last byte of the answer is wrong."""
    CUT_OFF = "cut_off"
    """The cable falls out in the middle of the answer."""


NOT_OBEYED = frozenset({Fault.UNHEARD, Fault.BUSY, Fault.NAK, Fault.UNPLUGGED})


class FaultSettings(BaseModel):
    """How often which mishap happens by itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: float = Field(default=0.0, ge=0.0, le=1.0)
    """Share of the exchanges that go wrong."""
    kinds: tuple[Fault, ...] = tuple(Fault)
    seed: int = 0
    late: float = Field(default=1.0, gt=0.0)
    """Seconds by which a late answer is late."""
    away: float = Field(default=1.0, gt=0.0)
    """Seconds after which somebody puts a cable back that fell out."""


class Chance:
    """Draws the mishaps of one wire. The n-th exchange has the same fate whatever the other wires do."""

    def __init__(self, settings: FaultSettings, name: str) -> None:
        self.settings = settings
        self._random = Random(f"{settings.seed}:{name}")
        self._planned: list[Fault] = []
        self.counts: dict[Fault, int] = {}
        self.exchanges = 0

    def plan(self, *faults: Fault) -> None:
        """Have the next exchanges go wrong in this way, one after the other."""
        self._planned += (Fault(fault) for fault in faults)

    def draw(self) -> Fault | None:
        """The fate of the next exchange."""
        self.exchanges += 1
        unlucky = self._random.random() < self.settings.rate
        chosen = self._random.choice(self.settings.kinds) if self.settings.kinds else None
        fault = self._planned.pop(0) if self._planned else chosen if unlucky else None
        if fault is not None:
            self.counts[fault] = self.counts.get(fault, 0) + 1
        return fault

    def spoil(self, fault: Fault | None, answer: bytes) -> bytes:
        """What arrives of an answer. A late answer, and one that is cut off, arrive as they are, or half."""
        return answer if fault not in _SPOILERS or not answer else _SPOILERS[fault](answer, self._random)


def _truncated(answer: bytes, random: Random) -> bytes:
    return answer[: random.randrange(len(answer))]


def _noise(random: Random) -> bytes:
    return random.randbytes(random.randint(1, 3))


def _flipped(answer: bytes, random: Random, at: int | None = None) -> bytes:
    spoilt = bytearray(answer)
    spoilt[random.randrange(len(answer)) if at is None else at] ^= 1 << random.randrange(8)
    return bytes(spoilt)


_SPOILERS: Mapping[Fault | None, Callable[[bytes, Random], bytes]] = {
    Fault.SILENT: lambda _answer, _random: b"",
    Fault.TRUNCATED: _truncated,
    Fault.GARBAGE: lambda answer, random: random.randbytes(len(answer)),
    Fault.FLIPPED: _flipped,
    Fault.PREFIXED: lambda answer, random: _noise(random) + answer,
    Fault.TRAILED: lambda answer, random: answer + _noise(random),
    Fault.BAD_CHECKSUM: lambda answer, random: _flipped(answer, random, at=-1),
    Fault.CUT_OFF: lambda answer, _random: answer[: len(answer) // 2],
}
