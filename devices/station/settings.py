"""The parts of a rig file that a station remembers things about: positions, stock, calibrations."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""A name in a rig file: small letters, digits and underscores."""

Day = Annotated[date, BeforeValidator(lambda day: date.fromisoformat(day) if isinstance(day, str) else day)]
"""A day, written as 2026-11-21."""

Positions = Mapping[Name, PositiveInt]
"""Where samples can be, and how many fit: `cassette: 10` has the slots cassette/1 ... cassette/10."""


class Strict(BaseModel):
    """Settings are read once and never changed, and a key that is not known is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StockSettings(Strict):
    """Something that is used up, and the level at which a growth no longer begins."""

    unit: str
    at_least: FiniteFloat | None = None
    """What is left must not be less: substrates, gas. `use` subtracts."""
    at_most: FiniteFloat | None = None
    """What was used must not be more: the energy a target has taken, in kWh. `use` adds."""
    fresh_at: Name | None = None
    """The level is the number of fresh samples at this place, so nobody has to count."""

    @model_validator(mode="after")
    def _one_bound(self) -> "StockSettings":
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give either at_least (what is left) or at_most (what was used)")
        if self.fresh_at is not None and self.at_least is None:
            raise ValueError("fresh_at counts what is left: give at_least")
        return self

    @property
    def bound(self) -> float:
        """`at_least` or `at_most`, in `unit`."""
        bound = self.at_least if self.at_least is not None else self.at_most
        assert bound is not None
        return bound

    def runs_out(self, level: float) -> bool:
        """Whether a growth must not begin at this level."""
        return level < self.bound if self.at_least is not None else level >= self.bound


class CalibrationSettings(Strict):
    """A number that instruments need and that does not stay true for ever."""

    unit: str = ""
    value: FiniteFloat | None = None
    """Without one, somebody must calibrate before the first growth."""
    std: PositiveFloat | None = None
    """Standard uncertainty of `value`, in `unit`."""
    measured: Day | None = None
    """The day `value` was measured; without one, the day on which the station first saw it in its file."""
    valid_days: PositiveFloat | None = None
    """Without it, the calibration does not expire."""
    on_stale: Literal["refuse", "warn"] = "refuse"


def slots_of(positions: Positions) -> tuple[str, ...]:
    """All slots, in the order of the file: 'cassette/1', ..., 'chamber/1'."""
    return tuple(slot for place in positions for slot in slots_at(positions, place))


def slots_at(positions: Positions, place: str) -> tuple[str, ...]:
    """The slots of one place. Raises KeyError if there is no such place."""
    return tuple(f"{place}/{number}" for number in range(1, positions[place] + 1))


def place_of(slot: str) -> str:
    """The place of a slot: 'cassette' of 'cassette/3'."""
    return slot.split("/", maxsplit=1)[0]
