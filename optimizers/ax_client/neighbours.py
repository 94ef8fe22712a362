"""Settings near another one."""

import numpy as np

from optimizers.history import Parameter, Parameters
from optimizers.parameters import ParameterSpace

COUNT = 64
DISTANCES = (0.3, 0.1, 0.03, 0.01)
"""Standard deviations of steps away from the centre, as shares of every coordinate's range."""


def around(space: ParameterSpace, centre: Parameters, generator: np.random.Generator) -> list[dict[str, Parameter]]:
    """Different settings at several distances from `centre`, which is among them."""
    middle = space.encode(centre)
    steps = [size * generator.standard_normal((COUNT, len(middle))) for size in DISTANCES]
    settings = [space.decode(np.clip(middle + step, 0.0, 1.0)) for step in np.concatenate(steps)]
    return list({space.key(setting): setting for setting in (dict(centre), *settings)}.values())
