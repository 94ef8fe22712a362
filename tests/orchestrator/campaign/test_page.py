"""The examples of docs/campaign_file.md."""

import re
from pathlib import Path

import pytest

from orchestrator.campaign.errors import CampaignFileError
from orchestrator.campaign.loading import loads
from orchestrator.campaign.spec import CampaignSpec, StopSpec

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "campaign_file.md").read_text(encoding="utf-8")
GOOD, SEVERAL, BAD = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
ANSWER = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def plug_ins() -> None:
    """Only what is really installed."""


def test_the_example_is_the_campaign_that_ships():
    shipped = (ROOT / "campaigns" / "cu_sigma5_210.yaml").read_text(encoding="utf-8")
    assert loads(GOOD, ROOT).spec == loads(shipped, ROOT).spec


def test_the_example_of_several_objectives_takes_the_place_of_the_only_one():
    lines = [line for line in GOOD.splitlines() if not line.startswith(("objective", "stop", "report"))]
    text = "\n".join([*lines, "optimizer: {kind: random}", "stop: {trials: 9}"])
    text = re.sub("^optimizer: {kind: kriging.*$", "", text, flags=re.MULTILINE)
    spec = loads(f"{text}\n{SEVERAL}", ROOT).spec
    assert spec.units == {"strength": "MPa", "cost": "EUR/kg", "density": "g/cm^3"}


def test_the_mistakes_are_answered_as_the_page_says():
    with pytest.raises(CampaignFileError) as caught:
        loads(BAD, ROOT, source="c.yaml")
    assert f"{caught.value}\n" == ANSWER.group(1)


@pytest.mark.parametrize("model", [CampaignSpec, StopSpec])
def test_every_key_is_on_the_page(model):
    assert [key for key in model.model_fields if f"| `{key}` |" not in PAGE] == []
