"""What a station remembers, as a pure fold over its log: the same events always give the same state.

sample:  fresh --taken--> taken --deposition begun--> coated          (never back)
slot:    empty | occupied | locked (source or target of an open move, or where a lost sample may be)
move:    begun --> ended | cancelled | lost
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, singledispatch
from typing import Any, Literal

from devices.station import events as e
from devices.station.log import Event

SlotStanding = Literal["empty", "occupied", "locked"]


@dataclass(frozen=True)
class Sample:
    """One substrate, from the day it was loaded."""

    name: str
    slot: str | None
    """Where it is; None while it moves, is lost, or was removed."""
    standing: Literal["here", "moving", "lost", "removed"] = "here"
    suspects: tuple[str, ...] = ()
    """Where it may be, while it moves or is lost: these slots are locked."""
    growth: str | None = None
    """Key of the growth it belongs to."""
    coated: bool = False
    """Whether a deposition on it ever began."""
    moved: bool = False
    """Whether the robot may ever have touched it."""
    parent: str | None = None
    history: tuple[int, ...] = ()
    """Positions in the log of the events that concern it."""

    @property
    def fresh(self) -> bool:
        """Whether a growth may take it."""
        return self.standing == "here" and self.growth is None and not self.coated


@dataclass(frozen=True)
class Move:
    """One act of the robot."""

    key: str
    sample: str
    source: str
    target: str
    standing: Literal["begun", "ended", "cancelled", "lost"] = "begun"


@dataclass(frozen=True)
class Deposition:
    """One opening of the shutter in front of a sample."""

    key: str
    sample: str
    standing: Literal["begun", "complete", "incomplete"] = "begun"
    reason: str = ""


@dataclass(frozen=True)
class GrowthNote:
    """One attempt as the station saw it. `outcome` is None while it runs, or when it died and nobody noticed yet."""

    key: str
    recipe: str
    parameters: Mapping[str, Any]
    outcome: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Trip:
    """A latched trip."""

    interlock: str
    reason: str
    at: datetime | None


@dataclass(frozen=True)
class Prompt:
    """A question, and its first answer if there is one."""

    key: str
    question: str
    choices: tuple[str, ...]
    asked: datetime | None
    answer: str | None = None
    by: str = ""
    note: str = ""
    subject: str = ""
    """What an answer does by itself (events.PromptAsked), to what is called ..."""
    name: str = ""
    withdrawn: bool = False


@dataclass(frozen=True)
class Request:
    """What a person last asked of the station."""

    level: e.Level = "go"
    by: str = ""
    note: str = ""


@dataclass(frozen=True)
class Calibration:
    """The value that holds now. `id` names this very calibration in the record of a growth."""

    id: str
    value: float
    std: float | None
    unit: str
    measured: datetime | None
    valid_days: float | None
    by: str
    note: str
    allowed_until: datetime | None = None
    """A person lets growths use it up to here although it is stale."""

    def stale(self, now: datetime) -> bool:
        """Whether it has expired, allowed or not."""
        if self.valid_days is None or self.measured is None:
            return False
        return now > self.measured + timedelta(days=self.valid_days)

    def allowed(self, now: datetime) -> bool:
        """Whether a person's permission to use it stale still holds."""
        return self.allowed_until is not None and now <= self.allowed_until


