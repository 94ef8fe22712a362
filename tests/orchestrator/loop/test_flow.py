"""The Prefect flow, against a real server: what a person sees in the UI, and what a dead process leaves there."""

import contextvars
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from orchestrator.ledger.errors import AlreadyAnswered, LedgerUnavailable
from orchestrator.ledger.home import Home
from orchestrator.loop.errors import NoServerThere, PortBusy, ServerFailed, ServerInUse
from orchestrator.loop.questions import Answer
from orchestrator.loop.server import require_port, running, server, stop
from orchestrator.loop.session import owned
from orchestrator.report.artifacts import Panel

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with a managed server, to which this process's Prefect client talks."""
    home = Home(tmp_path_factory.mktemp("home"))
    before = dict(os.environ)
    os.environ.pop("PREFECT_API_URL", None)
    os.environ["PREFECT_LOGGING_EXTRA_LOGGERS"] = ""  # other tests of this process must not log to this server
    with server(home):
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: os.environ["PREFECT_API_URL"]}):
            yield home
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def conduct(prefect_home, bench):
    """Drive the bench's campaign as a flow; returns its ending."""

    def act(before=lambda run: None):
        from orchestrator.loop.flow import run_flow

        with owned(bench.home, bench.name, bench.equipment()) as run:
            before(run)
            panel = Panel(run.database, run.spec)
            return run_flow(run, lambda snapshot: panel.seen(snapshot.position), panel.last)

    return act


def flow_runs(state: str | None = None) -> list:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        found = client.read_flow_runs()
    return [run for run in found if state is None or run.state.type.value == state]


def latest():
    return max(flow_runs(), key=lambda run: run.created)


