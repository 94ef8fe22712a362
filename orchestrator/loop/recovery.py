"""Taking up a campaign whose last owner has gone: every trial in flight is accounted for before anything new starts."""

from pathlib import Path

from sqlmodel import col, select

from orchestrator.executors.base import Handle, NeverStarted, Unknown
from orchestrator.executors.outcome import Outcome
from orchestrator.ledger import campaigns, transitions
from orchestrator.ledger.states import TrialStatus
from orchestrator.ledger.tables import Attempt, Trial
from orchestrator.ledger.transaction import transaction
from orchestrator.loop.run import CampaignRun

NEVER_STARTED = "never started: the process that dispatched it died before the executor heard of it"


def recover(run: CampaignRun) -> dict[int, Handle]:
    """Settle what can be settled at once; returns the trials that still run, with the handles to attend to.

    RUNNING trials are taken up by their handle. DISPATCHED ones are reconciled: the executor says what became of
    the key, and where it cannot, the trial becomes UNCERTAIN and waits for a person.
    """
    still_running: dict[int, Handle] = {}
    for number, attempt in _open_attempts(run):
        if attempt.handle is not None:
            still_running[number] = attempt.handle
            continue
        match run.executor.reconcile(attempt.key, Path(attempt.folder)):
            case NeverStarted():
                run.conclude(number, Outcome.failed("fault", NEVER_STARTED).model_copy(update={"cost": 0.0}))
            case Unknown(reason=reason):
                run.doubt(number, reason)
            case Outcome() as outcome:
                run.conclude(number, outcome)
            case handle:
                with transaction(run.database, run.name, run.owner) as tx:
                    transitions.run(tx, number, dict(handle))
                still_running[number] = handle
    return still_running


def _open_attempts(run: CampaignRun) -> list[tuple[int, Attempt]]:
    with run.database.reading() as session:
        row = campaigns.find(session, run.name)
        found = session.exec(
            select(Trial.number, Attempt)
            .join(Attempt, col(Attempt.trial_id) == col(Trial.id))
            .where(
                Trial.campaign_id == row.id,
                col(Trial.status).in_([TrialStatus.DISPATCHED, TrialStatus.RUNNING]),
                col(Attempt.ended_at).is_(None),
            )
            .order_by(col(Trial.number))
        )
        return list(found)
