"""Presputter: let the plasma burn behind the closed shutter until the target is clean."""

from typing import ClassVar

from pydantic import Field

from devices.condition import ChannelText
from devices.formula import TimeText
from devices.steps.draft import Draft, Intent, Setting
from devices.steps.step import Step
from devices.steps.work import Work


class Presputter(Step):
    """`presputter: {for: 300 s}`."""

    kind: ClassVar[str] = "presputter"

    duration: TimeText = Field(alias="for")
    shutter: ChannelText | None = None
    """The switch that opens the shutter; found by itself if one device has a channel called `shutter`."""

    def intend(self, draft: Draft) -> Intent:
        """The shutter stays closed."""
        seconds = draft.seconds(self.duration, "for")
        closed = shutter(draft, self.shutter, open_=False)
        return Intent((*self.common(draft), closed), (f"wait {seconds:g} s behind the shutter",), plasma=seconds)

    def do(self, work: Work, draft: Draft) -> None:
        """Raises Infeasible or NotSettled if the plasma goes out."""
        work.apply((*self.common(draft), shutter(draft, self.shutter, open_=False)))
        work.wait(draft.seconds(self.duration, "for"))


def shutter(draft: Draft, named: ChannelText | None, open_: bool) -> Setting:
    """The setting that opens or closes the shutter. Raises RigRefused if it cannot be found."""
    if named is not None:
        return draft.fixed(named.device, named.name, open_, "shutter")
    owners = [name for name, device in draft.rig.devices.items() if "shutter" in device.resolved]
    if len(owners) != 1:
        found = f"{len(owners)} devices have" if owners else "no device has"
        raise draft.refusal(f"{found} a channel 'shutter': say `shutter: device.channel`", "shutter")
    return draft.fixed(owners[0], "shutter", open_, "shutter")
