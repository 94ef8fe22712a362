"""The Prefect flow: the driver and the window, not the memory.

One flow run per campaign, one task run per ask and per trial; nothing is cached, no result is kept by Prefect. Losing
Prefect's whole database loses no trial.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from prefect import flow, tags, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import State
from prefect.exceptions import PrefectException
from prefect.futures import PrefectFuture
from prefect.logging.handlers import APILogHandler
from prefect.states import Cancelled, Completed, Crashed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from orchestrator.executors.base import Handle
from orchestrator.loop.drive import Ending, Hands, drive
from orchestrator.loop.errors import ServerFailed
from orchestrator.loop.form import Form, take_over_answers
from orchestrator.loop.questions import Question, Questions
from orchestrator.loop.recovery import recover
from orchestrator.loop.run import CampaignRun, Halted
from orchestrator.loop.snapshot import Snapshot

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds that a campaign waits for a Prefect server that has gone."""

OUTAGES = 5
"""How often in one campaign that may happen."""


@dataclass
class _Drive:
    """A campaign this process drives, and how that ended."""

    run: CampaignRun
    seen: Callable[[Snapshot], None]
    last: Callable[[], None]
    asks: Callable[[Sequence[Question]], None]
    form: Form
    ending: Ending | None = None
    error: BaseException | None = None


_drives: dict[str, _Drive] = {}
"""By campaign name: the flow's only parameter is the name, so that Prefect holds no data of ours."""


def run_flow(
    run: CampaignRun,
    seen: Callable[[Snapshot], None],
    last: Callable[[], None],
    asks: Callable[[Sequence[Question]], None] = lambda questions: None,  # noqa: ARG005
) -> Ending:
    """Drive an owned campaign as a Prefect flow run; inside it, `seen` is called with every new snapshot.

    `last` is called once, when the campaign has ended, paused or asked for a person; `asks` with the questions that
    hold it up, which can then be answered in Prefect as well. While Prefect is away the campaign waits for it, and goes
    on in a new flow run.

    Raises Halted when the process is told to leave, ServerFailed when Prefect stays away, and whatever ended the drive.
    """
    for _ in range(OUTAGES):
        try:
            return _one_flow_run(run, seen, last, asks)
        except (httpx.HTTPError, PrefectException) as error:
            log.warning("Prefect does not answer (%s); waiting for it", error)
            if not _comes_back():
                break
    raise ServerFailed(f"Prefect does not answer. The campaign is safe in the ledger: `junkan resume {run.name}`.")


def _one_flow_run(
    run: CampaignRun,
    seen: Callable[[Snapshot], None],
    last: Callable[[], None],
    asks: Callable[[Sequence[Question]], None],
) -> Ending:
    logging.getLogger("prefect.task_runs").addFilter(_no_word_of_leaving)
    form = Form(run.name, Questions(run.database, run.name, run.spec))
    under_way = _drives[run.name] = _Drive(run, seen, last, asks, form)
    try:
        bury_dead_runs(run)
        runner: Any = ThreadPoolTaskRunner(max_workers=run.spec.parallel + 1)
        with tags(*campaign_tags(run)):
            campaign_flow.with_options(task_runner=runner)(run.name, return_state=True)
    except (httpx.HTTPError, PrefectException):
        if under_way.error is None and under_way.ending is None:
            raise
    finally:
        del _drives[run.name]
        APILogHandler().flush()  # what was told is on the page before a managed server is stopped
    if under_way.error is not None:
        raise under_way.error
    if under_way.ending is None:
        raise Halted("Prefect ended the flow run before the campaign had ended")
    return under_way.ending


def _no_word_of_leaving(record: logging.LogRecord) -> bool:
    """False for what Prefect says of a trial that goes on without this process: to leave it is no error."""
    return Halted.__name__ not in record.getMessage()


