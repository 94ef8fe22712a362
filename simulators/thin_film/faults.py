"""What goes wrong on a wire, by hand or by chance; chance is seeded, so that every mishap can be had again."""

from collections.abc import Mapping
from enum import StrEnum
from random import Random

from pydantic import BaseModel, ConfigDict, Field


class Fault(StrEnum):
    """One mishap of one exchange. In the first three the instrument does not do what it was told."""

    UNHEARD = "unheard"
    """The request is lost."""
    BUSY = "busy"
    """The instrument says, in its own words, that it has no time."""
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


NOT_OBEYED = frozenset({Fault.UNHEARD, Fault.BUSY, Fault.UNPLUGGED})


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
        if not answer:
            return answer
        spoilt: Mapping[Fault, bytes] = {
            Fault.SILENT: b"",
            Fault.TRUNCATED: answer[: self._random.randrange(len(answer))],
            Fault.GARBAGE: self._noise(len(answer)),
            Fault.FLIPPED: self._flip(answer, self._random.randrange(len(answer))),
            Fault.PREFIXED: self._noise(self._random.randint(1, 3)) + answer,
            Fault.TRAILED: answer + self._noise(self._random.randint(1, 3)),
            Fault.BAD_CHECKSUM: self._flip(answer, len(answer) - 1),
            Fault.CUT_OFF: answer[: len(answer) // 2],
        }
        return answer if fault is None else spoilt.get(fault, answer)

    def _noise(self, length: int) -> bytes:
        return self._random.randbytes(length)

    def _flip(self, answer: bytes, at: int) -> bytes:
        return answer[:at] + bytes([answer[at] ^ (1 << self._random.randrange(8))]) + answer[at + 1 :]
