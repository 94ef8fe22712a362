"""Every arrow of a trial's life: one function each, each inside one transaction.

All raise IllegalTransition when the trial does not stand where the arrow begins.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from optimizers import Proposal
from orchestrator.executors.outcome import Failure, Outcome
from orchestrator.ledger.errors import IllegalTransition
from orchestrator.ledger.states import ARROWS, AttemptStatus, TrialStatus
from orchestrator.ledger.tables import Attempt, Decision, Observation, Trial, now
from orchestrator.ledger.transaction import Transaction


def propose(tx: Transaction, proposals: Sequence[Proposal], decision: Decision) -> list[int]:
    """A new decision and its trials, PROPOSED. Returns the trials' numbers."""
    tx.session.add(decision)
    tx.session.flush()
    assert decision.id is not None
    last = tx.session.exec(select(func.max(col(Trial.number))).where(Trial.campaign_id == tx.campaign_id)).one() or 0
    numbers = []
    for number, proposal in enumerate(proposals, start=last + 1):
        tx.session.add(
            Trial(
                campaign_id=tx.campaign_id,
                decision_id=decision.id,
                number=number,
                status=TrialStatus.PROPOSED,
                parameters=dict(proposal.parameters),
                candidate=proposal.candidate,
                predicted={
                    name: {"mean": seen.mean, "standard_deviation": seen.standard_deviation}
                    for name, seen in proposal.predicted.items()
                },
                score=proposal.score,
                reasons=dict(proposal.reasons),
            )
        )
        tx.record(TrialStatus.PROPOSED, trial=number)
        numbers.append(number)
    if not proposals:
        tx.record("exhausted", data={"decision": decision.id})
    return numbers


def approve(tx: Transaction, number: int, **said: str) -> None:
    """PROPOSED -> APPROVED. `said` is who agreed, and a note, where a person was asked."""
    _move(tx, _trial(tx, number), TrialStatus.APPROVED, None, **said)


def reject(tx: Transaction, number: int, reason: str, **said: str) -> None:
    """PROPOSED -> REJECTED: a person refused it. `said` is who.

    To the optimizer these parameters cannot be realised. If it learned nothing, it would propose them again.
    """
    trial = _trial(tx, number)
    _end(trial, None, reason)
    _move(tx, trial, TrialStatus.REJECTED, None, failure="infeasible", reason=reason, **said)


def approved(tx: Transaction) -> int:
    """How many trials of the campaign have been approved, whatever became of them."""
    others = [TrialStatus.PROPOSED, TrialStatus.REJECTED]
    mine = select(func.count()).where(Trial.campaign_id == tx.campaign_id, col(Trial.status).not_in(others))
    return tx.session.exec(mine).one()


def dispatch(tx: Transaction, number: int, *, owner: str, folder: str, expected_cost: float | None = None) -> Attempt:
    """APPROVED -> DISPATCHED, with a new attempt. `{attempt}` in `folder` becomes the attempt's number.

    `expected_cost` counts against the budget from now on, until the attempt has ended and its cost is known.
    """
    trial = _trial(tx, number)
    _check(trial, TrialStatus.DISPATCHED)
    tries = len(attempts(tx, trial)) + 1
    attempt = Attempt(
        trial_id=_id(trial),
        number=tries,
        key=f"{tx.campaign.name}/{number}/{tries}",
        status=AttemptStatus.DISPATCHED,
        owner=owner,
        folder=folder.format(attempt=tries),
        expected_cost=expected_cost,
    )
    tx.session.add(attempt)
    _move(tx, trial, TrialStatus.DISPATCHED, attempt)
    return attempt


def run(tx: Transaction, number: int, handle: dict[str, Any]) -> None:
    """DISPATCHED | UNCERTAIN -> RUNNING: the handle is stored before anyone waits."""
    trial, attempt = _trial_and_attempt(tx, number)
    attempt.status, attempt.handle = AttemptStatus.RUNNING, handle
    _move(tx, trial, TrialStatus.RUNNING, attempt)


def complete(tx: Transaction, number: int, outcome: Outcome, units: dict[str, str]) -> None:
    """DISPATCHED | RUNNING | UNCERTAIN -> COMPLETED: the values are stored with the arrow."""
    trial, attempt = _trial_and_attempt(tx, number)
    _close(attempt, AttemptStatus.COMPLETED, outcome)
    for name, seen in outcome.values.items():
        tx.session.add(
            Observation(
                trial_id=_id(trial),
                attempt_id=attempt.id,
                objective=name,
                value=seen.value,
                standard_error=seen.standard_error,
                unit=units.get(name, ""),
            )
        )
    _end(trial, None, None)
    _move(tx, trial, TrialStatus.COMPLETED, attempt)


