import os
import subprocess

import psutil
import pytest

from orchestrator.executors.leftovers import MARK, kill_leftovers, leftovers
from orchestrator.executors.program import Program

pytestmark = pytest.mark.usefixtures("adopts_nobody")


def run(folder, script, limit=20.0, grace=0.2):
    return Program(["sh", "-c", script], {"EXTRA": "1"}, limit, grace).run(folder)


def test_the_end_of_a_program_is_its_exit_code(tmp_path):
    ended = run(tmp_path, "echo out; echo err >&2; exit 3")
    assert (ended.code, ended.over_time, ended.how) == (3, False, "exit code 3")
    assert ((tmp_path / "stdout.txt").read_text(), (tmp_path / "stderr.txt").read_text()) == ("out\n", "err\n")


def test_a_signal_is_named(tmp_path):
    assert run(tmp_path, "kill -ABRT $$").how == "killed by SIGABRT"


def test_a_program_leads_a_process_group_of_its_own(tmp_path):
    run(tmp_path, "ps -o pgid= -p $$ > group; echo $$ > leader")
    assert (tmp_path / "group").read_text().strip() == (tmp_path / "leader").read_text().strip()


def test_a_program_that_ignores_the_request_to_end_is_killed(tmp_path):
    ended = run(tmp_path, "trap '' TERM; sleep 60 & wait; sleep 60", limit=0.2)
    assert ended.over_time
    assert ended.seconds < 10


def test_no_zombie_is_left_of_children_that_a_program_did_not_wait_for(tmp_path):
    run(tmp_path, "(sleep 0.05 & exec sleep 0.2); setsid sh -c 'sleep 0.05' & sleep 0.1")
    children = psutil.Process().children(recursive=True)
    assert not [it for it in children if it.status() == psutil.STATUS_ZOMBIE]


def test_a_program_that_is_not_there_cannot_start(tmp_path):
    with pytest.raises(FileNotFoundError):
        Program(["./none"], {}, 1.0).run(tmp_path)


def test_leftovers_are_found_by_their_mark_and_others_are_left_alone(tmp_path):
    ours, others = (
        subprocess.Popen(["sleep", "60"], env={**os.environ, MARK: str(folder)}, start_new_session=True)
        for folder in (tmp_path, tmp_path / "other")
    )
    assert [it.pid for it in leftovers(tmp_path)] == [ours.pid]
    assert kill_leftovers(tmp_path) == 1
    assert ours.wait(5) == -9
    assert others.poll() is None
    others.kill()
    others.wait()
