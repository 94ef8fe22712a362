"""Whatever happens to a campaign, in any order, its ledger stays a true and complete story."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import select

from optimizers import Objective, Proposal
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.ledger import campaigns, transitions
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import IllegalTransition
from orchestrator.ledger.history import history
from orchestrator.ledger.states import TrialStatus
from orchestrator.ledger.tables import Attempt, Decision, Event, Observation, Trial
from orchestrator.ledger.transaction import transaction
from orchestrator.ledger.upgrade import upgrade

KINDS = ["infeasible", "unconverged", "fault", "timeout", "cancelled"]


class Life(RuleBasedStateMachine):
    """Random arrows on a handful of trials; refused ones must change nothing."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(f"sqlite:///{Path(self.folder.name) / 'ledger.db'}")
        upgrade(self.database)
        campaigns.enter(
            self.database,
            campaigns.CampaignEntry("life", "f", "t", "0", "/", (), {}, {}, (Objective("energy", "eV"),), 1),
        )
        self.seen: dict[int, object] = {}

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            self.folder.cleanup()

    def attempt(self, act, *arguments, **named) -> None:
        try:
            with transaction(self.database, "life", None) as tx:
                act(tx, *arguments, **named)
        except IllegalTransition:
            pass

    @rule(count=st.integers(0, 2))
    def ask(self, count: int) -> None:
        def propose(tx):
            decision = Decision(
                campaign_id=tx.campaign_id,
                position=tx.campaign.last_sequence,
                asked=2,
                returned=count,
                optimizer="random",
                seconds=0,
            )
            transitions.propose(tx, [Proposal({"x": number}, number) for number in range(count)], decision)

        self.attempt(propose)

    @rule(number=st.integers(1, 4), kind=st.sampled_from(KINDS), value=st.floats(-1e3, 1e3), which=st.integers(0, 9))
    def move(self, number: int, kind: str, value: float, which: int) -> None:
        failed = Outcome.failed(kind, "so it is")
        acts = [
            (transitions.approve,),
            (transitions.reject, "no"),
            (transitions.run, {}),
            (transitions.complete, Outcome(values={"energy": Value(value=value)}), {"energy": "eV"}),
            (transitions.fail, failed),
            (transitions.doubt, "who knows"),
            (transitions.again, "once more"),
            (transitions.abandon, "never"),
        ]
        if which == 8:
            self.attempt(transitions.dispatch, number, owner="me", folder="/{attempt}")
        elif which == 9:
            self.attempt(transitions.retry, number, failed, interrupted=False)
        else:
            act, *rest = acts[which]
            self.attempt(act, number, *rest)

    @invariant()
    def the_story_is_complete(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            events = session.exec(select(Event).order_by(Event.sequence)).all()
            trials = {trial.number: trial for trial in session.exec(select(Trial))}
            assert [event.sequence for event in events] == list(range(1, len(events) + 1))
            last = {event.trial_number: event.to_status for event in events if event.trial_number is not None}
            assert last == {number: trial.status for number, trial in trials.items()}
            for trial in trials.values():
                tried = session.exec(select(Attempt).where(Attempt.trial_id == trial.id)).all()
                assert sum(attempt.ended_at is None for attempt in tried) <= 1
                values = session.exec(select(Observation).where(Observation.trial_id == trial.id)).all()
                assert len(values) == (trial.status == TrialStatus.COMPLETED)

    @invariant()
    def the_past_does_not_change(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            position = campaigns.find(session, "life").last_sequence
            self.seen.setdefault(position, history(session, 1, position))
            for earlier, story in self.seen.items():
                assert history(session, 1, earlier) == story


Life.TestCase.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)
TestLife = Life.TestCase
