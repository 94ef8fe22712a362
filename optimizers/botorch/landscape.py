"""An acquisition function as NumPy sees it."""

from typing import TYPE_CHECKING

import numpy as np
import torch

from optimizers.botorch.layout import Array

if TYPE_CHECKING:
    from botorch.acquisition.acquisition import AcquisitionFunction

AT_ONCE = 256
LOWEST = -1e300


class Landscape:
    """Evaluates `acquisition` at points, one at a time as far as it is concerned, on `device`."""

    def __init__(self, acquisition: "AcquisitionFunction", device: str) -> None:
        self.acquisition = acquisition
        self.device = device

    def __call__(self, points: Array) -> Array:
        """Shape (n, width) to shape (n,); what is not a number, or not finite, counts as very low."""
        found = np.empty(len(points))
        with torch.no_grad():
            for first in range(0, len(points), AT_ONCE):
                part = torch.as_tensor(points[first : first + AT_ONCE], dtype=torch.float64, device=self.device)
                found[first : first + AT_ONCE] = self.acquisition(part.unsqueeze(-2)).cpu().numpy()
        return np.where(np.isfinite(found), found, LOWEST)
