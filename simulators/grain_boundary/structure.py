"""The structure of a boundary as a file that other programs read."""

from pathlib import Path

from simulators.grain_boundary.energies import Evaluation

VACUUM = 5.0
"""Empty space (Å) above and below the atoms in the file."""


def write_structure(path: Path, evaluation: Evaluation, title: str) -> None:
    """Writes the relaxed atoms as extended XYZ, whole or not at all.

    Atoms are wrapped in x and y and centred along z. Beside the species and positions the file holds each atom's
    `grain` and `rim`; its header `gb_energy` (J/m²), `translation` (Å) and `title`.
    """
    from ase.io import write

    atoms = evaluation.atoms.copy()  # type: ignore[no-untyped-call]
    atoms.center(vacuum=VACUUM, axis=2)
    atoms.wrap(pbc=(True, True, False))
    atoms.info.update(title=title, gb_energy=evaluation.energy, translation=list(evaluation.translation))
    temporary = path.with_name(f".{path.name}.part")
    write(temporary, atoms, format="extxyz")
    temporary.replace(path)
