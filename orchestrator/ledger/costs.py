"""What the attempts of a campaign have cost, and will cost as far as is known."""

from sqlalchemy import func, select
from sqlmodel import Session, col

from optimizers.history import Parameters
from orchestrator.ledger.states import AttemptStatus
from orchestrator.ledger.tables import Attempt, Trial


def spent(session: Session, campaign_id: int) -> dict[int, float]:
    """By trial number: the cost of its ended attempts, and what is expected of one under way or in doubt."""
    rows = session.connection().execute(
        select(Trial.number, func.sum(func.coalesce(Attempt.cost, Attempt.expected_cost)))  # type: ignore[call-overload]
        .join(Attempt, col(Attempt.trial_id) == col(Trial.id))
        .where(col(Trial.campaign_id) == campaign_id)
        .group_by(Trial.number)
    )
    return {number: float(total) for number, total in rows if total is not None}


def reported(session: Session, campaign_id: int) -> list[tuple[Parameters, float]]:
    """Parameters and cost of every completed attempt, in the order in which they were dispatched."""
    rows = session.connection().execute(
        select(Trial.parameters, Attempt.cost)  # type: ignore[call-overload]
        .join(Attempt, col(Attempt.trial_id) == col(Trial.id))
        .where(
            col(Trial.campaign_id) == campaign_id,
            col(Attempt.status) == AttemptStatus.COMPLETED,
            col(Attempt.cost).is_not(None),
        )
        .order_by(Attempt.id)
    )
    return [(parameters, float(cost)) for parameters, cost in rows]
