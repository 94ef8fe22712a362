"""The state of a campaign as the loop sees it when it decides."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from optimizers import Objective, OutcomeConstraint
from optimizers.front import front
from orchestrator.campaign.cost import CostSpec, Reported
from orchestrator.ledger import campaigns, costs, imported, tables
from orchestrator.ledger.judgement import Judgement, judgement
from orchestrator.ledger.states import TrialStatus


@dataclass(frozen=True)
class TrialState:
    """One trial: where it stands, how many attempts count against its retries, what it measured once it has.

    `spent` is the cost of its attempts, those under way or in doubt included; `price` what another one would cost.
    """

    number: int
    status: TrialStatus
    counted_attempts: int = 0
    failure_kind: str | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    ended_sequence: int | None = None
    spent: float = 0.0
    price: float = 0.0


@dataclass(frozen=True)
class Snapshot:
    """Everything `decide` may look at. Built from one state of the ledger.

    `imported` are the completed trials known before the campaign; `cheapest` is the least that a trial may cost, as
    far as is known.
    """

    position: int
    trials: tuple[TrialState, ...] = ()
    objectives: tuple[Objective, ...] = ()
    constraints: tuple[OutcomeConstraint, ...] = ()
    requested: str | None = None
    exhausted: bool = False
    chance_of_better: float | None = None
    decided: float | None = None
    hours: float = 0.0
    imported: tuple[TrialState, ...] = ()
    cheapest: float = 0.0
    judgement: Judgement = field(default_factory=Judgement)

    @property
    def completed(self) -> tuple[TrialState, ...]:
        """The completed trials in the order in which they ended."""
        done = [trial for trial in self.trials if trial.status is TrialStatus.COMPLETED]
        return tuple(sorted(done, key=lambda trial: trial.ended_sequence or 0))

    @property
    def best(self) -> tuple[TrialState, ...]:
        """The completed trials that no other beats: one at most where there is one objective, else the Pareto front.

        Imported trials are among them.
        """
        done = (*self.imported, *self.completed)
        values = (trial.values for trial in done)
        return tuple(done[position] for position in front(values, self.objectives, self.constraints))

    @property
    def spent(self) -> float:
        """What all attempts have cost, and are expected to cost where they have not ended."""
        return math.fsum(trial.spent for trial in self.trials)

    def taking(self, numbers: Collection[int]) -> "Snapshot":
        """This snapshot with the trials in `numbers`, whose threads are on their way, counted as in flight."""
        return replace(
            self,
            trials=tuple(
                replace(trial, status=TrialStatus.DISPATCHED, spent=trial.spent + trial.price)
                if trial.number in numbers and trial.status is TrialStatus.APPROVED
                else trial
                for trial in self.trials
            ),
        )


def snapshot(
    session: Session,
    name: str,
    *,
    timed: bool = False,
    judged: bool = False,
    cost: CostSpec | None = None,
    known: tuple[TrialState, ...] | None = None,
) -> Snapshot:
    """Read the snapshot of campaign `name`.

    Its hours cost a pass over all events and are read only if it is `timed`; what was said about its end only if it is
    `judged` by people.
    `cost` says what attempts cost, in campaigns that keep accounts. `known` are the imported trials, where they have
    been read before: they never change.
    """
    row = campaigns.find(session, name)
    assert row.id is not None
    said = judgement(session, row.id, row.last_sequence) if judged else Judgement()
    # What the optimizer knew before a person let the campaign go on is no reason to end it any more.
    last = session.connection().execute(
        select(tables.Decision.returned, tables.Decision.chance_of_better, tables.Decision.decided)  # type: ignore[call-overload]
        .where(col(tables.Decision.campaign_id) == row.id, col(tables.Decision.position) >= said.since)
        .order_by(col(tables.Decision.id).desc())
        .limit(1)
    )
    returned, chance, decided = last.one_or_none() or (1, None, None)
    reports = [] if cost is None else costs.reported(session, row.id)
    return Snapshot(
        position=row.last_sequence,
        trials=_trials(session, row.id, cost, reports),
        objectives=campaigns.objectives(row),
        constraints=campaigns.constraints(row),
        requested=row.requested,
        exhausted=returned == 0,
        chance_of_better=chance,
        decided=decided,
        imported=_imported(session, row.id) if known is None else known,
        cheapest=0.0 if cost is None else cost.cheapest(reports),
        hours=_hours(session, row.id) if timed else 0.0,
        judgement=said,
    )


def _imported(session: Session, campaign_id: int) -> tuple[TrialState, ...]:
    measured = imported.measured(session, campaign_id)
    return tuple(TrialState(number, TrialStatus.COMPLETED, values=values) for number, values in measured.items())


def _trials(
    session: Session, campaign_id: int, cost: CostSpec | None, reports: Sequence[Reported]
) -> tuple[TrialState, ...]:
    trial, attempt, observation = tables.Trial, tables.Attempt, tables.Observation
    rows = session.connection().execute(
        select(attempt.trial_id, func.count())  # type: ignore[call-overload]
        .join(trial, col(attempt.trial_id) == col(trial.id))
        .where(col(trial.campaign_id) == campaign_id, col(attempt.interrupted).is_(False))
        .group_by(attempt.trial_id)
    )
    counted: dict[int, int] = dict(rows.all())
    rows = session.connection().execute(
        select(observation.trial_id, observation.objective, observation.value)  # type: ignore[call-overload]
        .join(trial, col(observation.trial_id) == col(trial.id))
        .where(col(trial.campaign_id) == campaign_id)
    )
    values: dict[int, dict[str, float]] = {}
    for row_id, quantity, value in rows:
        values.setdefault(row_id, {})[quantity] = value
    rows = session.connection().execute(
        select(trial.id, trial.number, trial.status, trial.failure_kind, trial.ended_sequence, trial.parameters)  # type: ignore[call-overload]
        .where(col(trial.campaign_id) == campaign_id)
        .order_by(trial.number)
    )
    spent = {} if cost is None else costs.spent(session, campaign_id)
    return tuple(
        TrialState(
            number, TrialStatus(status), counted.get(row_id, 0), kind, values.get(row_id, {}), ended,
            spent=spent.get(number, 0.0), price=0.0 if cost is None else cost.expected(parameters, reports),
        )
        for row_id, number, status, kind, ended, parameters in rows
    )  # fmt: skip


def _hours(session: Session, campaign_id: int) -> float:
    """Hours during which some process drove the campaign: from each claim to the last event before the next.

    Those in which it only waited for a person do not count.
    """
    event = tables.Event
    rows = session.connection().execute(
        select(event.to_status, event.happened_at)  # type: ignore[call-overload]
        .where(col(event.campaign_id) == campaign_id)
        .order_by(event.sequence)
    )
    driven = timedelta()
    claimed: datetime | None = None
    latest: datetime | None = None
    for status, moment in rows:
        if status in ("claimed", campaigns.PROCEEDS):
            driven += latest - claimed if claimed and latest else timedelta()
            claimed = moment
        elif status == campaigns.WAITS:
            driven += moment - claimed if claimed else timedelta()
            claimed = None
        latest = moment
    if claimed is not None:
        driven += tables.now() - claimed
    return driven / timedelta(hours=1)
