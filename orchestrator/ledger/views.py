"""What people and programs are shown of a campaign: plain JSON objects, read from the ledger alone."""

from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from orchestrator.ledger import campaigns, lease
from orchestrator.ledger.states import CampaignStatus, TrialStatus
from orchestrator.ledger.tables import Attempt, Campaign, Observation, Trial


def status(session: Session, name: str) -> dict[str, Any]:
    """Where a campaign stands: counts, budget used, best so far, owner."""
    row = campaigns.find(session, name)
    assert row.id is not None
    owner = lease.living_owner(session, row.id)
    counts = session.exec(
        select(Trial.status, func.count()).where(Trial.campaign_id == row.id).group_by(Trial.status)
    ).all()
    shown = "interrupted" if row.status == CampaignStatus.RUNNING and owner is None else row.status
    return {
        "campaign": row.name,
        "status": shown,
        "reason": row.reason,
        "trials": dict(sorted(counts)),
        "budget": _budget(row, dict(counts)),
        "best": best(session, name),
        "owner": None if owner is None else {"host": owner.host, "pid": owner.pid},
        "ui": row.ui if owner is not None else None,
    }


def best(session: Session, name: str) -> dict[str, Any] | None:
    """The best completed trial, None before the first; the earliest of equals."""
    row = campaigns.find(session, name)
    order = col(Observation.value).asc() if row.goal == "minimize" else col(Observation.value).desc()
    found = session.exec(
        select(Trial, Observation)
        .join(Observation, col(Observation.trial_id) == col(Trial.id))
        .where(
            Trial.campaign_id == row.id, Trial.status == TrialStatus.COMPLETED, Observation.objective == row.objective
        )
        .order_by(order, col(Trial.ended_sequence))
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    trial, observation = found
    attempt = session.get(Attempt, observation.attempt_id) if observation.attempt_id is not None else None
    return {
        "campaign": row.name,
        "trial": trial.number,
        "parameters": trial.parameters,
        "objectives": {row.objective: _value(observation)},
        "files": [] if attempt is None else [f"{attempt.folder}/{name}" for name in attempt.files],
    }


def trials(session: Session, name: str) -> list[dict[str, Any]]:
    """Every trial of a campaign, by number."""
    row = campaigns.find(session, name)
    found = session.exec(select(Trial).where(Trial.campaign_id == row.id).order_by(col(Trial.number))).all()
    mine = select(col(Trial.id)).where(col(Trial.campaign_id) == row.id)
    observed: dict[int, dict[str, Any]] = {}
    for seen in session.exec(
        select(Observation).where(col(Observation.trial_id).in_(mine)).order_by(col(Observation.id))
    ):
        observed.setdefault(seen.trial_id, {})[seen.objective] = _value(seen)
    tried: dict[int, list[Attempt]] = {}
    for attempt in session.exec(select(Attempt).where(col(Attempt.trial_id).in_(mine)).order_by(col(Attempt.number))):
        tried.setdefault(attempt.trial_id, []).append(attempt)
    return [_trial(trial, observed.get(trial.id or 0, {}), tried.get(trial.id or 0, [])) for trial in found]


def everyone(session: Session) -> list[dict[str, Any]]:
    """The status of every campaign, the oldest first."""
    return [status(session, row.name) for row in campaigns.everyone(session)]


def campaign(session: Session, name: str) -> Campaign:
    """The row itself."""
    return campaigns.find(session, name)


def _trial(trial: Trial, objectives: dict[str, Any], attempts: list[Attempt]) -> dict[str, Any]:
    return {
        "trial": trial.number,
        "status": trial.status,
        "failure": None
        if trial.failure_kind is None and trial.failure_reason is None
        else {"kind": trial.failure_kind, "reason": trial.failure_reason},
        "attempts": [
            {
                "attempt": attempt.number,
                "status": attempt.status,
                "failure": None
                if attempt.failure_kind is None
                else {"kind": attempt.failure_kind, "reason": attempt.failure_reason},
                "interrupted": attempt.interrupted,
                "folder": attempt.folder,
            }
            for attempt in attempts
        ],
        "parameters": trial.parameters,
        "objectives": objectives,
        "predicted": trial.predicted,
        "score": trial.score,
        "proposed_by": trial.reasons.get("proposed_by"),
        "reasons": trial.reasons,
        "times": {
            "proposed": trial.proposed_at.isoformat(),
            "ended": None if trial.ended_at is None else trial.ended_at.isoformat(),
        },
    }


def _budget(row: Campaign, counts: dict[str, int]) -> dict[str, Any]:
    """What ends the campaign, as its file says, and how many trials count against it so far; rejected ones do not."""
    return {**row.budget, "used": sum(counts.values()) - counts.get(TrialStatus.REJECTED, 0)}


def _value(observation: Observation) -> dict[str, Any]:
    return {
        "value": observation.value,
        "standard_error": observation.standard_error,
        "unit": observation.unit,
    }
