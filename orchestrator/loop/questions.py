"""What a campaign asks people, and their answers: rows of the ledger, wherever a question was shown.

The first answer counts, whether it came from the command line or from a form in Prefect; whoever comes second is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from orchestrator.campaign.spec import CampaignSpec
from orchestrator.executors.base import ExecutorContext, Planned, Stationed
from orchestrator.ledger import campaigns, lease, transitions, views
from orchestrator.ledger import judgement as ends
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import AlreadyAnswered, IllegalTransition
from orchestrator.ledger.states import IN_FLIGHT, CampaignStatus, TrialStatus
from orchestrator.ledger.tables import Campaign, Event, Trial
from orchestrator.ledger.transaction import Transaction, transaction
from orchestrator.loop.decide import RETRIED
from orchestrator.loop.errors import InputRefused
from orchestrator.loop.snapshot import snapshot
from orchestrator.loop.stopping import trials_since_progress

if TYPE_CHECKING:
    from orchestrator.kinds.stations import Station

MORE_TRIALS = 5
"""How many more trials a person asks for who lets a campaign go on and names no number."""

APPROVE, REJECT = "approve", "reject"
ACCEPT, GO_ON = "accept", "go on"


ENDED = (CampaignStatus.DONE, CampaignStatus.FAILED)


@dataclass(frozen=True)
class Question:
    """Something that a person is asked. `key` is the same for as long as it is open, in every process."""

    key: str
    text: str
    choices: tuple[str, ...]
    evidence: Mapping[str, Any] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    """What to type, one for each choice."""

    def plain(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "key": self.key,
            "question": self.text,
            "choices": list(self.choices),
            "evidence": dict(self.evidence),
            "commands": list(self.commands),
        }


@dataclass(frozen=True)
class Answer:
    """What a person said. `trials` belongs to "go on": how many more there are before the question comes again."""

    choice: str
    by: str
    note: str = ""
    trials: int = MORE_TRIALS

    @property
    def said(self) -> dict[str, str]:
        """Who, and a note, as events keep it."""
        return {"by": self.by} | ({"note": self.note} if self.note else {})


class Questions:
    """The open questions of one campaign: trials that wait for approval, a proposed stop, and what its station asks."""

    def __init__(self, database: Database, name: str, spec: CampaignSpec) -> None:
        self._database, self._name, self._spec = database, name, spec
        self._known: dict[str, Question] = {}
        self._station: Station | None = None

    def open(self) -> list[Question]:
        """Those that nobody has answered, the oldest first. Evidence is gathered once for each."""
        with self._database.reading() as session:
            row = campaigns.find(session, self._name)
            if row.status in ENDED:
                return []
            found = {f"trial-{trial.number}": self._about(session, trial) for trial in _waiting(session, row)}
            said = _judgement(session, row) if self._spec.stop.propose else ends.Judgement()
            if said.proposed is not None and row.requested is None:
                found[f"stop-{said.proposed}"] = self._about_stop(session, said.reason)
            self._known = {key: self._known.get(key) or make(key) for key, make in found.items()}
        return [*self._known.values(), *self.prompts()]

    def troubles(self) -> list[Question]:
        """Trials that only `junkan tell` can settle: nobody knows what became of them, or they fail again and again."""
        with self._database.reading() as session:
            row = campaigns.find(session, self._name)
            stuck = select(Trial).where(
                Trial.campaign_id == row.id,
                or_(
                    col(Trial.status) == TrialStatus.UNCERTAIN,
                    (col(Trial.status) == TrialStatus.FAILED) & col(Trial.failure_kind).in_(RETRIED),
                ),
            )
            return [self._told(trial) for trial in session.exec(stuck.order_by(col(Trial.number)))]

    def _told(self, trial: Trial) -> Question:
        ways = ["--value VALUE", "--failed WHY"] if trial.status == TrialStatus.UNCERTAIN else []
        tell = f"junkan tell {self._name} {trial.number}"
        return Question(
            key=f"tell-{trial.number}",
            text=f"trial {trial.number} is {trial.status}: what becomes of it?",
            choices=(),
            evidence={"trial": trial.number, "parameters": trial.parameters, "reason": trial.failure_reason},
            commands=tuple(f"{tell} {way}" for way in [*ways, "--again", "--abandon WHY"]),
        )

    def prompts(self) -> list[Question]:
        """What the station asks that the campaign works with, if it works with one."""
        if not isinstance(self._spec.executor, Stationed):
            return []
        from orchestrator.kinds.stations import answering, open_prompts, station_of

        station = self._spec.executor.station_name()
        self._station = self._station or station_of(self._database, station)
        return [
            Question(
                key=f"prompt-{prompt.key}",
                text=f"station {station} asks: {prompt.question}",
                choices=prompt.choices,
                evidence={} if prompt.asked is None else {"asked": prompt.asked.isoformat()},
                commands=tuple(answering(station, prompt.key, one, prompt.subject) for one in prompt.choices),
            )
            for prompt in open_prompts(station, self._station)
        ]

    def answer(self, key: str, given: Answer) -> str:
        """Carry out an answer; returns what it did, in words. Raises AlreadyAnswered, InputRefused."""
        kind, _, rest = key.partition("-")
        if kind == "trial":
            return judge_trial(self._database, self._name, int(rest), given)
        if kind == "stop":
            return judge_stop(self._database, self._name, given, proposed=int(rest))
        if kind == "prompt" and isinstance(self._spec.executor, Stationed):
            from orchestrator.kinds.stations import answer_prompt

            station, rig = self._spec.executor.station_name(), self._spec.executor.rig_file()
            return answer_prompt(self._database, station, rig, rest, given.choice, given.by, given.note)
        raise InputRefused(f"campaign {self._name!r} asks nothing that is called {key!r}")

    def _about(self, session: Session, trial: Trial) -> Callable[[str], Question]:  # noqa: ARG002
        def make(key: str) -> Question:
            review = f"junkan review {self._name}"
            return Question(
                key=key,
                text=f"may trial {trial.number} be started?",
                choices=(APPROVE, REJECT),
                evidence={
                    "trial": trial.number,
                    "parameters": trial.parameters,
                    "predicted": trial.predicted,
                    "reasons": trial.reasons,
                    "plan": self._plan(trial),
                },
                commands=(f"{review} --approve {trial.number}", f"{review} --reject {trial.number} --note WHY"),
            )

        return make

    def _plan(self, trial: Trial) -> list[str]:
        """What the trial would do, where the executor can tell."""
        spec = self._spec
        if not isinstance(spec.executor, Planned):
            return []
        context = ExecutorContext(spec.campaign, spec.space, tuple(spec.units), spec.parallel)
        try:
            return spec.executor.plan(context, trial.parameters)
        except Exception as error:  # whoever approves should see what the dry run says, whatever it is
            return [f"the dry run refuses: {error}"]

    def _about_stop(self, session: Session, reason: str) -> Callable[[str], Question]:
        def make(key: str) -> Question:
            review = f"junkan review {self._name}"
            return Question(
                key=key,
                text=f"is enough known? {reason}",
                choices=(ACCEPT, GO_ON),
                evidence=self._evidence(session, reason),
                commands=(f"{review} --accept", f"{review} --go-on {MORE_TRIALS}"),
            )

        return make

    def _evidence(self, session: Session, reason: str) -> dict[str, Any]:
        seen = snapshot(session, self._name, known=None)
        stands = views.status(session, self._name)
        return {
            "reason": reason,
            "trials": stands["trials"],
            "budget": stands["budget"],
            "best": stands["best"],
            "since_progress": trials_since_progress(seen, self._spec.stop.delta or 0.0),
            "chance_of_better": seen.chance_of_better,
            "decided": seen.decided,
        }


def judge_trial(database: Database, campaign: str, number: int, given: Answer) -> str:
    """Approve or reject a trial that waits for it. Raises AlreadyAnswered, IllegalTransition."""
    with transaction(database, campaign, None) as tx:
        trial = transitions.trial_numbered(tx, number)
        if trial.status != TrialStatus.PROPOSED:
            raise AlreadyAnswered(f"trial {number} of {campaign!r} {_answered(tx, trial)}")
        if tx.campaign.status in ENDED:
            raise IllegalTransition(f"campaign {campaign!r} has ended: {tx.campaign.reason}")
        if given.choice == APPROVE:
            transitions.approve(tx, number, **given.said)
        elif given.choice == REJECT:
            transitions.reject(tx, number, given.note or "no reason was given", by=given.by)
        else:
            raise InputRefused(f"a trial is approved or rejected; {given.choice!r} is neither")
        return f"trial {number} is {transitions.trial_numbered(tx, number).status}{_next(tx)}"


def judge_stop(database: Database, campaign: str, given: Answer, *, proposed: int | None = None) -> str:
    """End the campaign because enough is known, or let it go on.

    A person may do so at any time; `proposed` is the proposal that they answer to, where there is one. Raises
    AlreadyAnswered when that has been answered, IllegalTransition when the campaign has ended.
    """
    with transaction(database, campaign, None) as tx:
        row = tx.campaign
        if row.status in ENDED or row.requested == "finish":
            raise AlreadyAnswered(f"campaign {campaign!r} has ended, or is ending, already: {_ended(tx)}")
        if proposed is not None and _judgement(tx.session, row).proposed != proposed:
            raise AlreadyAnswered(f"the proposed stop of {campaign!r} {_said(_last(tx, ends.GOES_ON))}")
        if given.choice == ACCEPT:
            campaigns.request(tx, "finish", **given.said)
            return f"campaign {campaign} ends: enough is known{_end_now(tx)}"
        if given.choice != GO_ON or given.trials < 1:
            raise InputRefused(f"a stop is accepted, or the campaign goes on for 1 trial or more; not {given.choice!r}")
        if not row.budget.get("propose"):
            raise IllegalTransition(f"campaign {campaign!r} goes on by itself: its stop has no 'propose: true'")
        ends.go_on(tx, given.trials, dict(given.said))
        return f"campaign {campaign} goes on for {given.trials} trials at least{_next(tx)}"


def _waiting(session: Session, row: Campaign) -> list[Trial]:
    mine = select(Trial).where(Trial.campaign_id == row.id, Trial.status == TrialStatus.PROPOSED)
    return list(session.exec(mine.order_by(col(Trial.number))))


def _judgement(session: Session, row: Campaign) -> ends.Judgement:
    assert row.id is not None
    return ends.judgement(session, row.id, row.last_sequence)


def _next(tx: Transaction) -> str:
    """What happens now, as the end of a sentence. A campaign that nobody drives and that asks nothing more is free."""
    if lease.living_owner(tx.session, tx.campaign_id) is not None:
        return ""
    asks = _waiting(tx.session, tx.campaign) or _judgement(tx.session, tx.campaign).proposed is not None
    if asks:
        return f". More is asked: `junkan review {tx.campaign.name}`."
    if tx.campaign.status == CampaignStatus.REVIEW:
        campaigns.proceed(tx)
    return f". Go on with `junkan resume {tx.campaign.name}`."


def _end_now(tx: Transaction) -> str:
    """Where nobody drives the campaign and nothing is under way, it is done at once."""
    if lease.living_owner(tx.session, tx.campaign_id) is not None:
        return " as soon as what is under way has ended"
    flying = select(Trial.id).where(Trial.campaign_id == tx.campaign_id, col(Trial.status).in_(IN_FLIGHT)).limit(1)
    if tx.session.exec(flying).first() is not None:
        return f"; `junkan resume {tx.campaign.name}` settles what was under way"
    campaigns.stand(tx, CampaignStatus.DONE, "a person judged that enough is known")
    return ""


def _answered(tx: Transaction, trial: Trial) -> str:
    found = _last(tx, TrialStatus.APPROVED, TrialStatus.REJECTED, trial=trial.number)
    by_hand = found is not None and "by" in found.data
    return _said(found) if by_hand else f"is {trial.status}: nobody is asked about it"


def _ended(tx: Transaction) -> str:
    found = _last(tx, "finish requested")
    return tx.campaign.reason or (_said(found) if found is not None else "")


def _last(tx: Transaction, *statuses: str, trial: int | None = None) -> Event | None:
    mine = select(Event).where(
        Event.campaign_id == tx.campaign_id, col(Event.to_status).in_(statuses), Event.trial_number == trial
    )
    return tx.session.exec(mine.order_by(col(Event.sequence).desc()).limit(1)).first()


def _said(event: Event | None) -> str:
    """`was approved by anna at 2026-11-21 16:04:11 UTC already (fine)`."""
    if event is None:
        return "is open no more"
    words = {ends.GOES_ON: "was answered with 'go on'", "finish requested": "was accepted"}
    what = words.get(event.to_status, f"was {event.to_status}")
    note = event.data.get("note") or event.data.get("reason")
    at: datetime = event.happened_at
    return f"{what} by {event.data.get('by', 'a person')} at {at:%Y-%m-%d %H:%M:%S} UTC already" + (
        f" ({note})" if note else ""
    )
