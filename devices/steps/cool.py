"""Cool: the heater to its safe value, and wait until a robot may touch the sample."""

from typing import ClassVar

from devices.formula import FormulaText, TimeText, parse_formula
from devices.steps.draft import Draft, Intent, Setting
from devices.steps.step import Step
from devices.steps.work import Work


class Cool(Step):
    """`cool: {below: 80 C, within: 2 h}`."""

    kind: ClassVar[str] = "cool"
    role: ClassVar[str] = "heater"

    below: FormulaText
    within: TimeText = parse_formula("2 h")

    def intend(self, draft: Draft) -> Intent:
        """The safe setpoint, and a wait for the thermometer."""
        off, below, limit = self._wait(draft)
        words = f"wait until {off.device}.temperature < {below:g} {off.unit}, at most {limit:g} s"
        return Intent((*self.common(draft), off), (words,))

    def do(self, work: Work, draft: Draft) -> None:
        """Raises NotSettled after the limit, when the rig has been made safe (R31)."""
        off, below, limit = self._wait(draft)
        work.apply((*self.common(draft), off))
        what = f"{draft.place}: {off.device}.temperature below {below:g} {off.unit}"
        work.until(lambda: work.number(off.device, "temperature") < below, limit, what)

    def _wait(self, draft: Draft) -> tuple[Setting, float, float]:
        heater = draft.device("heater", self.device)
        off = draft.fixed(heater, "setpoint", draft.safe_number(heater, "setpoint"))
        return off, draft.number(self.below, off.unit, "below"), draft.seconds(self.within, "within")
