"""Measure: the four-point probe, with the current reversed for every second reading."""

from typing import ClassVar

from pydantic import Field

from devices.formula import FormulaText, parse_formula
from devices.reading import Scalar
from devices.station.settings import Name
from devices.steps.draft import Draft, Intent
from devices.steps.step import Step
from devices.steps.work import Work

IN_COMPLIANCE = 0.98
"""A voltage this close to the compliance means that the source did not reach its current."""


class Measure(Step):
    """`measure: {reversals: 10, current: 1e-4 A, lowest: 1e-9 A, compliance: 20 V}`.

    Each reversal gives two readings, +I and -I. A film too resistive for the current is measured with a tenth of it,
    down to `lowest`; what is in compliance even then is recorded as it is, for the analysis to judge.
    """

    kind: ClassVar[str] = "measure"
    role: ClassVar[str] = "sheet_resistance"

    name: Name = "four_point"
    """What the raw data are called in the record."""
    reversals: int = Field(default=10, ge=1, le=10_000)
    current: FormulaText = parse_formula("1e-4 A")
    lowest: FormulaText = parse_formula("1e-9 A")
    compliance: FormulaText = parse_formula("20 V")

    def intend(self, draft: Draft) -> Intent:
        """Both signs of the current must be allowed."""
        meter, current, _, _ = self._plan(draft)
        settings = [draft.fixed(meter, "current", sign * current, "current") for sign in (1.0, -1.0)]
        settings[:0] = [draft.fixed(meter, name, value, name) for name, value in self._prepared(draft, meter).items()]
        words = f"measure {self.reversals} pairs of voltages with +-{current:g} A or less"
        return Intent((*self.common(draft), *settings), (words,))

    def do(self, work: Work, draft: Draft) -> None:
        """Raises the errors of the meter; a film over range is no error but data."""
        meter, current, lowest, compliance = self._plan(draft)
        work.apply(self.common(draft))
        prepared = self._prepared(draft, meter)
        if prepared:
            work.rig.apply(meter, **prepared)
        work.rig.apply(meter, current=current)
        work.rig.apply(meter, output=True)
        while abs(work.number(meter, "voltage")) >= IN_COMPLIANCE * compliance and current / 10 >= lowest * (1 - 1e-9):
            current /= 10
            work.rig.apply(meter, current=current)
        columns: dict[str, list[float]] = {"current": [], "voltage": []}
        for _ in range(self.reversals):
            for sign in (1.0, -1.0):
                work.rig.apply(meter, current=sign * current)
                columns["current"].append(sign * current)
                columns["voltage"].append(work.number(meter, "voltage"))
        work.rig.apply(meter, output=False)
        about = {"compliance": compliance, "reversals": self.reversals, "sample": work.sample}
        work.record.measurement(self.name, columns, {"current": "A", "voltage": "V"}, about)

    def _prepared(self, draft: Draft, meter: str) -> dict[str, Scalar]:
        """A current through two needles, the voltage between the two others: meters wake up with something else."""
        prepared: dict[str, Scalar] = {}
        if draft.has(meter, "mode"):
            prepared["mode"] = "current"
        if draft.has(meter, "four_wire"):
            prepared["four_wire"] = True if draft.channel(meter, "four_wire").holds == "boolean" else 4.0
        if draft.has(meter, "compliance"):
            prepared["compliance"] = draft.number(self.compliance, "V", "compliance")
        return prepared

    def _plan(self, draft: Draft) -> tuple[str, float, float, float]:
        meter = draft.device("sheet_resistance", self.device)
        current = draft.number(self.current, "A", "current")
        lowest = draft.number(self.lowest, "A", "lowest")
        if lowest <= 0 or current < lowest:
            raise draft.refusal(f"must be positive and not above the current, not {lowest:g} A", "lowest")
        return meter, current, lowest, draft.number(self.compliance, "V", "compliance")
