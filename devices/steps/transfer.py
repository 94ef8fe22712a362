"""Transfer: bring the sample of this growth to another place."""

from typing import ClassVar

from pydantic import Field

from devices.errors import StationRefused
from devices.steps.draft import Draft, Intent
from devices.steps.step import PlaceText, Step
from devices.steps.work import Work


class Transfer(Step):
    """`transfer: {to: probe}`."""

    kind: ClassVar[str] = "transfer"
    role: ClassVar[str] = "transfer"

    target: PlaceText = Field(alias="to")

    def intend(self, draft: Draft) -> Intent:
        """A place that the station has."""
        target = draft.word(self.target, draft.rig.positions, "to")
        return Intent(self.common(draft), (f"bring the sample to {target}",))

    def do(self, work: Work, draft: Draft) -> None:
        """To the first free slot of the place."""
        work.apply(self.common(draft))
        bring(work, draft, draft.word(self.target, draft.rig.positions, "to"), self.device)


def bring(work: Work, draft: Draft, place: str, robot: str | None) -> None:
    """The sample of this growth to the first free slot of a place. Raises StationRefused if there is none."""
    if work.sample is None:
        raise draft.refusal("no sample was loaded before")
    state = work.station.state()
    free = [slot for slot in work.station.slots(place) if state.standing(slot) == "empty"]
    if not free:
        raise StationRefused(f"there is no free slot in {place} for sample {work.sample!r}")
    work.move(work.sample, free[0], draft.place, draft.device("transfer", robot))
