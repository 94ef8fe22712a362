"""The guide to lines says what the program does."""

import re
from pathlib import Path

from devices.journal import DEFAULT_LIMIT, FileJournal
from devices.link import FIRST_PAUSE, LONGEST_PAUSE
from devices.link_settings import LinkSettings

GUIDE = (Path(__file__).parents[2] / "docs" / "links.md").read_text()
SAID = {"no": False, "1 MiB": 2**20, "120": 120.0, "3.5 characters": None}


def test_the_keys_and_defaults_of_the_guide_are_those_of_the_program():
    table = GUIDE.split("## `link:`")[1].split("\n\n")[0]
    said = {}
    for keys, defaults in re.findall(r"^\| (`.*?) \| .* \| (.*?) \|$", table, re.M):
        said |= dict(zip(re.findall(r"`(\w+)`", keys), defaults.split(", "), strict=True))
    fields = {key: str(SAID.get(value, value)) for key, value in said.items()}
    real = {name: field.default for name, field in LinkSettings.model_fields.items() if name != "exclusive"}
    assert {key: value.removesuffix(".0") for key, value in fields.items()} == {
        key: str(value).removesuffix(".0") for key, value in real.items()
    }


def test_the_pauses_and_the_limit_of_the_guide_are_those_of_the_program():
    assert f"pauses of {FIRST_PAUSE:g} s doubling to {LONGEST_PAUSE:g} s" in GUIDE
    assert f"never grows beyond {DEFAULT_LIMIT / 2**20:g} MiB" in GUIDE


def test_the_example_of_the_guide_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    journal = FileJournal(tmp_path / "journal.jsonl")
    journal.sent(1.0, "gun", b"d")
    journal.received(1.0, "gun", b"0250")
    journal.close()
    exec(re.search(r"```python\n(.*?)```", GUIDE, re.S)[1], {})
    assert capsys.readouterr().out.startswith("Exchange(at=1.0, device='gun', sent=b'd', received=b'0250'")
