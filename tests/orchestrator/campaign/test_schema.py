import json
from copy import deepcopy
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from orchestrator.campaign import section
from orchestrator.campaign.errors import PlugInError
from orchestrator.campaign.parser import parse
from orchestrator.campaign.schema import schema

USABLE = {"grid", "guess", "lab", "random", "kriging"}
CAMPAIGNS = sorted((Path(__file__).parents[3] / "campaigns").glob("*.yaml"))


@pytest.fixture
def usable(monkeypatch) -> None:
    """Leaves out the plug-ins that are there to be refused."""
    everything = section.names
    monkeypatch.setattr(section, "names", lambda group: tuple(USABLE & set(everything(group))))


@pytest.fixture
def installed(monkeypatch, plug_ins) -> None:
    """Leaves only what is really installed."""
    monkeypatch.undo()


def complaints(described, data):
    return [error.message for error in Draft202012Validator(described).iter_errors(data)]


@pytest.fixture
def data(campaign) -> dict:
    return parse(campaign, "c.yaml").root.plain()


def test_the_schema_is_one_and_accepts_a_campaign(usable, data):
    described = schema()
    Draft202012Validator.check_schema(described)
    assert described["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert complaints(described, data) == []


def test_the_schema_is_json(usable):
    assert json.loads(json.dumps(schema())) == schema()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("paralel",), 2),
        (("stop", "trails"), 2),
        (("space", "elemnt"), "Cu"),
        (("space", "kind"), "gird"),
        (("optimizer", "kind"), "grid"),
        (("optimizer",), {"exact": True}),
        (("objective", "goal"), "minimise"),
        (("seed",), "7"),
        (("seed",), None),
        (("stop", "trials"), None),
        (("stop",), {}),
        (("stop",), {"chance_of_better": 0.1}),
        (("stop",), {"trials": 3, "chance_of_better": 2, "delta": 0}),
        (("campaign",), "A b"),
        (("space", "plane"), [1, 2]),
        (("executor", "note"), "abcdef"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(usable, data, path, value):
    changed = deepcopy(data)
    target = changed
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    assert complaints(schema(), changed)


def test_every_field_of_ours_and_of_plug_ins_is_described_by_its_docstring(usable):
    described = schema()
    text = {key: value["description"] for key, value in described["properties"].items()}
    assert text["seed"] == "All chance in the campaign derives from this number."
    for model in described["$defs"].values():
        for key, field in model["properties"].items():
            assert key == "kind" or field["description"].endswith(".")


def test_a_plug_in_that_cannot_be_imported_is_named():
    with pytest.raises(PlugInError, match=r"'\w+' of make_believe 1\.0"):
        schema()


def test_no_key_may_be_null(usable):
    assert '"null"' not in json.dumps(schema())


@pytest.mark.parametrize("file", CAMPAIGNS, ids=lambda file: file.stem)
def test_a_shipped_campaign_fits_the_schema_and_a_slip_in_it_does_not(installed, file):
    data = parse(file.read_text(encoding="utf-8"), str(file)).root.plain()
    described = schema()
    assert complaints(described, data) == []
    for name in {"space", "optimizer", "executor", "stop", "objective"} & set(data):
        assert complaints(described, {**data, name: {**data[name], "sped": 1}})
    for name in {"objectives", "constraints"} & set(data):
        assert complaints(described, {**data, name: [{**data[name][0], "sped": 1}, *data[name][1:]]})
