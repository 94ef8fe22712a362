"""Who drives a campaign: one process at a time."""

import os
import uuid
from dataclasses import dataclass

from sqlmodel import Session, select

from orchestrator.executors.identity import ProcessIdentity
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import LeaseHeld, NoSuchCampaign
from orchestrator.ledger.tables import Campaign, Lease, now
from orchestrator.ledger.transaction import LEASE_TIME, transaction


@dataclass(frozen=True)
class Owner:
    """The process that holds a lease."""

    owner: str
    host: str
    pid: int

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def claim(database: Database, campaign: str) -> str:
    """Become the owner of `campaign`; returns the owner's name, to be given with every write.

    A lease whose process is known to be dead, or that has expired, is taken over. Raises LeaseHeld otherwise.
    """
    owner, here = uuid.uuid4().hex, ProcessIdentity.of(os.getpid())
    with database.writing() as session:
        row = session.exec(select(Campaign).where(Campaign.name == campaign).with_for_update()).one_or_none()
        if row is None or row.id is None:
            raise NoSuchCampaign(f"there is no campaign {campaign!r} in {database.shown}")
        held = session.get(Lease, row.id)
        if held is not None:
            if is_alive(held):
                raise LeaseHeld(
                    f"campaign {campaign!r} is being run by {_owner(held)}. "
                    f"Watch it with `junkan status {campaign}`, or stop it there with `junkan stop {campaign}`."
                )
            session.delete(held)
            session.flush()
        session.add(
            Lease(
                campaign_id=row.id,
                owner=owner,
                host=here.host,
                pid=here.pid,
                process_created=here.created,
                expires_at=now() + LEASE_TIME,
            )
        )
    return owner


def renew(database: Database, campaign: str, owner: str) -> None:
    """Report that the owner is alive. Raises LeaseLost if another process has taken over."""
    with transaction(database, campaign, owner):
        pass


def release(database: Database, owner: str) -> None:
    """Give up what `owner` holds. Does nothing when it is owned by somebody else by now."""
    with database.writing() as session:
        held = session.exec(select(Lease).where(Lease.owner == owner)).one_or_none()
        if held is not None:
            session.delete(held)


def living_owner(session: Session, campaign_id: int) -> Owner | None:
    """The process that drives the campaign now, None when nobody does."""
    held = session.get(Lease, campaign_id)
    return _owner(held) if held is not None and is_alive(held) else None


def is_alive(lease: Lease) -> bool:
    """Whether the process behind a lease may still be at work.

    On this host the process itself is asked, on another the lease's expiry. A stopped process keeps its lease on
    its own host for as long as it exists, and cannot write once the lease is gone.
    """
    owner = ProcessIdentity(pid=lease.pid, created=lease.process_created, host=lease.host)
    standing = owner.standing
    return lease.expires_at > now() if standing == "elsewhere" else standing == "alive"


def _owner(lease: Lease) -> Owner:
    return Owner(lease.owner, lease.host, lease.pid)
