import pytest

from optimizers.conformance import MixedParameterConformance, OptimizerConformance, ParameterConformance
from optimizers.level_set.settings import LevelSetSettings


@pytest.mark.parametrize("score", ["straddle", "entropy", "lookahead"])
@pytest.mark.parametrize("infeasible", ["padding", "both"])
class TestLevelSet(OptimizerConformance):
    @pytest.fixture(autouse=True)
    def _choose(self, score, infeasible):
        self._settings = LevelSetSettings(below=0.1, score=score, infeasible=infeasible, initial=5)

    def settings(self):
        return self._settings


class TestAbove(OptimizerConformance):
    def settings(self):
        return LevelSetSettings(above=0.1, initial=5)


class OverParameters:
    def settings(self):
        return LevelSetSettings(below=0.4, initial=4, mesh=256)

    def test_both_goals_are_served(self):
        """The region is the same for both: which way is better does not matter to it. See test_optimizer."""


class TestParameters(OverParameters, ParameterConformance):
    pass


class TestMixedParameters(OverParameters, MixedParameterConformance):
    pass
