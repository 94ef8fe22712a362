"""The history that an optimizer saw, or will see: the ledger up to an event."""

from dataclasses import replace

from sqlalchemy import select
from sqlmodel import Session, col

from optimizers import History, Observation, Trial
from optimizers.history import Standing
from orchestrator.ledger import imported, tables
from orchestrator.ledger.states import TrialStatus

TEACHING_FAILURES: dict[str, Standing] = {"infeasible": "infeasible", "unconverged": "unconverged"}


def history(session: Session, campaign_id: int, position: int) -> History:
    """The trials of a campaign as they stood right after event `position`, in history order.

    A fold over the events: nothing that happened later can show through, so the history of an old proposal is
    found again exactly, whatever became of its trials since. Trials imported with the campaign come first.
    """
    proposed = _proposed(session, campaign_id)
    ended: dict[int, Trial] = {}
    pending: dict[int, Trial] = {}
    event = tables.Event
    rows = session.connection().execute(
        select(event.trial_number, event.to_status, event.data)  # type: ignore[call-overload]
        .where(
            col(event.campaign_id) == campaign_id,
            col(event.sequence) <= position,
            col(event.trial_number).is_not(None),
        )
        .order_by(event.sequence)
    )
    for number, status, data in rows:
        ended.pop(number, None)
        pending.pop(number, None)
        standing = _standing(status, data)
        if standing == "pending":
            pending[number] = replace(proposed[number], standing="pending", observations={})
        elif standing == "completed":
            ended[number] = replace(proposed[number], standing="completed")
        else:
            ended[number] = replace(proposed[number], standing=standing, observations={})
    known = imported.known_before(session, campaign_id)
    return History((*known, *ended.values(), *(pending[number] for number in sorted(pending))))


def _standing(status: str, data: dict[str, str]) -> Standing:
    match status:
        case TrialStatus.COMPLETED:
            return "completed"
        case TrialStatus.FAILED | TrialStatus.REJECTED:
            return TEACHING_FAILURES.get(data.get("failure", ""), "void")
        case TrialStatus.ABANDONED:
            return "void"
        case _:
            return "pending"


def _proposed(session: Session, campaign_id: int) -> dict[int, Trial]:
    """Every trial by number, with its observations where it has any (a trial completes at most once)."""
    trial, observation = tables.Trial, tables.Observation
    seen: dict[int, dict[str, Observation]] = {}
    rows = session.connection().execute(
        select(trial.number, observation.objective, observation.value, observation.standard_error)  # type: ignore[call-overload]
        .join(observation, col(observation.trial_id) == col(trial.id))
        .where(col(trial.campaign_id) == campaign_id)
        .order_by(observation.id)
    )
    for number, objective, value, standard_error in rows:
        seen.setdefault(number, {})[objective] = Observation(value, standard_error)
    rows = session.connection().execute(
        select(trial.number, trial.parameters, trial.candidate).where(col(trial.campaign_id) == campaign_id)  # type: ignore[call-overload]
    )
    return {
        number: Trial(number, parameters, "pending", candidate, seen.get(number, {}))
        for number, parameters, candidate in rows
    }
