"""Gas: let it in, and wait, if asked, until the chamber has taken it."""

from typing import ClassVar

from devices.condition import ConditionText, channels_of
from devices.formula import TimeText, parse_formula
from devices.steps.draft import Draft, Intent
from devices.steps.step import Step
from devices.steps.work import Work


class Gas(Step):
    """`gas: {set: {argon: 39.44 sccm, oxygen_pressure: "10**${log_oxygen} Pa"}, until: gas.pressure > 0.1 Pa}`."""

    kind: ClassVar[str] = "gas"
    role: ClassVar[str] = "gas_line"

    until: ConditionText | None = None
    within: TimeText = parse_formula("10 min")
    rest: TimeText = parse_formula("0 s")
    """Time for the target and the walls to come to rest in the new gas."""

    def intend(self, draft: Draft) -> Intent:
        """The settings, and a wait if there is one."""
        if not self.settings:
            raise draft.refusal("set at least one gas", "set")
        words = []
        if self.until is not None:
            for channel in channels_of(self.until):
                draft.channel(channel.device, channel.name, "until")
            words.append(f"wait until {self.until}, at most {draft.seconds(self.within, 'within'):g} s")
        if rest := draft.seconds(self.rest, "rest"):
            words.append(f"wait {rest:g} s")
        return Intent(self.common(draft), tuple(words))

    def do(self, work: Work, draft: Draft) -> None:
        """Raises NotSettled after the limit, when the rig has been made safe (R31)."""
        work.apply(self.common(draft))
        if self.until is not None:
            work.until(str(self.until), draft.seconds(self.within, "within"), f"{draft.place}: {self.until}")
        work.wait(draft.seconds(self.rest, "rest"))
