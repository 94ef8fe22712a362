"""What a plain function returned, as an outcome."""

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TypeGuard

from pydantic_core import PydanticSerializationError

from orchestrator.executors.errors import UnusableAnswer
from orchestrator.executors.outcome import Outcome, Value


def outcome_of(answer: object, objectives: Sequence[str]) -> Outcome:
    """The outcome that `answer` stands for.

    An answer is an Outcome; a number, or a pair (value, standard error), where the campaign has one objective; or
    a mapping from the name of each objective to a number or a pair. Units are the objectives'. With no
    `objectives` given, an Outcome or a mapping is taken as it is. Raises UnusableAnswer.
    """
    outcome = _translated(answer, objectives)
    if objectives and outcome.failure is None:
        _check_names(outcome.values, objectives)
    _check_details(outcome)
    return outcome


def _translated(answer: object, objectives: Sequence[str]) -> Outcome:
    if isinstance(answer, Outcome):
        return answer
    if isinstance(answer, Mapping):
        if not answer:
            raise UnusableAnswer("the function returned an empty mapping. Return a value for each objective.")
        return Outcome(values={str(name): _value(part, str(name)) for name, part in answer.items()})
    if len(objectives) != 1:
        names = ", ".join(objectives) or "none stated"
        raise UnusableAnswer(
            f"the function returned {_described(answer)}, which does not say which objective it is (objectives: "
            f"{names}). Return a mapping from names to values, or an Outcome."
        )
    return Outcome(values={objectives[0]: _value(answer, objectives[0])})


def _value(answer: object, objective: str) -> Value:
    value, error = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
    if not _is_number(value):
        raise UnusableAnswer(
            f"the function returned {_described(value)} for '{objective}'. Return a number, or a pair "
            "(value, standard error)."
        )
    if not math.isfinite(value):
        raise UnusableAnswer(
            f"the function returned {float(value)} for '{objective}', which is not a value. Where there is none, "
            "return Outcome.failed('infeasible', ...) or Outcome.failed('unconverged', ...)."
        )
    if error is not None and not (_is_number(error) and math.isfinite(error) and error >= 0):
        raise UnusableAnswer(
            f"the function returned {_described(error)} as the standard error of '{objective}'. "
            "Return a number that is not negative, or None where it is not known."
        )
    return Value(value=float(value), standard_error=None if error is None else float(error))


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, Real) and not isinstance(value, bool)


def _described(value: object) -> str:
    text = repr(value)
    short = text if len(text) <= 60 else f"{text[:57]}..."
    return "nothing (None)" if value is None else f"{short} ({type(value).__name__})"


def _check_names(values: Mapping[str, Value], objectives: Sequence[str]) -> None:
    from orchestrator.campaign.suggestion import did_you_mean

    missing = [name for name in objectives if name not in values]
    if missing:
        found = ", ".join(values)
        raise UnusableAnswer(f"the function returned no value for '{missing[0]}', only for: {found}.")
    for name in values:
        if name not in objectives:
            raise UnusableAnswer(
                f"the function returned a value for '{name}', which is not an objective of the campaign."
                f"{did_you_mean(name, objectives)} Put other quantities into the `details` of an Outcome."
            )


def _check_details(outcome: Outcome) -> None:
    try:
        outcome.model_dump_json()
    except PydanticSerializationError as error:
        raise UnusableAnswer(
            f"the details of the outcome cannot be written as JSON: {error}. Use plain numbers, text and lists."
        ) from error
