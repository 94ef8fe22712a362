import hashlib
from pathlib import Path

import pytest

from orchestrator.campaign.errors import CampaignFileError
from orchestrator.campaign.inputs import fingerprints, inputs
from orchestrator.campaign.loading import load, loads

WITH_FILES = """{
  kind: lab,
  file: tables/values.csv,
  others: [b.csv, tables/values.csv],
  by_name: {first: /far/c.csv},
}"""


@pytest.fixture
def lab(tmp_path, campaign) -> Path:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "values.csv").write_text("x,y\n1,2\n")
    (tmp_path / "campaign.yaml").write_text(campaign)
    return tmp_path


def test_inputs_are_the_files_in_fields_for_files_each_once_in_the_order_of_the_file(campaign):
    text = campaign.replace("{kind: lab}", WITH_FILES)
    spec = loads(text, Path("/lab"), ["report.random_search={table: landscape.parquet, within: 1e-3}"]).spec
    assert inputs(spec) == [
        Path("/lab/tables/values.csv"),
        Path("/lab/b.csv"),
        Path("/far/c.csv"),
        Path("/lab/landscape.parquet"),
    ]


def test_a_campaign_without_files_has_no_inputs_whatever_other_paths_it_holds(campaign):
    spec = loads(campaign, Path("/lab")).spec
    assert spec.executor.python == Path("/no/such/python")
    assert inputs(spec) == []


def test_fingerprints_are_the_sha_256_of_the_content(lab):
    spec = load(lab / "campaign.yaml", ["executor.file=tables/values.csv"]).spec
    assert fingerprints(spec) == {lab / "tables" / "values.csv": hashlib.sha256(b"x,y\n1,2\n").hexdigest()}


def test_a_missing_input_has_no_fingerprint(lab):
    spec = loads((lab / "campaign.yaml").read_text(), lab, ["executor.file=tables/gone.csv"]).spec
    with pytest.raises(FileNotFoundError, match="gone"):
        fingerprints(spec)


def test_every_missing_file_is_told_at_its_place_with_where_it_was_looked_for(lab, campaign):
    file = lab / "campaign.yaml"
    file.write_text(
        campaign.replace("{kind: lab}", "{kind: lab, file: tables/value.csv, others: [tables, /far/c.csv]}")
    )
    with pytest.raises(CampaignFileError) as caught:
        load(file)
    assert str(caught.value).splitlines() == [
        f"{file}:9:29: executor.file: 'tables/value.csv' does not exist (looked in {lab}). "
        "Did you mean 'tables/values.csv'?",
        f"{file}:9:56: executor.others[0]: 'tables' is a folder. Allowed: a file.",
        f"{file}:9:64: executor.others[1]: '/far/c.csv' does not exist (looked in {lab}).",
    ]


def test_a_missing_file_of_an_override_names_the_argument(lab):
    with pytest.raises(CampaignFileError) as caught:
        load(lab / "campaign.yaml", ["executor.file=x.csv"])
    assert str(caught.value) == f"--set executor.file=x.csv: executor.file: 'x.csv' does not exist (looked in {lab})."
