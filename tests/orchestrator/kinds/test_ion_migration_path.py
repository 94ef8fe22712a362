from contextlib import closing
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from pydantic import ValidationError

from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.conformance import ExecutorConformance
from orchestrator.executors.errors import ExecutorError
from orchestrator.kinds.ion_migration import Tavorites
from orchestrator.kinds.ion_migration_path import SiteEnergySettings, SiteGrid, site_energy_function
from simulators.ion_migration.prototypes import prototype_of
from simulators.ion_migration.site_energy import SiteEnergies

SPACE = SiteGrid(compound="LiMgSO4F", structure="prototype", spacing=0.5)


def context(space=SPACE, objectives=("energy",)):
    return ExecutorContext("test", space, objectives, 2)


class TestSiteEnergyExecutor(ExecutorConformance):
    good: ClassVar = {"x": 0.75, "y": 0.375, "z": 0.25}
    other: ClassVar = {"x": 0.5, "y": 0.25, "z": 0.25}
    bad: ClassVar = {"x": 0.0, "y": 0.0, "z": 0.0}
    patience: ClassVar = 60.0

    def build(self, folder):
        return SiteEnergySettings().build(context())

    def build_slow(self, folder):
        pytest.skip("an energy takes milliseconds: nothing of it can be caught in the act")


def test_the_grid_covers_the_cell_and_halves_by_inversion():
    pool = SPACE.build()
    assert pool.names == ("x", "y", "z")
    assert len(pool) == 9 * 9 * 13
    assert dict(pool.periods) == {"x": 1.0, "y": 1.0, "z": 1.0}
    (inversion,) = pool.symmetry
    energies = SiteEnergies(prototype_of("LiMgSO4F"), 8.0)
    places = pool.table.to_numpy()[::50]
    images = places * [inversion.sign[axis] for axis in "xyz"]
    assert energies.at(images) == pytest.approx(energies.at(places), rel=1e-9)


def test_the_energy_of_a_place_is_that_of_the_simulator():
    function = site_energy_function({"space": SPACE.model_dump(mode="json"), "objective": "energy"})
    outcome = function({"x": 0.75, "y": 0.375, "z": 0.25}, Path())
    expected = SiteEnergies(prototype_of("LiMgSO4F"), 8.0).at(np.array([[0.75, 0.375, 0.25]]))[0]
    assert outcome.values["energy"].value == pytest.approx(expected)


def test_a_place_inside_another_ion_is_infeasible():
    function = site_energy_function({"space": SPACE.model_dump(mode="json")})
    outcome = function({"x": 0.0, "y": 0.0, "z": 0.0}, Path())
    assert outcome.failure.kind == "infeasible"
    assert outcome.values == {}


@pytest.mark.parametrize(
    ("section", "why"),
    [
        ({"compound": "LiMgPO4F"}, "not charge-balanced"),
        ({"compound": "LiMgSO4F", "spacing": 0.001}, "greater than or equal to 0.1"),
        ({"compound": "LiMgSO4F", "spacing": 5}, "less than or equal to 0.6"),
    ],
)
def test_a_grid_that_cannot_be_is_refused_when_the_file_is_read(section, why):
    with pytest.raises(ValidationError, match=why):
        SiteGrid.model_validate(section)


def test_another_space_is_refused():
    with pytest.raises(ExecutorError, match="evaluates the space 'site_grid', not 'tavorites'"):
        SiteEnergySettings().build(context(space=Tavorites()))


def test_two_objectives_are_refused():
    with pytest.raises(ExecutorError, match="measures one objective"):
        SiteEnergySettings().build(context(objectives=("energy", "force")))


def test_an_energy_is_evaluated_in_a_process_of_its_own(tmp_path):
    with closing(SiteEnergySettings().build(context())) as executor:
        handle = executor.start("test/1/1", {"x": 0.75, "y": 0.375, "z": 0.25}, tmp_path)
        while (outcome := executor.poll(handle)) is None:
            pass
    assert outcome.values["energy"].value < 0
