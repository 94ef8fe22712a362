"""Pump down: wait until the chamber is empty enough."""

from typing import ClassVar

from devices.formula import FormulaText, TimeText, parse_formula
from devices.steps.draft import Draft, Intent
from devices.steps.step import Step
from devices.steps.work import Work


class PumpDown(Step):
    """`pump_down: {below: 5e-4 Pa, within: 2 h, set: {gas.pump: true}}`."""

    kind: ClassVar[str] = "pump_down"
    role: ClassVar[str] = "gauge"

    below: FormulaText
    within: TimeText = parse_formula("2 h")

    def intend(self, draft: Draft) -> Intent:
        """The settings, and a wait for the gauge."""
        gauge, below, unit, limit = self._wait(draft)
        return Intent(self.common(draft), (f"wait until {gauge}.pressure < {below:g} {unit}, at most {limit:g} s",))

    def do(self, work: Work, draft: Draft) -> None:
        """Raises NotSettled after the limit, when the rig has been made safe (R31)."""
        gauge, below, unit, limit = self._wait(draft)
        work.apply(self.common(draft))
        what = f"{draft.place}: {gauge}.pressure below {below:g} {unit}"
        work.until(lambda: work.number(gauge, "pressure") < below, limit, what)

    def _wait(self, draft: Draft) -> tuple[str, float, str, float]:
        gauge = draft.device("gauge", self.device)
        unit = draft.channel(gauge, "pressure").unit
        return gauge, draft.number(self.below, unit, "below"), unit, draft.seconds(self.within, "within")
