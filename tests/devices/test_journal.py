"""The journal of a run (R32)."""

import json
import threading

import pytest

from devices.journal import FileJournal, complete, lines


@pytest.fixture
def begin():
    begun = []

    def begin(path, **settings):
        begun.append(FileJournal(path, **settings))
        return begun[-1]

    yield begin
    for journal in begun:
        journal.close()


def test_r32_every_command_and_answer_is_kept_in_order_with_its_time(tmp_path, begin):
    journal = begin(tmp_path / "run" / "bytes.jsonl")
    journal.sent(1.5, "gun", b"C0250")
    journal.sent(2.0, "gas", b"P?\r\n")
    journal.received(2.25, "gas", b"5.0000E-01\r\n")
    journal.failed(9.0, "gun", "gun: no answer within 0.5 s")
    journal.close()

    kept = [(line.at, line.device, line.kind, line.content) for line in lines(tmp_path / "run" / "bytes.jsonl")]
    assert kept == [
        (1.5, "gun", "sent", b"C0250"),
        (2.0, "gas", "sent", b"P?\r\n"),
        (2.25, "gas", "received", b"5.0000E-01\r\n"),
        (9.0, "gun", "failed", b"gun: no answer within 0.5 s"),
    ]


def test_r32_any_byte_survives(tmp_path, begin):
    journal = begin(tmp_path / "bytes.jsonl")
    journal.received(0.0, "heater", bytes(range(256)))
    assert next(lines(tmp_path / "bytes.jsonl")).content == bytes(range(256))


def test_what_was_sent_is_on_its_way_to_the_disk_before_anything_else_happens(tmp_path, begin):
    journal = begin(tmp_path / "bytes.jsonl")
    journal.sent(0.0, "robot", b"MOVE cassette/1 chamber/1\r\n")
    assert len(list(lines(tmp_path / "bytes.jsonl"))) == 1  # the journal is still open: as after a kill -9


def test_r32_the_journal_never_grows_beyond_its_limit_and_keeps_the_end(tmp_path, begin):
    path = tmp_path / "bytes.jsonl"
    journal = begin(path, limit=4000)
    for count in range(500):
        journal.sent(float(count), "gun", b"d")
    kept = [line.at for line in lines(path)]
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 4000
    assert kept == [float(count) for count in range(500 - len(kept), 500)]
    assert len(kept) > 25
    assert not complete(path)


def test_a_journal_says_whether_it_still_has_its_beginning(tmp_path, begin):
    path = tmp_path / "bytes.jsonl"
    assert not complete(path)
    journal = begin(path, limit=400)
    for count in range(5):
        journal.sent(float(count), "gun", b"d")
    assert (tmp_path / "bytes.jsonl.older").exists()
    assert complete(path)
    assert [line.at for line in lines(path)] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_line_that_a_crash_cut_off_is_left_out_and_the_journal_goes_on_behind_the_last_whole_one(tmp_path, begin):
    path = tmp_path / "bytes.jsonl"
    journal = begin(path)
    journal.sent(1.0, "gun", b"d")
    journal.close()
    path.write_text(path.read_text() + '{"at": 2.0, "dev')
    assert [line.at for line in lines(path)] == [1.0]

    resumed = begin(path)
    resumed.sent(3.0, "gun", b"e")
    assert [line.at for line in lines(path)] == [1.0, 3.0]
    assert complete(path)


def test_several_links_write_whole_lines(tmp_path, begin):
    journal = begin(tmp_path / "bytes.jsonl")

    def talk(device):
        for count in range(200):
            journal.sent(float(count), device, b"x" * 50)

    threads = [threading.Thread(target=talk, args=(name,)) for name in ("gun", "gas", "heater")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = (tmp_path / "bytes.jsonl").read_text().splitlines()
    assert len([json.loads(line) for line in written]) == 601
