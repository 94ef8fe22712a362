from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from devices.station.log import Conflict, Event
from orchestrator.kinds.station_log import LedgerLog
from orchestrator.ledger.database import Database
from orchestrator.ledger.upgrade import upgrade


@pytest.fixture
def log(tmp_path) -> Iterator[LedgerLog]:
    database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    upgrade(database)
    yield LedgerLog(database, "sputter")
    database.close()


def test_what_one_process_writes_another_reads(log, tmp_path):
    assert log.append(0, Event("loaded", {"sample": "a"})) == 1
    another = LedgerLog(Database(f"sqlite:///{tmp_path / 'ledger.db'}"), "sputter")
    (seen,) = another.since(0)
    assert (seen.kind, seen.content) == ("loaded", {"sample": "a"})


def test_the_log_dates_what_it_is_given(log):
    log.append(0, Event("loaded"))
    (seen,) = log.since(0)
    assert datetime.now(UTC) - seen.at < timedelta(minutes=1)


def test_whoever_comes_second_is_told(log):
    log.append(0, Event("loaded"))
    with pytest.raises(Conflict):
        log.append(0, Event("moved"))
    assert [event.kind for event in log.since(0)] == ["loaded"]
