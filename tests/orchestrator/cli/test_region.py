"""`junkan region`: what a campaign that looks for a region has found."""

import pandas as pd
import pytest

from orchestrator.ledger.home import Home
from tests.orchestrator.cli.conftest import CAMPAIGN, drive_without_prefect, write_campaign

REGION = CAMPAIGN.replace("{kind: kriging, initial: 3}", "{kind: level_set, below: 0.3, initial: 5}")


@pytest.fixture
def searched(home, tmp_path):
    text = REGION.replace("trials: 6", "trials: 12")
    drive_without_prefect(Home(home), write_campaign(tmp_path / "campaign", text))
    return tmp_path


def test_it_tells_how_much_is_decided(junkan, searched):
    told = junkan("region", "parabola")
    assert told.code == 0
    assert "of 36 candidates are decided with a confidence of 0.95 each" in told.out
    document = junkan("region", "parabola", "--json").document
    assert document["campaign"] == "parabola"
    assert document["decided"] == pytest.approx(document["inside"] + document["outside"])


def test_every_candidate_is_written_with_its_chance_and_its_side(junkan, searched):
    for ending, read in ((".csv", pd.read_csv), (".parquet", pd.read_parquet)):
        assert junkan("region", "parabola", "--to", searched / f"all{ending}").code == 0
        table = read(searched / f"all{ending}")
        assert list(table.columns) == ["x", "y", "chance_inside", "side"]
        assert len(table) == 36
        decided = table[table["side"] != "open"]
        height = (decided["x"] - 0.6) ** 2 + (decided["y"] - 0.2) ** 2
        assert ((height <= 0.3) == (decided["side"] == "inside")).mean() > 0.9


def test_a_map_is_drawn(junkan, searched):
    assert junkan("region", "parabola", "--to", searched / "map.png").code == 0
    assert (searched / "map.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_written_is_told(junkan, searched):
    assert "the ending '.pdf' is not known" in junkan("region", "parabola", "--to", searched / "map.pdf").err
    assert "does not exist" in junkan("region", "parabola", "--to", searched / "nowhere" / "map.png").err


def test_a_campaign_that_looks_for_no_region_says_so(junkan, finished):
    answer = junkan("region", "parabola")
    assert answer.code == 2
    assert "its optimizer 'kriging' looks for no region; level_set does" in answer.err
