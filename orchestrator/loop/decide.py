"""What a campaign does next: a pure function of its snapshot and its specification."""

from dataclasses import dataclass
from typing import TypeAlias

from orchestrator.campaign.spec import CampaignSpec
from orchestrator.ledger.states import IN_FLIGHT, TrialStatus
from orchestrator.loop.snapshot import Snapshot, TrialState
from orchestrator.loop.stopping import affordable, affordable_trials, reason_to_end, reason_to_stop, remaining_trials

RETRIED = frozenset({"fault", "timeout"})
"""Failures that say nothing about the parameters: worth another attempt."""


@dataclass(frozen=True)
class Ask:
    """Ask the optimizer for this many proposals."""

    count: int


@dataclass(frozen=True)
class Dispatch:
    """Start these trials."""

    trials: tuple[int, ...]


@dataclass(frozen=True)
class Wait:
    """Nothing can be done before a trial in flight ends."""


@dataclass(frozen=True)
class Cancel:
    """A person asked to stop: cancel what is in flight."""

    trials: tuple[int, ...]


@dataclass(frozen=True)
class Finish:
    """The campaign is done."""

    reason: str


@dataclass(frozen=True)
class Pause:
    """The campaign waits, because a person asked for it."""

    reason: str


@dataclass(frozen=True)
class Review:
    """The campaign cannot go on before a person has looked."""

    reason: str


@dataclass(frozen=True)
class Consult:
    """Nothing can be done before a person has answered; whoever drives the campaign stays."""

    reason: str


@dataclass(frozen=True)
class ProposeStop:
    """Enough seems to be known: put it before a person."""

    reason: str


Step: TypeAlias = Ask | Dispatch | Wait | Cancel | Finish | Pause | Review | Consult | ProposeStop


def decide(snapshot: Snapshot, spec: CampaignSpec) -> Step:
    """The next step. Everything in flight is let to end before the campaign stands still, except on `stop`."""
    flying = tuple(trial.number for trial in snapshot.trials if trial.status in IN_FLIGHT)
    if snapshot.requested == "stop" and flying:
        return Cancel(flying)
    if (halt := _halt(snapshot)) is not None:
        return Wait() if flying else halt
    free = spec.parallel - len(flying)
    approved = tuple(trial for trial in snapshot.trials if trial.status is TrialStatus.APPROVED)
    if free > 0 and approved:
        paid = _paid(snapshot, spec, approved[:free])
        return Dispatch(paid) if paid else Wait() if flying else Finish(_too_dear(snapshot, spec, approved[0]))
    waiting = [trial.number for trial in snapshot.trials if trial.status is TrialStatus.PROPOSED]
    ending = _ending(snapshot, spec)
    if ending is None:
        limits = (free - len(waiting), remaining_trials(snapshot, spec.stop), affordable_trials(snapshot, spec.stop))
        wanted = min(limit for limit in limits if limit is not None)
        if wanted > 0:
            return Ask(wanted)
    if flying:
        return Wait()
    return Consult(f"trial {_listed(waiting)} waits for approval") if waiting else ending or Wait()


def _ending(snapshot: Snapshot, spec: CampaignSpec) -> Step | None:
    """How a campaign ends that has nothing under way; None while more should be tried."""
    if not spec.stop.propose:
        reason = reason_to_stop(snapshot, spec.stop)
        return None if reason is None else Finish(reason)
    if (reason := reason_to_end(snapshot, spec.stop)) is not None:
        return Finish(reason)
    if snapshot.judgement.proposed is not None:
        return Consult(f"proposes to stop: {snapshot.judgement.reason}")
    stop = spec.stop.unjudged if snapshot.judgement.more else spec.stop
    reason = reason_to_stop(snapshot, stop)
    return None if reason is None else ProposeStop(reason)


def _paid(snapshot: Snapshot, spec: CampaignSpec, approved: tuple[TrialState, ...]) -> tuple[int, ...]:
    """The first of these trials, as many as the budget pays for."""
    price, paid = 0.0, []
    for trial in approved:
        price += trial.price
        if not affordable(snapshot, spec.stop, price):
            break
        paid.append(trial.number)
    return tuple(paid)


def _too_dear(snapshot: Snapshot, spec: CampaignSpec, trial: TrialState) -> str:
    budget = f"the budget of {spec.stop.cost:g} is used: {snapshot.spent:g} spent"
    return f"{budget}, and trial {trial.number} would cost {trial.price:g}"


def _halt(snapshot: Snapshot) -> Step | None:
    """Why nothing new may be started, whatever is left to do."""
    if snapshot.requested == "stop":
        return Finish("stopped by a person")
    if snapshot.requested == "finish":
        return Finish("a person judged that enough is known")
    if snapshot.requested == "pause":
        return Pause("a person asked for a pause")
    trouble = needs_a_person(snapshot)
    return None if trouble is None else Review(trouble)


def may_retry(trial: TrialState, failure_kind: str, spec: CampaignSpec) -> bool:
    """Whether a failed attempt is followed by another one without asking a person."""
    return failure_kind in RETRIED and trial.counted_attempts <= spec.failures.retries


def needs_a_person(snapshot: Snapshot) -> str | None:
    """Why a person must look before anything new is started; None when nobody must."""
    uncertain = [trial.number for trial in snapshot.trials if trial.status is TrialStatus.UNCERTAIN]
    if uncertain:
        return f"nobody can tell what became of trial {_listed(uncertain)}"
    broken = [
        trial.number
        for trial in snapshot.trials
        if trial.status is TrialStatus.FAILED and trial.failure_kind in RETRIED
    ]
    return f"trial {_listed(broken)} failed for reasons outside the experiment" if broken else None


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
