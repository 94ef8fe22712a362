"""Wait: let time pass."""

from typing import ClassVar

from pydantic import Field

from devices.formula import TimeText
from devices.steps.draft import Draft, Intent
from devices.steps.step import Step
from devices.steps.work import Work


class Wait(Step):
    """`wait: {for: 60 s}`."""

    kind: ClassVar[str] = "wait"

    duration: TimeText = Field(alias="for")

    def intend(self, draft: Draft) -> Intent:
        """A time."""
        return Intent(self.common(draft), (f"wait {draft.seconds(self.duration, 'for'):g} s",))

    def do(self, work: Work, draft: Draft) -> None:
        """Set what is to be set, then wait."""
        work.apply(self.common(draft))
        work.wait(draft.seconds(self.duration, "for"))