def task_names(flow_run, count: int) -> set[str]:
    """The names of its task runs; rows arrive late, so wait for `count` of them."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter

    wanted = FlowRunFilter.model_validate({"id": {"any_": [flow_run.id]}})
    deadline = time.monotonic() + 60
    with get_client(sync_client=True) as client:
        while True:
            found = client.read_task_runs(flow_run_filter=wanted)
            if len(found) >= count or time.monotonic() > deadline:
                return {run.name for run in found}
            time.sleep(0.5)


def test_a_campaign_is_one_flow_run_with_names_a_scientist_understands(conduct):
    ending = conduct()
    assert (ending.status, ending.reason) == ("done", "the budget of 6 trials is used")
    run = latest()
    assert run.name == "parabola" and run.parameters == {"campaign": "parabola"}
    assert {"junkan", "campaign:parabola", "executor:table", "optimizer:kriging"} <= set(run.tags)
    assert (run.state.type.value, run.state.name, run.state.message) == ("COMPLETED", "Done", ending.reason)
    assert task_names(run, 12) == {"propose 1"} | {f"trial {number}" for number in range(1, 7)}


def test_its_artifacts_show_progress_the_best_the_trials_and_a_picture(conduct):
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter

    conduct()
    wanted = ArtifactFilter.model_validate({"flow_run_id": {"any_": [latest().id]}})
    with get_client(sync_client=True) as client:
        found = {artifact.key: artifact for artifact in client.read_artifacts(artifact_filter=wanted)}
    assert set(found) == {"parabola-progress", "parabola-best", "parabola-trials", "parabola-convergence"}
    assert found["parabola-progress"].data == 100.0
    assert "height" in found["parabola-best"].data
    assert "data:image/png;base64," in found["parabola-convergence"].data


def test_flow_runs_that_dead_owners_left_running_are_marked_crashed(conduct):
    from prefect.client.orchestration import get_client
    from prefect.states import Running

    conduct()
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(latest().id, Running(), force=True)
    dead = latest().id
    conduct(before=lambda run: None)
    [buried] = [run for run in flow_runs() if run.id == dead]
    assert buried.state.type.value == "CRASHED" and "resumed" in buried.state.message


def test_what_ends_the_drive_is_raised_and_shown(conduct):
    def full(*_):
        raise LedgerUnavailable("the disk is full")

    with pytest.raises(LedgerUnavailable, match="disk is full"):
        conduct(before=lambda run: setattr(run, "ask", full))
    assert latest().state.type.value == "FAILED"


def test_a_campaign_waits_for_a_prefect_that_is_away_and_goes_on(conduct, bench, monkeypatch):
    import httpx

    from orchestrator.loop import flow

    away = iter([httpx.ConnectError("connection refused")])
    bury = flow.bury_dead_runs

    def refused_once(run):
        for error in away:
            raise error
        bury(run)

    monkeypatch.setattr(flow, "bury_dead_runs", refused_once)
    assert conduct().status == "done"
    assert [bench.lab.starts_of(trial) for trial in range(1, 7)] == [1] * 6


def test_a_prefect_that_goes_in_mid_flight_costs_no_trial(conduct, bench):
    import httpx

    away = iter([httpx.ReadTimeout("gone")])

    def lost_once(run):
        ask = run.ask

        def asking(count):
            if len(bench.lab.starts()) == 3:
                for error in away:
                    raise error
            return ask(count)

        run.ask = asking

    assert conduct(before=lost_once).status == "done"
    assert [bench.lab.starts_of(trial) for trial in range(1, 7)] == [1] * 6


def test_a_prefect_that_stays_away_is_reported_and_the_campaign_is_safe(conduct, monkeypatch):
    import httpx

    from orchestrator.loop import flow

    def refused(run):
        raise httpx.ConnectError("connection refused")

    monkeypatch.setattr(flow, "bury_dead_runs", refused)
    monkeypatch.setattr(flow, "_comes_back", lambda: False)
    with pytest.raises(ServerFailed, match="junkan resume parabola"):
        conduct()


def test_a_signal_makes_the_loop_leave_in_good_order(conduct, bench, monkeypatch):
    from orchestrator.loop.run import Halted

    answer = bench.lab.answer

    def interrupting(seen):
        if len(bench.lab.starts()) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return answer(seen)

    bench.lab.answer = interrupting
    with pytest.raises(Halted):
        conduct()
    assert latest().state.name == "Interrupted"
    bench.lab.answer = answer
    assert conduct().status == "done"
    assert [bench.lab.starts_of(trial) for trial in range(1, 7)] == [1] * 6


def test_the_first_of_two_processes_to_leave_does_not_stop_the_server(prefect_home):
    address = running(prefect_home)
    program = (
        "import sys; from pathlib import Path; from orchestrator.ledger.home import Home\n"
        "from orchestrator.loop.server import server\n"
        "with server(Home(Path(sys.argv[1]))) as ui: print(ui)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    command = [sys.executable, "-c", program, str(prefect_home.folder)]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == address.ui
    assert running(prefect_home) == address


def test_a_server_that_is_used_is_not_stopped(prefect_home):
    with pytest.raises(ServerInUse, match=f"process {os.getpid()}"):
        stop(prefect_home)
    assert running(prefect_home) is not None


def test_where_no_server_runs_there_is_nothing_to_stop(tmp_path):
    assert stop(Home(tmp_path / "none")) is None
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_refused_before_anything_is_written(tmp_path, prefect_home, monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL")
    taken = running(prefect_home).port
    with pytest.raises(PortBusy, match=str(taken)):
        require_port(Home(tmp_path / "none"), taken)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_was_named_and_does_not_answer_is_reported(tmp_path, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    with pytest.raises(NoServerThere, match="unset PREFECT_API_URL"), server(Home(tmp_path / "none")):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_kept_server_stays_until_it_is_stopped(tmp_path, monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    for name in ("PREFECT_HOME", "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    home = Home(tmp_path / "home")
    with server(home, keep=True):
        pass
    kept = running(home)
    assert kept is not None and stop(home) == kept
    assert running(home) is None


@pytest.mark.slow
def test_a_managed_server_that_dies_is_started_again_at_the_same_address(tmp_path, monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    for name in ("PREFECT_HOME", "PREFECT_LOGGING_LEVEL", "DO_NOT_TRACK", "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    home = Home(tmp_path / "home")
    with server(home):
        first = running(home)
        psutil.Process(first.pid).kill()
        deadline = time.monotonic() + 90
        while (again := running(home)) is None and time.monotonic() < deadline:
            time.sleep(0.5)
        assert again is not None and again.port == first.port and again.pid != first.pid
    assert running(home) is None


def test_the_log_of_the_flow_run_tells_the_story(bench, prefect_home, tmp_path):
    """In a process of its own, because Prefect sets up its logging once, when it is imported."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import LogFilter

    (bench.folder / "told.yaml").write_text(bench.text.replace("campaign: parabola", "campaign: told"))
    command = [sys.executable, "-c", "from orchestrator.cli.main import main; main()", "run"]
    environment = os.environ | {"JUNKAN_HOME": str(tmp_path / "told"), "PREFECT_API_URL": running(prefect_home).api}
    environment.pop("PREFECT_LOGGING_EXTRA_LOGGERS")
    subprocess.run([*command, str(bench.folder / "told.yaml")], env=environment, check=True, capture_output=True)
    assert latest().name == "told"
    wanted = LogFilter.model_validate({"flow_run_id": {"any_": [latest().id]}})
    deadline = time.monotonic() + 30
    told: list[str] = []
    with get_client(sync_client=True) as client:
        while sum("height = " in line for line in told) < 6 and time.monotonic() < deadline:
            time.sleep(0.5)
            told = [entry.message for entry in client.read_logs(wanted)]
    assert sum(line.startswith("trial 1 proposed by") for line in told) == 1
    assert sum("height = " in line and line.endswith(" m") for line in told) == 6