def fail(tx: Transaction, number: int, outcome: Outcome) -> None:
    """DISPATCHED | RUNNING | UNCERTAIN -> FAILED."""
    failure = _failure(outcome)
    trial, attempt = _trial_and_attempt(tx, number)
    _close(attempt, AttemptStatus.FAILED, outcome)
    _end(trial, failure.kind, failure.reason)
    _move(tx, trial, TrialStatus.FAILED, attempt, failure=failure.kind, reason=failure.reason)


def retry(tx: Transaction, number: int, outcome: Outcome, *, interrupted: bool) -> None:
    """DISPATCHED | RUNNING | UNCERTAIN -> APPROVED: this attempt failed, another one may follow."""
    failure = _failure(outcome)
    trial, attempt = _trial_and_attempt(tx, number)
    _close(attempt, AttemptStatus.FAILED, outcome)
    attempt.interrupted = interrupted
    _move(tx, trial, TrialStatus.APPROVED, attempt, failure=failure.kind, reason=failure.reason)


def doubt(tx: Transaction, number: int, reason: str) -> None:
    """DISPATCHED | RUNNING -> UNCERTAIN: nobody can tell what became of it."""
    trial, attempt = _trial_and_attempt(tx, number)
    attempt.status, attempt.failure_reason = AttemptStatus.UNCERTAIN, reason
    _move(tx, trial, TrialStatus.UNCERTAIN, attempt, reason=reason)


def again(tx: Transaction, number: int, reason: str) -> None:
    """FAILED -> APPROVED: a person asked for another attempt."""
    trial = _trial(tx, number)
    trial.failure_kind = trial.failure_reason = trial.ended_at = trial.ended_sequence = None
    _move(tx, trial, TrialStatus.APPROVED, reason=reason)


def abandon(tx: Transaction, number: int, reason: str) -> None:
    """APPROVED | RUNNING | UNCERTAIN | FAILED -> ABANDONED: a person said never again."""
    trial = _trial(tx, number)
    tried = attempts(tx, trial)
    open_attempt = tried[-1] if tried and tried[-1].ended_at is None else None
    if open_attempt is not None:
        open_attempt.status, open_attempt.ended_at = AttemptStatus.ABANDONED, now()
        open_attempt.cost = open_attempt.expected_cost
        tx.session.add(open_attempt)
    _end(trial, None, reason)
    _move(tx, trial, TrialStatus.ABANDONED, open_attempt, reason=reason)


def attempts(tx: Transaction, trial: Trial) -> list[Attempt]:
    """The attempts at a trial, in order."""
    return list(tx.session.exec(select(Attempt).where(Attempt.trial_id == trial.id).order_by(col(Attempt.number))))


def trial_numbered(tx: Transaction, number: int) -> Trial:
    """The trial of that number. Raises IllegalTransition when the campaign has none."""
    return _trial(tx, number)


def _trial(tx: Transaction, number: int) -> Trial:
    found = tx.session.exec(select(Trial).where(Trial.campaign_id == tx.campaign_id, Trial.number == number))
    trial = found.one_or_none()
    if trial is None:
        raise IllegalTransition(f"campaign {tx.campaign.name!r} has no trial {number}")
    return trial


def _trial_and_attempt(tx: Transaction, number: int) -> tuple[Trial, Attempt]:
    trial = _trial(tx, number)
    tried = attempts(tx, trial)
    if not tried or tried[-1].ended_at is not None:
        raise IllegalTransition(f"trial {number} of campaign {tx.campaign.name!r} has no attempt under way")
    return trial, tried[-1]


def _check(trial: Trial, to: TrialStatus) -> None:
    if to not in ARROWS[TrialStatus(trial.status)]:
        raise IllegalTransition(f"trial {trial.number} is {trial.status} and cannot become {to}")


def _move(tx: Transaction, trial: Trial, to: TrialStatus, attempt: Attempt | None = None, **data: Any) -> None:
    _check(trial, to)
    sequence = tx.record(
        to,
        from_status=trial.status,
        trial=trial.number,
        attempt=None if attempt is None else attempt.number,
        data=data,
    )
    trial.status = to
    if trial.ended_at is not None:
        trial.ended_sequence = sequence
    tx.session.add(trial)
    if attempt is not None:
        tx.session.add(attempt)


def _end(trial: Trial, kind: str | None, reason: str | None) -> None:
    trial.ended_at, trial.failure_kind, trial.failure_reason = now(), kind, reason


def _close(attempt: Attempt, status: AttemptStatus, outcome: Outcome) -> None:
    attempt.status, attempt.ended_at = status, now()
    attempt.details, attempt.files = outcome.details, list(outcome.files)
    attempt.cost = attempt.expected_cost if outcome.cost is None else outcome.cost
    attempt.failure_kind = outcome.failure.kind if outcome.failure else None
    attempt.failure_reason = outcome.failure.reason if outcome.failure else None


def _failure(outcome: Outcome) -> Failure:
    if outcome.failure is None:
        raise IllegalTransition("an outcome with values cannot fail a trial")
    return outcome.failure


def _id(trial: Trial) -> int:
    assert trial.id is not None
    return trial.id
