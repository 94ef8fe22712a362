"""What happened at a station: rows that are only ever added, each behind all others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import StationMovedOn
from orchestrator.ledger.tables import StationEvent, now


@dataclass(frozen=True)
class StationEntry:
    """One thing that happened. `content` is plain JSON."""

    kind: str
    content: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    """UTC; when it was written, once it is."""


class StationRows:
    """The rows of one station. `orchestrator.kinds.station_log` makes of them the log that a station knows."""

    def __init__(self, database: Database, station: str) -> None:
        self._database = database
        self.station = station

    def since(self, position: int) -> list[StationEntry]:
        """The rows after the first `position` ones, in order. Raises LedgerUnavailable."""
        with self._database.reading() as session:
            found = session.exec(
                select(StationEvent)
                .where(StationEvent.station == self.station, StationEvent.sequence > position)
                .order_by(col(StationEvent.sequence))
            )
            return [StationEntry(row.kind, row.content, row.happened_at) for row in found]

    def append(self, position: int, entries: Sequence[StationEntry]) -> int:
        """Write behind the first `position` rows, all or none; returns how many there are then.

        Raises StationMovedOn when there are not exactly `position` rows, LedgerUnavailable.
        """
        with self._database.writing() as session:
            if self._length(session) != position:
                raise StationMovedOn(f"station {self.station!r} has gone on since event {position}")
            moment = now()
            session.add_all(
                StationEvent(
                    station=self.station,
                    sequence=sequence,
                    kind=entry.kind,
                    content=dict(entry.content),
                    happened_at=moment,
                )
                for sequence, entry in enumerate(entries, start=position + 1)
            )
            try:
                session.flush()
            except IntegrityError as error:  # on PostgreSQL two may get as far as this; one of them is first
                raise StationMovedOn(f"station {self.station!r} has gone on since event {position}") from error
        return position + len(entries)

    def _length(self, session: Session) -> int:
        last = select(func.max(col(StationEvent.sequence))).where(StationEvent.station == self.station)
        return session.exec(last).one() or 0


def stations(session: Session) -> list[str]:
    """The names of all stations that have a log."""
    return sorted(session.exec(select(StationEvent.station).distinct()))
