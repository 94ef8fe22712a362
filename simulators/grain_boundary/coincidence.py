"""Geometry of symmetric tilt boundaries in the face-centred cubic lattice, in exact integers.

Lattice points are written in *half units*: integer triples with an even sum, in units of a/2, where a is the
lattice parameter. Nothing here needs numpy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, gcd, sqrt
from typing import TypeAlias

from simulators.grain_boundary.errors import ImpossibleBoundary

Vector: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class TiltBoundary:
    """A symmetric tilt boundary: two mirror-related grains that share the plane `plane`, tilted about `axis`.

    `axis` and `plane` are primitive integer vectors, perpendicular to each other; `tilt_boundary` makes them so.
    The frame is x along the axis, y in the boundary and perpendicular to it, z along the plane's normal.
    """

    axis: Vector
    plane: Vector

    @property
    def sigma(self) -> int:
        """Σ, the inverse density of coincidence sites: h² + k² + l², halved while even."""
        return sigma_of(self.plane)

    @property
    def across(self) -> Vector:
        """The in-plane direction perpendicular to the axis: primitive(plane × axis)."""
        return primitive(cross(self.plane, self.axis))

    @property
    def edges(self) -> tuple[Vector, Vector, Vector]:
        """Edges of the smallest orthogonal coincidence cell along x, y, z, in half units."""
        return shortest_along(self.axis), shortest_along(self.across), shortest_along(self.plane)

    @property
    def lengths(self) -> tuple[float, float, float]:
        """Lengths of the edges in units of the lattice parameter."""
        x, y, z = (sqrt(dot(edge, edge)) / 2 for edge in self.edges)
        return x, y, z

    @property
    def spacing(self) -> float:
        """Distance between neighbouring lattice planes along z, in units of the lattice parameter."""
        return plane_step(self.plane) / (2 * sqrt(dot(self.plane, self.plane)))

    @property
    def is_centred(self) -> bool:
        """Whether the middle of the planar cell is a lattice point too, so that (½, ½) is a period."""
        x, y, _ = self.edges
        middle = [a + b for a, b in zip(x, y, strict=True)]
        return all(component % 2 == 0 for component in middle) and sum(middle) // 2 % 2 == 0

    @property
    def has_mirror(self) -> bool:
        """Whether a mirror plane of the crystal stands upright on the boundary: then tx alone may change its sign."""
        return _is_mirror(self.axis) or _is_mirror(self.across)

    def atoms(self, thickness: float) -> int:
        """The number of atoms in both grains, each at least `thickness` (in units of the lattice parameter)."""
        area = self.lengths[0] * self.lengths[1]
        per_plane = round(4 * area * self.spacing)
        return 2 * per_plane * (self.planes(thickness) + 1)

    def planes(self, thickness: float) -> int:
        """How many plane spacings reach at least `thickness` (in units of the lattice parameter)."""
        return ceil(thickness / self.spacing - 1e-9)

    def __str__(self) -> str:
        return f"Σ{self.sigma}({_digits(self.plane)})[{_digits(self.axis)}]"


def tilt_boundary(axis: Sequence[int], plane: Sequence[int], sigma: int | None = None) -> TiltBoundary:
    """The boundary of this tilt axis and plane; `sigma`, where given, must be the one the plane has.

    Raises ImpossibleBoundary if the axis does not lie in the plane, if the plane is a mirror plane of the
    crystal (then there is no boundary), or if Σ is not the plane's.
    """
    o, n = primitive(axis), primitive(plane)
    if dot(o, n) != 0:
        raise ImpossibleBoundary(
            f"the tilt axis {list(axis)} does not lie in the plane {list(plane)}: their product is {dot(o, n)}, not 0. "
            "Name a plane whose normal is perpendicular to the axis."
        )
    found = sigma_of(n)
    if found == 1:
        raise ImpossibleBoundary(
            f"{list(plane)} is a mirror plane of the crystal: two mirrored grains are one crystal."
        )
    if sigma is not None and sigma != found:
        others = ", ".join(str(list(plane)) for plane in planes_of(sigma, o))
        known = (
            f"Σ{sigma} planes about this axis: {others}." if others else f"No small plane about this axis has Σ{sigma}."
        )
        raise ImpossibleBoundary(f"the plane {list(plane)} has Σ{found}, not Σ{sigma}. Write sigma: {found}. {known}")
    return TiltBoundary(axis=o, plane=n)


def sigma_of(plane: Vector) -> int:
    """Σ of the twin about a primitive plane: the sum of the squared indices, halved while even."""
    total = dot(plane, plane)
    while total % 2 == 0:
        total //= 2
    return total


def planes_of(sigma: int, axis: Vector, largest: int = 7) -> list[Vector]:
    """Planes with this Σ that contain `axis`, one of each size, indices up to `largest` in magnitude."""
    found: dict[int, Vector] = {}
    indices = range(largest, -largest - 1, -1)
    for plane in ((h, k, m) for h in indices for k in indices for m in indices):
        if any(plane) and plane == primitive(plane) and dot(plane, axis) == 0 and sigma_of(plane) == sigma:
            size = dot(plane, plane)
            found[size] = max(found.get(size, plane), plane, key=lambda it: (sum(i < 0 for i in it) == 0, it))
    return [found[size] for size in sorted(found)]


def primitive(vector: Sequence[int]) -> Vector:
    """The shortest integer vector along `vector`. Raises ImpossibleBoundary for the zero vector."""
    divisor = gcd(*vector)
    if len(vector) != 3 or divisor == 0:
        raise ImpossibleBoundary(f"{list(vector)} is not a direction: three integers are needed, not all zero.")
    x, y, z = (component // divisor for component in vector)
    return x, y, z


def shortest_along(direction: Vector) -> Vector:
    """The shortest lattice vector along a primitive direction, in half units."""
    if sum(direction) % 2 == 0:
        return direction
    x, y, z = (2 * component for component in direction)
    return x, y, z


def plane_step(normal: Vector) -> int:
    """The smallest positive product of `normal` with a lattice point in half units."""
    h, k, m = normal
    return gcd(h + k, h + m, k + m)


def dot(a: Sequence[int], b: Sequence[int]) -> int:
    """Scalar product."""
    return sum(x * y for x, y in zip(a, b, strict=True))


def cross(a: Vector, b: Vector) -> Vector:
    """Vector product."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _is_mirror(direction: Vector) -> bool:
    """Whether the crystal has a mirror plane perpendicular to this direction: the ⟨100⟩ and ⟨110⟩ families."""
    return sorted(abs(component) for component in direction) in ([0, 0, 1], [0, 1, 1])


def _digits(vector: Vector) -> str:
    return "".join(str(component) for component in vector)
