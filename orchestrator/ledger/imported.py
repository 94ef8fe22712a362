"""Trials that were done before a campaign: entered with it, part of every history, counted in no budget."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sqlmodel import Session, col, func, select

from optimizers import Observation, Trial
from optimizers.history import Parameters
from orchestrator.ledger import tables


@dataclass(frozen=True)
class ImportedTrial:
    """One row of the user's table: where it stands, and what was measured."""

    row: int
    parameters: Parameters
    candidate: int | None = None
    standing: Literal["completed", "infeasible", "unconverged"] = "completed"
    observations: dict[str, Observation] = field(default_factory=dict)
    reason: str | None = None


def store(session: Session, campaign_id: int, trials: Sequence[ImportedTrial]) -> None:
    """Write the rows of a new campaign; the last has the number 0, those before it -1, -2 and so on."""
    for number, trial in enumerate(trials, start=1 - len(trials)):
        session.add(
            tables.Imported(
                campaign_id=campaign_id,
                number=number,
                row=trial.row,
                standing=trial.standing,
                reason=trial.reason,
                parameters=dict(trial.parameters),
                candidate=trial.candidate,
                observations={name: asdict(seen) for name, seen in trial.observations.items()},
            )
        )


def rows(session: Session, campaign_id: int) -> list[tables.Imported]:
    """The rows as they are stored, in the order of the table."""
    mine = select(tables.Imported).where(tables.Imported.campaign_id == campaign_id)
    return list(session.exec(mine.order_by(col(tables.Imported.number))))


def count(session: Session, campaign_id: int) -> int:
    """How many rows there are."""
    return session.exec(select(func.count()).where(tables.Imported.campaign_id == campaign_id)).one()


def known_before(session: Session, campaign_id: int) -> tuple[Trial, ...]:
    """The rows as an optimizer sees them: ended trials before all others."""
    return tuple(_trial(row) for row in rows(session, campaign_id))


def measured(session: Session, campaign_id: int) -> dict[int, dict[str, float]]:
    """What the completed rows measured, by number."""
    return {
        row.number: {name: seen["value"] for name, seen in row.observations.items()}
        for row in rows(session, campaign_id)
        if row.standing == "completed"
    }


def _trial(row: tables.Imported) -> Trial:
    seen: dict[str, Any] = row.observations
    observations = {name: Observation(**one) for name, one in seen.items()}
    standing: Any = row.standing
    return Trial(row.number, row.parameters, standing, row.candidate, observations)
