import json
import subprocess
import threading
from pathlib import Path
from typing import ClassVar

import pytest

from orchestrator.executors.attempt import AttemptFolder
from orchestrator.executors.base import NeverStarted, Unknown
from orchestrator.executors.conformance import ExecutorConformance
from orchestrator.executors.errors import PlaceUnreachable
from orchestrator.executors.identity import ProcessIdentity
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.executors.place import Errand, FolderWork, Gone
from orchestrator.executors.placed import PlacedExecutor


class DetachedPlace:
    """Errands are detached processes; `begun` counts how often each was begun.

    While `unreachable` is set nothing answers; while `holds_back` is set errands wait as in a queue.
    """

    visibility = 0.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unreachable = False
        self.holds_back = False

    def begin(self, errand: Errand):
        self._answer()
        with (self.folder / "begun").open("a") as file:
            file.write(f"{errand.name}\n")
        shell = "sleep 600; " if self.holds_back else ""
        words = ["sh", "-c", f'{shell}exec "$@"', "sh", *errand.command]
        with (errand.folder / "place.log").open("ab") as log:
            process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        threading.Thread(target=process.wait, daemon=True).start()
        ticket = {"process": ProcessIdentity.of(process.pid).model_dump(mode="json")}
        self._entry(errand.name).write_text(json.dumps(ticket))
        return ticket

    def find(self, name, folder):
        self._answer()
        if not self._entry(name).exists():
            return None
        ticket = json.loads(self._entry(name).read_text())
        return None if isinstance(self.standing(ticket), Gone) else ticket

    def standing(self, ticket):
        self._answer()
        process = ProcessIdentity.model_validate(ticket["process"])
        return "running" if process.standing == "alive" else Gone("fault", "the process has ended")

    def end(self, ticket):
        self._answer()
        ProcessIdentity.model_validate(ticket["process"]).kill_with_descendants()

    def close(self):
        pass

    def begun(self, name) -> int:
        book = self.folder / "begun"
        return book.read_text().splitlines().count(name) if book.exists() else 0

    def _entry(self, name) -> Path:
        return self.folder / f"{name.replace('/', '_')}.json"

    def _answer(self) -> None:
        if self.unreachable:
            raise PlaceUnreachable("the queue does not answer")


def work(timeout=60.0, function="picky", **settings):
    return FolderWork(function, settings, timeout, ("energy",))


class TestPlacedExecutor(ExecutorConformance):
    good: ClassVar = {"x": 0.5}
    other: ClassVar = {"x": 0.75}
    bad: ClassVar = {"x": -1.0}

    def build(self, folder):
        return PlacedExecutor(work(), DetachedPlace(folder))

    def build_slow(self, folder):
        return PlacedExecutor(work(timeout=600.0, delay=60.0), DetachedPlace(folder))


@pytest.fixture
def place(tmp_path):
    return DetachedPlace(tmp_path)


@pytest.fixture
def placed(place):
    """Executors at the same place."""
    return lambda timeout=60.0, function="picky", **settings: PlacedExecutor(work(timeout, function, **settings), place)


def test_starting_an_attempt_twice_submits_it_once(placed, place, attempt, follow):
    key, folder = attempt()
    handles = [placed().start(key, {"x": 0.5}, folder) for _ in range(2)]
    assert follow(placed(), handles[0]) == follow(placed(), handles[1])
    assert place.begun(key) == 1


def test_an_attempt_in_the_queue_when_its_owner_died_is_found_by_its_name(placed, place, attempt):
    key, folder = attempt()
    place.holds_back = True
    handle = placed().start(key, {"x": 0.5}, folder)
    assert placed().reconcile(key, folder) == handle
    placed().cancel(handle)


def test_an_errand_that_turns_up_after_it_was_given_up_does_nothing(placed, place, attempt, follow, wait_for, lab):
    key, folder = attempt()
    first = placed(function="logged_quadratic", log=str(lab.log))
    place.holds_back = True
    handle = first.start(key, {"x": 0.5}, folder)
    late = AttemptFolder(key, folder).request()
    place.end(handle["ticket"])
    assert first.reconcile(key, folder) == NeverStarted()
    place.holds_back = False
    ticket = place.begin(first._errand(AttemptFolder(key, folder), late))
    wait_for(lambda: isinstance(place.standing(ticket), Gone))
    assert lab.count("start", folder) == 0
    assert follow(first, first.start(key, {"x": 0.5}, folder)).values
    assert lab.count("start", folder) == 1


def test_a_place_that_does_not_answer_is_never_one_that_has_nothing(placed, place, attempt, follow):
    key, folder = attempt()
    here = placed(delay=0.3)
    handle = here.start(key, {"x": 0.5}, folder)
    place.unreachable = True
    assert here.poll(handle) is None
    assert isinstance(here.reconcile(key, folder), Unknown)
    assert follow(here, handle).values  # the outcome needs no answer: it is in the folder


def test_starting_at_a_place_that_does_not_answer_says_so(placed, place, tmp_path):
    place.unreachable = True
    with pytest.raises(PlaceUnreachable):
        placed().start("campaign/1/1", {"x": 0.5}, tmp_path)


def test_an_errand_that_ends_without_an_outcome_is_a_fault_with_its_last_words(placed, attempt, follow):
    key, folder = attempt()
    outcome = follow(here := placed(function="dying"), here.start(key, {"x": 0.5}, folder))
    assert outcome.failure.kind == "fault"
    assert outcome.details["output"] == "just before the end"


def test_the_time_limit_counts_from_the_beginning_and_not_from_the_submission(placed, place, attempt, follow, wait_for):
    key, folder = attempt()
    here = placed(timeout=0.5, function="endless")
    outcome = follow(here, here.start(key, {"x": 0.5}, folder))
    assert outcome.failure.kind == "timeout"


def test_an_outcome_may_take_a_while_to_be_seen(placed, place, attempt, follow):
    place.visibility = 0.5
    key, folder = attempt()
    here = placed(function="dying")
    handle = here.start(key, {"x": 0.5}, folder)
    process = ProcessIdentity.model_validate(handle["ticket"]["process"])
    while process.standing == "alive":
        pass
    assert here.poll(handle) is None
    AttemptFolder(key, folder).conclude(done := Outcome(values={"energy": Value(value=1.0)}))
    assert follow(here, handle) == done
