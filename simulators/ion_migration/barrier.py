"""From a structure to migration barriers by the bond-valence site energy."""

from dataclasses import dataclass

from simulators.ion_migration.crystal import Crystal
from simulators.ion_migration.percolation import Barriers, barriers
from simulators.ion_migration.site_energy import Grid, SiteEnergies

LIMIT = 5.0


@dataclass(frozen=True)
class Engine:
    """The numbers that a barrier depends on: the grid, and the energy in eV up to which percolation is looked for."""

    grid: Grid
    limit: float = LIMIT


def migration_barriers(crystal: Crystal, engine: Engine) -> Barriers:
    """The barriers of the mobile ion A. Raises UnusableGrid."""
    shape = engine.grid.shape(crystal.cell[:3])
    return barriers(SiteEnergies(crystal, engine.grid.cutoff).on(shape), engine.limit)
