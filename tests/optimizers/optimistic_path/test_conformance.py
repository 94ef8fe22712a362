from math import isqrt

import numpy as np
import pandas as pd

from optimizers import CandidatePool
from optimizers.conformance import OptimizerConformance
from optimizers.optimistic_path.settings import OptimisticPathSettings


class TestOptimisticPath(OptimizerConformance):
    def settings(self):
        return OptimisticPathSettings(initial=5)

    def pool(self, size=48):
        rows = max(n for n in range(1, isqrt(size) + 1) if size % n == 0)
        x, y = np.indices((rows, size // rows)).reshape(2, -1)
        table = pd.DataFrame({"x": x / rows, "y": y / (size // rows)})
        return CandidatePool(table, periods={"x": 1.0, "y": 1.0})
