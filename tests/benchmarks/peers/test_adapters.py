"""What every adapter owes the comparison; a peer that is not installed is skipped."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.peers.registry import PEERS
from benchmarks.peers.searcher import Search
from optimizers import CandidatePool

pytestmark = pytest.mark.filterwarnings("ignore")  # the peers' own

X, Y = (axis.ravel().astype(float) for axis in np.meshgrid(range(12), range(10), indexing="ij"))
POOL = CandidatePool(pd.DataFrame({"x": X, "y": Y}))
BOWL = (X - 8.0) ** 2 + 0.5 * (Y - 3.0) ** 2
START = (0, 17, 50, 62, 119)


PARAMETERS = [
    pytest.param(name, marks=() if it.distribution in ("junkan", "numpy") else pytest.mark.slow)
    for name, it in PEERS.items()
]


@pytest.fixture(params=PARAMETERS)
def peer(request):
    found = PEERS[request.param]
    if not found.installed():
        pytest.skip(f"{found.distribution} is not installed (pip install -e .[peers])")
    return found


def run(peer, asks, schedule="own", seed=0):
    searcher = peer.build(Search(POOL, seed, schedule))
    asked = []
    for candidate in START:
        searcher.tell(candidate, float(BOWL[candidate]))
    for _ in range(asks):
        asked.append(searcher.ask())
        searcher.tell(asked[-1], float(BOWL[asked[-1]]))
    return asked


def test_candidates_are_rows_of_the_pool(peer):
    assert all(isinstance(candidate, int) and 0 <= candidate < len(POOL) for candidate in run(peer, asks=4))


def test_the_same_seed_asks_for_the_same_candidates(peer):
    assert run(peer, asks=4) == run(peer, asks=4)


def test_no_candidate_is_asked_for_twice(peer):
    if peer.name in ("optuna", "ax"):
        pytest.skip(f"{peer.name} cannot be told which candidates are used up")
    asked = run(peer, asks=8)
    assert not set(asked) & set(START)
    assert len(set(asked)) == len(asked)


def test_small_values_are_what_it_looks_for(peer):
    if peer.name == "random":
        pytest.skip("random search looks for nothing")
    assert BOWL[run(peer, asks=12)].min() <= 1.0


def test_a_refit_on_every_ask_is_a_schedule(peer):
    assert len(run(peer, asks=2, schedule="every")) == 2


def test_a_version_is_known(peer):
    assert peer.version()
