"""The energy of a coherent precipitate: a spheroid that misfits its matrix, and the interface between the two."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt
from scipy.special import hyp2f1

from simulators.precipitate.errors import UnusablePrecipitate
from simulators.precipitate.eshelby import Array, eshelby_tensor

PASCAL_PER_GIGAPASCAL = 1e9
METRE_PER_NANOMETRE = 1e-9


@dataclass(frozen=True)
class Precipitate:
    """A precipitate as elastic as its isotropic matrix.

    `shear_modulus` in GPa; `misfit_a` and `misfit_c` are the stress-free strains perpendicular to and along the
    axis of revolution; `interface_energy` in J/m². Raises UnusablePrecipitate.
    """

    shear_modulus: float
    poisson_ratio: float
    misfit_a: float
    misfit_c: float
    interface_energy: float

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isfinite(value):
                raise UnusablePrecipitate(f"{name} is {value}; a finite number is needed.")
        if self.shear_modulus <= 0.0:
            raise UnusablePrecipitate(f"shear_modulus is {self.shear_modulus:g} GPa; it must be positive.")
        if not -1.0 < self.poisson_ratio < 0.5:
            raise UnusablePrecipitate(f"poisson_ratio is {self.poisson_ratio:g}; it must lie between -1 and 0.5.")
        if self.interface_energy <= 0.0:
            raise UnusablePrecipitate(f"interface_energy is {self.interface_energy:g} J/m²; it must be positive.")

    def elastic_energy(self, aspect: npt.ArrayLike) -> Array:
        """Energy of the strains inside and outside, per volume of the precipitate, in J/m³, by aspect ratio c/a.

        -1/2 σ:e* with the uniform stress σ = C (S - 1) e* inside (Eshelby 1957, Proc. R. Soc. A 241, 376, eq. 2.21;
        Mura 1987, eq. 13.14). It does not depend on the size.
        """
        tensor = eshelby_tensor(aspect, self.poisson_ratio)
        a, c = self.misfit_a, self.misfit_c
        across = (tensor.s1111 + tensor.s1122) * a + tensor.s1133 * c - a
        along = 2.0 * tensor.s3311 * a + tensor.s3333 * c - c
        shear = self.shear_modulus * PASCAL_PER_GIGAPASCAL
        lame = 2.0 * shear * self.poisson_ratio / (1.0 - 2.0 * self.poisson_ratio)
        trace = 2.0 * across + along
        energy: Array = -(a * (lame * trace + 2.0 * shear * across) + 0.5 * c * (lame * trace + 2.0 * shear * along))
        return energy

    def surface_energy(self, aspect: npt.ArrayLike, radius: float) -> Array:
        """Energy of the interface per volume, in J/m³; `radius` of the sphere of equal volume, in nm."""
        return self.interface_energy * surface_per_volume(aspect) / (radius * METRE_PER_NANOMETRE)

    def energy(self, aspect: npt.ArrayLike, radius: float) -> Array:
        """Elastic and interface energy per volume, in J/m³."""
        return self.elastic_energy(aspect) + self.surface_energy(aspect, radius)


def surface_per_volume(aspect: npt.ArrayLike) -> Array:
    """Surface over volume of a spheroid with the volume of the unit sphere; 3 for the sphere itself.

    With semi-axes a, a, αa the surface is 2πa² (1 + α² F(1/2, 1; 3/2; 1 - α²)): one formula for the textbook's
    artanh of the oblate and arcsin of the prolate spheroid.
    """
    alpha = np.asarray(aspect, dtype=np.float64)
    squared = np.square(alpha)
    surface = 1.0 + squared * hyp2f1(0.5, 1.0, 1.5, 1.0 - squared)
    result: Array = 1.5 * surface * alpha ** (-2.0 / 3.0)
    return result
