"""Set: give channels values, in the order of the recipe."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import model_validator

from devices.steps.draft import Draft, Intent, Setting
from devices.steps.step import Step
from devices.steps.work import Work


class Set(Step):
    """`set: {gas.gun: 2, gas.argon: 20 sccm}`."""

    kind: ClassVar[str] = "set"

    @model_validator(mode="before")
    @classmethod
    def _the_channels_themselves(cls, data: Any) -> Any:
        """What stands under `set:` are the channels, without a further `set:`."""
        return {"set": data} if isinstance(data, Mapping) and set(data) != {"set"} else data

    def common(self, draft: Draft) -> tuple[Setting, ...]:
        """The settings, which stand under the name of the step itself."""
        return draft.settings(self.settings, under="")

    def intend(self, draft: Draft) -> Intent:
        """The settings."""
        if not self.settings:
            raise draft.refusal("set at least one channel, such as gas.argon: 20 sccm")
        return Intent(self.common(draft))

    def do(self, work: Work, draft: Draft) -> None:
        """One after the other."""
        work.apply(self.common(draft))
