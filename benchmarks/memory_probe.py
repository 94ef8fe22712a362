"""Peak memory of one optimizer: `python -m benchmarks.memory_probe PEER CANDIDATES`, in a process of its own."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib import import_module

from benchmarks.machine import peak_memory_bytes
from benchmarks.peers.registry import PEERS
from benchmarks.peers.searcher import Search
from benchmarks.search_run import initial_candidates
from benchmarks.single_thread import environment, relaunch_with_one_thread
from benchmarks.synthetic import GRIDS, morse_slabs

OBSERVATIONS = 100
MEBIBYTE = 1024 * 1024
TIME_LIMIT = 900.0


@dataclass(frozen=True)
class Peak:
    """Peak resident memory in MiB: of the whole process, and before the optimizer was built (imports and pool)."""

    peak_mib: float
    before_mib: float


def peak_of(peer: str, candidates: int) -> Peak:
    """Peak memory of one ask with 100 observations, measured in a child process.

    Raises CalledProcessError if the child fails, TimeoutExpired after 15 minutes.
    """
    command = [sys.executable, "-m", "benchmarks.memory_probe", peer, str(candidates)]
    child = subprocess.run(
        command, env=environment(), stdout=subprocess.PIPE, text=True, check=True, timeout=TIME_LIMIT
    )
    return Peak(**json.loads(child.stdout.splitlines()[-1]))


def probe(name: str, candidates: int) -> Peak:
    """The same, in this process: it should have done nothing else before."""
    peer = PEERS[name]
    landscape = morse_slabs(GRIDS[candidates], seed=0)
    import_module(f"benchmarks.peers.{peer.adapter.partition(':')[0]}")
    before = peak_memory_bytes()
    searcher = peer.build(Search(landscape.pool, seed=0))
    for candidate in initial_candidates(landscape, seed=0, count=OBSERVATIONS):
        searcher.tell(candidate, float(landscape.values[candidate]))
    searcher.ask()
    return Peak(peak_memory_bytes() / MEBIBYTE, before / MEBIBYTE)


if __name__ == "__main__":
    relaunch_with_one_thread("benchmarks.memory_probe")
    print(json.dumps(asdict(probe(sys.argv[1], int(sys.argv[2])))))
