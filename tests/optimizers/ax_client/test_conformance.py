"""Every promise of the protocol: in a small space after a long start, and behind `slow` wherever Ax is asked often."""

import pytest

from optimizers.ax_client.settings import AxSettings
from optimizers.conformance import MixedParameterConformance, ParameterConformance
from optimizers.parameters import Composition, LinearConstraint, ParameterSpace, Range


class TestLongStart(ParameterConformance):
    def settings(self):
        return AxSettings(initial=11)


@pytest.mark.slow
@pytest.mark.timeout(600)
class TestShortStart(ParameterConformance):
    def settings(self):
        return AxSettings(initial=2)


@pytest.mark.slow
@pytest.mark.timeout(600)
class TestKnownErrors(ParameterConformance):
    def settings(self):
        return AxSettings(initial=3, infeasible="both")

    def standard_error(self):
        return 0.1


@pytest.mark.slow
@pytest.mark.timeout(1800)
class TestMixed(MixedParameterConformance):
    def settings(self):
        return AxSettings(initial=6, infeasible="model")


@pytest.mark.slow
@pytest.mark.timeout(1200)
class TestTernaryPrism(ParameterConformance):
    """A composition triangle times a temperature, with a corner cut off."""

    def settings(self):
        return AxSettings(initial=6, noise="none", infeasible="ignore")

    def space(self):
        return ParameterSpace(
            (Range("temperature", 300.0, 900.0, "K"),),
            (Composition(("Fe", "Co", "Ni"), highs={"Ni": 0.8}),),
            (LinearConstraint({"Fe": 1.0, "temperature": 1e-3}, 1.4),),
        )
