"""Deposit: open the shutter for a while, close it, and put the plasma out."""

from contextlib import suppress
from typing import ClassVar

from pydantic import Field

from devices.condition import ChannelText
from devices.errors import DeviceError, Infeasible
from devices.formula import Constant, Formula, TimeText
from devices.station.log import LogUnreachable
from devices.steps.draft import Draft, Intent, Setting
from devices.steps.presputter import shutter
from devices.steps.step import PlaceText, Step
from devices.steps.work import Work


class Deposit(Step):
    """`deposit: {for: 1500 s}`. Once per growth, and once in the life of a sample."""

    kind: ClassVar[str] = "deposit"
    role: ClassVar[str] = "plasma_source"

    duration: TimeText = Field(alias="for")
    shutter: ChannelText | None = None
    at: PlaceText = Formula("chamber", Constant("chamber"))
    """The place where the sample must be."""

    def intend(self, draft: Draft) -> Intent:
        """Open, wait, close, put out."""
        seconds = draft.seconds(self.duration, "for")
        draft.word(self.at, draft.rig.positions, "at")
        before = (*self.common(draft), shutter(draft, self.shutter, open_=True))
        return Intent(before, (f"deposit for {seconds:g} s",), self._after(draft), plasma=seconds, ends_plasma=True)

    def do(self, work: Work, draft: Draft) -> None:
        """The deposition is committed before the shutter opens: from there on the sample is never fresh again (R14)."""
        if work.sample is None:
            raise draft.refusal("no sample was loaded before")
        work.apply(self.common(draft))
        work.watch_plasma()
        work.station.begin_deposition(work.key, work.sample, draft.word(self.at, draft.rig.positions, "at"))
        try:
            work.apply([shutter(draft, self.shutter, open_=True)])
            work.wait(draft.seconds(self.duration, "for"))
            work.apply(self._after(draft))
        except (DeviceError, Infeasible) as error:
            with suppress(LogUnreachable):  # then the next growth writes it down
                work.station.end_deposition(work.key, complete=False, reason=str(error))
                work.wear()
            raise
        work.station.end_deposition(work.key, complete=True)
        work.wear()

    def _after(self, draft: Draft) -> tuple[Setting, ...]:
        gun = draft.device("plasma_source", self.device)
        return (
            shutter(draft, self.shutter, open_=False),
            draft.fixed(gun, "plasma", False),
            draft.fixed(gun, "power", draft.safe_number(gun, "power")),
        )
