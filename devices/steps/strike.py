"""Strike: power, the instrument's own timer, then the plasma."""

from collections.abc import Mapping
from typing import ClassVar

from devices.errors import Infeasible, Inhibited, NotSettled
from devices.formula import FormulaText
from devices.station.settings import Name
from devices.steps.draft import Draft, Intent, Setting
from devices.steps.step import Step
from devices.steps.work import Plasma, Work, blamed


class Strike(Step):
    """`strike: {power: "${power} W", faults: {3: arcing on a poisoned target}, wears: target}`.

    `faults` lists the codes of the supply for which the parameters are to blame, with the reason of the infeasible
    growth: every other code is a fault of the device. An interlock of the rig file may say the same of itself.
    """

    kind: ClassVar[str] = "strike"
    role: ClassVar[str] = "plasma_source"

    power: FormulaText
    faults: Mapping[int, str] = {}
    wears: Name | None = None
    """The stock item that the energy is written down for."""

    def intend(self, draft: Draft) -> Intent:
        """Power, then plasma."""
        power, plasma = self._settings(draft)
        if self.wears is not None and self.wears not in draft.rig.stock:
            raise draft.refusal(f"the rig file has no stock '{self.wears}'", "wears")
        if self.faults and not draft.has(power.device, "fault"):
            raise draft.refusal(f"'{power.device}' has no channel 'fault' that could give a code", "faults")
        return Intent((*self.common(draft), power, plasma))

    def do(self, work: Work, draft: Draft) -> None:
        """Raises Infeasible if the parameters are to blame that nothing burns, NotSettled if the supply is."""
        power, plasma = self._settings(draft)
        gun = power.device
        work.apply((*self.common(draft), power))
        if work.rig.settings.devices[gun].timer is not None:
            work.rig.arm_timer(gun, work.planned_plasma)
        try:
            work.apply([plasma])
        except Inhibited as error:
            if error.infeasible is None:
                raise
            raise Infeasible(error.infeasible) from error
        except NotSettled as error:
            raise blamed(self.faults, error) from error
        channel = "forward" if draft.has(gun, "forward") else "power"
        work.plasma = Plasma(gun, self.faults, self.wears, channel, work.rig.now())

    def _settings(self, draft: Draft) -> tuple[Setting, Setting]:
        gun = draft.device("plasma_source", self.device)
        return draft.setting(gun, "power", self.power, "power"), draft.fixed(gun, "plasma", True)
