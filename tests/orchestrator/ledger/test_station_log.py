import threading

import pytest

from orchestrator.ledger.errors import StationMovedOn
from orchestrator.ledger.station_log import StationEntry, StationRows, stations


@pytest.fixture
def rows(database) -> StationRows:
    return StationRows(database, "sputter")


def kinds(rows: StationRows, position: int = 0) -> list[str]:
    return [entry.kind for entry in rows.since(position)]


def test_what_happened_is_read_back_in_order_with_its_content_and_its_moment(rows):
    assert rows.append(0, [StationEntry("loaded", {"sample": "a", "slot": 1}), StationEntry("moved")]) == 2
    assert rows.append(2, [StationEntry("tripped", {"reason": "water"})]) == 3
    first, *_ = rows.since(0)
    assert first.content == {"sample": "a", "slot": 1}
    assert first.at.utcoffset().total_seconds() == 0
    assert kinds(rows) == ["loaded", "moved", "tripped"]
    assert kinds(rows, 2) == ["tripped"]


@pytest.mark.parametrize("position", [0, 2])
def test_whoever_has_not_read_everything_or_has_read_too_much_writes_nothing(rows, position):
    rows.append(0, [StationEntry("loaded")])
    with pytest.raises(StationMovedOn, match="sputter"):
        rows.append(position, [StationEntry("moved"), StationEntry("moved")])
    assert kinds(rows) == ["loaded"]


def test_two_stations_know_nothing_of_each_other(database, rows):
    rows.append(0, [StationEntry("loaded")])
    other = StationRows(database, "furnace")
    assert other.since(0) == []
    other.append(0, [StationEntry("heated")])
    with database.reading() as session:
        assert stations(session) == ["furnace", "sputter"]


def test_of_many_who_append_at_once_each_position_goes_to_exactly_one(rows):
    won: list[str] = []

    def insist(name: str) -> None:
        for number in range(5):
            while True:
                try:
                    rows.append(len(rows.since(0)), [StationEntry(f"{name}{number}")])
                except StationMovedOn:
                    continue
                won.append(f"{name}{number}")
                break

    threads = [threading.Thread(target=insist, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kinds(rows)) == sorted(won)
    assert len(won) == 15
