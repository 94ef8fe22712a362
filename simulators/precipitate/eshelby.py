"""Eshelby's tensor of a spheroid with semi-axes 1, 1, α in an infinite isotropic matrix.

Mura 1987, Micromechanics of Defects in Solids, 2nd edition, section 11.2. His integrals I3 and I13 are written as
hypergeometric functions of 1 - 1/α², which are exact for plates, spheres and needles alike; his closed forms lose
all digits near the sphere.
"""

from dataclasses import dataclass
from math import pi

import numpy as np
import numpy.typing as npt
from scipy.special import hyp2f1

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class EshelbyTensor:
    """The components that join axial strains, each of the shape of the aspect ratios; axis 3 is the axis of revolution.

    S2222 = S1111, S2211 = S1122, S2233 = S1133 and S3322 = S3311.
    """

    s1111: Array
    s1122: Array
    s1133: Array
    s3311: Array
    s3333: Array


def eshelby_tensor(aspect: npt.ArrayLike, poisson_ratio: float) -> EshelbyTensor:
    """The tensor for aspect ratios α = c/a > 0 of any shape; -1 < `poisson_ratio` < 1/2. Mura 1987, eq. 11.16."""
    squared = np.square(np.asarray(aspect, dtype=np.float64))
    i3, i13 = _integrals(squared)
    i1 = 0.5 * (4.0 * pi - i3)
    i11 = pi - 0.25 * i13
    i33 = (4.0 * pi / squared - 2.0 * i13) / 3.0
    q = 1.0 / (8.0 * pi * (1.0 - poisson_ratio))
    r = (1.0 - 2.0 * poisson_ratio) * q
    return EshelbyTensor(
        s1111=3.0 * q * i11 + r * i1,
        s1122=q * i11 - r * i1,
        s1133=q * squared * i13 - r * i1,
        s3311=q * i13 - r * i3,
        s3333=3.0 * q * squared * i33 + r * i3,
    )


def _integrals(squared: Array) -> tuple[Array, Array]:
    """I3 and I13 for α². With t = α²/(α² + s) the elliptic integrals of Mura, eq. 11.18, become Euler's.

    I3 = 2πα ∫ ds / ((1+s)(α²+s)^(3/2)) = 4π/(3α²) F(1, 3/2; 5/2; 1 - 1/α²),
    I13 = 2πα ∫ ds / ((1+s)²(α²+s)^(3/2)) = 4π/(5α⁴) F(2, 5/2; 7/2; 1 - 1/α²), s from 0 to infinity.
    """
    z = 1.0 - 1.0 / squared
    return (
        4.0 * pi / (3.0 * squared) * hyp2f1(1.0, 1.5, 2.5, z),
        4.0 * pi / (5.0 * squared**2) * hyp2f1(2.0, 2.5, 3.5, z),
    )
