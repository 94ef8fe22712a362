"""What was said about the end of a campaign: it proposes to stop, and a person accepts or lets it go on."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from orchestrator.ledger.states import TrialStatus
from orchestrator.ledger.tables import Event
from orchestrator.ledger.transaction import Transaction

PROPOSED, GOES_ON = "stop proposed", "goes on"


@dataclass(frozen=True)
class Judgement:
    """Where the question of the end stands at an event of the campaign."""

    proposed: int | None = None
    """The event by which the campaign proposed to stop, while nobody has answered."""
    reason: str = ""
    """Why it did."""
    since: int = 0
    """The event by which a person last let it go on."""
    more: int = 0
    """How many trials are still to be proposed since then before anything judges convergence again."""


def judgement(session: Session, campaign_id: int, position: int) -> Judgement:
    """A fold over the events up to `position`: the same for a resumed campaign, and for an audit years later."""
    said = session.exec(
        select(Event)
        .where(
            Event.campaign_id == campaign_id,
            Event.sequence <= position,
            col(Event.to_status).in_([PROPOSED, GOES_ON]),
        )
        .order_by(col(Event.sequence))
    ).all()
    if not said:
        return Judgement()
    last, went_on = said[-1], next((event for event in reversed(said) if event.to_status == GOES_ON), None)
    since = 0 if went_on is None else went_on.sequence
    asked = 0 if went_on is None else int(went_on.data["trials"])
    is_open = last.to_status == PROPOSED
    return Judgement(
        proposed=last.sequence if is_open else None,
        reason=str(last.data.get("reason", "")) if is_open else "",
        since=since,
        more=max(0, asked - _proposed_since(session, campaign_id, since, position)) if asked else 0,
    )


def propose_stop(tx: Transaction, reason: str) -> None:
    """The campaign proposes to stop."""
    tx.record(PROPOSED, data={"reason": reason})


def go_on(tx: Transaction, trials: int, said: dict[str, Any]) -> None:
    """A person lets the campaign go on, for at least so many trials. `said` is who, and a note."""
    tx.record(GOES_ON, data={"trials": trials, **said})


def _proposed_since(session: Session, campaign_id: int, since: int, position: int) -> int:
    """How many trials were proposed between two events and not rejected."""
    moved = session.exec(
        select(Event.trial_number, Event.to_status).where(
            Event.campaign_id == campaign_id,
            Event.sequence > since,
            Event.sequence <= position,
            col(Event.to_status).in_([TrialStatus.PROPOSED, TrialStatus.REJECTED]),
        )
    ).all()
    proposed = {number for number, status in moved if status == TrialStatus.PROPOSED}
    return len(proposed - {number for number, status in moved if status == TrialStatus.REJECTED})
