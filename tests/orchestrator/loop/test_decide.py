from hypothesis import given
from hypothesis import strategies as st

from optimizers import Objective
from orchestrator.campaign.spec import StopSpec
from orchestrator.ledger.judgement import Judgement
from orchestrator.ledger.states import IN_FLIGHT, TrialStatus
from orchestrator.loop.decide import (
    Ask,
    Cancel,
    Consult,
    Dispatch,
    Finish,
    Pause,
    ProposeStop,
    Review,
    Wait,
    decide,
    may_retry,
)
from orchestrator.loop.snapshot import Snapshot, TrialState


class Spec:
    """The parts of a specification that the decision looks at."""

    def __init__(self, parallel=1, retries=2, **stop):
        self.parallel = parallel
        self.stop = StopSpec(**(stop or {"trials": 10}))
        self.failures = type("Failures", (), {"retries": retries})()


def snapshot(*statuses, **fields) -> Snapshot:
    trials = tuple(
        TrialState(
            number, TrialStatus(status), values={"a": 1.0} if status == "completed" else {}, ended_sequence=number
        )
        for number, status in enumerate(statuses, start=1)
    )
    return Snapshot(position=100, trials=trials, objectives=(Objective("a"),), **fields)


def test_an_empty_campaign_asks_for_as_many_trials_as_may_fly():
    assert decide(snapshot(), Spec(parallel=3)) == Ask(3)


def test_approved_trials_are_dispatched_before_new_ones_are_asked_for():
    assert decide(snapshot("completed", "approved"), Spec()) == Dispatch((2,))


def test_no_more_fly_than_may():
    assert decide(snapshot("running", "approved", "approved"), Spec(parallel=2)) == Dispatch((2,))
    assert decide(snapshot("running", "dispatched", "approved"), Spec(parallel=2)) == Wait()


def test_the_last_trials_are_not_asked_for_twice():
    assert decide(snapshot("completed", "running"), Spec(parallel=4, trials=3)) == Ask(1)
    assert decide(snapshot("completed", "running", "running"), Spec(parallel=4, trials=3)) == Wait()
    assert decide(snapshot("completed", "completed", "failed"), Spec(trials=3)) == Finish(
        "the budget of 3 trials is used"
    )


def test_a_pause_lets_what_flies_end_first():
    assert decide(snapshot("running", requested="pause"), Spec()) == Wait()
    assert isinstance(decide(snapshot("completed", requested="pause"), Spec()), Pause)


def test_a_stop_cancels_what_flies():
    assert decide(snapshot("running", "approved", requested="stop"), Spec(parallel=2)) == Cancel((1,))
    assert isinstance(decide(snapshot("completed", "approved", requested="stop"), Spec()), Finish)


def test_an_uncertain_trial_stops_everything_new_until_a_person_has_looked():
    assert decide(snapshot("uncertain", "running"), Spec(parallel=3)) == Wait()
    step = decide(snapshot("uncertain", "approved"), Spec(parallel=3))
    assert isinstance(step, Review) and "trial 1" in step.reason


def test_a_fault_that_no_retry_cured_is_put_before_a_person_and_an_infeasible_one_is_not():
    def failed(kind):
        return Snapshot(9, (TrialState(1, TrialStatus.FAILED, 3, kind),))

    assert isinstance(decide(failed("fault"), Spec()), Review)
    assert isinstance(decide(failed("timeout"), Spec()), Review)
    for kind in ("infeasible", "unconverged", "cancelled"):
        assert decide(failed(kind), Spec()) == Ask(1)


def test_an_exhausted_space_ends_the_campaign():
    assert decide(snapshot("completed", exhausted=True), Spec()) == Finish("every candidate has been tried")


def test_only_faults_and_time_outs_are_retried_and_only_so_often():
    def state(attempts):
        return TrialState(1, TrialStatus.RUNNING, attempts)

    assert [may_retry(state(attempts), "fault", Spec(retries=2)) for attempts in (1, 2, 3)] == [True, True, False]
    assert may_retry(state(1), "timeout", Spec()) and not may_retry(state(1), "timeout", Spec(retries=0))
    for kind in ("infeasible", "unconverged", "cancelled"):
        assert not may_retry(state(1), kind, Spec())


