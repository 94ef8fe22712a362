"""When a campaign has done enough."""

import math

from optimizers.front import Front, merit
from orchestrator.campaign.spec import StopSpec
from orchestrator.ledger.states import TrialStatus
from orchestrator.loop.snapshot import Snapshot

NOT_COUNTED = frozenset({TrialStatus.REJECTED})
ROUNDING = 1e-9
"""Ten times 0.1 is within a budget of 1."""


def remaining_trials(snapshot: Snapshot, stop: StopSpec) -> int | None:
    """How many more trials the budget allows; None when it sets no limit."""
    if stop.trials is None:
        return None
    return max(0, stop.trials - sum(trial.status not in NOT_COUNTED for trial in snapshot.trials))


def affordable(snapshot: Snapshot, stop: StopSpec, price: float) -> bool:
    """Whether what is left of the budget pays for `price`, besides all that is under way."""
    return stop.cost is None or snapshot.spent + price <= stop.cost * (1.0 + ROUNDING)


def affordable_trials(snapshot: Snapshot, stop: StopSpec) -> int | None:
    """How many more trials may be paid for, if each is a cheapest one; None when money sets no limit."""
    if stop.cost is None or snapshot.cheapest <= 0.0:
        return None
    return max(0, math.floor((stop.cost * (1.0 + ROUNDING) - snapshot.spent) / snapshot.cheapest))


def reason_to_stop(snapshot: Snapshot, stop: StopSpec) -> str | None:
    """Why no further trial should be proposed, in words; None while there is none."""
    return (
        _enough_known(snapshot, stop)
        or reason_to_end(snapshot, stop)
        or _target_reached(snapshot, stop)
        or _no_progress(snapshot, stop)
    )


def reason_to_end(snapshot: Snapshot, stop: StopSpec) -> str | None:
    """Why no further trial can be proposed, converged or not: nothing is left to spend, or to try."""
    if snapshot.exhausted and _enough_known(snapshot, stop) is None:
        return "every candidate has been tried"
    return _budget_used(snapshot, stop)


def _enough_known(snapshot: Snapshot, stop: StopSpec) -> str | None:
    """What the last ask said of what is left."""
    chance, decided = snapshot.chance_of_better, snapshot.decided
    if stop.chance_of_better is not None and chance is not None and chance < stop.chance_of_better:
        return f"the chance that a better candidate remains is {chance:.2g}"
    if stop.decided is not None and decided is not None and decided >= stop.decided:
        return f"{decided:.1%} of the candidates are decided"
    return None


def _budget_used(snapshot: Snapshot, stop: StopSpec) -> str | None:
    if remaining_trials(snapshot, stop) == 0:
        return f"the budget of {stop.trials} trials is used"
    if not affordable(snapshot, stop, snapshot.cheapest):
        return f"the budget of {stop.cost:g} is used: {snapshot.spent:g} spent, and a trial costs {snapshot.cheapest:g}"
    if stop.hours is not None and snapshot.hours >= stop.hours:
        return f"the budget of {stop.hours:g} hours is used"
    return None


def _target_reached(snapshot: Snapshot, stop: StopSpec) -> str | None:
    best = snapshot.best
    if stop.target is None or not best:
        return None
    (objective,) = snapshot.objectives
    reached = objective.sign * best[0].values[objective.name] <= objective.sign * stop.target
    return f"the target {stop.target:g} is reached" if reached else None


def _no_progress(snapshot: Snapshot, stop: StopSpec) -> str | None:
    if stop.no_progress is None:
        return None
    since = trials_since_progress(snapshot, stop.delta or 0.0)
    return f"no progress in the last {since} trials" if since >= stop.no_progress else None


def trials_since_progress(snapshot: Snapshot, delta: float) -> int:
    """How many trials were completed after the last one that was better than all before it by more than `delta`.

    Where there are several objectives: after the last one that entered the Pareto front. What was known before the
    campaign counts as the level to be improved on.
    """
    best, since = Front(), 0
    for trial in snapshot.imported:
        point = merit(trial.values, snapshot.objectives, snapshot.constraints)
        if point is not None:
            best.enter(trial.number, point)
    for trial in snapshot.completed:
        point = merit(trial.values, snapshot.objectives, snapshot.constraints)
        better = point is not None and (not best.members or len(point) > 1 or point[0] < best.members[0][1][0] - delta)
        since = 0 if better and point is not None and best.enter(trial.number, point) else since + 1
    return since
