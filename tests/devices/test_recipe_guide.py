"""The examples of docs/recipes.md are run, and its table lists every step."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from devices.recipe import STEPS, check_recipe, load_recipe
from devices.rig_settings import load_rig

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "recipes.md").read_text()


def read(text):
    return YAML(typ="safe").load(text)


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def test_the_recipe_of_the_guide_can_be_done_on_the_shipped_rig():
    [text] = blocks("yaml")
    rig = load_rig(read((ROOT / "campaigns" / "rigs" / "sputter_simulated.yaml").read_text()))
    check_recipe(load_recipe(read(text)), rig)


def test_the_dry_run_of_the_guide_runs(monkeypatch, capsys):
    [code] = blocks("python")
    monkeypatch.chdir(ROOT)
    exec(compile(code, "docs/recipes.md", "exec"), {})
    assert "steps.6.deposit: deposit for 1500 s" in capsys.readouterr().out


def test_the_guide_lists_every_step_with_its_keys():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", GUIDE, re.MULTILINE))
    assert set(rows) == set(STEPS)
    common = {"device", "set"}
    for kind, step in STEPS.items():
        keys = {field.alias or name for name, field in step.model_fields.items()} - common
        assert set(re.findall(r"`(\w+)`", rows[kind])) == (keys if kind != "set" else set())


@pytest.mark.parametrize("path", sorted((ROOT / "campaigns" / "recipes").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_recipe_can_be_read(path):
    load_recipe(read(path.read_text()))
