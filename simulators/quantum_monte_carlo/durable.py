"""Arrays on disk: the old file or the new one, never half of one."""

import os
from pathlib import Path
from typing import Any

import numpy as np


def write_arrays(path: Path, **arrays: Any) -> None:
    """Write `arrays` as .npz to a temporary file beside `path`, then rename it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("wb") as stream:
        np.savez(stream, **arrays)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
