"""PHYSBO: saved with `Policy.save`, killed, loaded in a new process, and compared with an uninterrupted run."""

import os
import signal
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.crash.verdict import Verdict, note, notes, run_child
from benchmarks.machine import installed_version
from benchmarks.synthetic import GRIDS, morse_slabs

MODULE = "benchmarks.crash.physbo_files"
RANDOM, FIRST_HALF, SECOND_HALF = 10, 6, 6
FILES = ("history.npz", "training.npz", "predictor.pickle")


def crash_and_resume(folder: Path) -> Verdict:
    """Run once without and once with an interruption, and compare what the instrument was told."""
    whole, halved = folder / "whole", folder / "halved"
    for place, tasks in ((whole, ["run"]), (halved, ["kill", "resume"])):
        place.mkdir()
        for task in tasks:
            run_child(MODULE, [str(place), task])
    expected, found = notes(whole), notes(halved)
    same = sum(left == right for left, right in zip(expected, found, strict=False))
    return Verdict(
        system=f"PHYSBO {installed_version('physbo')}, {len(FILES)} files",
        killed=f"after save() at trial {RANDOM + FIRST_HALF}",
        resumed="load() in a new process, same seed",
        found=f"{same} of {len(expected)} trials as in the uninterrupted run",
        evidence=f"uninterrupted {' '.join(expected[-SECOND_HALF:])}; resumed {' '.join(found[-SECOND_HALF:])}",
    )


def _child(folder: Path, task: str) -> None:
    from physbo.misc import centering
    from physbo.search.discrete import Policy

    landscape = morse_slabs(GRIDS[2_000], seed=0)
    policy = Policy(test_X=centering(landscape.pool.table.to_numpy()))
    policy.set_seed(0)

    def instrument(actions: NDArray[np.int64]) -> NDArray[np.float64]:
        for action in actions:
            note(folder, str(int(action)))
        values: NDArray[np.float64] = landscape.values[actions]
        return -values

    def search(trials: int) -> None:
        policy.bayes_search(max_num_probes=trials, simulator=instrument, score="TS", interval=5, is_disp=False)

    places = [str(folder / name) for name in FILES]
    if task == "resume":
        policy.load(*places)
    else:
        policy.random_search(max_num_probes=RANDOM, simulator=instrument, is_disp=False)
        search(FIRST_HALF)
    if task == "kill":
        policy.save(*places)
        os.kill(os.getpid(), signal.SIGKILL)
    search(SECOND_HALF)


if __name__ == "__main__":
    _child(Path(sys.argv[1]), sys.argv[2])
