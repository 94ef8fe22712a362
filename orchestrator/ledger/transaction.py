"""A fenced transaction on one campaign: everything it writes happens together, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import LeaseLost, NoSuchCampaign
from orchestrator.ledger.tables import Campaign, Event, Lease, now

LEASE_TIME = timedelta(seconds=15)
"""How long an owner that no longer reports is believed to be alive on another host."""


class Transaction:
    """What a transition needs: the session, the campaign's row, and the next event."""

    def __init__(self, session: Session, campaign: Campaign) -> None:
        self.session = session
        self.campaign = campaign

    @property
    def campaign_id(self) -> int:
        """The row id of the campaign."""
        assert self.campaign.id is not None
        return self.campaign.id

    def record(
        self,
        to_status: str,
        *,
        from_status: str | None = None,
        trial: int | None = None,
        attempt: int | None = None,
        data: dict[str, Any] | None = None,
    ) -> int:
        """Append an event; returns its sequence number."""
        self.campaign.last_sequence += 1
        self.session.add(self.campaign)
        self.session.add(
            Event(
                campaign_id=self.campaign_id,
                sequence=self.campaign.last_sequence,
                trial_number=trial,
                attempt_number=attempt,
                from_status=from_status,
                to_status=to_status,
                data=data or {},
            )
        )
        return self.campaign.last_sequence


@contextmanager
def transaction(database: Database, campaign: str, owner: str | None) -> Iterator[Transaction]:
    """A transaction on `campaign` by the process that owns it, or by a person (`owner=None`).

    The owner's lease is renewed in the same statement that proves it, so a process whose lease was taken over
    can no longer write anything. Raises NoSuchCampaign, LeaseLost, LedgerUnavailable.
    """
    with database.writing() as session:
        row = session.exec(select(Campaign).where(Campaign.name == campaign).with_for_update()).one_or_none()
        if row is None:
            raise NoSuchCampaign(f"there is no campaign {campaign!r} in {database.shown}")
        if owner is not None:
            renewed = session.connection().execute(
                update(Lease)
                .where(col(Lease.campaign_id) == row.id, col(Lease.owner) == owner)
                .values(expires_at=now() + LEASE_TIME)
            )
            if renewed.rowcount != 1:
                raise LeaseLost(f"campaign {campaign!r} is now owned by another process; this one stops")
        yield Transaction(session, row)
