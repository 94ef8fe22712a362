"""Every promise of the protocol, for settings and pools that take different paths through the code."""

import numpy as np
import pandas as pd

from optimizers import CandidatePool, SymmetryOperation
from optimizers.conformance import OptimizerConformance
from optimizers.kriging.settings import KrigingSettings


class TestSmoothKernelAndConfidenceBound(OptimizerConformance):
    def settings(self):
        return KrigingSettings(kernel="rbf", score="ucb", exploration=1.5, transform="none")


class TestRandomStartAndProbabilityOfImprovement(OptimizerConformance):
    def settings(self):
        return KrigingSettings(start="random", initial=3, score="pi", transform="rank", refit=5)


class TestInfeasibleTrialsIgnored(OptimizerConformance):
    def settings(self):
        return KrigingSettings(infeasible="ignore", transform="log", noise=1e-5)


class TestNoMemoryToKeepTheModel(OptimizerConformance):
    def settings(self):
        return KrigingSettings(memory=1e-6)


class TestOneInitialTrial(OptimizerConformance):
    def settings(self):
        return KrigingSettings(initial=1, refit=2)


class OnARing(OptimizerConformance):
    """Both columns periodic, mirrored and centred: eight equivalent copies of a general position."""

    def pool(self, size=48):
        steps = np.arange(size)
        table = pd.DataFrame({"x": steps % 8 / 8.0, "y": (steps // 8 + steps % 8) % 6 / 6.0})
        mirror = SymmetryOperation(sign={"x": -1})
        centring = SymmetryOperation(shift={"x": 0.5, "y": 0.5})
        return CandidatePool(table, periods={"x": 1.0, "y": 1.0}, symmetry=(mirror, centring))


class TestSymmetricPool(OnARing):
    def settings(self):
        return KrigingSettings()


class TestSymmetricPoolTakenAsItIs(OnARing):
    def settings(self):
        return KrigingSettings(symmetry="ignore", score="thompson")


class TestLabelsBesideNumbers(OptimizerConformance):
    def settings(self):
        return KrigingSettings(score="zscore")

    def pool(self, size=48):
        table = pd.DataFrame(np.random.default_rng(11).random((size, 2)), columns=["x", "y"])
        table["phase"] = [("fcc", "bcc", "hcp")[row % 3] for row in range(size)]
        table["doped"] = [row % 2 == 0 for row in range(size)]
        return CandidatePool(table)


class TestDescriptors(OptimizerConformance):
    def settings(self):
        return KrigingSettings(columns="descriptors", score="ucb")
