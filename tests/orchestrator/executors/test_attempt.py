import os
import threading

import pytest

from orchestrator.executors.attempt import AttemptFolder, Evaluation, Request
from orchestrator.executors.errors import UnusableFolder
from orchestrator.executors.identity import ProcessIdentity
from orchestrator.executors.outcome import Outcome, Value

DONE = Outcome(values={"energy": Value(value=1.0)})
LATE = Outcome.failed("timeout", "too late")


@pytest.fixture
def folder(tmp_path):
    return AttemptFolder("campaign/1/1", tmp_path)


def _evaluation(folder, claim=1):
    worker = ProcessIdentity.of(os.getpid())
    return Evaluation(key=folder.key, folder=folder.path, claim=claim, worker=worker, started_at=0.0, clock=0.0)


def test_the_first_outcome_counts_for_good(folder):
    assert folder.outcome() is None
    assert folder.conclude(DONE) == DONE
    assert folder.conclude(LATE) == DONE
    assert folder.outcome() == DONE


def test_of_many_that_conclude_at_once_all_hear_the_same_outcome(folder):
    outcomes = [Outcome.failed("fault", str(number)) for number in range(8)]
    heard = []
    threads = [threading.Thread(target=lambda o=outcome: heard.append(folder.conclude(o))) for outcome in outcomes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == [folder.outcome()] * 8


def test_a_request_is_claimed_by_one_worker(folder):
    assert folder.claim(_evaluation(folder))
    assert not folder.claim(_evaluation(folder))
    assert folder.evaluation() == _evaluation(folder)


def test_a_withdrawn_request_cannot_be_claimed(folder):
    assert folder.withdraw() is None
    assert not folder.claim(_evaluation(folder))


def test_a_claimed_request_cannot_be_withdrawn(folder):
    folder.claim(_evaluation(folder))
    assert folder.withdraw() == _evaluation(folder)


def test_after_a_withdrawal_the_next_request_can_be_claimed_and_the_first_still_cannot(folder):
    folder.withdraw()
    assert folder.next_claim() == 2
    assert not folder.claim(_evaluation(folder, claim=1))
    assert folder.claim(_evaluation(folder, claim=2))


def test_a_request_can_be_withdrawn_again_and_again(folder):
    assert [folder.withdraw(), folder.withdraw(), folder.withdraw()] == [None] * 3
    assert folder.next_claim() == 4


def test_an_evaluation_is_found_behind_withdrawn_requests(folder):
    folder.withdraw()
    folder.withdraw()
    folder.claim(_evaluation(folder, claim=3))
    assert folder.evaluation() == folder.withdraw() == _evaluation(folder, claim=3)


def test_every_file_of_another_attempt_is_refused(folder):
    other = AttemptFolder("campaign/2/1", folder.path)
    folder.conclude(DONE)
    folder.claim(_evaluation(folder))
    folder.ask(_request(folder))
    for read in (other.outcome, other.evaluation, other.request, other.withdraw, lambda: other.conclude(LATE)):
        with pytest.raises(UnusableFolder, match=r"campaign/1/1.*campaign/2/1"):
            read()


def test_a_damaged_file_is_named(folder):
    (folder.path / "outcome.json").write_text('{"version": 1, "key": "campai')
    with pytest.raises(UnusableFolder, match=r"outcome\.json is damaged"):
        folder.outcome()


def test_a_folder_that_is_gone_is_named(tmp_path):
    with pytest.raises(UnusableFolder, match=r"cannot write .*gone/outcome\.json: No such file"):
        AttemptFolder("campaign/1/1", tmp_path / "gone").conclude(DONE)


def test_no_temporary_file_is_left(folder):
    folder.ask(_request(folder))
    folder.withdraw()
    folder.claim(_evaluation(folder))
    folder.conclude(DONE)
    folder.conclude(LATE)
    assert sorted(path.name for path in folder.path.iterdir()) == ["claim-1.json", "outcome.json", "request.json"]


def test_numbers_survive_being_written_exactly(folder):
    parameters = {"a": 0.1 + 0.2, "b": 5e-324, "c": 2**53 + 1, "d": float("inf"), "e": -0.0}
    folder.ask(_request(folder, parameters))
    assert repr(folder.request().parameters) == repr(parameters)


def _request(folder, parameters=None):
    return Request(
        key=folder.key,
        claim=1,
        function="module:factory",
        settings={},
        objectives=("energy",),
        parameters=parameters or {},
        timeout=1.0,
        started_at=0.0,
        clock=0.0,
        path=(),
    )
