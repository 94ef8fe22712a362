"""One campaign under way in this process: its ledger, optimizer and executor, and the acts of the loop.

The order of effects is the promise: commit, then act. Between the two is where the power fails.
"""

import logging
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path

from optimizers import Optimizer
from optimizers.history import Parameters
from orchestrator.campaign.spec import CampaignSpec
from orchestrator.executors.base import Executor, Handle, NeverStarted, Unknown
from orchestrator.executors.outcome import Outcome
from orchestrator.ledger import campaigns, costs, judgement, transitions
from orchestrator.ledger.database import Database
from orchestrator.ledger.history import history
from orchestrator.ledger.home import Home
from orchestrator.ledger.states import CampaignStatus, TrialStatus
from orchestrator.ledger.tables import Attempt, Decision
from orchestrator.ledger.transaction import Transaction, transaction
from orchestrator.loop.asking import ask_optimizer, stop_at
from orchestrator.loop.decide import may_retry
from orchestrator.loop.snapshot import Snapshot, TrialState, snapshot

log = logging.getLogger(__name__)

SHORTEST_POLL = 0.002
LONGEST_POLL = 1.0


class Halted(Exception):
    """This process leaves the campaign; what is in flight goes on by itself where the executor allows it."""


class CampaignRun:
    """The acts of the loop. `owner` holds the campaign's lease for as long as this object is used."""

    def __init__(
        self,
        *,
        name: str,
        home: Home,
        database: Database,
        owner: str,
        spec: CampaignSpec,
        optimizer: Optimizer,
        executor: Executor,
    ) -> None:
        self.name = name
        self.home = home
        self.database = database
        self.owner = owner
        self.spec = spec
        self.optimizer = optimizer
        self.executor = executor
        self.halted = threading.Event()
        self.patience: float | None = None
        """Seconds for which this process waits for a person before it leaves the campaign; for ever if None."""
        self._cancelled: set[int] = set()
        self._known: tuple[TrialState, ...] | None = None

    # ---------------------------------------------------------------- reading

    def snapshot(self) -> Snapshot:
        """The campaign as it stands."""
        with self.database.reading() as session:
            stop = self.spec.stop
            seen = snapshot(
                session,
                self.name,
                timed=stop.hours is not None,
                judged=stop.propose,
                cost=self.spec.cost,
                known=self._known,
            )
        self._known = seen.imported
        return seen

    # ---------------------------------------------------------------- asking

    def ask(self, count: int) -> list[int]:
        """Have the optimizer propose up to `count` trials on the ledger as it stands; returns their numbers.

        The proposal depends on the history up to one event alone, whose number is stored with it.
        """
        with self.database.reading() as session:
            row = campaigns.find(session, self.name)
            assert row.id is not None
            position = row.last_sequence
            seen = history(session, row.id, position)
            stop = stop_at(session, row.id, position, self.spec.stop)
        started = time.perf_counter()
        answer = ask_optimizer(self.optimizer, stop, seen, count)
        seconds = time.perf_counter() - started
        with self._transaction() as tx:
            decision = Decision(
                campaign_id=tx.campaign_id,
                position=position,
                asked=count,
                returned=len(answer.proposals),
                optimizer=self.spec.optimizer.kind,
                chance_of_better=answer.chance_of_better,
                decided=answer.decided,
                seconds=seconds,
            )
            approval = self.spec.approval
            waits = approval is not None and approval.waits(transitions.approved(tx))
            numbers = transitions.propose(tx, answer.proposals, decision)
            for number in () if waits else numbers:
                transitions.approve(tx, number)
        for number, proposal in zip(numbers, answer.proposals, strict=True):
            log.info("trial %s proposed by %s", number, proposal.reasons.get("proposed_by", self.spec.optimizer.kind))
        return numbers

    # ---------------------------------------------------------------- trials

    def carry_out(self, number: int) -> TrialStatus:
        """Dispatch an approved trial, start it, and stay with it to its end; returns where it then stands."""
        with self._transaction() as tx:
            folder = self.home.trial_folder(self.name, number) / "attempt-{attempt}"
            parameters = transitions.trial_numbered(tx, number).parameters
            price = self._price(tx, parameters)
            attempt = transitions.dispatch(tx, number, owner=self.owner, folder=str(folder), expected_cost=price)
        # Committed: from here on the outside world may hear of it.
        try:
            Path(attempt.folder).mkdir(parents=True, exist_ok=True)
            handle = self.executor.start(attempt.key, parameters, Path(attempt.folder))
        except Exception as error:  # whatever an executor raises must end in the ledger, with its reason
            return self._not_started(number, attempt, error)
        with self._transaction() as tx:
            transitions.run(tx, number, dict(handle))
        return self.attend(number, handle)

    def attend(self, number: int, handle: Handle) -> TrialStatus:
        """Wait for a running trial and store what comes back. Raises Halted when this process is to leave."""
        pause = SHORTEST_POLL
        while (outcome := self._poll(handle)) is None:
            if number in self._cancelled:
                self._cancelled.discard(number)
                self._cancel(handle)
            if self.halted.wait(pause):
                raise Halted(f"trial {number} goes on without this process; `junkan resume {self.name}` takes it up")
            pause = min(LONGEST_POLL, pause * 1.25)
        return self.conclude(number, outcome)

    def conclude(self, number: int, outcome: Outcome) -> TrialStatus:
        """Store an outcome: completed, failed, or failed and to be tried again."""
        if outcome.failure is None:
            outcome = self._complete(outcome)
        with self._transaction() as tx:
            if outcome.failure is None:
                transitions.complete(tx, number, outcome, self.spec.units)
                stands = TrialStatus.COMPLETED
            else:
                stands = self._failed(tx, number, outcome)
        log.info("trial %s: %s", number, self._told(outcome))
        return stands

    def doubt(self, number: int, reason: str) -> TrialStatus:
        """Put a trial whose fate nobody knows before a person."""
        with self._transaction() as tx:
            transitions.doubt(tx, number, reason)
        return TrialStatus.UNCERTAIN

    def cancel(self, number: int) -> None:
        """Have the thread that attends to a trial cancel it."""
        self._cancelled.add(number)

    # ---------------------------------------------------------------- the campaign

    def stand(self, status: CampaignStatus, reason: str) -> None:
        """Say where the campaign stands when this process leaves it."""
        with self._transaction() as tx:
            campaigns.stand(tx, status, reason)

    def propose_stop(self, reason: str) -> None:
        """Put before a person that enough seems to be known."""
        with self._transaction() as tx:
            judgement.propose_stop(tx, reason)

    def wait(self, reason: str) -> None:
        """Say that the campaign waits for a person, while this process stays."""
        with self._transaction() as tx:
            campaigns.wait(tx, reason)

    def proceed(self) -> None:
        """Say that it waits no longer."""
        with self._transaction() as tx:
            campaigns.proceed(tx)

    # ---------------------------------------------------------------- parts

    def _transaction(self) -> AbstractContextManager[Transaction]:
        return transaction(self.database, self.name, self.owner)

    def _price(self, tx: Transaction, parameters: Parameters) -> float | None:
        """What an attempt is expected to cost, where accounts are kept."""
        if self.spec.cost is None:
            return None
        return self.spec.cost.expected(parameters, costs.reported(tx.session, tx.campaign_id))

    def _poll(self, handle: Handle) -> Outcome | None:
        try:
            return self.executor.poll(handle)
        except Exception as error:  # an executor that cannot answer is a fault with a reason, not a lost trial
            log.exception("the executor could not say what became of %s", handle)
            return Outcome.failed("fault", f"the executor failed while polling: {type(error).__name__}: {error}")

    def _cancel(self, handle: Handle) -> None:
        try:
            self.executor.cancel(handle)
        except Exception:  # the trial goes on and is waited for; a person may ask again
            log.exception("the executor could not cancel %s", handle)

    def _not_started(self, number: int, attempt: Attempt, error: Exception) -> TrialStatus:
        """The executor raised in `start`: find out whether the outside world has heard of the attempt."""
        log.exception("trial %s could not be started", number)
        reason = f"could not be started: {type(error).__name__}: {error}"
        match self.executor.reconcile(attempt.key, Path(attempt.folder)):
            case NeverStarted():
                return self.conclude(number, Outcome.failed("fault", reason).model_copy(update={"cost": 0.0}))
            case Unknown(reason=doubt):
                return self.doubt(number, f"{reason}; {doubt}")
            case Outcome() as outcome:
                return self.conclude(number, outcome)
            case handle:
                with self._transaction() as tx:
                    transitions.run(tx, number, dict(handle))
                return self.attend(number, handle)

    def _failed(self, tx: Transaction, number: int, outcome: Outcome) -> TrialStatus:
        assert outcome.failure is not None
        trial = transitions.trial_numbered(tx, number)
        tried = transitions.attempts(tx, trial)
        # A fault of an attempt that outlived its owner is put down to that death: it costs no retry.
        interrupted = tried[-1].owner != self.owner and outcome.failure.kind == "fault"
        counted = sum(not attempt.interrupted for attempt in tried) - interrupted
        state = TrialState(number, TrialStatus(trial.status), counted)
        if may_retry(state, outcome.failure.kind, self.spec) and tx.campaign.requested != "stop":
            transitions.retry(tx, number, outcome, interrupted=interrupted)
            return TrialStatus.APPROVED
        transitions.fail(tx, number, outcome)
        return TrialStatus.FAILED

    def _complete(self, outcome: Outcome) -> Outcome:
        """The outcome, or a fault when it lacks a quantity that the campaign measures."""
        missing = next((name for name in self.spec.units if name not in outcome.values), None)
        if missing is None:
            return outcome
        found = ", ".join(outcome.values)
        return Outcome.failed("fault", f"the outcome has no value for {missing!r}; it has {found}")

    def _told(self, outcome: Outcome) -> str:
        if outcome.failure is not None:
            return f"{outcome.failure.kind}: {outcome.failure.reason}"
        units = self.spec.units.items()
        return ", ".join(f"{name} = {outcome.values[name].value:.6g} {unit}".rstrip() for name, unit in units)