def _comes_back() -> bool:
    """Whether Prefect answers again within PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    with get_client(sync_client=True) as client:
        while client.api_healthcheck() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(1.0)
    return True


def campaign_tags(run: CampaignRun) -> list[str]:
    """The tags by which people, and a later resume, find a campaign's flow runs."""
    kinds = (
        f"space:{run.spec.space.kind}",
        f"optimizer:{run.spec.optimizer.kind}",
        f"executor:{run.spec.executor.kind}",
    )
    return ["junkan", f"campaign:{run.name}", *kinds]


def bury_dead_runs(run: CampaignRun) -> None:
    """Mark flow runs of this campaign that dead owners left unfinished as Crashed; nobody else would.

    What a person answered in a form of such a run is taken over first.
    """
    left = ["RUNNING", "PENDING", "PAUSED"]
    unfinished = {"tags": {"all_": [f"campaign:{run.name}"]}, "state": {"type": {"any_": left}}}
    with get_client(sync_client=True) as client:
        for dead in client.read_flow_runs(flow_run_filter=FlowRunFilter.model_validate(unfinished)):
            take_over_answers(client, dead.id, Questions(run.database, run.name, run.spec))
            client.set_flow_run_state(
                dead.id, Crashed(message="its process died; the campaign was resumed"), force=True
            )


@flow(name="campaign", flow_run_name="{campaign}", persist_result=False, validate_parameters=False)
def campaign_flow(campaign: str) -> State[Any]:
    """Take up what an earlier owner left, then drive the campaign to its end."""
    under_way = _drives[campaign]
    run = under_way.run
    try:
        with _halting_on_signals(run.halted):
            under_way.ending = drive(run, _hands(under_way), recover(run))
            under_way.last()
    except Halted as left:
        under_way.error = left
        return Cancelled(name="Interrupted", message=f"junkan resume {campaign}")
    except Exception as error:  # reported by the caller, in the user's words; Prefect shows the same sentence
        under_way.error = error
        return Failed(message=str(error))
    return Completed(name=under_way.ending.status.title(), message=under_way.ending.reason)


@task(task_run_name="propose {count}", cache_policy=NO_CACHE, persist_result=False)
def propose(campaign: str, count: int) -> None:
    """One ask. The proposals are in the ledger."""
    _drives[campaign].run.ask(count)


@task(task_run_name="trial {number}", cache_policy=NO_CACHE, persist_result=False)
def trial(campaign: str, number: int) -> None:
    """One trial, from its dispatch to its end. The outcome is in the ledger."""
    _drives[campaign].run.carry_out(number)


@task(task_run_name="trial {number}, taken up again", cache_policy=NO_CACHE, persist_result=False)
def trial_taken_up(campaign: str, number: int, handle: dict[str, Any]) -> None:
    """The rest of a trial that an earlier owner started."""
    _drives[campaign].run.attend(number, handle)


def _hands(under_way: _Drive) -> Hands:
    name = under_way.run.name

    def attend(number: int, handle: Handle) -> "Future[None]":
        return _future(trial_taken_up.submit(name, number, dict(handle)))

    def asks(questions: Sequence[Question]) -> None:
        under_way.asks(questions)
        under_way.form.show(questions)

    return Hands(
        ask=lambda count: propose(name, count),
        carry_out=lambda number: _future(trial.submit(name, number)),
        attend=attend,
        seen=under_way.seen,
        asks=asks,
    )


def _future(submitted: PrefectFuture[None]) -> "Future[None]":
    """A plain future that ends with the task, and raises what the task raised."""
    plain: Future[None] = Future()

    def land(done: PrefectFuture[None]) -> None:
        try:
            plain.set_result(done.result())
        except BaseException as error:
            plain.set_exception(error)

    submitted.add_done_callback(land)
    return plain


@contextmanager
def _halting_on_signals(halted: threading.Event) -> Iterator[None]:
    """SIGINT and SIGTERM ask the loop to leave in good order, where Prefect would crash the flow run."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: halted.set()) for number in caught]
    try:
        yield
    finally:
        for number, handler in zip(caught, before, strict=True):
            signal.signal(number, handler)