@dataclass(frozen=True)
class StationState:
    """Everything, after `length` events."""

    length: int = 0
    samples: Mapping[str, Sample] = field(default_factory=dict)
    moves: Mapping[str, Move] = field(default_factory=dict)
    depositions: Mapping[str, Deposition] = field(default_factory=dict)
    growths: Mapping[str, GrowthNote] = field(default_factory=dict)
    trip: Trip | None = None
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    request: Request = Request()
    levels: Mapping[str, float] = field(default_factory=dict)
    uses: frozenset[str] = frozenset()
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)

    @cached_property
    def _by_slot(self) -> Mapping[str, Sample]:
        return {sample.slot: sample for sample in self.samples.values() if sample.slot is not None}

    @cached_property
    def _suspected(self) -> frozenset[str]:
        return frozenset(slot for sample in self.samples.values() for slot in sample.suspects)

    def at(self, slot: str) -> Sample | None:
        """The sample in a slot."""
        return self._by_slot.get(slot)

    def standing(self, slot: str) -> SlotStanding:
        """Whether a slot can be moved into (empty), out of (occupied), or neither (locked)."""
        if slot in self._suspected:
            return "locked"
        return "empty" if self.at(slot) is None else "occupied"

    def sample_of(self, key: str) -> Sample | None:
        """The sample that belongs to a growth."""
        return next((sample for sample in self.samples.values() if sample.growth == key), None)

    @property
    def open_moves(self) -> tuple[Move, ...]:
        """Moves whose end nobody has written down."""
        return tuple(move for move in self.moves.values() if move.standing == "begun")

    @property
    def open_depositions(self) -> tuple[Deposition, ...]:
        """Depositions whose end nobody has written down."""
        return tuple(each for each in self.depositions.values() if each.standing == "begun")

    @property
    def open_growths(self) -> tuple[GrowthNote, ...]:
        """Attempts that run, or died."""
        return tuple(growth for growth in self.growths.values() if growth.outcome is None)

    @property
    def open_prompts(self) -> tuple[Prompt, ...]:
        """Questions that wait for a person."""
        return tuple(prompt for prompt in self.prompts.values() if prompt.answer is None and not prompt.withdrawn)


def fold(state: StationState, events: Iterable[Event]) -> StationState:
    """The state after `events`. Raises RigRefused if an event is of a kind that is not known."""
    now = _Folding(state)
    for event in events:
        _apply(e.fact_of(event), now, event.at)
        now.length += 1
    return now.state()


class _Folding:
    """A state while events are applied to it: copied once, so that a long log is read in a time that grows with it."""

    def __init__(self, state: StationState) -> None:
        self.length = state.length
        self.samples = dict(state.samples)
        self.moves = dict(state.moves)
        self.depositions = dict(state.depositions)
        self.growths = dict(state.growths)
        self.trip = state.trip
        self.prompts = dict(state.prompts)
        self.request = state.request
        self.levels = dict(state.levels)
        self.uses = set(state.uses)
        self.calibrations = dict(state.calibrations)

    def state(self) -> StationState:
        """The state that has come out."""
        return StationState(**{**vars(self), "uses": frozenset(self.uses)})

    def change(self, sample: Sample, **changes: Any) -> None:
        """A sample after something happened to it."""
        self.samples[sample.name] = replace(sample, history=(*sample.history, self.length), **changes)

    def close(self, move: Move, standing: Literal["ended", "cancelled", "lost"]) -> None:
        """A move that is over."""
        self.moves[move.key] = replace(move, standing=standing)

    def close_moves_of(self, sample: str) -> None:
        """Nobody saw how they ended."""
        for move in list(self.moves.values()):
            if move.sample == sample and move.standing == "begun":
                self.close(move, "lost")


@singledispatch
def _apply(fact: e.Fact, now: _Folding, at: datetime | None) -> None:  # noqa: ARG001
    raise TypeError(f"no rule for {fact!r}")


# ---------------------------------------------------------------- samples and moves


@_apply.register
def _(fact: e.SampleLoaded, now: _Folding, _at: datetime | None) -> None:
    now.change(Sample(fact.sample, fact.slot, parent=fact.parent))


@_apply.register
def _(fact: e.SampleRemoved, now: _Folding, _at: datetime | None) -> None:
    now.change(now.samples[fact.sample], slot=None, standing="removed", suspects=())


@_apply.register
def _(fact: e.SampleTaken, now: _Folding, _at: datetime | None) -> None:
    now.change(now.samples[fact.sample], growth=fact.key)


@_apply.register
def _(fact: e.SampleReleased, now: _Folding, _at: datetime | None) -> None:
    now.change(now.samples[fact.sample], growth=None)


@_apply.register
def _(fact: e.MoveBegun, now: _Folding, _at: datetime | None) -> None:
    now.moves[fact.key] = Move(fact.key, fact.sample, fact.source, fact.target)
    sample = now.samples[fact.sample]
    now.change(sample, slot=None, standing="moving", suspects=(fact.source, fact.target))


@_apply.register
def _(fact: e.MoveEnded, now: _Folding, _at: datetime | None) -> None:
    move = now.moves[fact.key]
    now.close(move, "ended")
    now.change(now.samples[move.sample], slot=move.target, standing="here", suspects=(), moved=True)


