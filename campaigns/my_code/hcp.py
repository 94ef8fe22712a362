"""A small program that stands for yours: the energy of a hexagonal close-packed Lennard-Jones crystal.

Usage: hcp.py INPUT [--continue]. The input has the lines `a = ...`, the lattice parameter in units of sigma,
`ratio = ...`, which is c/a, and `shells = ...`. Writes the energy per atom in units of epsilon. The exit code is 3
where atoms overlap, and 4 where the sum did not settle.
"""

import json
import math
import sys
from pathlib import Path

CHECKPOINT = Path("sum.json")


def main() -> int:
    """Sum the pair energies shell by shell, and write the sum down after each."""
    lines = Path(sys.argv[1]).read_text().splitlines()
    given = {name.strip(): value for name, _, value in (line.partition("=") for line in lines if "=" in line)}
    a, ratio, shells = float(given["a"]), float(given["ratio"]), int(given["shells"])
    state = {"shell": -1, "energy": 0.0}
    if "--continue" in sys.argv:
        state = json.loads(CHECKPOINT.read_text())
    while state["shell"] < shells:
        state = {"shell": state["shell"] + 1, "energy": state["energy"] + shell(state["shell"] + 1, a, ratio)}
        CHECKPOINT.with_suffix(".new").write_text(json.dumps(state))
        CHECKPOINT.with_suffix(".new").replace(CHECKPOINT)
        sys.stdout.write(f"shell {state['shell']:3d}   energy per atom {state['energy']:.12f}\n")
    rest = abs(shell(shells, a, ratio))
    sys.stdout.write(f"the last shell added {rest:.3e}\n")
    if rest > 0.1:
        sys.stdout.write("the sum did NOT settle\n")
        return 4
    sys.stdout.write("finished\n")
    return 0


def shell(number: int, a: float, ratio: float) -> float:
    """Half the pair energies of one atom with all atoms of the cells in a shell around it."""
    cells = range(-number, number + 1)
    energy = 0.0
    for i in cells:
        for j in cells:
            for k in cells:
                if max(abs(i), abs(j), abs(k)) == number:
                    for x, y, z in ((0.0, 0.0, 0.0), (1 / 3, 2 / 3, 0.5)):
                        energy += pair(a, ratio, i + x, j + y, k + z)
    return energy / 2


def pair(a: float, ratio: float, u: float, v: float, w: float) -> float:
    """The Lennard-Jones energy at a place given in units of the lattice vectors."""
    square = a * a * ((u - v / 2) ** 2 + 0.75 * v * v + (ratio * w) ** 2)
    if square == 0:
        return 0.0
    if math.sqrt(square) < 0.7:
        sys.stdout.write("atoms overlap\n")
        sys.exit(3)
    return 4 * (square**-6 - square**-3)


if __name__ == "__main__":
    sys.exit(main())
