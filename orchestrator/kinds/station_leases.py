"""The leases of devices, kept in the ledger."""

from collections.abc import Sequence
from datetime import timedelta

from devices.leases import TIME_TO_LIVE, LeaseHeld, LeaseLost, LeasesUnreachable
from orchestrator.ledger.database import Database
from orchestrator.ledger.device_lease import DeviceLeases
from orchestrator.ledger.errors import DeviceLeaseHeld, DeviceLeaseLost, LedgerUnavailable


class LedgerLeases:
    """`devices.leases.Leases` for processes of several machines, as far as they share a ledger."""

    def __init__(self, database: Database, time_to_live: float = TIME_TO_LIVE) -> None:
        self._leases = DeviceLeases(database)
        self._time_to_live = timedelta(seconds=time_to_live)
        self._names: dict[str, set[str]] = {}

    def take(self, names: Sequence[str], owner: str) -> None:
        """Take all of them or none. Raises LeaseHeld, LeasesUnreachable."""
        try:
            self._leases.take(set(names), owner, self._time_to_live)
        except DeviceLeaseHeld as error:
            raise LeaseHeld(str(error)) from error
        except LedgerUnavailable as error:
            raise LeasesUnreachable(str(error)) from error
        self._names[owner] = self._names.get(owner, set()) | set(names)

    def beat(self, owner: str) -> None:
        """Renew all that `owner` has taken here. Raises LeaseLost, LeasesUnreachable."""
        try:
            self._leases.beat(self._names.get(owner, set()), owner, self._time_to_live)
        except DeviceLeaseLost as error:
            raise LeaseLost(str(error), error.holder) from error
        except LedgerUnavailable as error:
            raise LeasesUnreachable(str(error)) from error

    def release(self, owner: str) -> None:
        """Give back whatever `owner` has. Raises LeasesUnreachable; the leases then end by themselves."""
        self._names.pop(owner, None)
        try:
            self._leases.release(owner)
        except LedgerUnavailable as error:
            raise LeasesUnreachable(str(error)) from error
