"""Exhaustive energy landscapes of grain boundaries: candidates and the energy of every one of them.

A landscape is one Parquet file: columns tx, ty, gap (Å), gb_energy (J/m², NaN where the relaxation did not
converge) and failure (why, else null), one row per candidate in pool order. Its schema metadata holds, as JSON,
how it was made and the periods and symmetry of its columns, so that nothing but this file is needed to replay it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from optimizers import CandidatePool, SymmetryOperation
from simulators.grain_boundary.relaxation import RelaxationMode

FOLDER = Path(__file__).parent / "landscapes"
METADATA_KEY = b"junkan.landscape"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Recipe:
    """How one landscape is made: the boundary, the grid, the thickness of the grains (Å) and the relaxation."""

    element: str
    sigma: int
    axis: tuple[int, int, int]
    plane: tuple[int, int, int]
    step: float
    gaps: tuple[float, ...]
    thickness: float = 16.0
    relax: RelaxationMode = "surface"
    force_tolerance: float = 3e-3
    iterations: int = 300


def load(name: str | Path) -> tuple[CandidatePool, npt.NDArray[np.float64]]:
    """The candidates and their energies (J/m², shape (N,), NaN where there is none), by name or by path."""
    table = pq.read_table(path_of(name))
    about = metadata(name)
    symmetry = tuple(SymmetryOperation(sign=it["sign"], shift=it["shift"]) for it in about["symmetry"])
    columns = table.select(["tx", "ty", "gap"]).to_pandas()
    pool = CandidatePool(table=columns, periods=about["periods"], symmetry=symmetry)
    return pool, np.array(table["gb_energy"].to_numpy(zero_copy_only=False), dtype=np.float64)


def names() -> list[str]:
    """Every landscape in this repository, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.parquet"))


def metadata(name: str | Path) -> dict[str, Any]:
    """How the landscape was made."""
    found: dict[str, Any] = json.loads((pq.read_schema(path_of(name)).metadata or {})[METADATA_KEY])
    return found


def path_of(name: str | Path) -> Path:
    """The file of a landscape: a path is taken as it is, a bare name is looked up in this repository."""
    path = Path(name)
    return path if path.suffix == ".parquet" else FOLDER / f"{name}.parquet"


def write(path: Path, recipe: Recipe, table: pd.DataFrame, about: Mapping[str, Any]) -> None:
    """Writes a landscape: first to a temporary file, then under its name."""
    head = {"schema_version": SCHEMA_VERSION, **asdict(recipe), **about}
    columns = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(
        {METADATA_KEY: json.dumps(head, sort_keys=True).encode()}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".parquet.part")
    pq.write_table(columns, temporary, compression="zstd", compression_level=19)
    temporary.replace(path)


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
