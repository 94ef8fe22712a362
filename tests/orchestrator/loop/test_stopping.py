import pytest

from optimizers import Objective, OutcomeConstraint
from orchestrator.campaign.spec import StopSpec
from orchestrator.ledger.states import TrialStatus
from orchestrator.loop.snapshot import Snapshot, TrialState
from orchestrator.loop.stopping import reason_to_stop, remaining_trials, trials_since_progress


def completed(*values, goal="minimize", **fields) -> Snapshot:
    """Trials that ended in the order given."""
    trials = tuple(
        TrialState(number, TrialStatus.COMPLETED, 1, None, {"height": value}, number)
        for number, value in enumerate(values, start=1)
    )
    return Snapshot(50, trials, (Objective("height", goal=goal),), **fields)


def test_without_a_condition_met_a_campaign_goes_on():
    stop = StopSpec(trials=4, hours=1, target=0.0, no_progress=3)
    assert reason_to_stop(completed(3.0, 2.0, 1.0, hours=0.5), stop) is None


def test_rejected_trials_cost_nothing_and_failed_ones_do():
    trials = (
        TrialState(1, TrialStatus.REJECTED),
        TrialState(2, TrialStatus.FAILED),
        TrialState(3, TrialStatus.RUNNING),
    )
    assert remaining_trials(Snapshot(9, trials), StopSpec(trials=5)) == 3


def test_there_is_no_limit_where_none_is_set():
    assert remaining_trials(completed(1.0), StopSpec(hours=1)) is None


@pytest.mark.parametrize(
    ("goal", "value", "met"), [("minimize", 0.9, True), ("minimize", 1.1, False), ("maximize", 1.1, True)]
)
def test_a_target_is_reached_from_the_right_side(goal, value, met):
    assert (reason_to_stop(completed(value, goal=goal), StopSpec(target=1.0)) is not None) == met


def test_hours_are_hours_of_running():
    assert "2 hours" in reason_to_stop(completed(1.0, hours=2.1), StopSpec(hours=2))


def test_progress_is_counted_in_the_order_in_which_trials_ended():
    late = (
        TrialState(1, TrialStatus.COMPLETED, 1, None, {"height": 0.5}, ended_sequence=30),
        TrialState(2, TrialStatus.COMPLETED, 1, None, {"height": 0.9}, ended_sequence=10),
        TrialState(3, TrialStatus.COMPLETED, 1, None, {"height": 0.8}, ended_sequence=20),
    )
    assert trials_since_progress(Snapshot(40, late, (Objective("height"),)), 0.0) == 0


def test_an_improvement_too_small_to_matter_is_no_progress():
    assert trials_since_progress(completed(1.0, 0.9999, 0.9998), 0.0) == 0
    assert trials_since_progress(completed(1.0, 0.9999, 0.9998), 0.001) == 2
    assert "no progress in the last 2 trials" in reason_to_stop(
        completed(1.0, 0.9999, 0.9998), StopSpec(no_progress=2, delta=0.001)
    )


def test_slow_progress_adds_up():
    assert trials_since_progress(completed(1.0, 0.9995, 0.9985), 0.001) == 0


def test_the_chance_of_better_ends_a_campaign_when_it_is_small():
    stop = StopSpec(chance_of_better=0.05, delta=0.01)
    assert reason_to_stop(completed(1.0, chance_of_better=0.2), stop) is None
    assert "0.01" in reason_to_stop(completed(1.0, chance_of_better=0.01, exhausted=True), stop)


def measured(*trials: dict[str, float], **fields) -> Snapshot:
    """Trials that measured these values, in the order given."""
    ended = tuple(
        TrialState(number, TrialStatus.COMPLETED, 1, None, values, number)
        for number, values in enumerate(trials, start=1)
    )
    return Snapshot(50, ended, **fields)


def test_with_several_objectives_progress_is_to_enter_the_front():
    both = (Objective("a"), Objective("b"))
    one, other, beaten = {"a": 1.0, "b": 3.0}, {"a": 3.0, "b": 1.0}, {"a": 3.0, "b": 3.0}
    assert trials_since_progress(measured(one, other, objectives=both), 0.0) == 0
    assert trials_since_progress(measured(one, other, beaten, one, objectives=both), 0.0) == 2


def test_a_trial_that_breaks_a_constraint_is_no_progress_and_reaches_no_target():
    kept = {"objectives": (Objective("a"),), "constraints": (OutcomeConstraint("stress", at_most=1.0),)}
    good, broken = {"a": 2.0, "stress": 0.5}, {"a": 0.0, "stress": 1.5}
    seen = measured(good, broken, **kept)
    assert trials_since_progress(seen, 0.0) == 1
    assert reason_to_stop(seen, StopSpec(target=1.0)) is None
    assert [trial.number for trial in seen.best] == [1]
