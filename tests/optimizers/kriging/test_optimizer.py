from optimizers.conformance import OptimizerConformance
from optimizers.kriging.settings import KrigingSettings


class TestDefaults(OptimizerConformance):
    def settings(self):
        return KrigingSettings()


class TestRefitOnEveryValue(OptimizerConformance):
    def settings(self):
        return KrigingSettings(refit=1, transform="clip", kernel="rbf")


class TestThompsonSampling(OptimizerConformance):
    def settings(self):
        return KrigingSettings(score="thompson", transform="rank", noise=1e-4)


class TestPublishedProtocol(OptimizerConformance):
    def settings(self):
        return KrigingSettings(score="zscore", start="random", initial=20, transform="log")
