"""What every executor must do: inherit `ExecutorConformance` in a test module and say how to build yours."""

import json
import time
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from orchestrator.executors.base import Executor, Handle, NeverStarted, Unknown
from orchestrator.executors.outcome import FailureKind, Outcome

if TYPE_CHECKING:
    from optimizers import Parameters


class ExecutorConformance:
    """The promises of the executor protocol, as tests.

    A subclass names itself Test..., overrides the attributes and the two methods below, and runs under pytest.
    Each test builds several executors from the same settings, for a resumed campaign has a new one.
    """

    good: ClassVar["Parameters"]
    """Parameters that have a value within `patience` ..."""
    other: ClassVar["Parameters"]
    """... and others, whose value differs."""
    bad: ClassVar["Parameters"]
    """Parameters whose trial fails."""
    acts_outside: ClassVar[bool] = True
    """Whether an experiment leaves traces outside the executor, so that doing it again would be doing it twice."""
    patience: ClassVar[float] = 20.0
    """Seconds within which an experiment with `build` ends."""

    @abstractmethod
    def build(self, folder: Path) -> Executor:
        """A new executor, always with the same settings. `folder` is the same for all executors of a test."""

    @abstractmethod
    def build_slow(self, folder: Path) -> Executor:
        """The same, but an experiment takes at least a minute unless it is cancelled."""

    def test_an_experiment_has_an_outcome_with_values(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as executor:
            outcome = self._follow(executor, executor.start("c/1/1", self.good, _folder(tmp_path, 1)))
        assert outcome.failure is None
        assert outcome.values

    def test_an_executor_is_an_executor(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as executor:
            assert isinstance(executor, Executor)

    def test_the_outcome_does_not_change_when_it_is_asked_for_again(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as executor:
            handle = executor.start("c/1/1", self.good, _folder(tmp_path, 1))
            assert self._follow(executor, handle) == executor.poll(handle)

    def test_a_failed_experiment_says_what_kind_of_failure_it_is_and_why(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as executor:
            outcome = self._follow(executor, executor.start("c/1/1", self.bad, _folder(tmp_path, 1)))
        assert outcome.failure is not None
        assert outcome.failure.kind in get_args(FailureKind)
        assert outcome.failure.reason

    def test_a_handle_survives_being_written_as_json(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as executor:
            handle = executor.start("c/1/1", self.good, _folder(tmp_path, 1))
            copy = json.loads(json.dumps(handle))
            assert copy == handle
            assert self._follow(executor, copy) == self._follow(executor, handle)

    def test_a_new_executor_finds_the_experiment_by_its_handle(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as first, self._executor(tmp_path) as second:
            handle = first.start("c/1/1", self.good, _folder(tmp_path, 1))
            assert self._follow(second, handle) == self._follow(first, handle)

    def test_an_experiment_goes_on_when_its_executor_is_closed(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as first:
            handle = first.start("c/1/1", self.good, _folder(tmp_path, 1))
        with self._executor(tmp_path) as second:
            assert self._follow(second, handle).values

    def test_two_experiments_at_once_do_not_mix(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as executor:
            one = executor.start("c/1/1", self.good, _folder(tmp_path, 1))
            two = executor.start("c/2/1", self.other, _folder(tmp_path, 2))
            assert self._follow(executor, one).values != self._follow(executor, two).values
            three = executor.start("c/3/1", self.good, _folder(tmp_path, 3))
            assert self._follow(executor, three).values == self._follow(executor, one).values

    def test_a_slow_experiment_has_no_outcome_yet_and_polling_does_not_wait_for_it(self, tmp_path: Path) -> None:
        with self._slow_executor(tmp_path) as executor:
            handle = executor.start("c/1/1", self.good, _folder(tmp_path, 1))
            began = time.monotonic()
            assert executor.poll(handle) is None
            assert time.monotonic() - began < 1.0
            executor.cancel(handle)

    def test_a_cancelled_experiment_says_so(self, tmp_path: Path) -> None:
        with self._slow_executor(tmp_path) as executor:
            handle = executor.start("c/1/1", self.good, _folder(tmp_path, 1))
            executor.cancel(handle)
            assert _kind(self._follow(executor, handle)) == "cancelled"

    def test_a_new_executor_can_cancel_and_both_hear_of_it(self, tmp_path: Path) -> None:
        with self._slow_executor(tmp_path) as first, self._slow_executor(tmp_path) as second:
            handle = first.start("c/1/1", self.good, _folder(tmp_path, 1))
            second.cancel(handle)
            assert _kind(self._follow(second, handle)) == "cancelled"
            assert _kind(self._follow(first, handle)) == "cancelled"

    def test_cancelling_after_the_end_changes_nothing(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as executor:
            handle = executor.start("c/1/1", self.good, _folder(tmp_path, 1))
            outcome = self._follow(executor, handle)
            executor.cancel(handle)
            assert executor.poll(handle) == outcome

    def test_cancelling_one_experiment_leaves_the_other_alone(self, tmp_path: Path) -> None:
        with self._slow_executor(tmp_path) as executor:
            one = executor.start("c/1/1", self.good, _folder(tmp_path, 1))
            two = executor.start("c/2/1", self.other, _folder(tmp_path, 2))
            executor.cancel(one)
            assert executor.poll(two) is None
            executor.cancel(two)

    def test_an_attempt_that_nobody_started_was_never_started(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as executor:
            assert executor.reconcile("c/1/1", _folder(tmp_path, 1)) == NeverStarted()

    def test_an_attempt_whose_folder_was_not_made_yet_was_never_started(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as executor:
            assert executor.reconcile("c/1/1", tmp_path / "not" / "made") == NeverStarted()

    def test_an_attempt_that_was_never_started_can_be_started(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as executor:
            folder = _folder(tmp_path, 1)
            executor.reconcile("c/1/1", folder)
            assert self._follow(executor, executor.start("c/1/1", self.good, folder)).values

    def test_reconciling_after_the_end_leads_to_the_same_outcome(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as first:
            folder = _folder(tmp_path, 1)
            outcome = self._follow(first, first.start("c/1/1", self.good, folder))
        with self._executor(tmp_path) as second:
            assert self._reconciled(second, "c/1/1", self.good, folder) == outcome

    def test_reconciling_right_after_the_start_leads_to_an_outcome(self, tmp_path: Path) -> None:
        with self._executor(tmp_path) as first, self._executor(tmp_path) as second:
            folder = _folder(tmp_path, 1)
            first.start("c/1/1", self.good, folder)
            found = second.reconcile("c/1/1", folder)
            if found == NeverStarted():
                found = second.start("c/1/1", self.good, folder)
            assert not isinstance(found, NeverStarted | Unknown)
            assert (found if isinstance(found, Outcome) else self._follow(second, found)).values

    @contextmanager
    def _executor(self, folder: Path) -> Iterator[Executor]:
        with closing(self.build(folder)) as executor:
            yield executor

    @contextmanager
    def _slow_executor(self, folder: Path) -> Iterator[Executor]:
        with closing(self.build_slow(folder)) as executor:
            yield executor

    def _follow(self, executor: Executor, handle: Handle) -> Outcome:
        deadline = time.monotonic() + self.patience
        while (outcome := executor.poll(handle)) is None:
            assert time.monotonic() < deadline, f"no outcome within {self.patience} s"
            time.sleep(0.005)
        return outcome

    def _reconciled(self, executor: Executor, key: str, parameters: "Parameters", folder: Path) -> Outcome:
        found = executor.reconcile(key, folder)
        assert not isinstance(found, Unknown), found.reason
        if isinstance(found, NeverStarted):
            assert not self.acts_outside, "an experiment that was done counts as never started: it would be done twice"
            found = executor.start(key, parameters, folder)
        return found if isinstance(found, Outcome) else self._follow(executor, found)


def _folder(root: Path, trial: int) -> Path:
    folder = root / f"attempt-{trial}"
    folder.mkdir()
    return folder


def _kind(outcome: Outcome) -> Any:
    return outcome.failure and outcome.failure.kind
