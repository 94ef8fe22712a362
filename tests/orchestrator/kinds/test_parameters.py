"""The space of parameters in a campaign file: what it may say, and what it is told when it says something else."""

import json
from pathlib import Path

import pytest

from optimizers.parameters import Choice, Composition, Fixed, Integer, LinearConstraint, Range
from orchestrator.campaign.errors import CampaignFileError
from orchestrator.campaign.loading import loads
from orchestrator.campaign.schema import schema

TEXT = """\
campaign: film
objective: {name: roughness, unit: nm, goal: minimize}
space:
  kind: parameters
  parameters:
    - {name: power, range: [20, 200], unit: W, step: 5}
    - {name: n, integers: [1, 8]}
    - {name: target, choices: [TiO2, Ti2O3]}
    - {composition: [Fe, Co, Ni], step: 0.05, limits: {Fe: [0.1, 0.6]}}
    - {name: pressure, range: [1e-4, 1e-1], scale: log, unit: Pa}
    - {name: oxygen, range: [0, 1], when: {target: TiO2}}
    - {name: substrate, fixed: MgO}
  constraints:
    - power + 2*n <= 250
    - 0.1 <= Fe + Co <= 0.9
optimizer: {kind: random}
executor: {kind: table, file: answers.csv}
stop: {trials: 30}
"""


def _complaint(old, new):
    assert TEXT.count(old) == 1
    with pytest.raises(CampaignFileError) as refused:
        loads(TEXT.replace(old, new), Path("/"), source="film.yaml")
    return str(refused.value)


def test_every_kind_of_parameter_is_read():
    space = loads(TEXT, Path("/")).spec.space.build()
    assert space.parameters == (
        Range("power", 20.0, 200.0, "W", step=5.0),
        Integer("n", 1, 8),
        Choice("target", ("TiO2", "Ti2O3")),
        Range("pressure", 1e-4, 1e-1, "Pa", scale="log"),
        Range("oxygen", 0.0, 1.0, when={"target": "TiO2"}),
        Fixed("substrate", "MgO"),
    )
    assert space.compositions == (Composition(("Fe", "Co", "Ni"), 0.05, {"Fe": 0.1}, {"Fe": 0.6}),)
    assert space.constraints == (
        LinearConstraint({"power": 1.0, "n": 2.0}, 250.0),
        LinearConstraint({"Fe": -1.0, "Co": -1.0}, -0.1),
        LinearConstraint({"Fe": 1.0, "Co": 1.0}, 0.9),
    )


def test_what_was_read_can_be_written_and_read_again():
    settings = loads(TEXT, Path("/")).spec.space
    again = type(settings).model_validate_json(settings.model_dump_json(), strict=True)
    assert again == settings


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[20, 200]", "[200, 20]", "6:28: space.parameters[0].range: power: the limits 200 and 20 are reversed."),
        ("[20, 200]", "[20, 20]", "6:28: space.parameters[0].range: power: both limits are 20."),
        ("[20, 200]", "[20, lots]", "6:33: space.parameters[0].range[1]: found the text 'lots'. Allowed: a number."),
        ("step: 5", "step: 500", "6:54: space.parameters[0].step: power: a step of 500 is larger than the range"),
        ("step: 5", "step: -5", "6:54: space.parameters[0].step: power: the step is -5."),
        ("[1, 8]", "[1, 8.5]", "7:31: space.parameters[1].integers[1]: found the number 8.5. Allowed: a whole number."),
        ("name: n,", "name: power,", "7:7: space.parameters[1]: power: two parameters have this name."),
        (", integers: [1, 8]", "", "7:7: space.parameters[1]: what can be set is missing. Give one of the keys range,"),
        ("[TiO2, Ti2O3]", "[TiO2]", "8:31: space.parameters[2].choices: target: 1 value is no choice."),
        ("[TiO2, Ti2O3]", "[TiO2, TiO2]", "8:31: space.parameters[2].choices: target: the value TiO2 is given twice."),
        (
            "[Fe, Co, Ni]",
            "[Fe]",
            "9:21: space.parameters[3].composition: composition of Fe: one component is always 1.",
        ),
        ("0.05", "0.07", "9:41: space.parameters[3].step: composition of Fe, Co, Ni: steps of 0.07 never sum to 1."),
        ("Fe: [0.1, 0.6]", "Cu: [0.1, 0.6]", "space.parameters[3].limits: composition of Fe, Co, Ni: limits are given"),
        ("[1e-4, 1e-1]", "[0, 1e-1]", "10:49: space.parameters[4].scale: pressure: a logarithmic scale cannot begin"),
        ("{target: TiO2}", "{targit: TiO2}", "11:7: space.parameters[5]: oxygen: it exists when targit has some value"),
        (
            "{target: TiO2}",
            "{power: 20}",
            "11:7: space.parameters[5]: oxygen: it exists when power has some value, but",
        ),
        ("{target: TiO2}", "{target: Ti}", "11:7: space.parameters[5]: oxygen: it exists when target is Ti, which"),
        (
            "[TiO2, Ti2O3]}",
            "[TiO2, Ti2O3], when: {n: 1}}\n    - {name: m, integers: [0, 1], when: {m: 1}}",
            "9:7: space.parameters[3]: m: whether it exists depends on itself (m <- m).",
        ),
        ("power + 2*n <= 250", "power <= 10", "14:5: space.constraints: no setting keeps all constraints at once"),
        ("power + 2*n <= 250", "power + 2*m <= 250", "14:7: space.constraints[0]: 'm' is not known. Known: power, n,"),
        (
            "power + 2*n <= 250",
            "target <= 2",
            "14:7: space.constraints[0]: constraint target <= 2: target is a choice.",
        ),
    ],
)
def test_a_mistake_is_shown_where_it_was_made(old, new, complaint):
    assert complaint in _complaint(old, new)


def test_a_circle_of_conditions_is_named():
    told = _complaint(
        "{name: target, choices: [TiO2, Ti2O3]}",
        "{name: target, choices: [TiO2, Ti2O3], when: {k: 1}}\n    - {name: k, integers: [1, 3], when: {target: TiO2}}",
    )
    assert "target: whether it exists depends on itself (target <- k <- target)." in told


def test_the_schema_knows_every_kind_of_entry():
    text = json.dumps(schema())
    for key in ("integers", "choices", "composition", "fixed", "constraints"):
        assert f'"{key}": {{' in text
