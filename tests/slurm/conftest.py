import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slurm.cluster import SlurmCluster, absent


@pytest.fixture(scope="session")
def cluster() -> Iterator[SlurmCluster]:
    """A real cluster of one node."""
    why = absent()
    if why is not None:
        pytest.skip(why)
    # Not under pytest's folder: munge wants a path that nobody else may write, and short enough for a socket.
    with tempfile.TemporaryDirectory(prefix="junkan-slurm-") as folder, SlurmCluster(Path(folder)) as cluster:
        yield cluster
