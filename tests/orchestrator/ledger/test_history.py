from orchestrator.executors.outcome import Outcome, Value
from orchestrator.ledger import campaigns, transitions
from orchestrator.ledger.history import history


def complete(campaign, number: int, value: float) -> None:
    outcome = Outcome(values={"gb_energy": Value(value=value)})
    campaign.do(transitions.complete, number, outcome, {"gb_energy": "J/m^2"})


def story(campaign, position: int | None = None):
    with campaign.database.reading() as session:
        row = campaigns.find(session, campaign.name)
        return history(session, row.id, row.last_sequence if position is None else position)


def test_trials_come_in_the_order_in_which_they_ended_and_pending_ones_last(campaign):
    first, second, third = campaign.running(), campaign.running(), campaign.running()
    complete(campaign, third, 0.3)
    complete(campaign, first, 0.1)
    assert [(trial.number, trial.standing) for trial in story(campaign)] == [
        (third, "completed"),
        (first, "completed"),
        (second, "pending"),
    ]


def test_the_history_of_an_earlier_position_does_not_know_what_came_later(campaign):
    number = campaign.running()
    before = story(campaign)
    with campaign.database.reading() as session:
        position = campaigns.find(session, campaign.name).last_sequence
    complete(campaign, number, 0.1)
    assert story(campaign, position) == before
    assert story(campaign, position).trials[0].observations == {}


def test_failures_say_what_they_teach(campaign):
    taught = {}
    for kind in ("infeasible", "unconverged", "fault", "timeout", "cancelled"):
        number = campaign.running()
        campaign.do(transitions.fail, number, Outcome.failed(kind, "so it is"))
        taught[kind] = story(campaign).trials[-1].standing
    assert taught == {
        "infeasible": "infeasible",
        "unconverged": "unconverged",
        "fault": "void",
        "timeout": "void",
        "cancelled": "void",
    }


def test_a_retry_leaves_the_trial_where_it_was(campaign):
    number = campaign.running()
    before = story(campaign)
    campaign.do(transitions.retry, number, Outcome.failed("fault", "interrupted"), interrupted=True)
    assert story(campaign) == before


def test_a_failed_trial_that_is_tried_again_is_pending_again(campaign):
    number = campaign.running()
    campaign.do(transitions.fail, number, Outcome.failed("fault", "the cable"))
    campaign.do(transitions.again, number, "the cable is in")
    assert [trial.standing for trial in story(campaign)] == ["pending"]


def test_values_and_parameters_come_back_to_the_last_bit(campaign):
    number = campaign.running()
    complete(campaign, number, 0.1 + 0.2)
    [trial] = story(campaign)
    assert trial.observations["gb_energy"].value == 0.1 + 0.2
    assert trial.parameters == {"tx": 0.1} and trial.candidate == 0


def test_what_a_person_rejected_cannot_be_realised(campaign):
    [number] = campaign.propose()
    campaign.do(transitions.reject, number, "too hot", by="anna")
    assert [trial.standing for trial in story(campaign)] == ["infeasible"]
