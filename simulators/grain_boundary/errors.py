"""What can go wrong between a boundary's name and its energy."""


class GrainBoundaryError(Exception):
    """Anything this simulator refuses or could not do."""


class ImpossibleBoundary(GrainBoundaryError, ValueError):
    """The axis, the plane and Σ do not describe a symmetric tilt boundary."""


class UnknownElement(GrainBoundaryError, ValueError):
    """No potential is known for this element and none was named."""


class UnusablePotential(GrainBoundaryError):
    """The potential file is absent, not of a kind we can read, or gives no sensible crystal."""


class EngineMissing(GrainBoundaryError):
    """LAMMPS or its MPI library is not installed."""


class EngineFault(GrainBoundaryError):
    """LAMMPS stopped with an error."""


class Unconverged(GrainBoundaryError):
    """The relaxation ended before the forces vanished: there is no energy to report.

    `force` is the norm of all forces that were left (eV/Å), `iterations` how many were made.
    """

    def __init__(self, force: float, tolerance: float, iterations: int) -> None:
        super().__init__(
            f"the relaxation stopped after {iterations} iterations with a force of {force:.2g} eV/Å left "
            f"(tolerance {tolerance:.2g})"
        )
        self.force = force
        self.tolerance = tolerance
        self.iterations = iterations
