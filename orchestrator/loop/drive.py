"""Driving a campaign: decide, act, wait, again. Knows no Prefect; `flow.py` hands in tasks to do the acts with."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any

from orchestrator.executors.base import Handle
from orchestrator.ledger.states import CampaignStatus
from orchestrator.loop.decide import (
    Ask,
    Cancel,
    Consult,
    Dispatch,
    Finish,
    Pause,
    ProposeStop,
    Review,
    Step,
    Wait,
    decide,
)
from orchestrator.loop.questions import Question, Questions
from orchestrator.loop.run import CampaignRun, Halted
from orchestrator.loop.snapshot import Snapshot

LONGEST_WAIT = 1.0
"""Seconds after which the ledger is looked at again even if no trial has ended: a person may have asked something."""


@dataclass(frozen=True)
class Hands:
    """How the acts are carried out: in plain threads, or as Prefect tasks."""

    ask: Callable[[int], Any]
    carry_out: Callable[[int], "Future[Any]"]
    attend: Callable[[int, Handle], "Future[Any]"]
    seen: Callable[[Snapshot], None]
    asks: Callable[[Sequence[Question]], None] = lambda questions: None  # noqa: ARG005
    """Called again and again, with the questions that hold the campaign up; with none as soon as it goes on."""


@dataclass(frozen=True)
class Ending:
    """Where the campaign stands when its process leaves it, and why."""

    status: CampaignStatus
    reason: str


def drive(run: CampaignRun, hands: Hands, still_running: Mapping[int, Handle]) -> Ending:
    """Drive the campaign until it ends, pauses, needs a person, or this process is told to leave (raises Halted).

    A campaign that only waits for an answer is not left before `run.patience` is over.

    `still_running` are trials that an earlier owner started. An exception from a trial's thread ends the drive: it
    means that the ledger could not be written, and resuming is then the only honest way on.
    """
    flying = {number: hands.attend(number, handle) for number, handle in still_running.items()}
    desk = _Desk(run, hands)
    while True:
        _land(flying)
        snapshot = run.snapshot()
        hands.seen(snapshot)
        step = decide(snapshot.taking(flying), run.spec)
        if run.halted.is_set() and not isinstance(step, Consult):
            wait(flying.values())
            raise Halted("this process was told to leave")
        if (ending := _ending(step) or desk.leaving(step)) is not None:
            hands.asks(())
            if not isinstance(step, Consult):
                run.stand(ending.status, ending.reason)
            return ending
        desk.look(step)
        _act(step, run, hands, flying)


class _Desk:
    """Where people are asked while the campaign waits for them."""

    def __init__(self, run: CampaignRun, hands: Hands) -> None:
        self._run, self._hands = run, hands
        self._questions = Questions(run.database, run.name, run.spec)
        self._waits: str | None = None
        self._since = 0.0

    def look(self, step: Step) -> None:
        """Put before people what holds the campaign up at this step, if anything does."""
        match step:
            case Consult(reason):
                self._stand(reason)
                self._hands.asks(self._questions.open())
            case Wait():
                prompts = self._questions.prompts()
                self._stand(prompts[0].text if prompts else None)
                self._hands.asks(prompts)
            case _:
                self._stand(None)
                self._hands.asks(())

    def leaving(self, step: Step) -> Ending | None:
        """How the process leaves a campaign that waits for a person, when it is time to; None while it stays."""
        if not isinstance(step, Consult):
            return None
        self._stand(step.reason)
        patient = self._run.patience is None or time.monotonic() - self._since < self._run.patience
        return None if patient and not self._run.halted.is_set() else Ending(CampaignStatus.REVIEW, step.reason)

    def _stand(self, reason: str | None) -> None:
        """Have the ledger say that the campaign waits, or that it goes on."""
        if reason == self._waits:
            return
        if reason is None:
            self._run.proceed()
        else:
            self._run.wait(reason)
            self._since = time.monotonic()
        self._waits = reason


def _act(step: Step, run: CampaignRun, hands: Hands, flying: "dict[int, Future[Any]]") -> None:
    match step:
        case Ask(count):
            hands.ask(count)
        case Dispatch(trials):
            flying.update({number: hands.carry_out(number) for number in trials})
        case Cancel(trials):
            for number in trials:
                run.cancel(number)
            _wait(flying)
        case ProposeStop(reason):
            run.propose_stop(reason)
        case Consult():
            run.halted.wait(LONGEST_WAIT)
        case Wait():
            _wait(flying)


def _wait(flying: "Mapping[int, Future[Any]]") -> None:
    wait(flying.values(), timeout=LONGEST_WAIT, return_when=FIRST_COMPLETED)


def _land(flying: "dict[int, Future[Any]]") -> None:
    """Forget the trials that have ended; raise what their threads raised."""
    for number in [number for number, future in flying.items() if future.done()]:
        flying.pop(number).result()


def _ending(step: Step) -> Ending | None:
    match step:
        case Finish(reason):
            return Ending(CampaignStatus.DONE, reason)
        case Pause(reason):
            return Ending(CampaignStatus.PAUSED, reason)
        case Review(reason):
            return Ending(CampaignStatus.REVIEW, reason)
    return None
