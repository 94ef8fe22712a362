from orchestrator.ledger import campaigns, transitions
from orchestrator.ledger.judgement import Judgement, go_on, judgement, propose_stop


def at(campaign, position: int | None = None) -> Judgement:
    with campaign.database.reading() as session:
        row = campaigns.find(session, campaign.name)
        return judgement(session, row.id, row.last_sequence if position is None else position)


def test_nothing_was_said_at_first(campaign):
    assert at(campaign) == Judgement()


def test_a_proposed_stop_is_open_until_somebody_lets_the_campaign_go_on(campaign):
    campaign.do(propose_stop, "no progress in the last 5 trials")
    found = at(campaign)
    assert (found.proposed, found.reason) == (2, "no progress in the last 5 trials")
    campaign.do(go_on, 2, {"by": "anna"})
    assert at(campaign) == Judgement(proposed=None, since=3, more=2)
    assert at(campaign, found.proposed) == found


def test_so_many_more_trials_are_counted_by_their_proposals_without_those_that_were_rejected(campaign):
    campaign.propose(2)
    campaign.do(go_on, 2, {"by": "anna"})
    [first] = campaign.propose()
    assert at(campaign).more == 1
    campaign.do(transitions.reject, first, "no")
    assert at(campaign).more == 2
    campaign.propose(3)
    assert at(campaign).more == 0


def test_the_last_word_counts(campaign):
    campaign.do(go_on, 9, {"by": "anna"})
    campaign.do(propose_stop, "again")
    campaign.do(go_on, 1, {"by": "bert"})
    assert at(campaign).more == 1
    campaign.do(propose_stop, "and again")
    assert at(campaign).reason == "and again"