def test_trials_whose_threads_are_on_their_way_count_as_in_flight():
    taken = snapshot("approved", "approved").taking({1})
    assert decide(taken, Spec(parallel=2)) == Dispatch((2,))
    assert decide(taken.taking({2}), Spec(parallel=2)) == Wait()


@given(
    st.lists(st.sampled_from(list(TrialStatus)), max_size=8),
    st.sampled_from([None, "pause", "stop"]),
    st.integers(1, 4),
    st.booleans(),
)
def test_whatever_stands_nothing_is_overbooked_and_nothing_ends_in_mid_flight(statuses, requested, parallel, exhausted):
    seen = snapshot(*statuses, requested=requested, exhausted=exhausted)
    flying = sum(status in IN_FLIGHT for status in statuses)
    match decide(seen, Spec(parallel=parallel, trials=6)):
        case Ask(count):
            assert 0 < count <= parallel - flying and TrialStatus.APPROVED not in statuses
        case Dispatch(trials):
            assert 0 < len(trials) <= parallel - flying
            assert all(statuses[number - 1] is TrialStatus.APPROVED for number in trials)
        case Cancel(trials):
            assert len(trials) == flying > 0
        case Wait():
            assert flying > 0
        case Finish() | Pause() | Review():
            assert flying == 0


def test_a_trial_that_waits_for_approval_takes_a_place_and_holds_the_campaign_up_when_nothing_else_is_left():
    assert decide(snapshot("proposed"), Spec()) == Consult("trial 1 waits for approval")
    assert decide(snapshot("proposed"), Spec(parallel=3)) == Ask(2)
    assert decide(snapshot("proposed", "running"), Spec(parallel=2)) == Wait()
    assert decide(snapshot("proposed", "approved"), Spec(parallel=2)) == Dispatch((2,))


def test_the_last_trial_of_a_budget_waits_for_its_approval_too():
    assert isinstance(decide(snapshot("completed", "proposed"), Spec(trials=2)), Consult)
    assert decide(snapshot("completed", "rejected"), Spec(trials=2)) == Ask(1)


def test_a_campaign_that_proposes_to_stop_first_lets_end_what_flies_and_then_asks():
    spec = Spec(trials=10, target=2.0, propose=True)
    assert decide(snapshot("completed", "running"), spec) == Wait()
    assert decide(snapshot("completed"), spec) == ProposeStop("the target 2 is reached")
    asked = snapshot("completed", judgement=Judgement(proposed=7, reason="the target 2 is reached"))
    assert decide(asked, spec) == Consult("proposes to stop: the target 2 is reached")


def test_after_a_person_let_it_go_on_nothing_judges_until_enough_more_was_tried():
    spec = Spec(trials=10, target=2.0, propose=True)
    assert decide(snapshot("completed", judgement=Judgement(since=7, more=3)), spec) == Ask(1)
    assert isinstance(decide(snapshot("completed", judgement=Judgement(since=7, more=0)), spec), ProposeStop)


def test_a_budget_ends_the_campaign_whatever_is_proposed():
    spec = Spec(trials=1, target=2.0, propose=True)
    proposed = snapshot("completed", judgement=Judgement(proposed=7, reason="the target 2 is reached"))
    assert decide(proposed, spec) == decide(snapshot("completed"), spec) == Finish("the budget of 1 trials is used")


def test_an_exhausted_space_is_no_matter_of_judgement_and_a_small_chance_is():
    spec = Spec(chance_of_better=0.1, delta=0.5, propose=True)
    assert isinstance(decide(snapshot("completed", exhausted=True), spec), Finish)
    assert isinstance(decide(snapshot("completed", exhausted=True, chance_of_better=0.01), spec), ProposeStop)


def test_whoever_judges_that_enough_is_known_ends_the_campaign_when_nothing_flies():
    assert decide(snapshot("completed", "running", requested="finish"), Spec(parallel=2)) == Wait()
    assert isinstance(decide(snapshot("completed", "proposed", requested="finish"), Spec()), Finish)
