"""Where a worker keeps its prepared function and tries it on the parameters of an attempt."""

import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

from orchestrator.executors.answer import outcome_of
from orchestrator.executors.attempt import Request
from orchestrator.executors.errors import UnusableAnswer
from orchestrator.executors.outcome import Outcome


class Bench:
    """Calls the factory when the first attempt comes, and keeps the function it made for the attempts that follow."""

    def __init__(self) -> None:
        self._recipe: tuple[str, Mapping[str, Any]] | None = None
        self._function: Callable[[Mapping[str, Any], Path], object]

    def evaluate(self, request: Request, folder: Path) -> Outcome:
        """What comes of `request`. Whatever the function raises is a fault, with the traceback in a file."""
        try:
            self._prepare(request)
        except BaseException as error:
            return _fault(error, f"the factory {request.function} failed: ", folder)
        try:
            return outcome_of(self._function(dict(request.parameters), folder), request.objectives)
        except UnusableAnswer as error:
            return Outcome.failed("fault", str(error))
        except BaseException as error:  # SystemExit too: only the owner ends a worker
            return _fault(error, "", folder)

    def _prepare(self, request: Request) -> None:
        recipe = (request.function, request.settings)
        if self._recipe == recipe:
            return
        sys.path.extend(entry for entry in request.path if entry not in sys.path)
        module, _, attribute = request.function.partition(":")
        function = attrgetter(attribute)(import_module(module))(dict(request.settings))
        if not callable(function):
            raise TypeError(f"it returned {function!r}, which cannot be called")
        self._function, self._recipe = function, recipe


def _fault(error: BaseException, prefix: str, folder: Path) -> Outcome:
    outcome = Outcome.failed("fault", f"{prefix}{type(error).__name__}: {error}")
    with suppress(OSError):
        (folder / "traceback.txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        outcome = outcome.model_copy(update={"files": ("traceback.txt",)})
    return outcome
