"""What every adapter owes the comparison; a peer that is not installed is skipped."""

from dataclasses import replace
from importlib.util import find_spec

import pytest

from benchmarks.contests import CONTESTS
from benchmarks.peers_parameters.registry import METHODS, OURS
from simulators.test_functions.domain import Interval, Levels

pytestmark = pytest.mark.filterwarnings("ignore")  # the peers' own

PARAMETERS = [
    pytest.param(name, marks=() if it.distribution == "numpy" else pytest.mark.slow)
    for name, it in METHODS.items()
    if it.distribution != OURS
]
MODULES = {"ax-platform": "ax", "numpy": "numpy", "optuna": "optuna", "cma": "cma"}


@pytest.fixture(params=PARAMETERS)
def method(request):
    found = METHODS[request.param]
    if found.version() is None or find_spec(MODULES[found.distribution]) is None:
        pytest.skip(f"{found.distribution} is not installed (pip install -e .[peers])")
    return found


def asked(method, contest, asks=4, seed=0):
    searcher = method.build(contest, seed)
    found = []
    for _ in range(asks):
        found.append(dict(searcher.ask()))
        searcher.tell(contest.problem.evaluate(found[-1]))
    return found


@pytest.mark.parametrize("name", ["film", "mixed6", "gramacy", "bnh"])
def test_what_is_asked_lies_in_the_domain(method, name):
    contest = CONTESTS[name]
    if not method.plays(contest):
        pytest.skip(f"{method.name} knows one objective")
    for settings in asked(method, contest):
        assert set(settings) == set(contest.problem.domain)
        for key, axis in contest.problem.domain.items():
            if isinstance(axis, Levels):
                assert settings[key] in axis.values
            else:
                assert axis.low <= settings[key] <= axis.high
                assert isinstance(axis, Interval) or isinstance(settings[key], int)


def test_the_same_seed_asks_for_the_same_settings(method):
    contest = replace(CONTESTS["branin"], trials=5)
    assert asked(method, contest) == asked(method, contest)


def test_other_seeds_ask_for_other_settings(method):
    assert asked(method, CONTESTS["branin"], seed=1) != asked(method, CONTESTS["branin"], seed=2)
