"""Every promise of the protocol on spaces of parameters."""

import pytest

from optimizers.botorch.settings import BotorchSettings
from optimizers.conformance import MixedParameterConformance, ParameterConformance


@pytest.mark.slow
class TestRanges(ParameterConformance):
    def settings(self):
        return BotorchSettings()


@pytest.mark.slow
class TestMixed(MixedParameterConformance):
    def settings(self):
        return BotorchSettings(infeasible="model", initial=4)
