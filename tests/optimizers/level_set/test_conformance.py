import pytest

from optimizers.conformance import OptimizerConformance
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
