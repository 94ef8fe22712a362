"""The problems of the comparison on parameter spaces, and how many trials each is given."""

import hashlib
import json

import numpy as np

from benchmarks.peers_parameters.searcher import Contest
from benchmarks.peers_parameters.unit_box import setting_at
from simulators.test_functions.catalogue import TEST_FUNCTIONS

CONTESTS = {
    contest.name: contest
    for contest in (
        Contest(TEST_FUNCTIONS["branin"], trials=30),
        Contest(TEST_FUNCTIONS["hartmann6"], trials=40),
        Contest(TEST_FUNCTIONS["ackley10"], trials=50),
        Contest(TEST_FUNCTIONS["film"], trials=40, standard_error=0.05),
        Contest(TEST_FUNCTIONS["mixed6"], trials=40),
        Contest(TEST_FUNCTIONS["gramacy"], trials=30),
        Contest(TEST_FUNCTIONS["zdt1"], trials=60),
        Contest(TEST_FUNCTIONS["bnh"], trials=60),
    )
}


def fingerprint(contest: Contest) -> str:
    """A digest of what is asked: the budget, the noise, and the answers at sixteen settings."""
    generator = np.random.default_rng(0)
    answers = []
    for _ in range(16):
        settings = {name: setting_at(axis, generator.random()) for name, axis in contest.problem.domain.items()}
        answers.append([f"{value:.9e}" for value in contest.problem.evaluate(settings).values()])
    asked = [contest.trials, contest.standard_error, answers]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]
