"""When a campaign has done enough."""

from optimizers.front import Front, merit
from orchestrator.campaign.spec import StopSpec
from orchestrator.ledger.states import TrialStatus
from orchestrator.loop.snapshot import Snapshot

NOT_COUNTED = frozenset({TrialStatus.REJECTED})


def remaining_trials(snapshot: Snapshot, stop: StopSpec) -> int | None:
    """How many more trials the budget allows; None when it sets no limit."""
    if stop.trials is None:
        return None
    return max(0, stop.trials - sum(trial.status not in NOT_COUNTED for trial in snapshot.trials))


def reason_to_stop(snapshot: Snapshot, stop: StopSpec) -> str | None:
    """Why no further trial should be proposed, in words; None while there is none."""
    if (
        stop.chance_of_better is not None
        and snapshot.chance_of_better is not None
        and snapshot.chance_of_better < stop.chance_of_better
    ):
        return f"the chance that a better candidate remains is {snapshot.chance_of_better:.2g}"
    if snapshot.exhausted:
        return "every candidate has been tried"
    if remaining_trials(snapshot, stop) == 0:
        return f"the budget of {stop.trials} trials is used"
    if stop.hours is not None and snapshot.hours >= stop.hours:
        return f"the budget of {stop.hours:g} hours is used"
    return _target_reached(snapshot, stop) or _no_progress(snapshot, stop)


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

    Where there are several objectives: after the last one that entered the Pareto front.
    """
    best, since = Front(), 0
    for trial in snapshot.completed:
        point = merit(trial.values, snapshot.objectives, snapshot.constraints)
        better = point is not None and (not best.members or len(point) > 1 or point[0] < best.members[0][1][0] - delta)
        since = 0 if better and point is not None and best.enter(trial.number, point) else since + 1
    return since
