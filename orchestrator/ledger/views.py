"""What people and programs are shown of a campaign: plain JSON objects, read from the ledger alone."""

import math
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from optimizers import Objective
from optimizers.front import front, hypervolume
from orchestrator.ledger import campaigns, costs, imported, lease
from orchestrator.ledger.states import CampaignStatus, TrialStatus
from orchestrator.ledger.tables import Attempt, Campaign, Imported, Observation, Trial


def status(session: Session, name: str) -> dict[str, Any]:
    """Where a campaign stands: counts, budget used, best so far, owner."""
    row = campaigns.find(session, name)
    assert row.id is not None
    owner = lease.living_owner(session, row.id)
    counts = session.exec(
        select(Trial.status, func.count()).where(Trial.campaign_id == row.id).group_by(Trial.status)
    ).all()
    shown = "interrupted" if row.status == CampaignStatus.RUNNING and owner is None else row.status
    known = imported.count(session, row.id)
    return {
        "campaign": row.name,
        "status": shown,
        "reason": row.reason,
        "trials": dict(sorted(counts)),
        **({"imported": known} if known else {}),
        "budget": _budget(row, dict(counts)) | _spent(session, row),
        "best": best(session, name),
        "owner": None if owner is None else {"host": owner.host, "pid": owner.pid},
        "ui": row.ui if owner is not None else None,
    }


def best(session: Session, name: str) -> dict[str, Any] | None:
    """The best completed trial that keeps the constraints, None before the first; the earliest of equals.

    With several objectives: their Pareto front, and its hypervolume where every objective has a threshold.
    """
    row = campaigns.find(session, name)
    objectives = campaigns.objectives(row)
    seen = _values(session, row)
    numbers = list(seen)
    found = [numbers[position] for position in front(seen.values(), objectives, campaigns.constraints(row))]
    if not found:
        return None
    shown = [_shown(session, row, number) for number in found]
    if len(objectives) == 1:
        return {"campaign": row.name, **shown[0]}
    return {
        "campaign": row.name,
        "front": shown,
        "hypervolume": _hypervolume([seen[number] for number in found], objectives),
    }


def trials(session: Session, name: str) -> list[dict[str, Any]]:
    """Every trial of a campaign, by number: first those imported with it, whose numbers end at 0."""
    row = campaigns.find(session, name)
    assert row.id is not None
    limits = {one.name for one in campaigns.constraints(row)}
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
    known = [_imported(one, row) for one in imported.rows(session, row.id)]
    return known + [
        _trial(trial, observed.get(trial.id or 0, {}), limits, tried.get(trial.id or 0, [])) for trial in found
    ]


def everyone(session: Session) -> list[dict[str, Any]]:
    """The status of every campaign, the oldest first."""
    return [status(session, row.name) for row in campaigns.everyone(session)]


def campaign(session: Session, name: str) -> Campaign:
    """The row itself."""
    return campaigns.find(session, name)


def _values(session: Session, row: Campaign) -> dict[int, dict[str, float]]:
    """What the completed trials measured, by trial number, in the order in which they ended; imported ones first."""
    assert row.id is not None
    seen = imported.measured(session, row.id)
    rows = session.connection().execute(
        sql_select(Trial.number, Observation.objective, Observation.value)  # type: ignore[call-overload]
        .join(Observation, col(Observation.trial_id) == col(Trial.id))
        .where(col(Trial.campaign_id) == row.id, col(Trial.status) == TrialStatus.COMPLETED)
        .order_by(Trial.ended_sequence)
    )
    for number, quantity, value in rows:
        seen.setdefault(number, {})[quantity] = value
    return seen


