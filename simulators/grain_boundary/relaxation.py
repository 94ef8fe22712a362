"""How a candidate is brought to its energy."""

from dataclasses import dataclass
from typing import Literal

RelaxationMode = Literal["static", "surface", "atoms"]


@dataclass(frozen=True)
class Relaxation:
    """What may move, and when that has come to rest.

    - `static`: nothing moves.
    - `surface`: all atoms outside the rims relax; the upper rim follows along z as a rigid body.
    - `atoms`: the same, and the upper rim also slides in x and y.

    A relaxation has ended when the norm of all forces (eV/Å, a rim counted as the rigid body it is) is at most
    `force_tolerance`; it has failed when `iterations` did not suffice for that.
    """

    mode: RelaxationMode = "surface"
    force_tolerance: float = 3e-3
    iterations: int = 300
