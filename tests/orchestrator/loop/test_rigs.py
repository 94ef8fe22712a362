from dataclasses import replace

import pytest

from orchestrator.campaign.errors import CampaignFileError
from orchestrator.campaign.loading import loads
from orchestrator.loop import rigs
from orchestrator.loop.rigs import rig_file_of


@pytest.fixture(autouse=True)
def _as_the_bench_reads_it(bench, monkeypatch):
    """Files name no executor of tests."""
    loaded = loads(bench.text, bench.folder)
    monkeypatch.setattr(rigs, "loads", lambda *_, **__: replace(loaded, spec=bench.spec))


def test_the_rig_file_of_a_station_is_found_through_the_newest_campaign_that_works_with_it(bench, stationed):
    database = bench.home.database()
    assert rig_file_of(database, "sputter").name == "sputter_simulated.yaml"
    assert rig_file_of(database, "oven") is None


def test_a_campaign_whose_files_are_gone_describes_no_station(bench, stationed, monkeypatch):
    def gone(*_arguments, **_named):
        raise CampaignFileError([])

    monkeypatch.setattr(rigs, "loads", gone)
    assert rig_file_of(bench.home.database(), "sputter") is None
