"""Who drives a device: one process at a time, whichever campaign it works for.

Whoever holds a lease reports again and again. One that has been silent for its time to live may be taken by anybody,
and its former owner learns of that before it can act again: it may not even report any more.
"""

import os
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from orchestrator.executors.identity import ProcessIdentity
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import DeviceLeaseHeld, DeviceLeaseLost
from orchestrator.ledger.tables import DeviceLease, now

TIME_TO_LIVE = timedelta(seconds=30)


class DeviceLeases:
    """The leases of one ledger. A device has one name everywhere, such as `sputter/gun`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, devices: set[str], owner: str, time_to_live: timedelta = TIME_TO_LIVE) -> None:
        """Become the owner of all `devices`, or stay it; of none when DeviceLeaseHeld is raised.

        Free are devices without a lease, with one that has expired, or whose process is known to be dead.
        """
        with self._database.writing() as session:
            for device in sorted(devices):  # in one order, so that no two wait for each other
                _take(session, device, owner, time_to_live)

    def beat(self, devices: set[str], owner: str, time_to_live: timedelta = TIME_TO_LIVE) -> None:
        """Report that the owner of `devices` is alive. Raises DeviceLeaseLost unless every one is still its own."""
        moment = now()
        with self._database.writing() as session:
            mine = col(DeviceLease.device).in_(devices), col(DeviceLease.owner) == owner
            renewed = session.connection().execute(
                update(DeviceLease)
                .where(*mine, col(DeviceLease.expires_at) > moment)
                .values(expires_at=moment + time_to_live)
            )
            if renewed.rowcount != len(devices):
                raise _lost(session, devices, owner)

    def release(self, owner: str) -> None:
        """Give up everything that is still the owner's."""
        with self._database.writing() as session:
            session.connection().execute(delete(DeviceLease).where(col(DeviceLease.owner) == owner))


def living(session: Session) -> list[DeviceLease]:
    """The leases that have not expired, and whose process is not known to be dead, by device."""
    unexpired = select(DeviceLease).where(col(DeviceLease.expires_at) > now()).order_by(col(DeviceLease.device))
    return [lease for lease in session.exec(unexpired) if not _is_dead(lease)]


def _take(session: Session, device: str, owner: str, time_to_live: timedelta) -> None:
    here, moment = ProcessIdentity.of(os.getpid()), now()
    written: dict[str, Any] = {
        "owner": owner,
        "host": here.host,
        "pid": here.pid,
        "process_created": here.created,
        "claimed_at": moment,
        "expires_at": moment + time_to_live,
    }
    held = session.get(DeviceLease, device)
    if held is None:
        session.add(DeviceLease(device=device, **written))
        try:
            session.flush()
        except IntegrityError as error:
            raise DeviceLeaseHeld(device, "another process", time_to_live.total_seconds()) from error
        return
    # Whoever was read as dead must still be the owner when this is written: it is part of the condition.
    mine = col(DeviceLease.owner).in_([owner, held.owner] if _is_dead(held) else [owner])
    free = or_(mine, col(DeviceLease.expires_at) <= moment)
    taken: CursorResult[tuple[()]] = session.connection().execute(
        update(DeviceLease).where(col(DeviceLease.device) == device, free).values(**written)
    )
    if taken.rowcount != 1:
        raise DeviceLeaseHeld(device, held.owner, max(0.0, (held.expires_at - moment).total_seconds()))


def _lost(session: Session, devices: set[str], owner: str) -> DeviceLeaseLost:
    """Which of the devices is lost, and to whom."""
    rows = session.exec(select(DeviceLease).where(col(DeviceLease.device).in_(devices)))
    holders = {row.device: row.owner for row in rows}
    others = [device for device in sorted(devices) if holders.get(device) != owner]
    device = others[0] if others else min(devices)
    return DeviceLeaseLost(device, holders[device] if device in holders and others else None)


def _is_dead(lease: DeviceLease) -> bool:
    return ProcessIdentity(pid=lease.pid, created=lease.process_created, host=lease.host).standing == "dead"
