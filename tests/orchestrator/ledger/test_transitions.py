"""Wherever a trial stands, an arrow leads where `ARROWS` says, or is refused and changes nothing."""

import pytest
from sqlmodel import select

from orchestrator.executors.outcome import Outcome, Value
from orchestrator.ledger import transitions
from orchestrator.ledger.errors import IllegalTransition
from orchestrator.ledger.states import ARROWS, TrialStatus
from orchestrator.ledger.tables import Attempt, Event, Observation, Trial

DONE = Outcome(values={"gb_energy": Value(value=0.1 + 0.2, standard_error=1e-3)}, files=("structure.extxyz",))
FAULT = Outcome.failed("fault", "the cable was out")
UNITS = {"gb_energy": "J/m^2"}

ACTS = {
    "approve": (transitions.approve, (), TrialStatus.APPROVED),
    "reject": (transitions.reject, ("too thick",), TrialStatus.REJECTED),
    "run": (transitions.run, ({"pid": 1},), TrialStatus.RUNNING),
    "complete": (transitions.complete, (DONE, UNITS), TrialStatus.COMPLETED),
    "fail": (transitions.fail, (FAULT,), TrialStatus.FAILED),
    "doubt": (transitions.doubt, ("no answer",), TrialStatus.UNCERTAIN),
    "abandon": (transitions.abandon, ("too dangerous",), TrialStatus.ABANDONED),
}


def arrive(campaign, status: TrialStatus) -> int:
    """A trial that stands at `status`, by the shortest way."""
    if status in (TrialStatus.PROPOSED, TrialStatus.APPROVED, TrialStatus.REJECTED):
        [number] = campaign.propose()
        if status is TrialStatus.APPROVED:
            campaign.do(transitions.approve, number)
        if status is TrialStatus.REJECTED:
            campaign.do(transitions.reject, number, "no")
        return number
    if status is TrialStatus.DISPATCHED:
        return campaign.dispatched()
    number = campaign.running()
    for name, (act, arguments, leads_to) in ACTS.items():
        if leads_to is status and name not in ("run", "approve"):
            campaign.do(act, number, *arguments)
    return number


def standing(campaign, number: int) -> str:
    with campaign.database.reading() as session:
        return session.exec(select(Trial.status).where(Trial.number == number)).one()


@pytest.mark.parametrize("begin", list(TrialStatus))
@pytest.mark.parametrize("name", list(ACTS))
def test_an_arrow_leads_where_the_drawing_says_or_is_refused(campaign, begin, name):
    act, arguments, leads_to = ACTS[name]
    number = arrive(campaign, begin)
    assert standing(campaign, number) == begin
    with campaign.database.reading() as session:
        events = len(session.exec(select(Event)).all())

    if leads_to in ARROWS[begin]:
        campaign.do(act, number, *arguments)
        assert standing(campaign, number) == leads_to
    else:
        with pytest.raises(IllegalTransition):
            campaign.do(act, number, *arguments)
        assert standing(campaign, number) == begin
        with campaign.database.reading() as session:
            assert len(session.exec(select(Event)).all()) == events


def test_a_value_is_stored_to_the_last_bit_with_the_arrow(campaign):
    number = campaign.running()
    campaign.do(transitions.complete, number, DONE, UNITS)
    with campaign.database.reading() as session:
        seen = session.exec(select(Observation)).one()
        attempt = session.exec(select(Attempt)).one()
    assert seen.value == 0.1 + 0.2 and seen.standard_error == 1e-3 and seen.unit == "J/m^2"
    assert attempt.files == ["structure.extxyz"] and attempt.ended_at is not None


def test_a_retry_closes_its_attempt_and_the_next_one_has_another_key(campaign):
    number = campaign.running()
    campaign.do(transitions.retry, number, FAULT, interrupted=False)
    attempt = campaign.do(transitions.dispatch, number, owner="me", folder="/f/attempt-{attempt}")
    assert (attempt.key, attempt.folder) == ("cu-sigma5/1/2", "/f/attempt-2")
    with campaign.database.reading() as session:
        first, second = session.exec(select(Attempt).order_by(Attempt.number)).all()
    assert (first.status, first.failure_kind, first.failure_reason) == ("failed", "fault", "the cable was out")
    assert second.status == "dispatched" and second.ended_at is None


def test_a_person_may_ask_again_for_a_trial_that_failed(campaign):
    number = campaign.running()
    campaign.do(transitions.fail, number, FAULT)
    campaign.do(transitions.again, number, "the cable is in")
    with campaign.database.reading() as session:
        trial = session.exec(select(Trial)).one()
    assert trial.status == TrialStatus.APPROVED
    assert trial.failure_kind is None and trial.ended_at is None and trial.ended_sequence is None


def test_an_outcome_with_values_cannot_fail_a_trial(campaign):
    number = campaign.running()
    with pytest.raises(IllegalTransition, match="values"):
        campaign.do(transitions.fail, number, DONE)


def test_a_trial_that_does_not_exist_is_named(campaign):
    with pytest.raises(IllegalTransition, match="no trial 12"):
        campaign.do(transitions.approve, 12)


def test_the_prediction_of_a_proposal_is_stored_to_the_last_bit(campaign):
    campaign.propose()
    with campaign.database.reading() as session:
        trial = session.exec(select(Trial)).one()
    assert trial.predicted == {"gb_energy": {"mean": 1.0 / 3.0, "standard_deviation": 0.1}}


def test_events_are_numbered_without_gaps(campaign):
    for _ in range(3):
        campaign.do(transitions.complete, campaign.running(), DONE, UNITS)
    with campaign.database.reading() as session:
        numbers = session.exec(select(Event.sequence).order_by(Event.sequence)).all()
    assert list(numbers) == list(range(1, len(numbers) + 1))


def test_what_fails_half_way_through_a_transaction_leaves_nothing(campaign):
    [number] = campaign.propose()
    with pytest.raises(RuntimeError), campaign.transaction() as tx:
        transitions.approve(tx, number)
        raise RuntimeError("the power fails here")
    assert standing(campaign, number) == TrialStatus.PROPOSED
