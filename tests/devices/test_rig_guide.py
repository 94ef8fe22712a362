"""The guide to rigs says what the program does."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from devices.rig_settings import ClockSettings, GuardianSettings, complaints, load_rig
from tests.devices.pretend_rig import reading, rig_data

GUIDE = (Path(__file__).parents[2] / "docs" / "rigs.md").read_text()


@pytest.fixture
def example():
    return YAML(typ="safe", pure=True).load(re.search(r"```yaml\n(.*?)```", GUIDE, re.S)[1])


def test_the_example_of_the_guide_is_a_rig(example):
    data = rig_data(**example)
    gas = data["devices"]["gas"]["channels"]
    gas["door"] = gas.pop("door_closed")
    gas["valve"] = reading("VALVE", holds="boolean")
    assert list(complaints(load_rig(data))) == []


def test_the_figures_of_the_guide_are_those_of_the_program(example):
    assert GuardianSettings() == GuardianSettings.model_validate(example["guardian"])
    assert (ClockSettings(kind="real").interval, ClockSettings(kind="virtual").interval) == (1.0, 5.0)
