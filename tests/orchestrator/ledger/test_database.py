import threading

import pytest
from sqlmodel import select

from orchestrator.ledger import campaigns
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import CampaignExists, LedgerUnavailable, NoSuchCampaign
from orchestrator.ledger.tables import Event
from orchestrator.ledger.transaction import transaction


def test_opening_nothing_touches_nothing(tmp_path):
    Database(f"sqlite:///{tmp_path / 'ledger.db'}").exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["nonsense", "oracle+nothing://here", "sqlite+nonsense:///x"])
def test_a_url_that_means_nothing_is_refused_with_an_example(url):
    with pytest.raises(LedgerUnavailable, match="JUNKAN_DATABASE_URL"):
        Database(url).exists()


def test_a_password_is_not_shown():
    assert "secret" not in Database("postgresql://me:secret@host/db").shown


def test_many_writers_at_once_lose_nothing(campaign):
    def write() -> None:
        for _ in range(10):
            with transaction(campaign.database, campaign.name, None) as tx:
                tx.record("noted")

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with campaign.database.reading() as session:
        numbers = session.exec(select(Event.sequence).order_by(Event.sequence)).all()
    assert list(numbers) == list(range(1, 62))


def test_a_name_is_taken_once(campaign, entry):
    with pytest.raises(CampaignExists, match="junkan resume cu-sigma5"):
        campaigns.enter(campaign.database, entry)


def test_an_unknown_name_is_answered_with_the_known_ones(campaign):
    with pytest.raises(NoSuchCampaign, match="Campaigns: cu-sigma5"), campaign.database.reading() as session:
        campaigns.find(session, "cu-sigma7")


def test_all_that_is_needed_to_run_a_campaign_again_is_in_its_row(campaign, entry):
    with campaign.database.reading() as session:
        row = campaigns.find(session, campaign.name)
    assert (row.file_text, row.overrides, row.inputs, row.provenance, row.seed) == (
        entry.file_text,
        list(entry.overrides),
        entry.inputs,
        entry.provenance,
        entry.seed,
    )
