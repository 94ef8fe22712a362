"""The folder of an attempt: where an owner and a worker process agree on what became of it.

    request.json   what to evaluate. Written by the owner before any worker hears of the attempt.
    claim-N.json   who decided the fate of the N-th request: the worker that evaluates it, or nobody ("withdrawn").
    outcome.json   what came of it.
    output.log     what the evaluation printed, if it printed anything.

Claims and outcomes are created, never replaced, and of several who try one succeeds. This closes the gap in which
an owner dies between telling a worker and hearing that it began: a worker evaluates request N only if it created
`claim-N.json`, and whoever wants to know for certain that request N was *not* begun creates that file itself. A
worker that was asleep with the request in its hands then finds the claim taken, and refuses. Starting the attempt
again makes request N+1, which that late worker does not hold. So an attempt is evaluated at most once for each
time it was started, and only if every earlier request was withdrawn before it began.

In the same way the first of {the worker's outcome, a time-out, a cancellation, "interrupted"} is the outcome, for
everybody and for good.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from orchestrator.executors.durable import create, replace
from orchestrator.executors.errors import UnusableFolder
from orchestrator.executors.identity import ProcessIdentity
from orchestrator.executors.outcome import Outcome

LOG = "output.log"


class Document(BaseModel):
    """A JSON file that says which attempt it belongs to."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    version: Literal[1] = 1
    key: str


class Request(Document):
    """All that a worker needs. `function` is `module:attribute`, `path` the owner's module search path.

    `claim` numbers the requests of the attempt from 1; `timeout` is in seconds from `clock`.
    """

    claim: int
    function: str
    settings: dict[str, Any]
    objectives: tuple[str, ...]
    parameters: dict[str, float | int | str | bool | None]
    timeout: float
    started_at: float
    clock: float
    path: tuple[str, ...]


class Evaluation(Document):
    """A request and the worker that has it: the handle of the attempt.

    `started_at` is the time of day (seconds since 1970), for people and other machines; `clock` is the same moment
    on the monotonic clock that all processes of one machine share and that nobody can set. `worker` is None when
    the attempt had ended before it was asked for again.
    """

    folder: Path
    claim: int
    worker: ProcessIdentity | None
    started_at: float
    clock: float

    @classmethod
    def of(cls, request: Request, folder: Path, worker: ProcessIdentity | None) -> "Evaluation":
        """The evaluation of `request` in `folder` by `worker`."""
        return cls(
            key=request.key,
            folder=folder,
            claim=request.claim,
            worker=worker,
            started_at=request.started_at,
            clock=request.clock,
        )

    @property
    def age(self) -> float:
        """Seconds since the start."""
        elsewhere = self.worker is not None and self.worker.standing == "elsewhere"
        return time.time() - self.started_at if elsewhere else time.monotonic() - self.clock


class _Claim(Document):
    evaluation: Evaluation | None


class _Conclusion(Document):
    outcome: Outcome


_Document = TypeVar("_Document", bound=Document)


@dataclass(frozen=True)
class AttemptFolder:
    """The attempt `key` and its folder. Every method raises UnusableFolder if the folder does not serve."""

    key: str
    path: Path

    def make(self) -> None:
        """Make the folder, for an attempt whose owner did not come so far."""
        with self._writing(""):
            self.path.mkdir(parents=True, exist_ok=True)

    def outcome(self) -> Outcome | None:
        """The outcome, once there is one."""
        conclusion = self._read("outcome.json", _Conclusion)
        return None if conclusion is None else conclusion.outcome

    def conclude(self, outcome: Outcome) -> Outcome:
        """Store `outcome` unless the attempt has one already; returns the one that counts."""
        text = _Conclusion(key=self.key, outcome=outcome).model_dump_json()
        with self._writing("outcome.json"):
            if create(self.path / "outcome.json", text):
                return outcome
        return self.outcome() or outcome

    @property
    def is_concluded(self) -> bool:
        """Whether there is an outcome."""
        return (self.path / "outcome.json").exists()

    def ask(self, request: Request) -> None:
        """Store what is to be evaluated."""
        with self._writing("request.json"):
            replace(self.path / "request.json", request.model_dump_json())

    def request(self) -> Request | None:
        """What is to be evaluated."""
        return self._read("request.json", Request)

    def next_claim(self) -> int:
        """The number of the next request: one more than the requests whose fate is decided."""
        return 1 + sum(1 for _ in self._claims())

    def evaluation(self) -> Evaluation | None:
        """The evaluation that began, whether or not it has ended."""
        return next((claim.evaluation for claim in self._claims() if claim.evaluation is not None), None)

    def claim(self, evaluation: Evaluation) -> bool:
        """Whether the worker that calls this is the one to evaluate the request."""
        return self._create_claim(evaluation.claim, evaluation)

    def withdraw(self) -> Evaluation | None:
        """Make sure that no request of this attempt begins from now on. Returns the evaluation that had begun."""
        while (evaluation := self.evaluation()) is None:
            if self._create_claim(self.next_claim(), None):
                return None
        return evaluation

    def _create_claim(self, number: int, evaluation: Evaluation | None) -> bool:
        name = f"claim-{number}.json"
        with self._writing(name):
            return create(self.path / name, _Claim(key=self.key, evaluation=evaluation).model_dump_json())

    def _claims(self) -> Iterator[_Claim]:
        number = 1
        while (claim := self._read(f"claim-{number}.json", _Claim)) is not None:
            yield claim
            number += 1

    def _read(self, name: str, kind: type[_Document]) -> _Document | None:
        path = self.path / name
        try:
            document = kind.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnusableFolder(f"cannot read {path}: {error.strerror}. Check the permissions.") from error
        except ValidationError as error:
            raise UnusableFolder(f"{path} is damaged: {error.errors()[0]['msg']}. Look at it by hand.") from error
        if document.key != self.key:
            raise UnusableFolder(
                f"{path} belongs to attempt '{document.key}', not to '{self.key}'. "
                "Two attempts never share a folder: move the foreign files away."
            )
        return document

    @contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnusableFolder(
                f"cannot write {self.path / name}: {error.strerror}. Free space, or make the folder writable."
            ) from error
