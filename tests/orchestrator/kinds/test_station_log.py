from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.station.conformance import StationLogConformance
from devices.station.log import Event, LogUnreachable
from orchestrator.kinds.station_log import LedgerLog
from orchestrator.ledger.database import Database
from orchestrator.ledger.upgrade import upgrade


class TestLogInTheLedger(StationLogConformance):
    def build(self, folder: Path) -> LedgerLog:
        database = Database(f"sqlite:///{folder / 'ledger.db'}")
        upgrade(database)
        return LedgerLog(database, "sputter")


def test_the_log_dates_what_it_is_given_whatever_its_own_date(tmp_path):
    log = TestLogInTheLedger().build(tmp_path)
    log.append(0, Event("loaded", at=datetime(2001, 1, 1, tzinfo=UTC)))
    (seen,) = log.since(0)
    assert datetime.now(UTC) - seen.at < timedelta(minutes=1)


def test_a_ledger_that_is_not_there_is_a_log_that_cannot_be_reached(tmp_path):
    log = LedgerLog(Database(f"sqlite:///{tmp_path / 'absent' / 'ledger.db'}"), "sputter")
    with pytest.raises(LogUnreachable):
        log.since(0)
    with pytest.raises(LogUnreachable):
        log.append(0, Event("loaded"))
