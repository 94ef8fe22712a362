import os
import subprocess
import sys
from datetime import timedelta

import pytest

from orchestrator.ledger import campaigns, lease
from orchestrator.ledger.errors import LeaseHeld, LeaseLost, NoSuchCampaign
from orchestrator.ledger.tables import Lease, now
from orchestrator.ledger.transaction import transaction


def held_by(campaign, **changes) -> None:
    """Make the lease look as if another process had claimed it."""
    with campaign.database.writing() as session:
        row = session.get(Lease, 1)
        for name, value in changes.items():
            setattr(row, name, value)
        session.add(row)


def test_a_second_claim_is_refused_and_names_the_owner(campaign):
    lease.claim(campaign.database, campaign.name)
    with pytest.raises(LeaseHeld, match=f"process {os.getpid()} on "):
        lease.claim(campaign.database, campaign.name)


def test_a_released_lease_can_be_claimed(campaign):
    lease.release(campaign.database, lease.claim(campaign.database, campaign.name))
    assert lease.claim(campaign.database, campaign.name)


def test_the_lease_of_a_dead_process_on_this_host_is_taken_over_at_once(campaign):
    lease.claim(campaign.database, campaign.name)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    held_by(campaign, pid=gone.pid)
    assert lease.claim(campaign.database, campaign.name)


def test_a_reused_process_number_does_not_keep_a_lease_alive(campaign):
    lease.claim(campaign.database, campaign.name)
    held_by(campaign, process_created="long ago")
    assert lease.claim(campaign.database, campaign.name)


def test_a_lease_of_another_host_is_respected_until_it_expires(campaign):
    lease.claim(campaign.database, campaign.name)
    held_by(campaign, host="elsewhere")
    with pytest.raises(LeaseHeld, match="elsewhere"):
        lease.claim(campaign.database, campaign.name)
    held_by(campaign, expires_at=now() - timedelta(seconds=1))
    assert lease.claim(campaign.database, campaign.name)


def test_an_owner_that_was_taken_over_can_no_longer_write(campaign):
    first = lease.claim(campaign.database, campaign.name)
    held_by(campaign, process_created="long ago")
    second = lease.claim(campaign.database, campaign.name)
    with pytest.raises(LeaseLost), transaction(campaign.database, campaign.name, first) as tx:
        campaigns.show_at(tx, "http://nowhere")
    with transaction(campaign.database, campaign.name, second) as tx:
        assert tx.campaign.ui is None


def test_releasing_what_was_taken_over_does_not_free_it(campaign):
    first = lease.claim(campaign.database, campaign.name)
    held_by(campaign, process_created="long ago")
    lease.claim(campaign.database, campaign.name)
    lease.release(campaign.database, first)
    with pytest.raises(LeaseHeld):
        lease.claim(campaign.database, campaign.name)


def test_every_write_of_the_owner_renews_the_lease(campaign):
    owner = lease.claim(campaign.database, campaign.name)
    held_by(campaign, expires_at=now() + timedelta(seconds=1))
    lease.renew(campaign.database, campaign.name, owner)
    with campaign.database.reading() as session:
        assert session.get(Lease, 1).expires_at > now() + timedelta(seconds=5)


def test_an_unknown_campaign_cannot_be_claimed(campaign):
    with pytest.raises(NoSuchCampaign, match="nothing"):
        lease.claim(campaign.database, "nothing")
