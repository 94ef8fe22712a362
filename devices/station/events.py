"""What can happen at a station: one class per kind of event, with its fields. This file is the schema of the log.

Old logs are read for ever, so a field may be added here with a default, and none may be taken away.
"""

from datetime import datetime
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, FiniteFloat

from devices.errors import RigRefused
from devices.station.log import Event

Level = Literal["go", "pause", "stop", "emergency"]
"""What a person asks of the station. pause: hold at the next safe point; stop: finish safely; emergency: safe now."""


class Fact(BaseModel):
    """One event with its fields checked. `kind` is its name in the log."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]

    def event(self) -> Event:
        """As it is stored."""
        return Event(self.kind, self.model_dump(mode="json"))


class SampleLoaded(Fact):
    """A person put a sample into a slot."""

    kind = "sample_loaded"
    sample: str
    slot: str
    by: str
    parent: str | None = None
    """The wafer or target it was cut from."""
    note: str = ""


class SampleRemoved(Fact):
    """A person took a sample away."""

    kind = "sample_removed"
    sample: str
    by: str
    note: str = ""


class SampleTaken(Fact):
    """A fresh sample belongs to one growth from now on, and to no other ever."""

    kind = "sample_taken"
    key: str
    sample: str


class SampleReleased(Fact):
    """Its growth ended before it was ever moved: it is fresh again."""

    kind = "sample_released"
    sample: str


class MoveBegun(Fact):
    """Committed before the robot hears of it."""

    kind = "move_begun"
    key: str
    sample: str
    source: str
    target: str


class MoveEnded(Fact):
    """The sample is at the target, as the robot said or as was read back."""

    kind = "move_ended"
    key: str


class MoveCancelled(Fact):
    """The sample is still at the source, as the robot said or as was read back."""

    kind = "move_cancelled"
    key: str
    reason: str


class SampleLost(Fact):
    """Nobody knows where the sample is; the slots where it may be stay locked until a person has found it."""

    kind = "sample_lost"
    sample: str
    reason: str


class SampleFound(Fact):
    """A person says where the sample is."""

    kind = "sample_found"
    sample: str
    slot: str
    by: str
    note: str = ""


class GrowthBegun(Fact):
    """An attempt begins."""

    kind = "growth_begun"
    key: str
    recipe: str
    parameters: dict[str, Any]


class GrowthEnded(Fact):
    """An attempt is over. `outcome`: completed, infeasible, fault, cancelled, or died (found by the next one)."""

    kind = "growth_ended"
    key: str
    outcome: Literal["completed", "infeasible", "fault", "cancelled", "died"]
    reason: str = ""


class DepositionBegun(Fact):
    """Committed before the shutter opens: from here on the sample is not fresh, whatever happens."""

    kind = "deposition_begun"
    key: str
    sample: str


class DepositionEnded(Fact):
    """The shutter is closed again. Not `complete`: interrupted, or nobody saw the end."""

    kind = "deposition_ended"
    key: str
    complete: bool
    reason: str = ""


class TripLatched(Fact):
    """An interlock opened. It stays so until a person resets it."""

    kind = "trip_latched"
    interlock: str
    reason: str


class TripReset(Fact):
    """A person looked, and says why it is safe again."""

    kind = "trip_reset"
    by: str
    note: str


class PromptAsked(Fact):
    """A question for whoever is there.

    `subject` says what an answer does by itself, in the same act, to what is called `name`:
    refill (a place) refilled -> a fresh sample in each empty slot; emptied (a place) emptied -> its samples are gone;
    where (a sample) SLOT | removed -> found there, or gone; new (stock) replaced -> counted as 0 used;
    trip reset -> reset, with the note; stale (a calibration) allow -> may be used for another day, with the note.
    """

    kind = "prompt_asked"
    key: str
    question: str
    choices: tuple[str, ...]
    subject: Literal["", "refill", "emptied", "where", "new", "trip", "stale"] = ""
    name: str = ""


class PromptAnswered(Fact):
    """The first answer; there is never a second."""

    kind = "prompt_answered"
    key: str
    choice: str
    by: str
    note: str = ""


class PromptWithdrawn(Fact):
    """What was asked has been settled in another way."""

    kind = "prompt_withdrawn"
    key: str


class LevelRequested(Fact):
    """A person asks for pause, stop or emergency, or lets the station go on."""

    kind = "level_requested"
    level: Level
    by: str
    note: str = ""


class StockCounted(Fact):
    """A person says how much there is: after a refill, a new target, a look."""

    kind = "stock_counted"
    item: str
    level: FiniteFloat
    by: str
    note: str = ""


class StockUsed(Fact):
    """A growth used something up. `key` names the act, so that it is counted once."""

    kind = "stock_used"
    key: str
    item: str
    amount: FiniteFloat


class Calibrated(Fact):
    """A calibration that holds from now on; its id is its name with its position in the log."""

    kind = "calibrated"
    name: str
    value: FiniteFloat
    std: FiniteFloat | None = None
    unit: str = ""
    measured: datetime | None = None
    """When it was measured, UTC; without it, when it was written down."""
    valid_days: FiniteFloat | None = None
    by: str
    note: str = ""


class StaleAllowed(Fact):
    """A person lets growths run on a stale calibration for some days, and says why."""

    kind = "stale_allowed"
    name: str
    days: FiniteFloat
    by: str
    note: str


AnyFact: TypeAlias = (
    SampleLoaded
    | SampleRemoved
    | SampleTaken
    | SampleReleased
    | MoveBegun
    | MoveEnded
    | MoveCancelled
    | SampleLost
    | SampleFound
    | GrowthBegun
    | GrowthEnded
    | DepositionBegun
    | DepositionEnded
    | TripLatched
    | TripReset
    | PromptAsked
    | PromptAnswered
    | PromptWithdrawn
    | LevelRequested
    | StockCounted
    | StockUsed
    | Calibrated
    | StaleAllowed
)

KINDS: dict[str, type[Fact]] = {fact.kind: fact for fact in AnyFact.__args__}


def fact_of(event: Event) -> Fact:
    """The checked form of a stored event. Raises RigRefused if this version does not know its kind."""
    if event.kind not in KINDS:
        known = ", ".join(KINDS)
        raise RigRefused(event.kind, f"the log of the station holds an event that this version cannot read ({known})")
    return KINDS[event.kind].model_validate(dict(event.content))
