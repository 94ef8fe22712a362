"""Ion migration, point by point: the places of one ion in one crystal as a space, and what each of them costs."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, field_validator

from optimizers import CandidatePool, SymmetryOperation
from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.executors.place import FolderWork
from orchestrator.executors.runs_on import RunsOn, executor_for
from simulators.ion_migration.family import compound

if TYPE_CHECKING:
    from simulators.ion_migration.crystal import Crystal

FUNCTION = "site_energy"
AXES = ("x", "y", "z")
OVERLAP = 100.0
"""A place that costs more, eV, lies inside another ion."""


class SiteGrid(BaseModel):
    """The places of the mobile ion in one tavorite: fractional coordinates x, y, z on a periodic grid.

    The inversion of the crystal is declared as a symmetry, which halves the grid for a model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["site_grid"] = "site_grid"
    compound: str
    """Such as LiMgSO4F."""
    structure: Literal["relaxed", "prototype"] = "relaxed"
    """Whether the crystal is relaxed by its bond valences first."""
    spacing: Annotated[float, Field(ge=0.1, le=0.6)] = 0.25
    """Distance of the grid points, Å."""

    @field_validator("compound")
    @classmethod
    def _of_the_family(cls, formula: str) -> str:
        return compound(formula).formula

    def crystal(self) -> "Crystal":
        """The crystal through which the ion moves. Raises ImpossibleStructure and NotRelaxed."""
        return _crystal(self.compound, self.structure)

    def build(self) -> CandidatePool:
        """Every point of the grid."""
        import numpy as np
        import pandas as pd

        from simulators.ion_migration.site_energy import Grid

        shape = Grid(self.spacing).shape(self.crystal().cell[:3])
        places = np.indices(shape).reshape(3, -1)
        table = pd.DataFrame({axis: row / n for axis, row, n in zip(AXES, places, shape, strict=True)})
        inversion = SymmetryOperation(sign=dict.fromkeys(AXES, -1))
        return CandidatePool(table, periods=dict.fromkeys(AXES, 1.0), symmetry=(inversion,))


class SiteEnergySettings(BaseModel):
    """The bond-valence energy of the mobile ion at a place of a `site_grid`, in eV; all other ions stay."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["site_energy"] = "site_energy"
    cutoff: Annotated[float, Field(ge=4.0, le=12.0)] = 8.0
    """Distance up to which ions are summed, Å."""
    timeout: PositiveFloat = 60.0
    """Seconds after which a trial is given up."""
    runs_on: RunsOn

    def build(self, context: ExecutorContext) -> Executor:
        """The executor; no process is started yet. Raises ExecutorError if it could not evaluate this campaign."""
        if not isinstance(context.space, SiteGrid):
            found = getattr(context.space, "kind", type(context.space).__name__)
            raise ExecutorError(f"kind: 'site_energy' evaluates the space 'site_grid', not '{found}'.")
        if len(context.objectives) != 1:
            raise ExecutorError("kind: 'site_energy' measures one objective, the energy of a place.")
        settings = {
            "objective": context.objectives[0],
            "space": context.space.model_dump(mode="json"),
            "cutoff": self.cutoff,
        }
        return executor_for(self.runs_on, FolderWork(FUNCTION, settings, self.timeout, context.objectives), context)


class SiteEnergyFunction:
    """The registered function `site_energy`, prepared for one crystal."""

    def __init__(self, crystal: "Crystal", cutoff: float, objective: str) -> None:
        from simulators.ion_migration.site_energy import SiteEnergies

        self._energies = SiteEnergies(crystal, cutoff)
        self._objective = objective

    def __call__(self, parameters: Mapping[str, Any], _folder: Path) -> Outcome:
        """The energy at x, y, z."""
        import numpy as np

        place = np.array([[float(parameters[axis]) for axis in AXES]])
        energy = float(self._energies.at(place)[0])
        if energy > OVERLAP:
            return Outcome.failed("infeasible", f"the place lies inside another ion: more than {OVERLAP:g} eV")
        return Outcome(values={self._objective: Value(value=energy, standard_error=0.0)})


def site_energy_function(settings: Mapping[str, Any]) -> SiteEnergyFunction:
    """The function `site_energy`, from `space` (a `site_grid`), `cutoff` and `objective`."""
    space = SiteGrid.model_validate(settings["space"])
    return SiteEnergyFunction(space.crystal(), float(settings.get("cutoff", 8.0)), settings.get("objective", "energy"))


@cache
def _crystal(formula: str, structure: str) -> "Crystal":
    from simulators.ion_migration.prototypes import prototype_of
    from simulators.ion_migration.relaxation import relaxed

    start = prototype_of(formula)
    return relaxed(start).crystal if structure == "relaxed" else start
