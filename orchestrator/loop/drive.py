"""Driving a campaign: decide, act, wait, again. Knows no Prefect; `flow.py` hands in tasks to do the acts with."""

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any

from orchestrator.executors.base import Handle
from orchestrator.ledger.states import CampaignStatus
from orchestrator.loop.decide import Ask, Cancel, Dispatch, Finish, Pause, Review, Step, Wait, decide
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


@dataclass(frozen=True)
class Ending:
    """Where the campaign stands when its process leaves it, and why."""

    status: CampaignStatus
    reason: str


def drive(run: CampaignRun, hands: Hands, still_running: Mapping[int, Handle]) -> Ending:
    """Drive the campaign until it ends, pauses, needs a person, or this process is told to leave (raises Halted).

    `still_running` are trials that an earlier owner started. An exception from a trial's thread ends the drive: it
    means that the ledger could not be written, and resuming is then the only honest way on.
    """
    flying = {number: hands.attend(number, handle) for number, handle in still_running.items()}
    while True:
        _land(flying)
        snapshot = run.snapshot()
        hands.seen(snapshot)
        if run.halted.is_set():
            wait(flying.values())
            raise Halted("this process was told to leave")
        step = decide(snapshot.taking(flying), run.spec)
        if (ending := _ending(step)) is not None:
            run.stand(ending.status, ending.reason)
            return ending
        _act(step, run, hands, flying)


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
