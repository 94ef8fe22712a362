"""Every promise of the protocol, for settings and spaces that take different paths through the code."""

from optimizers.box.settings import BoxSettings
from optimizers.conformance import MixedParameterConformance, ParameterConformance
from optimizers.parameters import Choice, Composition, Integer, ParameterSpace


class TestBox(ParameterConformance):
    def settings(self):
        return BoxSettings(initial=4)


class TestBoxWithKnownNoise(ParameterConformance):
    def settings(self):
        return BoxSettings(initial=4)

    def standard_error(self):
        return 0.3


class TestBoxOverEveryKindOfParameter(MixedParameterConformance):
    def settings(self):
        return BoxSettings(initial=4, infeasible="padding")


class TestSmoothBoxWithoutNoise(ParameterConformance):
    def settings(self):
        return BoxSettings(initial=1, kernel="rbf", noise=0.0, transform="log", infeasible="model")


class TestBoxOfStepsAndChoices(ParameterConformance):
    def settings(self):
        return BoxSettings(initial=3, infeasible="ignore", transform="rank")

    def space(self):
        return ParameterSpace(
            (Integer("x", 1, 9), Choice("y", ("a", "b", "c"))), (Composition(("Fe", "Co", "Ni"), step=0.1),)
        )
