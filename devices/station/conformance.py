"""What every log of a station must do: inherit `StationLogConformance` in a test module and say how to build yours."""

import threading
from abc import abstractmethod
from datetime import timedelta
from pathlib import Path

from devices.station.log import Conflict, Event, StationLog


class StationLogConformance:
    """The promises of the StationLog protocol, as tests. A subclass names itself Test... and runs under pytest."""

    outlives_its_object: bool = True
    """Whether a second log built for the same folder sees what the first one wrote."""

    @abstractmethod
    def build(self, folder: Path) -> StationLog:
        """A log of one station; for the same folder always the same station."""

    def test_a_new_log_is_empty(self, tmp_path: Path) -> None:
        assert list(self.build(tmp_path).since(0)) == []

    def test_events_come_back_in_order_with_kind_and_content(self, tmp_path: Path) -> None:
        log = self.build(tmp_path)
        content = {"text": "抵抗", "number": 1e-7, "nothing": None, "nested": {"list": [1, 2.5, True]}}
        assert log.append(0, Event("first", content), Event("second")) == 2
        assert log.append(2, Event("third")) == 3
        assert [(each.kind, dict(each.content)) for each in log.since(0)] == [
            ("first", content),
            ("second", {}),
            ("third", {}),
        ]

    def test_only_what_is_new_is_read(self, tmp_path: Path) -> None:
        log = self.build(tmp_path)
        log.append(0, Event("a"), Event("b"), Event("c"))
        assert [each.kind for each in log.since(2)] == ["c"]
        assert list(log.since(3)) == []

    def test_the_log_stamps_events_with_the_time_in_utc(self, tmp_path: Path) -> None:
        log = self.build(tmp_path)
        log.append(0, Event("a"))
        log.append(1, Event("b"))
        first, second = (each.at for each in log.since(0))
        assert first is not None
        assert second is not None
        assert first.utcoffset() == timedelta(0)
        assert first <= second

    def test_whoever_has_not_read_everything_writes_nothing(self, tmp_path: Path) -> None:
        log = self.build(tmp_path)
        log.append(0, Event("a"))
        for position in (0, 2):
            try:
                log.append(position, Event("late"), Event("later"))
            except Conflict:
                continue
            raise AssertionError(f"appended at {position} behind 1 event")
        assert [each.kind for each in log.since(0)] == ["a"]

    def test_of_many_who_append_at_once_one_succeeds(self, tmp_path: Path) -> None:
        log = self.build(tmp_path)
        start = threading.Barrier(4)
        lengths: list[int] = []

        def append(number: int) -> None:
            start.wait()
            try:
                lengths.append(log.append(0, Event("mine", {"number": number}), Event("mine", {"number": number})))
            except Conflict:
                return

        threads = [threading.Thread(target=append, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert lengths == [2]
        first, second = log.since(0)
        assert first.content == second.content

    def test_the_log_outlives_its_object(self, tmp_path: Path) -> None:
        first = self.build(tmp_path)
        first.append(0, Event("a"))
        again = self.build(tmp_path) if self.outlives_its_object else first
        assert [each.kind for each in again.since(0)] == ["a"]
