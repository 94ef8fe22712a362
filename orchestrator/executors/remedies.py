"""Calculations that are repaired while they run, by custodian: one job, its handlers, and a budget of corrections.

custodian (MIT) is the error-handling library of the Materials Project; it has handlers for VASP, CP2K and others, and
none for Quantum ESPRESSO and GPAW. What it lacks is data here (`orchestrator.executors.codes`), and one handler class
applies it.
"""

import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from custodian.custodian import Custodian, ErrorHandler, Job

from orchestrator.executors.codes import Remedy
from orchestrator.executors.output_rules import Sign

INPUT = "calculation.json"


class Calculation(Job):
    """The calculation that `INPUT` describes. `run_once` does it and says whether it may be tried again."""

    def __init__(self, run_once: "Callable[[], bool] | None" = None) -> None:
        self._run_once = run_once
        self.may_be_tried_again = False
        self.runs = 0

    def setup(self, directory: str = "./") -> None:
        """Nothing: the input is there."""

    def run(self, directory: str = "./") -> None:  # noqa: ARG002  (custodian hands it over by name)
        """Run it to its end."""
        assert self._run_once is not None
        self.runs += 1
        self.may_be_tried_again = self._run_once()

    def postprocess(self, directory: str = "./") -> None:
        """Nothing: the output is read by those who asked for it."""

    def as_dict(self) -> dict[str, Any]:
        """For custodian's log; a function is no part of it."""
        return {"@module": type(self).__module__, "@class": type(self).__name__}


class SettingsHandler(ErrorHandler):
    """Applies one remedy to the settings of the calculator."""

    def __init__(self, remedy: dict[str, Any]) -> None:
        self.remedy = remedy
        self._rule = Remedy.model_validate(remedy)
        self.max_num_corrections = self._rule.times
        self.job = Calculation()
        self.budget = Budget(0)

    def check(self, directory: str = "./") -> bool:
        """Whether the sign is seen, and something may still be done about it."""
        is_due = self.job.may_be_tried_again and self.job.runs > self._rule.after and self.budget.left > 0
        return is_due and self._seen(directory) is not None

    def correct(self, directory: str = "./") -> dict[str, Any]:
        """Change the input."""
        file = Path(directory, INPUT)
        document = json.loads(file.read_text())
        seen = self._seen(directory)
        before, after = patch(document["settings"], self._rule)
        file.write_text(json.dumps(document, indent=1))
        self.budget.left -= 1
        return {"errors": [seen], "actions": [{"from": before, "to": after}]}

    def _seen(self, directory: str) -> str | None:
        return Sign(file=self._rule.file, regex=self._rule.regex).seen(Path(directory))


class Budget:
    """How many corrections are left, for all handlers together."""

    def __init__(self, left: int) -> None:
        self.left = left


def run_with_remedies(
    run_once: Callable[[], bool], remedies: Sequence[Remedy], budget: int, folder: Path
) -> list[dict[str, Any]]:
    """Run, and again after each correction; returns the corrections, each with what was seen and what was changed.

    `run_once` does the calculation that `INPUT` in `folder` describes, and says whether it failed in a way that may
    be repaired. custodian keeps the same in `custodian.json`, before each new run.
    """
    logging.getLogger("custodian").setLevel(logging.CRITICAL)
    job, purse = Calculation(run_once), Budget(budget)
    handlers = [SettingsHandler(remedy.model_dump(mode="json")) for remedy in remedies]
    for handler in handlers:
        handler.job, handler.budget = job, purse
    # One run may have several signs at once; the budget itself ends it, so custodian's own limit is never reached.
    custodian: Any = Custodian(
        handlers,
        [job],
        max_errors=budget + len(handlers) + 1,
        terminate_on_nonzero_returncode=False,
        directory=str(folder),
    )
    log = custodian.run()
    return [
        {"seen": correction["errors"][0], **correction["actions"][0]}
        for entry in log
        for correction in entry["corrections"]
    ]


def patch(settings: dict[str, Any], remedy: Remedy) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change `settings` in place; returns what was there (None for nothing) and what is there now, by path."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for path, factor in remedy.multiply.items():
        place = _place(settings, path)
        old = _value(settings, place)
        base = remedy.usual.get(path, 1.0) if old is None else old
        after[place] = round(base * factor) if isinstance(base, int) or base == int(base) > 1 else base * factor
    after |= {_place(settings, path): value for path, value in remedy.set.items()}
    for place, new in after.items():
        before[place] = _value(settings, place)
        _put(settings, place, new)
    return before, after


def _place(settings: dict[str, Any], path: str) -> str:
    """`path`, or the same without its middle where the settings were written flat, as ASE allows for pw.x."""
    first, *middle = path.split(".")
    flat = f"{first}.{middle[-1]}" if middle else path
    return flat if _value(settings, path) is None and _value(settings, flat) is not None else path


def _value(settings: dict[str, Any], path: str) -> Any:
    found: Any = settings
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _put(settings: dict[str, Any], path: str, value: Any) -> None:
    *sections, name = path.split(".")
    for section in sections:
        settings = settings.setdefault(section, {})
    settings[name] = value
