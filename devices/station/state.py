"""What a station remembers, as a pure fold over its log: the same events always give the same state.

sample:  fresh --taken--> taken --deposition begun--> coated          (never back)
slot:    empty | occupied | locked (source or target of an open move, or where a lost sample may be)
move:    begun --> ended | cancelled | lost
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import singledispatch
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

    def at(self, slot: str) -> Sample | None:
        """The sample in a slot."""
        return next((sample for sample in self.samples.values() if sample.slot == slot), None)

    def standing(self, slot: str) -> SlotStanding:
        """Whether a slot can be moved into (empty), out of (occupied), or neither (locked)."""
        if any(slot in sample.suspects for sample in self.samples.values()):
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
    for event in events:
        after = _apply(e.fact_of(event), state, event.at)
        state = replace(after, length=state.length + 1)
    return state


@singledispatch
def _apply(fact: e.Fact, state: StationState, at: datetime | None) -> StationState:  # noqa: ARG001
    raise TypeError(f"no rule for {fact!r}")


# ---------------------------------------------------------------- samples and moves


def _with_sample(state: StationState, sample: Sample) -> StationState:
    sample = replace(sample, history=(*sample.history, state.length))
    return replace(state, samples={**state.samples, sample.name: sample})


@_apply.register
def _(fact: e.SampleLoaded, state: StationState, _at: datetime | None) -> StationState:
    return _with_sample(state, Sample(fact.sample, fact.slot, parent=fact.parent))


@_apply.register
def _(fact: e.SampleRemoved, state: StationState, _at: datetime | None) -> StationState:
    gone = replace(state.samples[fact.sample], slot=None, standing="removed", suspects=())
    return _with_sample(state, gone)


@_apply.register
def _(fact: e.SampleTaken, state: StationState, _at: datetime | None) -> StationState:
    return _with_sample(state, replace(state.samples[fact.sample], growth=fact.key))


@_apply.register
def _(fact: e.SampleReleased, state: StationState, _at: datetime | None) -> StationState:
    return _with_sample(state, replace(state.samples[fact.sample], growth=None))


@_apply.register
def _(fact: e.MoveBegun, state: StationState, _at: datetime | None) -> StationState:
    move = Move(fact.key, fact.sample, fact.source, fact.target)
    sample = state.samples[fact.sample]
    moving = replace(sample, slot=None, standing="moving", suspects=(fact.source, fact.target), moved=True)
    return _with_sample(replace(state, moves={**state.moves, move.key: move}), moving)


def _close(state: StationState, move: Move, standing: Literal["ended", "cancelled", "lost"]) -> StationState:
    return replace(state, moves={**state.moves, move.key: replace(move, standing=standing)})


@_apply.register
def _(fact: e.MoveEnded, state: StationState, _at: datetime | None) -> StationState:
    move = state.moves[fact.key]
    there = replace(state.samples[move.sample], slot=move.target, standing="here", suspects=())
    return _with_sample(_close(state, move, "ended"), there)


@_apply.register
def _(fact: e.MoveCancelled, state: StationState, _at: datetime | None) -> StationState:
    move = state.moves[fact.key]
    others = any(
        each.sample == move.sample and each.standing != "cancelled" for each in state.moves.values() if each != move
    )
    back = replace(state.samples[move.sample], slot=move.source, standing="here", suspects=(), moved=others)
    return _with_sample(_close(state, move, "cancelled"), back)


@_apply.register
def _(fact: e.SampleLost, state: StationState, _at: datetime | None) -> StationState:
    sample = state.samples[fact.sample]
    for move in state.open_moves:
        if move.sample == fact.sample:
            state = _close(state, move, "lost")
    suspects = sample.suspects or ((sample.slot,) if sample.slot else ())
    return _with_sample(state, replace(sample, slot=None, standing="lost", suspects=suspects))


@_apply.register
def _(fact: e.SampleFound, state: StationState, _at: datetime | None) -> StationState:
    for move in state.open_moves:
        if move.sample == fact.sample:
            state = _close(state, move, "lost")
    return _with_sample(state, replace(state.samples[fact.sample], slot=fact.slot, standing="here", suspects=()))


# ---------------------------------------------------------------- growths and depositions


@_apply.register
def _(fact: e.GrowthBegun, state: StationState, _at: datetime | None) -> StationState:
    growth = GrowthNote(fact.key, fact.recipe, fact.parameters)
    return replace(state, growths={**state.growths, fact.key: growth})


@_apply.register
def _(fact: e.GrowthEnded, state: StationState, _at: datetime | None) -> StationState:
    growth = replace(state.growths[fact.key], outcome=fact.outcome, reason=fact.reason)
    return replace(state, growths={**state.growths, fact.key: growth})


@_apply.register
def _(fact: e.DepositionBegun, state: StationState, _at: datetime | None) -> StationState:
    coated = replace(state.samples[fact.sample], coated=True)
    deposition = Deposition(fact.key, fact.sample)
    return _with_sample(replace(state, depositions={**state.depositions, fact.key: deposition}), coated)


@_apply.register
def _(fact: e.DepositionEnded, state: StationState, _at: datetime | None) -> StationState:
    begun = state.depositions[fact.key]
    ended = replace(begun, standing="complete" if fact.complete else "incomplete", reason=fact.reason)
    state = replace(state, depositions={**state.depositions, fact.key: ended})
    return _with_sample(state, state.samples[begun.sample])


# ---------------------------------------------------------------- people


@_apply.register
def _(fact: e.TripLatched, state: StationState, at: datetime | None) -> StationState:
    return replace(state, trip=state.trip or Trip(fact.interlock, fact.reason, at))


@_apply.register
def _(_fact: e.TripReset, state: StationState, _at: datetime | None) -> StationState:
    return replace(state, trip=None)


@_apply.register
def _(fact: e.PromptAsked, state: StationState, at: datetime | None) -> StationState:
    prompt = Prompt(fact.key, fact.question, fact.choices, at, subject=fact.subject, name=fact.name)
    return replace(state, prompts={**state.prompts, fact.key: prompt})


@_apply.register
def _(fact: e.PromptAnswered, state: StationState, _at: datetime | None) -> StationState:
    answered = replace(state.prompts[fact.key], answer=fact.choice, by=fact.by, note=fact.note)
    return replace(state, prompts={**state.prompts, fact.key: answered})


@_apply.register
def _(fact: e.PromptWithdrawn, state: StationState, _at: datetime | None) -> StationState:
    withdrawn = replace(state.prompts[fact.key], withdrawn=True)
    return replace(state, prompts={**state.prompts, fact.key: withdrawn})


@_apply.register
def _(fact: e.LevelRequested, state: StationState, _at: datetime | None) -> StationState:
    return replace(state, request=Request(fact.level, fact.by, fact.note))


# ---------------------------------------------------------------- stock and calibrations


@_apply.register
def _(fact: e.StockCounted, state: StationState, _at: datetime | None) -> StationState:
    return replace(state, levels={**state.levels, fact.item: fact.level})


@_apply.register
def _(fact: e.StockUsed, state: StationState, _at: datetime | None) -> StationState:
    # the sign was settled when the act was decided: what is left goes down, what was used goes up
    level = state.levels.get(fact.item, 0.0) + fact.amount
    return replace(state, levels={**state.levels, fact.item: level}, uses=state.uses | {fact.key})


@_apply.register
def _(fact: e.Calibrated, state: StationState, at: datetime | None) -> StationState:
    calibration = Calibration(
        id=f"{fact.name}@{state.length}",
        value=fact.value,
        std=fact.std,
        unit=fact.unit,
        measured=fact.measured or at,
        valid_days=fact.valid_days,
        by=fact.by,
        note=fact.note,
    )
    return replace(state, calibrations={**state.calibrations, fact.name: calibration})


@_apply.register
def _(fact: e.StaleAllowed, state: StationState, at: datetime | None) -> StationState:
    until = None if at is None else at + timedelta(days=fact.days)
    allowed = replace(state.calibrations[fact.name], allowed_until=until)
    return replace(state, calibrations={**state.calibrations, fact.name: allowed})
