"""A person's word on a trial that the loop cannot settle."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from orchestrator.executors.outcome import Outcome, Value
from orchestrator.ledger import campaigns, lease, transitions
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import IllegalTransition, LeaseHeld
from orchestrator.ledger.states import TrialStatus
from orchestrator.ledger.transaction import Transaction, transaction
from orchestrator.loop.errors import InputRefused


@dataclass(frozen=True)
class Verdict:
    """Exactly one of: values, a reason for failure, another attempt, a reason never to try again."""

    values: Mapping[str | None, Value] = field(default_factory=dict)
    """By the name of the quantity; without a name where the campaign measures only one."""
    failed: str | None = None
    again: bool = False
    abandon: str | None = None


def pronounce(database: Database, campaign: str, number: int, verdict: Verdict) -> TrialStatus:
    """Carry out a verdict on an UNCERTAIN trial, or on one that FAILED for outside reasons; returns where it then is.

    Raises LeaseHeld while a process drives the campaign, IllegalTransition when the trial needs no word, and
    InputRefused when the values are not those that the campaign measures.
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
    if verdict.values:
        units = campaigns.units(tx.campaign)
        outcome = Outcome(values=_named(verdict.values, units), details={"told_by": "a person"})
        transitions.complete(tx, number, outcome, units)
    elif verdict.failed is not None:
        transitions.fail(tx, number, Outcome.failed("cancelled", f"a person said: {verdict.failed}"))
    elif verdict.again:
        outcome = Outcome.failed("fault", "a person said that it was not done").model_copy(update={"cost": 0.0})
        transitions.retry(tx, number, outcome, interrupted=True)
    else:
        transitions.abandon(tx, number, verdict.abandon or "")


def _named(values: Mapping[str | None, Value], measured: Collection[str]) -> dict[str, Value]:
    """The values by the names of the quantities that the campaign measures, all of them and nothing else."""
    if len(measured) == 1 and set(values) == {None}:
        return dict.fromkeys(measured, values[None])
    if set(values) != set(measured):
        wanted = " ".join(f"--value {name}=NUMBER" for name in measured)
        raise InputRefused(f"this campaign measures {', '.join(measured)}; say all of it, and nothing else: {wanted}")
    return {name: values[name] for name in measured}
