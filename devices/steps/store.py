"""Store: put the sample of this growth away, where it stays."""

from typing import ClassVar

from devices.steps.draft import Draft, Intent
from devices.steps.transfer import Transfer


class Store(Transfer):
    """`store: {to: store}`. Also what is done with a sample whose growth ended before its time."""

    kind: ClassVar[str] = "store"

    def intend(self, draft: Draft) -> Intent:
        """A place that the station has."""
        target = draft.word(self.target, draft.rig.positions, "to")
        return Intent(self.common(draft), (f"put the sample away in {target}",))
