"""What a rig file says of one quantity of one instrument: where it is found, its unit, its limits, its safe value."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from devices.errors import RigRefused
from devices.names import meant

Holds = Literal["number", "boolean", "text"]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
YAML_WORDS = ("on", "off", "yes", "no", "true", "false", "null", "y", "n")
"""Words that a reader of YAML may take for something else than a name."""


class Strict(BaseModel):
    """What comes from a rig file: immutable, and no key that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, values: Any) -> Any:
        """A misspelt key is refused with what was perhaps meant, before anything else is looked at."""
        if isinstance(values, Mapping):
            known = [field.alias or name for name, field in cls.model_fields.items()]
            for key in values:
                if key not in known and key not in cls.model_fields:
                    raise RigRefused(str(key), f"is not known.{meant(str(key), known)}")
        return values


class ChannelSettings(Strict):
    """One channel in the rig file. Where it is found depends on the driver; all other keys are the same for all.

    A channel is a *setting* if it has limits, a safe value, choices or a `set` template; else it is only read.
    """

    # Where it is found.
    attr: str | None = None
    """PyMeasure: the name of the property, such as `setpoint` or `ch_1.pressure`."""
    index: int | None = Field(default=None, ge=0)
    """PyMeasure: which element, for a property that is a list."""
    register_: int | None = Field(default=None, ge=0, le=65535, alias="register")
    """Modbus: the address, counted from 0."""
    table: Literal["holding", "input", "coil", "discrete"] = "holding"
    """Modbus: which of the four tables."""
    decimals: int = Field(default=0, ge=0, le=6)
    """Modbus: the register holds the value times 10 to this power."""
    signed: bool = False
    """Modbus: negative values as two's complement."""
    words: Literal[1, 2] = 1
    """Modbus: 16 or 32 bits."""
    set_: str | None = Field(default=None, alias="set")
    """Lines: what is sent to set, such as `AR {:.2f}`."""
    query: str | None = None
    """Lines: what is sent to ask, such as `AR?`."""
    answer: str | None = None
    """Lines: a regular expression that the whole answer must match; its first group, if any, is the value."""
    true: str = "1"
    false: str = "0"
    """Lines: how the instrument writes a switch."""

    # What it means.
    holds: Holds | None = None
    """number, boolean or text; known to most drivers, else a unit means a number and a boolean safe value a switch."""
    unit: str | None = None
    scale: Finite = 1.0
    """Value in `unit` = what the instrument says times `scale`."""
    std: Finite | None = Field(default=None, ge=0)
    relative_std: Finite | None = Field(default=None, ge=0)
    """Standard uncertainty of a reading: in `unit`, and as a share of the value. Both are added in quadrature."""

    # What is allowed.
    low: Finite | None = None
    high: Finite | None = None
    safe: bool | Finite | str | None = None
    tol: Finite | None = Field(default=None, gt=0)
    """Largest difference between set and read back, in `unit`; of a reading, between the answers of a double read."""
    relative_tol: Finite | None = Field(default=None, gt=0, lt=1)
    """The same as a share of the value, for quantities that cover decades; the larger of both counts."""
    settle: float = Field(default=0.0, ge=0, le=600)
    """Seconds that the read-back may take to arrive."""
    choices: tuple[str, ...] | None = None
    """The texts that may be set."""
    instrument: tuple[Finite, Finite] | None = None
    """What the instrument itself can take, in `unit`, where the driver cannot know it."""
    plausible: tuple[Finite, Finite] | None = None
    """A reading outside is no answer but a disturbance, and refused as BadReply."""
    double_read: bool = False
    """Believe only what was answered twice: for answers without a checksum that safety depends on."""

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        for key in ("instrument", "plausible"):
            pair = getattr(self, key)
            if pair is not None and not pair[0] < pair[1]:
                raise RigRefused(key, f"the first value must be below the second, not {list(pair)}")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise RigRefused("low", f"low ({self.low:g}) must be below high ({self.high:g})")
        return self
