from pathlib import Path

import pytest

from orchestrator.campaign.loading import load, loads

FOLDER = Path(__file__).parents[3] / "campaigns"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_shipped_campaign_is_valid_and_named_after_its_file(file):
    loaded = loads(file.read_text(encoding="utf-8"), FOLDER, source=str(file))
    assert loaded.spec.campaign == file.stem.replace("_", "-")


def test_a_table_stands_in_for_the_simulator_by_a_change_of_the_executor_alone():
    real = loads((FOLDER / "cu_sigma5_210.yaml").read_text(encoding="utf-8"), FOLDER).spec
    table = loads((FOLDER / "cu_sigma5_210_table.yaml").read_text(encoding="utf-8"), FOLDER).spec
    names = ("campaign", "description", "executor")
    assert {name for name in type(real).model_fields if getattr(real, name) != getattr(table, name)} == set(names)


def test_the_main_campaign_depends_on_no_file():
    assert load(FOLDER / "cu_sigma5_210.yaml").spec.campaign == "cu-sigma5-210"
