"""A person's word on a trial that the loop cannot settle."""

from dataclasses import dataclass

from orchestrator.executors.outcome import Outcome, Value
from orchestrator.ledger import lease, transitions
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import IllegalTransition, LeaseHeld
from orchestrator.ledger.states import TrialStatus
from orchestrator.ledger.transaction import Transaction, transaction


@dataclass(frozen=True)
class Verdict:
    """Exactly one of: a value, a reason for failure, another attempt, a reason never to try again."""

    value: float | None = None
    standard_error: float | None = None
    failed: str | None = None
    again: bool = False
    abandon: str | None = None


def pronounce(database: Database, campaign: str, number: int, verdict: Verdict) -> TrialStatus:
    """Carry out a verdict on an UNCERTAIN trial, or on one that FAILED for outside reasons; returns where it then is.

    Raises LeaseHeld while a process drives the campaign, IllegalTransition when the trial needs no word.
    """
    with transaction(database, campaign, None) as tx:
        owner = lease.living_owner(tx.session, tx.campaign_id)
        if owner is not None:
            raise LeaseHeld(f"campaign {campaign!r} is being run by {owner}; `junkan pause {campaign}` first")
        trial = transitions.trial_numbered(tx, number)
        match TrialStatus(trial.status):
            case TrialStatus.UNCERTAIN:
                _settle(tx, number, verdict)
            case TrialStatus.FAILED if verdict.again:
                transitions.again(tx, number, "a person asked for another attempt")
            case TrialStatus.FAILED if verdict.abandon is not None:
                transitions.abandon(tx, number, verdict.abandon)
            case standing:
                raise IllegalTransition(
                    f"trial {number} of {campaign!r} is {standing}: only an uncertain trial can be told about, and a "
                    "failed one be tried --again or given up with --abandon"
                )
        return TrialStatus(transitions.trial_numbered(tx, number).status)


def _settle(tx: Transaction, number: int, verdict: Verdict) -> None:
    if verdict.value is not None:
        seen = Value(value=verdict.value, standard_error=verdict.standard_error)
        outcome = Outcome(values={tx.campaign.objective: seen}, details={"told_by": "a person"})
        transitions.complete(tx, number, outcome, {tx.campaign.objective: tx.campaign.unit})
    elif verdict.failed is not None:
        transitions.fail(tx, number, Outcome.failed("cancelled", f"a person said: {verdict.failed}"))
    elif verdict.again:
        outcome = Outcome.failed("fault", "a person said that it was not done")
        transitions.retry(tx, number, outcome, interrupted=True)
    else:
        transitions.abandon(tx, number, verdict.abandon or "")
