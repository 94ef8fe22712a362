"""How likely a candidate is to be feasible, learnt from the trials that were and those that were not."""

from collections.abc import Sequence

import numpy as np
from scipy.special import log_ndtr

from optimizers.kriging.atlas import Atlas
from optimizers.kriging.evidence import Datum
from optimizers.kriging.kernels import Array
from optimizers.kriging.posterior import Posterior
from optimizers.kriging.settings import KrigingSettings


class Feasibility:
    """A Gaussian process on the labels 0 (feasible) and 1 (infeasible), read as a probability.

    A least-squares classifier (Rasmussen and Williams 2006, section 6.5): cheap, exact, and good enough to keep
    away from a region that has failed several times. A candidate is feasible if the process lies below one half.
    """

    def __init__(self, settings: KrigingSettings, atlas: Atlas) -> None:
        plain = settings.model_copy(update={"transform": "none", "noise": "fit", "transfer": ()})
        self._posterior = Posterior(plain, atlas)

    def log_probability(self, data: Sequence[Datum]) -> Array:
        """log of the probability that each class is feasible, shape (classes,)."""
        self._posterior.condition([Datum(datum.site, 0.0 if datum.value is not None else 1.0) for datum in data])
        beliefs = self._posterior.beliefs()
        deviation = beliefs.scale * np.sqrt(beliefs.variance + self._posterior.fit.hyperparameters.noise)
        result: Array = log_ndtr((0.5 - beliefs.mean) / deviation)
        return result
