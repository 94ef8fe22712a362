"""Load: take a fresh sample for this growth, and bring it to where it will be coated."""

from typing import ClassVar

from pydantic import Field

from devices.steps.draft import Draft, Intent
from devices.steps.step import PlaceText, Step
from devices.steps.work import Work


class Load(Step):
    """`load: {from: cassette, to: chamber}`."""

    kind: ClassVar[str] = "load"
    role: ClassVar[str] = "transfer"

    source: PlaceText = Field(alias="from")
    """Where fresh samples are; `${substrate}` chooses among several such places."""
    target: PlaceText = Field(alias="to")

    def intend(self, draft: Draft) -> Intent:
        """Two places that the station has."""
        source = draft.word(self.source, draft.rig.positions, "from")
        target = draft.word(self.target, draft.rig.positions, "to")
        return Intent(self.common(draft), (f"take a fresh sample from {source} to {target}",))

    def do(self, work: Work, draft: Draft) -> None:
        """The sample is taken before it is moved: whatever happens, no other growth gets it."""
        source = draft.word(self.source, draft.rig.positions, "from")
        [target, *_] = work.station.slots(draft.word(self.target, draft.rig.positions, "to"))
        work.apply(self.common(draft))
        work.sample = work.station.take_sample(work.key, source).name
        work.record.about({"sample": work.sample})
        work.move(work.sample, target, draft.place, draft.device("transfer", self.device))