# ---------------------------------------------------------------- questions


class Page:
    """The page of a flow run that shows a form."""

    def __init__(self, run) -> None:
        self.run = run
        keys = run.state.state_details.run_input_keyset
        self.schema, self.description = self._read(keys["schema"]), self._read(keys["description"])

    def _read(self, key: str):
        from prefect.client.orchestration import get_client

        with get_client(sync_client=True) as client:
            return json.loads(client.read_flow_run_input(self.run.id, key))

    def fill(self, **filled) -> None:
        """Press Resume."""
        from prefect.client.orchestration import get_client

        with get_client(sync_client=True) as client:
            client.resume_flow_run(self.run.id, run_input=filled)

    @property
    def state(self) -> str:
        [found] = [run for run in flow_runs() if run.id == self.run.id]
        return found.state.type.value


def the_form(bench, after: Page | None = None) -> Page:
    """The form that is shown, as soon as one is; `after` another one was."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(0.1)
        for run in flow_runs("PAUSED"):
            if run.name == bench.name and (after is None or run.state.id != after.run.state.id):
                return Page(run)
    raise AssertionError("no form was shown")


def at_the_same_time(act) -> threading.Thread:
    """A person, in a thread; what goes wrong there is shown by what the campaign then lacks."""
    thread = threading.Thread(target=contextvars.copy_context().run, args=(act,))
    thread.start()
    return thread


@pytest.fixture
def approving(bench_with):
    return bench_with(approval="{first: 1}", stop="{trials: 2}")


@pytest.fixture
def conduct_it(prefect_home):
    from orchestrator.loop.flow import run_flow

    def act(bench, patience: float = 60.0):
        with owned(bench.home, bench.name, bench.equipment()) as run:
            run.patience = patience
            return run_flow(run, lambda snapshot: None, lambda: None)

    return act


def test_r21_a_question_is_a_form_in_prefect_and_its_answer_a_row_of_the_ledger(conduct_it, approving):
    found = []

    def person():
        found.append(the_form(approving))
        found[0].fill(answer="approve", by="anna", note="looks right")

    at_the_same_time(person)
    assert conduct_it(approving).status == "done"
    [page] = found
    assert page.schema["properties"]["answer"]["enum"] == ["approve", "reject"]
    assert page.schema["required"] == ["answer"]
    assert page.description.startswith("### May trial 1 be started?")
    assert "junkan review parabola --approve 1" in page.description
    with pytest.raises(AlreadyAnswered, match=r"approved by anna .* \(looks right\)"):
        approving.questions().answer("trial-1", Answer("approve", "bert"))
    assert latest().state.name == "Done"


def test_r21_an_answer_on_the_command_line_closes_the_form(conduct_it, approving):
    def person():
        the_form(approving)
        approving.questions().answer("trial-1", Answer("approve", "bert"))

    at_the_same_time(person)
    assert conduct_it(approving).status == "done"
    assert latest().state.name == "Done"


@pytest.mark.slow
def test_r21_a_form_that_is_answered_too_late_is_told_so(conduct_it, approving, caplog):
    def person():
        the_form(approving).fill(answer="reject", by="anna")
        approving.questions().answer("trial-1", Answer("approve", "bert"))

    from orchestrator.loop import drive

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drive, "LONGEST_WAIT", 5.0)  # both have answered before the form is looked at again
        at_the_same_time(person)
        assert conduct_it(approving).status == "done"
    assert approving.lab.starts_of(1) == 1
    assert "the answer in Prefect does not count: trial 1 of 'parabola' was approved by bert" in caplog.text


@pytest.mark.slow
def test_r21_what_was_answered_in_prefect_while_the_process_was_dead_is_taken_over(conduct_it, approving):
    """The owner is killed while it waits; a person fills the form in all the same; the next owner finds it."""
    program = (
        "import sys; from pathlib import Path; from orchestrator.ledger.home import Home\n"
        "from orchestrator.loop.session import owned; from orchestrator.loop.flow import run_flow\n"
        "with owned(Home(Path(sys.argv[1])), 'parabola') as run: run_flow(run, lambda s: None, lambda: None)"
    )
    owner = subprocess.Popen([sys.executable, "-c", program, str(approving.home.folder)], stderr=subprocess.PIPE)
    page = the_form(approving)
    owner.kill()
    owner.communicate()
    assert approving.status()["status"] == "review"
    page.fill(answer="approve", by="anna")
    assert conduct_it(approving).status == "done"
    with pytest.raises(AlreadyAnswered, match="approved by anna"):
        approving.questions().answer("trial-1", Answer("approve", "bert"))
    assert page.state == "CRASHED"


@pytest.mark.slow
def test_r21_a_form_whose_process_died_unanswered_is_closed_by_the_next(conduct_it, approving):
    program = (
        "import sys; from pathlib import Path; from orchestrator.ledger.home import Home\n"
        "from orchestrator.loop.session import owned; from orchestrator.loop.flow import run_flow\n"
        "with owned(Home(Path(sys.argv[1])), 'parabola') as run: run_flow(run, lambda s: None, lambda: None)"
    )
    owner = subprocess.Popen([sys.executable, "-c", program, str(approving.home.folder)], stderr=subprocess.PIPE)
    page = the_form(approving)
    owner.kill()
    owner.communicate()
    approving.questions().answer("trial-1", Answer("approve", "bert"))
    assert conduct_it(approving).status == "done"
    assert page.state == "CRASHED"


def test_a_proposed_stop_can_be_answered_with_how_many_more(conduct_it, bench_with):
    bench = bench_with(stop="{trials: 30, target: 0.5, propose: true}")
    counts = []

    def person():
        page = the_form(bench)
        assert page.schema["properties"]["answer"]["enum"] == ["accept", "go on"]
        counts.append(len(bench.trials()))
        page.fill(answer="go on", trials=2)
        page = the_form(bench, after=page)
        counts.append(len(bench.trials()))
        page.fill(answer="accept")

    at_the_same_time(person)
    assert conduct_it(bench).reason == "a person judged that enough is known"
    assert counts[1] == counts[0] + 2


def test_a_prefect_that_is_away_keeps_nobody_from_answering(conduct_it, approving, monkeypatch):
    import httpx

    from orchestrator.loop import form

    def away(*arguments):
        raise httpx.ConnectError("connection refused")

    monkeypatch.setattr(form, "_open", away)

    def person():
        while approving.status()["status"] != "review":
            time.sleep(0.1)
        approving.questions().answer("trial-1", Answer("approve", "bert"))

    at_the_same_time(person)
    assert conduct_it(approving).status == "done"


@pytest.mark.slow
def test_r21_a_form_outlives_the_server_that_showed_it(conduct_it, approving, prefect_home):
    """The server is killed while it shows the form, and started again by its guard; then a person answers."""

    def person():
        page = the_form(approving)
        before = running(prefect_home)
        psutil.Process(before.pid).kill()
        deadline = time.monotonic() + 120
        while (again := running(prefect_home)) is None or again.pid == before.pid:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        page.fill(answer="approve", by="anna")

    at_the_same_time(person)
    assert conduct_it(approving, patience=200.0).status == "done"
    with pytest.raises(AlreadyAnswered, match="approved by anna"):
        approving.questions().answer("trial-1", Answer("approve", "bert"))
