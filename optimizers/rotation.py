"""The space of rotations: orthonormal frames of n directions, where order and signs of the directions do not matter."""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import permutations, product
from typing import TYPE_CHECKING, Literal, TypeAlias

from optimizers.history import Parameters

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array: TypeAlias = npt.NDArray[np.float64]

Chart = Literal["tangent", "euler"]
EULER = ("alpha", "beta", "gamma")
MOST_ORBITALS = 5


@dataclass(frozen=True, eq=False)
class RotationSpace:
    """All rotations R of n orthonormal directions, the columns of R, shape (n, n).

    The objective is taken to be unchanged when columns are exchanged or their signs are turned: R and R·g are
    equivalent for every signed permutation g. `chart` says how a rotation is written as parameters: `tangent` as the
    n(n−1)/2 elements above the diagonal of its logarithm (radians, named w12, w13, ...), `euler` as the angles of
    Rz(alpha)·Ry(beta)·Rz(gamma) in radians, for n = 3. `landmarks` are rotations worth trying, by name.
    """

    orbitals: int
    chart: Chart = "tangent"
    landmarks: "tuple[tuple[str, Array], ...]" = field(default=())

    @property
    def size(self) -> int | None:
        """None: there are infinitely many."""
        return None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        if self.chart == "euler":
            return EULER
        pairs = [(i, j) for i in range(1, self.orbitals + 1) for j in range(i + 1, self.orbitals + 1)]
        return tuple(f"w{i}{j}" for i, j in pairs)

    def describe(self) -> str:
        """What is searched, for people."""
        return f"all rotations of {self.orbitals} orbitals"

    def rotation(self, parameters: Parameters) -> "Array":
        """The rotation with these parameters, shape (n, n). Raises ValueError if a parameter is missing."""
        missing = [name for name in self.names if not isinstance(parameters.get(name), (int, float))]
        if missing:
            raise ValueError(f"a rotation of {self.orbitals} orbitals needs the numbers {', '.join(missing)}")
        numbers = [float(parameters[name] or 0.0) for name in self.names]
        return euler_rotation(*numbers) if self.chart == "euler" else exponential(numbers, self.orbitals)

    def parameters(self, rotation: "Array") -> dict[str, float | int | str | bool | None]:
        """Parameters of the equivalent rotation that is nearest to the identity. Raises ValueError if it is complex."""
        import numpy as np

        if np.iscomplexobj(rotation):
            raise ValueError("this space holds real rotations, but the basis is complex: it has no parameters here")
        nearest = self.nearest(rotation)
        numbers = euler_angles(nearest) if self.chart == "euler" else logarithm(nearest)
        return dict(zip(self.names, numbers, strict=True))

    def nearest(self, rotation: "Array") -> "Array":
        """The rotation equivalent to `rotation` that is nearest to the identity."""
        import numpy as np

        traces = np.einsum("ij,kij->k", rotation, self._signed)
        made: Array = rotation @ self._signed[int(np.argmax(traces))].T
        return made

    @cached_property
    def _signed(self) -> "Array":
        """The signed permutations with determinant 1, shape (n! 2ⁿ / 2, n, n)."""
        import numpy as np

        identity = np.eye(self.orbitals)
        every = [
            identity[list(order)] * np.array(signs)
            for order in permutations(range(self.orbitals))
            for signs in product((1.0, -1.0), repeat=self.orbitals)
        ]
        return np.array([one for one in every if np.linalg.det(one) > 0])


def exponential(tangent: "list[float] | Array", orbitals: int) -> "Array":
    """exp(A) for the antisymmetric A whose elements above the diagonal are `tangent`, row by row."""
    import numpy as np
    from scipy.linalg import expm

    generator = np.zeros((orbitals, orbitals))
    generator[np.triu_indices(orbitals, 1)] = tangent
    made: Array = expm(generator - generator.T)
    return made


def logarithm(rotation: "Array") -> list[float]:
    """The elements above the diagonal of the logarithm of a rotation whose angles are all below π."""
    import numpy as np
    from scipy.linalg import schur

    # Real Schur form of an orthogonal matrix: blocks of plane rotations, and ones.
    turned, frame = schur(rotation, output="real")
    generator = np.zeros_like(turned)
    column = 0
    while column + 1 < len(turned):
        angle = np.arctan2(turned[column + 1, column], turned[column, column])
        block = abs(turned[column + 1, column]) > 1e-15
        if block:
            generator[column + 1, column], generator[column, column + 1] = angle, -angle
        column += 2 if block else 1
    found = frame @ generator @ frame.T
    numbers: list[float] = found[np.triu_indices(len(rotation), 1)].tolist()
    return numbers


def euler_rotation(alpha: float, beta: float, gamma: float) -> "Array":
    """Rz(alpha)·Ry(beta)·Rz(gamma), radians."""
    import numpy as np

    def about_z(angle: float) -> "Array":
        c, s = np.cos(angle), np.sin(angle)
        return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])

    c, s = np.cos(beta), np.sin(beta)
    made: Array = about_z(alpha) @ np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]]) @ about_z(gamma)
    return made


def euler_angles(rotation: "Array") -> list[float]:
    """alpha, beta, gamma in radians with beta in [0, π]; gamma is 0 where only alpha ± gamma is defined."""
    import numpy as np

    beta = float(np.arctan2(np.hypot(rotation[0, 2], rotation[1, 2]), rotation[2, 2]))
    if np.hypot(rotation[0, 2], rotation[1, 2]) < 1e-12:
        return [float(np.arctan2(rotation[1, 0], rotation[1, 1])), beta, 0.0]
    return [
        float(np.arctan2(rotation[1, 2], rotation[0, 2])),
        beta,
        float(np.arctan2(rotation[2, 1], -rotation[2, 0])),
    ]


def haar_rotation(orbitals: int, chance: "np.random.Generator") -> "Array":
    """A rotation drawn uniformly from SO(n)."""
    drawn: Array = haar_rotations(orbitals, 1, chance)[0]
    return drawn


def haar_rotations(orbitals: int, count: int, chance: "np.random.Generator") -> "Array":
    """`count` rotations drawn uniformly from SO(n), shape (count, n, n) (Mezzadri 2007, Notices AMS 54, 592)."""
    import numpy as np

    orthogonal, upper = np.linalg.qr(chance.standard_normal((count, orbitals, orbitals)))
    rotations: Array = orthogonal * np.sign(np.diagonal(upper, axis1=1, axis2=2))[:, None, :]
    rotations[np.linalg.det(rotations) < 0, :, 0] *= -1.0
    return rotations
