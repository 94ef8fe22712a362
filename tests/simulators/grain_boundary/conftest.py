import pytest

from simulators.grain_boundary.coincidence import TiltBoundary, tilt_boundary
from simulators.grain_boundary.potentials import Potential, potential


@pytest.fixture(scope="session")
def copper() -> Potential:
    return potential("Cu")


@pytest.fixture(scope="session")
def sigma5() -> TiltBoundary:
    return tilt_boundary((0, 0, 1), (3, 1, 0))