def _shown(session: Session, row: Campaign, number: int) -> dict[str, Any]:
    """One of the best: its parameters, what it measured, its files."""
    if number <= 0:
        assert row.id is not None
        known = next(_imported(one, row) for one in imported.rows(session, row.id) if one.number == number)
        kept = ("trial", "parameters", "objectives", "constraints", "imported")
        return {key: known[key] for key in kept if key in known} | {"files": []}
    trial = session.exec(select(Trial).where(Trial.campaign_id == row.id, Trial.number == number)).one()
    observed = session.exec(
        select(Observation).where(Observation.trial_id == trial.id).order_by(col(Observation.id))
    ).all()
    told = observed[0].attempt_id
    attempt = session.get(Attempt, told) if told is not None else None
    limits = {one.name for one in campaigns.constraints(row)}
    wanted = campaigns.units(row)  # executors may measure more than the campaign asks for
    return {
        "trial": trial.number,
        "parameters": trial.parameters,
        **_measured({one.objective: _value(one) for one in observed if one.objective in wanted}, limits),
        "files": [] if attempt is None else [f"{attempt.folder}/{name}" for name in attempt.files],
    }


def _hypervolume(found: list[dict[str, float]], objectives: tuple[Objective, ...]) -> float | None:
    """In the product of the objectives' units; None where a threshold is missing."""
    limits = [one.threshold for one in objectives]
    if None in limits:
        return None
    reference = tuple(one.sign * (one.threshold or 0.0) for one in objectives)
    return hypervolume([tuple(one.sign * seen[one.name] for one in objectives) for seen in found], reference)


def _measured(observed: dict[str, Any], limits: set[str]) -> dict[str, Any]:
    """The objectives, and apart from them the quantities that must stay within limits, where there are any."""
    kept = {name: seen for name, seen in observed.items() if name in limits}
    objectives = {name: seen for name, seen in observed.items() if name not in limits}
    return {"objectives": objectives} | ({"constraints": kept} if limits else {})


def _trial(trial: Trial, observed: dict[str, Any], limits: set[str], attempts: list[Attempt]) -> dict[str, Any]:
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
                "cost": attempt.expected_cost if attempt.cost is None else attempt.cost,
            }
            for attempt in attempts
        ],
        "parameters": trial.parameters,
        **_measured(observed, limits),
        "predicted": trial.predicted,
        "score": trial.score,
        "proposed_by": trial.reasons.get("proposed_by"),
        "reasons": trial.reasons,
        "times": {
            "proposed": trial.proposed_at.isoformat(),
            "ended": None if trial.ended_at is None else trial.ended_at.isoformat(),
        },
    }


def _imported(one: Imported, row: Campaign) -> dict[str, Any]:
    """A trial done before the campaign, with the keys of every other trial."""
    units, limits = campaigns.units(row), {limit.name for limit in campaigns.constraints(row)}
    observed = {name: {**seen, "unit": units.get(name, "")} for name, seen in one.observations.items()}
    failed = one.standing != "completed"
    return {
        "trial": one.number,
        "status": "imported",
        "imported": {"row": one.row, "file": row.provenance.get("prior", {}).get("file")},
        "failure": {"kind": one.standing, "reason": one.reason} if failed else None,
        "attempts": [],
        "parameters": one.parameters,
        **_measured(observed, limits),
        "predicted": {},
        "score": None,
        "proposed_by": None,
        "reasons": {},
        "times": {"proposed": None, "ended": None},
    }


def _spent(session: Session, row: Campaign) -> dict[str, float]:
    """What all attempts have cost, in campaigns that keep accounts."""
    assert row.id is not None
    costly = "cost_unit" in row.budget
    return {"spent": math.fsum(costs.spent(session, row.id).values())} if costly else {}


def _budget(row: Campaign, counts: dict[str, int]) -> dict[str, Any]:
    """What ends the campaign, as its file says, and how many trials count against it so far; rejected ones do not."""
    return {**row.budget, "used": sum(counts.values()) - counts.get(TrialStatus.REJECTED, 0)}


def _value(observation: Observation) -> dict[str, Any]:
    return {
        "value": observation.value,
        "standard_error": observation.standard_error,
        "unit": observation.unit,
    }