@_apply.register
def _(fact: e.MoveCancelled, now: _Folding, _at: datetime | None) -> None:
    move = now.moves[fact.key]
    now.close(move, "cancelled")
    now.change(now.samples[move.sample], slot=move.source, standing="here", suspects=())


@_apply.register
def _(fact: e.SampleLost, now: _Folding, _at: datetime | None) -> None:
    sample = now.samples[fact.sample]
    now.close_moves_of(fact.sample)
    suspects = sample.suspects or ((sample.slot,) if sample.slot else ())
    now.change(sample, slot=None, standing="lost", suspects=suspects, moved=True)


@_apply.register
def _(fact: e.SampleFound, now: _Folding, _at: datetime | None) -> None:
    now.close_moves_of(fact.sample)
    now.change(now.samples[fact.sample], slot=fact.slot, standing="here", suspects=(), moved=True)


# ---------------------------------------------------------------- growths and depositions


@_apply.register
def _(fact: e.GrowthBegun, now: _Folding, _at: datetime | None) -> None:
    now.growths[fact.key] = GrowthNote(fact.key, fact.recipe, fact.parameters)


@_apply.register
def _(fact: e.GrowthEnded, now: _Folding, _at: datetime | None) -> None:
    now.growths[fact.key] = replace(now.growths[fact.key], outcome=fact.outcome, reason=fact.reason)


@_apply.register
def _(fact: e.DepositionBegun, now: _Folding, _at: datetime | None) -> None:
    now.depositions[fact.key] = Deposition(fact.key, fact.sample)
    now.change(now.samples[fact.sample], coated=True)


@_apply.register
def _(fact: e.DepositionEnded, now: _Folding, _at: datetime | None) -> None:
    begun = now.depositions[fact.key]
    standing: Literal["complete", "incomplete"] = "complete" if fact.complete else "incomplete"
    now.depositions[fact.key] = replace(begun, standing=standing, reason=fact.reason)
    now.change(now.samples[begun.sample])


# ---------------------------------------------------------------- people


@_apply.register
def _(fact: e.TripLatched, now: _Folding, at: datetime | None) -> None:
    now.trip = now.trip or Trip(fact.interlock, fact.reason, at)


@_apply.register
def _(_fact: e.TripReset, now: _Folding, _at: datetime | None) -> None:
    now.trip = None


@_apply.register
def _(fact: e.PromptAsked, now: _Folding, at: datetime | None) -> None:
    now.prompts[fact.key] = Prompt(fact.key, fact.question, fact.choices, at, subject=fact.subject, name=fact.name)


@_apply.register
def _(fact: e.PromptAnswered, now: _Folding, _at: datetime | None) -> None:
    now.prompts[fact.key] = replace(now.prompts[fact.key], answer=fact.choice, by=fact.by, note=fact.note)


@_apply.register
def _(fact: e.PromptWithdrawn, now: _Folding, _at: datetime | None) -> None:
    now.prompts[fact.key] = replace(now.prompts[fact.key], withdrawn=True)


@_apply.register
def _(fact: e.LevelRequested, now: _Folding, _at: datetime | None) -> None:
    now.request = Request(fact.level, fact.by, fact.note)


# ---------------------------------------------------------------- stock and calibrations


@_apply.register
def _(fact: e.StockCounted, now: _Folding, _at: datetime | None) -> None:
    now.levels[fact.item] = fact.level


@_apply.register
def _(fact: e.StockUsed, now: _Folding, _at: datetime | None) -> None:
    # the sign was settled when the act was decided: what is left goes down, what was used goes up
    now.levels[fact.item] = now.levels.get(fact.item, 0.0) + fact.amount
    now.uses.add(fact.key)


@_apply.register
def _(fact: e.Calibrated, now: _Folding, at: datetime | None) -> None:
    now.calibrations[fact.name] = Calibration(
        id=f"{fact.name}@{now.length}",
        value=fact.value,
        std=fact.std,
        unit=fact.unit,
        measured=fact.measured or at,
        valid_days=fact.valid_days,
        by=fact.by,
        note=fact.note,
    )


@_apply.register
def _(fact: e.StaleAllowed, now: _Folding, at: datetime | None) -> None:
    until = None if at is None else at + timedelta(days=fact.days)
    now.calibrations[fact.name] = replace(now.calibrations[fact.name], allowed_until=until)
