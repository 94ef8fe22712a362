import itertools
from collections.abc import Iterator

import pytest

from devices.leases import HeldLease, LeaseHeld, LeaseLost, LeasesUnreachable
from orchestrator.kinds.station_leases import LedgerLeases
from orchestrator.ledger.database import Database
from orchestrator.ledger.tables import DeviceLease, now
from orchestrator.ledger.upgrade import upgrade

GUN, HEATER = "sputter/gun", "sputter/heater"


@pytest.fixture
def database(tmp_path) -> Iterator[Database]:
    ledger = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    upgrade(ledger)
    yield ledger
    ledger.close()


@pytest.fixture
def leases(database) -> LedgerLeases:
    return LedgerLeases(database)


def expire(database: Database, device: str, **changes) -> None:
    with database.writing() as session:
        row = session.get(DeviceLease, device)
        row.expires_at = now()
        for name, value in changes.items():
            setattr(row, name, value)
        session.add(row)


def test_r11_a_second_campaign_is_refused_while_the_first_lives_and_admitted_after_its_time(leases, database):
    leases.take([GUN, HEATER], "first")
    another = LedgerLeases(database)
    with pytest.raises(LeaseHeld, match="driven by first"):
        another.take([HEATER], "second")
    expire(database, HEATER)
    another.take([HEATER], "second")


def test_r12_whoever_was_taken_over_is_told_by_whom(leases, database):
    leases.take([GUN, HEATER], "first")
    expire(database, GUN)
    LedgerLeases(database).take([GUN], "second")
    with pytest.raises(LeaseLost, match="driven by second") as lost:
        leases.beat("first")
    assert lost.value.holder == "second"


def test_r12_whoever_slept_too_long_has_lost_even_what_nobody_took(leases, database):
    leases.take([GUN], "first")
    expire(database, GUN)
    with pytest.raises(LeaseLost, match="is over"):
        leases.beat("first")


def test_what_is_given_back_is_free(leases):
    leases.take([GUN], "first")
    leases.release("first")
    leases.take([GUN], "second")


def test_a_ledger_that_cannot_be_reached_is_no_loss(tmp_path):
    unreachable = LedgerLeases(Database(f"sqlite:///{tmp_path / 'nowhere' / 'ledger.db'}"))
    for act in (
        lambda: unreachable.take([GUN], "me"),
        lambda: unreachable.beat("me"),
        lambda: unreachable.release("me"),
    ):
        with pytest.raises(LeasesUnreachable):
            act()


def test_a_rig_holds_them_as_it_holds_any_others(leases):
    seconds = itertools.count(0.0, 6.0)
    held = HeldLease(leases, "me", lambda: next(seconds))
    held.take([GUN])
    held.confirm()
    held.confirm()
