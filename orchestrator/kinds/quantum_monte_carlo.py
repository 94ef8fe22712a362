"""Quantum Monte Carlo: the one-particle bases of a Hubbard cluster as a space."""

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PositiveFloat, model_validator

from optimizers.rotation import Chart, RotationSpace

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from simulators.quantum_monte_carlo.cluster import Cluster

Amplitude: TypeAlias = FiniteFloat | tuple[FiniteFloat, FiniteFloat]
"""A hopping amplitude: a number, or its real and imaginary part."""


class FixedPotential(BaseModel):
    """All particle numbers, weighted by a chemical potential."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mu: FiniteFloat


class FixedNumbers(BaseModel):
    """One sector: so many electrons with spin up and with spin down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sector: tuple[int, int]


class HubbardBases(BaseModel):
    """Every real one-particle basis of a Hubbard cluster, as a rotation of its site orbitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["hubbard_bases"] = "hubbard_bases"
    hopping: Annotated[tuple[tuple[Amplitude, ...], ...], Field(min_length=2)]
    """t, row by row; the Hamiltonian holds −t. The diagonal must be 0: site energies have a key of their own."""
    energies: tuple[FiniteFloat, ...] = ()
    """Energy of each site; all 0 when absent."""
    interaction: FiniteFloat = 5.0
    """U, in units of the hopping."""
    beta: PositiveFloat
    """Inverse temperature, in inverse units of the hopping."""
    filling: Literal["half"] | FixedPotential | FixedNumbers = "half"
    """`half` (one electron per site on average), {mu: number}, or {sector: [up, down]}."""
    chart: Chart = "tangent"
    """How a basis is written as parameters."""
    named_bases: bool = False
    """Whether localized, pair and plane-wave bases are tried first. Leave it off to see whether the search works."""

    @model_validator(mode="after")
    def _a_cluster(self) -> "HubbardBases":
        sites = len(self.hopping)
        for number, row in enumerate(self.hopping, start=1):
            if len(row) != sites:
                raise ValueError(f"hopping: row {number} has {len(row)} numbers, but there are {sites} rows.")
            if row[number - 1] not in (0.0, (0.0, 0.0)):
                raise ValueError(f"hopping: site {number} hops to itself. Write its energy under `energies`.")
        if self.energies and len(self.energies) != sites:
            raise ValueError(f"energies: {len(self.energies)} were given for {sites} sites.")
        if self.chart == "euler" and sites != 3:
            raise ValueError(f"chart: Euler angles describe three orbitals, not {sites}. Use tangent.")
        self._check_cluster()
        return self

    def _check_cluster(self) -> None:
        from simulators.quantum_monte_carlo.errors import UnusableCluster

        try:
            self.cluster()
        except UnusableCluster as error:
            raise ValueError(f"{error.field}: {error}") from error

    def cluster(self) -> "Cluster":
        """The cluster, as the simulator knows it. Raises UnusableCluster, a ValueError."""
        import numpy as np

        from simulators.quantum_monte_carlo.cluster import (
            ChemicalPotential,
            Cluster,
            HalfFilling,
            Sector,
            hopping_matrix,
        )

        numbers = [[complex(*one) if isinstance(one, tuple) else complex(one) for one in row] for row in self.hopping]
        amplitudes = np.array(numbers)
        real = np.ascontiguousarray(amplitudes.real) if not amplitudes.imag.any() else amplitudes
        filling: HalfFilling | ChemicalPotential | Sector = HalfFilling()
        if isinstance(self.filling, FixedPotential):
            filling = ChemicalPotential(self.filling.mu)
        elif isinstance(self.filling, FixedNumbers):
            filling = Sector(*self.filling.sector)
        return Cluster(hopping_matrix(real, self.energies or 0.0), self.interaction, self.beta, filling)

    def build(self) -> RotationSpace:
        """The rotations, with the real named bases as landmarks where they are asked for."""
        import numpy as np

        from simulators.quantum_monte_carlo.bases import named_bases

        sites = len(self.hopping)
        known = named_bases(sites).items() if self.named_bases else ()
        landmarks = [(name, np.real(basis)) for name, basis in known if np.isrealobj(basis)]
        return RotationSpace(sites, self.chart, tuple((name, _proper(basis)) for name, basis in landmarks))


def _proper(basis: "npt.NDArray[np.float64]") -> "npt.NDArray[np.float64]":
    """The basis with determinant 1: the sign of an orbital does not matter."""
    import numpy as np

    turned = basis.copy()
    if np.linalg.det(turned) < 0:
        turned[:, 0] = -turned[:, 0]
    return turned
