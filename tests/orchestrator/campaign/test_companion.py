from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestrator.campaign.companion import read_companion
from orchestrator.campaign.errors import CampaignFileError


class Misplaced(ValueError):
    def __init__(self, place: str, message: str) -> None:
        self.place, self.message = place, message
        super().__init__(f"{place}: {message}")


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Gun(Strict):
    kind: Literal["gun"]
    port: str
    power: float = 0.0
    number: str = ""

    @model_validator(mode="after")
    def _limit(self) -> "Gun":
        if self.power < 0:
            raise Misplaced("meter.unit", "is missing: a negative power is a measured one.")
        if self.power > 200:
            raise Misplaced("power", f"{self.power:g} W is more than the supply can give.")
        return self


class Lines(Strict):
    kind: Literal["lines"]


class Modbus(Strict):
    kind: Literal["modbus"]


class Rig(Strict):
    station: str
    driver: Annotated[Lines | Modbus, Field(discriminator="kind")] = Lines(kind="lines")
    devices: Mapping[str, Gun]
    order: tuple[str, ...] = ()


GOOD = """station: sputter
devices:
  gun: {kind: gun, port: sim://a/gun, power: 1e2}
order: [gun]
"""


@pytest.fixture
def read(tmp_path: Path):
    def read(text: str):
        (tmp_path / "rig.yaml").write_text(text)
        return read_companion(tmp_path / "rig.yaml", Rig)

    return read


@pytest.fixture
def complaints(read, tmp_path: Path):
    def complaints(old: str, new: str) -> list[str]:
        assert old in GOOD
        with pytest.raises(CampaignFileError) as caught:
            read(GOOD.replace(old, new))
        return [str(problem).removeprefix(f"{tmp_path}/") for problem in caught.value.problems]

    return complaints


def test_a_file_that_is_right_is_read(read):
    assert read(GOOD).content.devices["gun"].power == 100.0


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("kind: gun", "kind: gum", "3:15: devices.gun.kind: 'gum' is not known. Did you mean 'gun'? Known: gun."),
        (
            "power: 1e2",
            "powr: 1e2",
            "3:39: devices.gun.powr: unknown key. Did you mean 'power'? Allowed: kind, port, power, number.",
        ),
        ("power: 1e2", "power: 900", "3:46: devices.gun.power: 900 W is more than the supply can give."),
        (  # what is missing is named, at the place where it belongs
            "power: 1e2",
            "power: -1",
            "3:3: devices.gun.meter.unit: is missing: a negative power is a measured one.",
        ),
        ("port: sim://a/gun, ", "", "3:3: devices.gun.port: the key is missing."),
        (
            "order: [gun]",
            "driver: {kind: os.system}",
            "4:1: driver: 'os.system' is not known. Known: lines, modbus.",
        ),
        ("order: [gun]", "station: other", "4:1: station: the key 'station' is written twice; first in line 1."),
        (
            "order: [gun]",
            "on: [gun]",
            "4:1: on: a key is a word, and YAML readers take on for something else. "
            "If it is meant, write 'on' in quotes.",
        ),
        (
            "power: 1e2",
            "power: 010",
            "3:46: devices.gun.power: 010 can be read in two ways. Write 10, or '010' for text.",
        ),
        (
            "power: 1e2",
            "power: 12:30:45",
            "3:46: devices.gun.power: found the text '12:30:45'. Allowed: a number.",
        ),
        (
            "power: 1e2",
            "number: 7",
            "3:47: devices.gun.number: found the number 7. Did you mean '7', in quotes? Allowed: text.",
        ),
    ],
)
def test_r29_what_is_wrong_is_told_with_its_line(complaints, old: str, new: str, complaint: str):
    assert complaints(old, new)[0] == f"rig.yaml:{complaint}"


def test_a_later_refusal_is_told_with_its_line_as_well(read, tmp_path: Path):
    rig = read(GOOD)
    with pytest.raises(CampaignFileError) as caught, rig.refusals():
        raise Misplaced("order[0]", "there is no such device.")
    assert str(caught.value) == f"{tmp_path}/rig.yaml:4:9: order[0]: there is no such device."


def test_errors_without_a_place_pass(read):
    with pytest.raises(ZeroDivisionError), read(GOOD).refusals():
        raise ZeroDivisionError


@pytest.mark.parametrize("text", ["", "- a", "station: ["])
def test_a_file_that_says_nothing_is_refused(read, text: str):
    with pytest.raises(CampaignFileError):
        read(text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(CampaignFileError, match=r"rig\.yaml: the file cannot be read: No such file"):
        read_companion(tmp_path / "rig.yaml", Rig)
