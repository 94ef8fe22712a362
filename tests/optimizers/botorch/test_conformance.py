"""Every promise of the protocol, for settings and pools that take different paths through the code."""

import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool, SymmetryOperation
from optimizers.botorch.settings import BotorchSettings
from optimizers.conformance import OptimizerConformance


class TestDefaults(OptimizerConformance):
    def settings(self):
        return BotorchSettings(initial=4)

    test_a_fresh_optimizer_proposes_what_a_warm_one_proposes_at_every_prefix = pytest.mark.slow(
        OptimizerConformance.test_a_fresh_optimizer_proposes_what_a_warm_one_proposes_at_every_prefix
    )
    test_no_candidate_is_proposed_twice_with_trials_pending = pytest.mark.slow(
        OptimizerConformance.test_no_candidate_is_proposed_twice_with_trials_pending
    )


@pytest.mark.slow
class TestAdditiveKernelAndFeasibilityModel(OptimizerConformance):
    def settings(self):
        return BotorchSettings(kernel="additive", infeasible="both", initial=3)


@pytest.mark.slow
class TestSymmetricPool(OptimizerConformance):
    """Both columns periodic, mirrored and centred: eight equivalent copies of a general position."""

    def settings(self):
        return BotorchSettings(kernel="rbf", infeasible="ignore", noise=1e-4)

    def pool(self, size=48):
        steps = np.arange(size)
        table = pd.DataFrame({"x": steps % 8 / 8.0, "y": (steps // 8 + steps % 8) % 6 / 6.0})
        mirror = SymmetryOperation(sign={"x": -1})
        centring = SymmetryOperation(shift={"x": 0.5, "y": 0.5})
        return CandidatePool(table, periods={"x": 1.0, "y": 1.0}, symmetry=(mirror, centring))


@pytest.mark.slow
class TestFingerprintsBesideLabels(OptimizerConformance):
    def settings(self):
        return BotorchSettings(kernel="tanimoto", fingerprint=("bit0", "bit1", "bit2"), infeasible="model")

    def pool(self, size=48):
        generator = np.random.default_rng(11)
        table = pd.DataFrame(generator.random((size, 2)), columns=["x", "y"])
        table["phase"] = [("fcc", "bcc", "hcp")[row % 3] for row in range(size)]
        for bit in range(3):
            table[f"bit{bit}"] = generator.integers(0, 2, size)
        return CandidatePool(table)
