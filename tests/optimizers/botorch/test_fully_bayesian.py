import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool, History, Objective, Observation, Problem, Trial
from optimizers.botorch.settings import BotorchSettings

pytestmark = pytest.mark.slow
pytest.importorskip("jax", reason="pip install 'junkan[ax,fully_bayesian]'")
pytest.importorskip("numpyro", reason="pip install 'junkan[ax,fully_bayesian]'")


def test_draws_are_the_same_on_every_object_and_find_the_parameters_that_matter():
    pool = CandidatePool(pd.DataFrame(np.random.default_rng(11).random((60, 6)), columns=list("abcdef")))
    trials = tuple(
        Trial(row + 1, pool.parameters(row), "completed", row, {"q": Observation(np.sin(5.0 * pool.table["b"][row]))})
        for row in range(14)
    )
    problem = Problem(pool, (Objective("q"),), 5)
    (first,), (again,) = (
        BotorchSettings(inference="fully_bayesian").build(problem).propose(History(trials), 1) for _ in range(2)
    )
    assert first == again
    lengths = first.reasons["length_scales"]
    assert min(lengths, key=lengths.get) == "b"
