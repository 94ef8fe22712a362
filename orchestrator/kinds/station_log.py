"""The log of a station, kept in the ledger."""

from collections.abc import Sequence

from devices.station.log import Conflict, Event, LogUnreachable
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import LedgerUnavailable, StationMovedOn
from orchestrator.ledger.station_log import StationEntry, StationRows


class LedgerLog:
    """A `devices.station.log.StationLog` that outlives every process."""

    def __init__(self, database: Database, station: str) -> None:
        self._rows = StationRows(database, station)

    def since(self, position: int) -> Sequence[Event]:
        """The events after the first `position` ones, in order. Raises LogUnreachable."""
        try:
            return tuple(Event(row.kind, row.content, row.at) for row in self._rows.since(position))
        except LedgerUnavailable as error:
            raise LogUnreachable(str(error)) from error

    def append(self, position: int, *events: Event) -> int:
        """Write `events` behind the first `position` ones, all or none; returns the new length.

        Raises Conflict, LogUnreachable.
        """
        try:
            return self._rows.append(position, [StationEntry(event.kind, event.content) for event in events])
        except StationMovedOn as error:
            raise Conflict(str(error)) from error
        except LedgerUnavailable as error:
            raise LogUnreachable(str(error)) from error
