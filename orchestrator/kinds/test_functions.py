"""Analytic problems with known optima as executors: to try a campaign file, an optimizer or a laptop."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt, PositiveFloat, field_validator

from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.outcome import Outcome, Value

if TYPE_CHECKING:
    from simulators.test_functions.domain import TestFunction

FUNCTION: Literal["test_function"] = "test_function"


class TestFunctionSettings(BaseModel):
    """Evaluates one of the problems of `simulators/test_functions`, with Gaussian noise of known size if asked for."""

    __test__ = False  # not a class of tests, whatever pytest thinks of its name
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["test_function"] = FUNCTION
    problem: str
    """The name of the problem, such as branin."""
    standard_error: FiniteFloat = Field(default=0.0, ge=0)
    """Of every value, in its unit; it is reported with the value. 0 for exact values, reported without one."""
    seed: NonNegativeInt = 0
    """What the noise derives from, together with the trial: two trials of the same settings differ."""
    timeout: PositiveFloat = 60.0
    """Seconds after which a trial is given up."""

    @field_validator("problem")
    @classmethod
    def _known(cls, problem: str) -> str:
        from orchestrator.campaign.suggestion import not_known
        from simulators.test_functions.catalogue import TEST_FUNCTIONS

        if problem not in TEST_FUNCTIONS:
            raise ValueError(not_known(problem, TEST_FUNCTIONS))
        return problem

    def build(self, context: ExecutorContext) -> Executor:
        """The executor; no process is started yet. Raises ExecutorError if it could not evaluate this campaign."""
        from orchestrator.executors.process import ProcessExecutor

        problem = _problem(self.problem)
        _require_measured(problem, context.objectives)
        _require_parameters(problem, tuple(context.space.build().names))
        settings = {"executor": self.model_dump(mode="json"), "quantities": list(context.objectives)}
        return ProcessExecutor(FUNCTION, settings, context.parallel, self.timeout, context.objectives)

    def cost(self, _context: ExecutorContext) -> str:
        """A sentence about the time of a trial."""
        return "less than a millisecond"


class Evaluator:
    """The registered function `test_function`, prepared for one problem."""

    def __init__(self, settings: TestFunctionSettings, quantities: tuple[str, ...]) -> None:
        self._settings = settings
        self._problem = _problem(settings.problem)
        self._quantities = quantities

    def __call__(self, parameters: Mapping[str, Any], folder: Path) -> Outcome:
        """Every quantity of the campaign. What else the problem gives goes into the details, exact."""
        answer = self._problem.evaluate({name: parameters[name] for name in self._problem.domain})
        noise = self._noise(parameters, folder.parent.name)
        error = self._settings.standard_error
        values = {
            name: Value(value=answer[name] + error * noise[place], standard_error=error or None)
            for place, name in enumerate(self._quantities)
        }
        rest = {name: value for name, value in answer.items() if name not in values}
        return Outcome(values=values, details={"problem": self._problem.name, **rest})

    def _noise(self, parameters: Mapping[str, Any], trial: str) -> list[float]:
        """Standard normal draws that depend on seed, settings and trial alone: another attempt measures the same."""
        import numpy as np

        about = json.dumps([self._settings.seed, trial, sorted(parameters.items())], default=str)
        seed = int.from_bytes(hashlib.sha256(about.encode()).digest()[:8], "big")
        drawn: list[float] = np.random.default_rng(seed).standard_normal(len(self._quantities)).tolist()
        return drawn


def evaluator(settings: Mapping[str, Any]) -> Evaluator:
    """The function `test_function`, from what `TestFunctionSettings.build` put into `settings`."""
    return Evaluator(TestFunctionSettings.model_validate(settings["executor"]), tuple(settings["quantities"]))


def _problem(name: str) -> "TestFunction":
    from simulators.test_functions.catalogue import TEST_FUNCTIONS

    return TEST_FUNCTIONS[name]


def _require_measured(problem: "TestFunction", asked: tuple[str, ...]) -> None:
    known = (*problem.objectives, *(limit.name for limit in problem.limits))
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise ExecutorError(
            f"problem: '{problem.name}' does not measure '{unknown[0]}'. It measures {', '.join(known)}."
        )


def _require_parameters(problem: "TestFunction", given: tuple[str, ...]) -> None:
    if set(given) != set(problem.domain):
        raise ExecutorError(
            f"problem: '{problem.name}' has the parameters {', '.join(problem.domain)}, but the space has "
            f"{', '.join(given)}. Use the same names."
        )
