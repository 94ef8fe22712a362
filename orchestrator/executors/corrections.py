"""Repairs of a run by rules: what was seen, what was changed, and how often it may be done."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.executors.durable import replace
from orchestrator.executors.output_rules import Sign

if TYPE_CHECKING:
    from orchestrator.executors.command import Correction

FILE = "corrections.json"


class Patches:
    """The variables of one attempt, and what the rules changed in them, in order, each with what it was changed for."""

    def __init__(self, rules: "Sequence[Correction]", variables: Mapping[str, Any], budget: int) -> None:
        self.variables: dict[str, Any] = dict(variables)
        self.made: list[dict[str, Any]] = []
        self._rules = rules
        self._budget = budget
        self._applied = [0] * len(rules)

    def apply(self, folder: Path, failure: str) -> bool:
        """Patch the variables by the first rule that applies; False if none does, or the budget is spent.

        What was done so far is in `corrections.json`, before the program runs again. Raises OSError.
        """
        if len(self.made) >= self._budget:
            return False
        for number, rule in enumerate(self._rules):
            seen = Sign(file=rule.file, regex=rule.regex).seen(folder)
            if seen is None or self._applied[number] >= rule.times:
                continue
            before = {name: self.variables[name] for name in (*rule.set, *rule.multiply)}
            after = {**rule.set, **{name: _scaled(self.variables[name], by) for name, by in rule.multiply.items()}}
            self.variables.update(after)
            self._applied[number] += 1
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self.made.append({"at": now, "failure": failure, "seen": seen, "from": before, "to": after})
            replace(folder / FILE, json.dumps(self.made, indent=1))
            return True
        return False


def _scaled(value: float, by: float) -> int | float:
    """Whole numbers stay whole: a limit of 30 steps becomes 90, never 90.0."""
    scaled = value * by
    return round(scaled) if isinstance(value, int) and not isinstance(value, bool) else scaled
