"""`kill -9` at a line of the loop or the ledger, any line: the resumed campaign is the uninterrupted one.

A child process is forked that counts the lines it executes in our own code, and kills itself, as the power cut would,
at a given one. Then the campaign is resumed and compared.
"""

import os
import shutil
import signal
import sys
import traceback
from pathlib import Path

import pytest

import orchestrator.ledger
import orchestrator.loop
from orchestrator.ledger.home import Home
from orchestrator.loop import drive as loop_drive
from orchestrator.loop.audit import audit
from orchestrator.loop.questions import Answer

WATCHED = (str(Path(orchestrator.loop.__file__).parent), str(Path(orchestrator.ledger.__file__).parent))
SHOWN = ("trial", "status", "parameters", "objectives", "predicted", "score")


EXECUTED = {"lines": 0}
"""The lines of the watched code that a child has executed so far; always 0 in the parent."""


def lines_executed(act, die_at: int | None = None) -> int | None:
    """Run `act` in a forked child, killed at line number `die_at`; returns the lines executed if it survived."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:

        def line(frame, event, _argument):
            if event == "line":
                EXECUTED["lines"] += 1
                if EXECUTED["lines"] == die_at:
                    os.kill(os.getpid(), signal.SIGKILL)
            return line

        def called(frame, event, _argument):
            return line if frame.f_code.co_filename.startswith(WATCHED) else None

        try:
            sys.settrace(called)
            act()
            sys.settrace(None)
            os.write(write, str(EXECUTED["lines"]).encode())
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    answer = os.read(read, 64)
    os.close(read)
    return int(answer) if answer else None


def story(bench) -> list[dict]:
    return [{key: trial[key] for key in SHOWN} for trial in bench.trials()]


@pytest.fixture
def rerun(bench):
    """Fresh copies of the entered campaign and its laboratory, one for every death."""
    return rerunning(bench)


def rerunning(bench):
    original = bench.home.folder
    untouched = original.with_name("untouched")
    shutil.copytree(original, untouched)

    def again() -> None:
        shutil.rmtree(original)
        shutil.copytree(untouched, original)
        shutil.rmtree(bench.lab.folder)
        bench.lab.folder.mkdir()

    return again


def deaths(total: int, count: int) -> list[int]:
    """`count` line numbers spread over a run, or all of them."""
    return list(range(1, total + 1)) if count >= total else [1 + total * step // count for step in range(count)]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [20, pytest.param(400, marks=pytest.mark.kill)], ids=["some lines", "many lines"])
def test_a_campaign_killed_at_a_line_is_the_uninterrupted_one_after_resume(bench, rerun, count):
    total = lines_executed(bench.drive)
    assert total is not None and total > 500
    uninterrupted = story(bench)
    assert len(uninterrupted) == 6

    for line in deaths(total, count):
        rerun()
        assert lines_executed(bench.drive, die_at=line) is None
        ending = bench.drive()
        assert ending.status == "done", line
        assert story(bench) == uninterrupted, f"killed at line {line} of {total}"
        assert [bench.lab.starts_of(trial) for trial in range(1, 7)] == [1] * 6, f"killed at line {line} of {total}"
    database = Home(bench.home.folder).database()
    assert audit(database, bench.name, bench.spec)["differences"] == []
    database.close()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [4, pytest.param(200, marks=pytest.mark.kill)], ids=["some lines", "many lines"])
def test_answers_outlive_a_campaign_that_is_killed_while_it_asks_or_hears_them(bench_with, monkeypatch, count):
    monkeypatch.setattr(loop_drive, "LONGEST_WAIT", 0.001)
    bench = bench_with(approval="{first: 3}", stop="{trials: 30, target: 0.5, propose: true}")
    rerun = rerunning(bench)

    def person(questions) -> None:
        for question in questions:
            wish = "approve" if question.key.startswith("trial") else "go on" if len(bench.trials()) < 6 else "accept"
            wish = "reject" if question.key == "trial-2" else wish
            bench.questions().answer(question.key, Answer(wish, "anna", trials=2))

    def act():
        return bench.drive(None, person)

    total = lines_executed(act)
    assert total is not None
    uninterrupted = story(bench)
    assert [trial["status"] for trial in uninterrupted][:3] == ["completed", "rejected", "completed"]
    for line in deaths(total, count):
        rerun()
        assert lines_executed(act, die_at=line) is None
        if bench.status()["status"] != "done":  # the last word may have ended it before the process died
            assert act().status == "done", line
        assert story(bench) == uninterrupted, f"killed at line {line} of {total}"
        assert bench.lab.starts_of(2) == 0
        assert all(bench.lab.starts_of(trial["trial"]) <= 1 for trial in uninterrupted)
    assert bench.audit()["differences"] == []


def lines_at_starts(bench) -> list[int]:
    """How many lines had been executed when each trial was started."""
    note, start = bench.home.folder / "starts", bench.lab.start

    def noting(*arguments):
        with note.open("a") as file:
            file.write(f"{EXECUTED['lines']}\n")
        return start(*arguments)

    bench.lab.start = noting
    lines_executed(bench.drive)
    bench.lab.start = start
    return [int(line) for line in note.read_text().split()]


def test_a_laboratory_that_keeps_no_book_is_asked_about_and_never_told_twice(bench, rerun):
    starts = lines_at_starts(bench)
    assert len(starts) == 6
    bench.lab.forgetful = True
    doubted = 0
    for line in [line for start in starts[::2] for line in (start, start + 1, start + 2, start + 60)]:
        rerun()
        lines_executed(bench.drive, die_at=line)
        ending = bench.drive()
        doubted += ending.status == "review"
        assert all(bench.lab.starts_of(trial) <= 1 for trial in range(1, 7))
        uncertain = [trial["trial"] for trial in bench.trials() if trial["status"] == "uncertain"]
        assert (ending.status == "review") == bool(uncertain)
    assert doubted >= 3
