"""Heat: set the temperature, and wait until it is reached."""

from typing import ClassVar

from devices.formula import FormulaText, TimeText, parse_formula
from devices.steps.draft import Draft, Intent, Setting
from devices.steps.step import Step
from devices.steps.work import Work


class Heat(Step):
    """`heat: {to: "${temperature} C", tolerance: 3 C, within: 1 h}`."""

    kind: ClassVar[str] = "heat"
    role: ClassVar[str] = "heater"

    to: FormulaText
    tolerance: FormulaText = parse_formula("3 K")
    within: TimeText = parse_formula("1 h")

    def intend(self, draft: Draft) -> Intent:
        """The setpoint, and a wait for the thermometer."""
        target, tolerance, limit = self._wait(draft)
        words = f"wait until {target.device}.temperature is within {tolerance:g} {target.unit}, at most {limit:g} s"
        return Intent((*self.common(draft), target), (words,))

    def do(self, work: Work, draft: Draft) -> None:
        """Raises NotSettled after the limit, when the rig has been made safe (R31)."""
        target, tolerance, limit = self._wait(draft)
        work.apply((*self.common(draft), target))
        heater, wanted = target.device, float(target.value)
        what = f"{draft.place}: {heater}.temperature at {wanted:g} +- {tolerance:g} {target.unit}"
        work.until(lambda: abs(work.number(heater, "temperature") - wanted) <= tolerance, limit, what)

    def _wait(self, draft: Draft) -> tuple[Setting, float, float]:
        heater = draft.device("heater", self.device)
        target = draft.setting(heater, "setpoint", self.to, "to")
        tolerance = draft.difference(self.tolerance, target.unit, "tolerance")
        return target, tolerance, draft.seconds(self.within, "within")
