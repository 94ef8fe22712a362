"""A problem of real and whole parameters, of ordered levels and of names in no order."""

from simulators.test_functions.continuous import hartmann6

LAYERS = 11
CYCLES = 5
GRADES = ("coarse", "medium", "fine", "ultrafine", "polished")
SOLVENTS = {"water": 0.6, "ethanol": 0.0, "toluene": 1.0, "acetone": 0.2, "hexane": 0.8}
"""Where each solvent lies on the last axis of the landscape: a search is not told, and the names are in no order."""


def mixed_hartmann(temperature: float, time: float, layers: int, cycles: int, grade: str, solvent: str) -> float:
    """Hartmann's landscape of six parameters on a grid: `temperature` and `time` are real, in 0 to 1.

    `layers` (0 to 10) and `cycles` (0 to 4) are whole, `grade` is one of GRADES, which are ordered, and `solvent` one
    of SOLVENTS, which are not.
    """
    return hartmann6(
        (
            temperature,
            time,
            layers / (LAYERS - 1),
            cycles / (CYCLES - 1),
            GRADES.index(grade) / (len(GRADES) - 1),
            SOLVENTS[solvent],
        )
    )
