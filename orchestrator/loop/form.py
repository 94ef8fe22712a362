"""A question as a form on the page of the flow run in Prefect.

The flow run is Paused for as long as the question is open, and its button Resume shows the form. The question itself
is a row of the ledger, and so is its answer, wherever it came from: a form that is answered hands the answer to the
ledger, and one whose question was answered elsewhere is closed. Nothing here blocks the loop, and a Prefect that is
away keeps nobody from answering on the command line.
"""

import json
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State, StateType
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException
from prefect.input import RunInput, keyset_from_paused_state
from prefect.states import Paused, Running
from pydantic import Field, ValidationError, create_model

from orchestrator.ledger.errors import LedgerError
from orchestrator.loop.errors import LoopError
from orchestrator.loop.questions import GO_ON, MORE_TRIALS, Answer, Question, Questions
from orchestrator.report.question import markdown

log = logging.getLogger(__name__)

LONGEST_PAUSE = 365 * 86_400
"""Seconds after which Prefect would fail a paused flow run by itself."""

_UNREACHABLE = (httpx.HTTPError, PrefectException)


@dataclass(frozen=True)
class _Shown:
    """The question that is on the page, and the state that shows it."""

    question: Question
    flow_run: UUID
    response: str
    """The key under which Prefect keeps what a person fills in."""


class Form:
    """At most one question at a time, on the page of the present flow run."""

    def __init__(self, campaign: str, questions: Questions) -> None:
        self._campaign, self._questions = campaign, questions
        self._shown: _Shown | None = None

    def show(self, open_now: Sequence[Question]) -> None:
        """Called again and again with what is open: shows the first, takes its answer, closes it when it is settled."""
        try:
            self._turn(next((question for question in open_now if question.choices), None))
        except _UNREACHABLE as error:
            log.debug("Prefect does not answer (%s); the question stays open", error)

    def _turn(self, wanted: Question | None) -> None:
        context = FlowRunContext.get()
        if context is None or context.flow_run is None or (wanted is None and self._shown is None):
            return
        with get_client(sync_client=True) as client:
            shown = self._shown
            if shown is not None and _is_resumed(client, shown.flow_run):
                self._shown = None
                _take_over(client, shown.flow_run, shown.response, self._questions, shown.question.key)
            elif shown is not None and (wanted is None or wanted.key != shown.question.key):
                self._shown = None
                log.info("%s was answered elsewhere", shown.question.text)
                client.set_flow_run_state(shown.flow_run, Running(), force=True)
            elif shown is None and wanted is not None:
                self._shown = _open(client, context.flow_run.id, wanted)


def take_over_answers(client: SyncPrefectClient, flow_run: UUID, questions: Questions) -> None:
    """Hand to the ledger what people filled into forms of a flow run whose process had died by then."""
    for kept in client.filter_flow_run_input(flow_run, key_prefix="paused-", limit=200, exclude_keys=set()):
        if kept.key.endswith("-response"):
            question = bytes.fromhex(kept.key.split("-")[1]).decode()
            _take_over(client, flow_run, kept.key, questions, question)


def _open(client: SyncPrefectClient, flow_run: UUID, question: Question) -> _Shown:
    """Put the form on the page, then pause: whoever sees the pause sees the form."""
    # Prefect allows letters, digits and dashes, and pauses a flow run only once by the same key.
    key = f"{question.key.encode().hex()}-{uuid.uuid4().hex[:8]}"
    state: State[Any] = Paused(timeout_seconds=LONGEST_PAUSE, reschedule=False, pause_key=key)
    keys = keyset_from_paused_state(state)
    state.state_details.run_input_keyset = dict[str, str](keys.items())
    fields(question).save(keys, flow_run_id=flow_run)
    client.set_flow_run_state(flow_run, state)
    log.info("waiting for a person: %s", question.text)
    return _Shown(question, flow_run, keys["response"])


def fields(question: Question) -> type[RunInput]:
    """The form: the choices of the question, who answers, and why."""
    found: dict[str, Any] = {
        "answer": (Literal[question.choices], Field(description="Nothing happens before you choose.")),
        "note": (str, Field(default="", description="Why; kept with the answer.")),
        "by": (str, Field(default="", description="Who answers.")),
    }
    if GO_ON in question.choices:
        about = f"With {GO_ON!r}: how many more trials there are before the question may come again."
        found["trials"] = (int, Field(default=MORE_TRIALS, ge=1, description=about))
    made = create_model("Question", __base__=RunInput, **found)
    made._description = markdown(question.text, question.evidence, question.commands)
    return made


def _is_resumed(client: SyncPrefectClient, flow_run: UUID) -> bool:
    state = client.read_flow_run(flow_run).state
    return state is not None and state.type is StateType.RUNNING


def _take_over(client: SyncPrefectClient, flow_run: UUID, response: str, questions: Questions, question: str) -> None:
    """Hand one filled form to the ledger. Whoever filled it in too late is told so in the log of the flow run."""
    try:
        filled = json.loads(client.read_flow_run_input(flow_run, response))
    except _UNREACHABLE as error:  # resumed without an answer, from Prefect's own command line
        log.debug("no answer to %s (%s)", question, error)
        return
    try:
        given = Answer(filled["answer"], filled.get("by") or "somebody in Prefect", filled.get("note", ""))
        if "trials" in filled:
            given = Answer(given.choice, given.by, given.note, int(filled["trials"]))
        log.info("%s, answered in Prefect", questions.answer(question, given))
    except (LedgerError, LoopError, ValidationError, KeyError, ValueError) as refused:
        log.warning("the answer in Prefect does not count: %s", refused)
