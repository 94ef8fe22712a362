"""Scan: a diffraction pattern."""

from typing import Any, ClassVar

from devices.errors import BadReply
from devices.formula import FormulaText, TimeText, parse_formula
from devices.station.settings import Name
from devices.steps.draft import Draft, Intent
from devices.steps.step import Step
from devices.steps.work import Work


class Scan(Step):
    """`scan: {start: 20 deg, stop: 60 deg, step: 0.02 deg}`, angles as 2 theta."""

    kind: ClassVar[str] = "scan"
    role: ClassVar[str] = "diffractometer"

    name: Name = "diffraction"
    """What the raw data are called in the record."""
    start: FormulaText = parse_formula("20 deg")
    stop: FormulaText = parse_formula("60 deg")
    step: FormulaText = parse_formula("0.02 deg")
    within: TimeText = parse_formula("2 h")

    def intend(self, draft: Draft) -> Intent:
        """A range of angles."""
        _, start, stop, step, limit = self._plan(draft)
        return Intent(self.common(draft), (f"scan 2 theta {start:g} .. {stop:g} deg by {step:g}, at most {limit:g} s",))

    def do(self, work: Work, draft: Draft) -> None:
        """Start once, wait, then ask for the counts as often as needed. Raises BadReply if their number is wrong."""
        device, start, stop, step, limit = self._plan(draft)
        work.apply(self.common(draft))
        work.rig.command(device, "scan", start=start, stop=stop, step=step)
        resting = ("IDLE", "READY", "DONE")
        work.until(
            lambda: str(work.read(device, "state")).split(maxsplit=1)[0].upper() in resting,
            limit,
            f"{draft.place}: {device}",
        )
        counts: Any = work.rig.command(device, "counts")
        number = round((stop - start) / step) + 1
        if len(counts) != number:
            raise BadReply(f"{device}: {len(counts)} counts for {number} angles")
        angles = [start + step * point for point in range(number)]
        columns = {"two_theta": angles, "counts": [float(count) for count in counts]}
        work.record.measurement(self.name, columns, {"two_theta": "deg", "counts": "counts"}, {"sample": work.sample})

    def _plan(self, draft: Draft) -> tuple[str, float, float, float, float]:
        device = draft.device("diffractometer", self.device)
        start, stop, step = (draft.number(getattr(self, key), "deg", key) for key in ("start", "stop", "step"))
        if step <= 0 or stop <= start:
            raise draft.refusal(f"a scan goes up: {start:g} .. {stop:g} by {step:g} does not", "step")
        return device, start, stop, step, draft.seconds(self.within, "within")
