"""A step of a recipe: data that says what it intends, and how it is done."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, WithJsonSchema

from devices.formula import Constant, Formula, FormulaText, parse_formula
from devices.station.settings import Name
from devices.steps.draft import Draft, Intent, Setting
from devices.steps.work import Work


def _place_from(given: object) -> Formula:
    if isinstance(given, str) and "${" not in given and "(" not in given:
        return Formula(given, Constant(given))
    return parse_formula(given)


PlaceText = Annotated[Formula, PlainValidator(_place_from), PlainSerializer(str), WithJsonSchema({"type": "string"})]
"""The name of a place, or a formula that gives one, such as `${substrate}`."""


class Step(BaseModel):
    """One step. A subclass says in `intend` what it will set and wait for, and in `do` does exactly that."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    kind: ClassVar[str]
    """Its name in a recipe."""
    role: ClassVar[str | None] = None
    """What its device must be."""

    device: Name | None = None
    """Which device, if several fill the role."""
    settings: Mapping[str, FormulaText] = Field(default_factory=dict, alias="set")
    """Further settings before anything else: `device.channel: formula`; without a device, the step's own."""

    def own(self, draft: Draft) -> str | None:
        """Its device. Raises RigRefused."""
        return draft.device(self.role, self.device) if self.role else None

    def common(self, draft: Draft) -> tuple[Setting, ...]:
        """The settings of `set:`. Raises RigRefused, OutsideLimits."""
        return draft.settings(self.settings, self.own(draft))

    def formulas(self) -> tuple[Formula, ...]:
        """Everything in it that a parameter may enter."""
        found = [*self.settings.values()]
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Formula):
                found.append(value)
        return tuple(found)

    @abstractmethod
    def intend(self, draft: Draft) -> Intent:
        """What it will do. Raises RigRefused if this rig cannot, OutsideLimits if these parameters must not."""

    @abstractmethod
    def do(self, work: Work, draft: Draft) -> None:
        """Do it. Raises the DeviceErrors of the rig, and Infeasible."""
