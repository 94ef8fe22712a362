"""Diffraction patterns: lines on a smooth background, fitted together with the weights of counted photons."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from orchestrator.analysis.errors import AnalysisError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

BACKGROUND = 8
"""Chebyshev polynomials of the background: enough for the decay that air scattering adds at small angles."""
REACH = 0.6
"""How far from where it is expected a line may be, in degrees."""
NARROWEST, WIDEST = 0.03, 2.0
"""Full widths at half maximum that a line may have, in degrees."""
SIGNIFICANT = 4.0
"""A maximum counts as a line if it stands out by so many standard deviations of the counts."""


@dataclass(frozen=True)
class Line:
    """A line as it was fitted, with standard uncertainties. Angles and widths (full, at half maximum) in degrees.

    `height` and `area` are in counts and counts times degrees. A line that does not stand out keeps the position and
    the width that were expected of it: `seen` is false, and its height is what is left there, perhaps below zero.
    """

    position: float
    position_std: float
    width: float
    width_std: float
    height: float
    height_std: float
    seen: bool

    @property
    def area(self) -> float:
        """The area of a Lorentzian: pi/2 times height times width."""
        return math.pi / 2 * self.height * self.width

    @property
    def area_std(self) -> float:
        """Its standard uncertainty, with width and height taken as independent."""
        return math.pi / 2 * math.hypot(self.height_std * self.width, self.height * self.width_std)


def maxima(angles: "Array", counts: "Array") -> list[float]:
    """Angles where the pattern has a line, the highest first; shapes (n,)."""
    import numpy as np
    from scipy.signal import find_peaks, savgol_filter

    if len(angles) < 25 or len(angles) != len(counts):
        raise AnalysisError(f"{len(counts)} counts at {len(angles)} angles are no diffraction pattern.")
    smooth = savgol_filter(counts, 15, 2)
    noise = np.sqrt(np.maximum(smooth, 1.0) / 5)  # of about five independent points under the filter
    found, about = find_peaks(smooth, prominence=SIGNIFICANT * np.median(noise), width=3)
    standing = [(height, at) for at, height in zip(found, about["prominences"], strict=True) if height > 4 * noise[at]]
    return [float(angles[at]) for _, at in sorted(standing, reverse=True)]


def fit_lines(
    angles: "Sequence[float] | Array", counts: "Sequence[float] | Array", expected: Sequence[float], width: float
) -> tuple[Line, ...]:
    """The lines `expected` (degrees) in the pattern, in their order; shapes (n,), counts not negative.

    `width` is what a line has that cannot be seen. Positions and widths of lines that stand out are fitted, heights
    and the background follow from them in every step (variable projection: Golub and Pereyra 1973, SIAM J. Numer.
    Anal. 10, 413). Weights are those of Poisson counts, of the fit itself in a second round. Raises AnalysisError.
    """
    import numpy as np
    from scipy.optimize import least_squares

    x, y = np.asarray(angles, dtype=float), np.asarray(counts, dtype=float)
    peaks = maxima(x, y)
    seen = [_nearest(peaks, line, expected) for line in expected]
    start = np.array([value for at in seen if at is not None for value in (at, max(width, 0.2))])
    low = np.array([value for at in seen if at is not None for value in (at - REACH, NARROWEST)])
    high = np.array([value for at in seen if at is not None for value in (at + REACH, WIDEST)])
    sigma = np.sqrt(np.maximum(y, 4.0))
    free = start
    for _ in range(2):
        problem = _Projection(x, y, sigma, expected, [at is not None for at in seen], width)
        if len(start):
            free = least_squares(problem.residuals, free, bounds=(low, high), x_scale=0.05, max_nfev=60).x
        sigma = np.sqrt(np.maximum(problem.model(free), 1.0))
    return problem.lines(free)


def _nearest(peaks: Sequence[float], line: float, expected: Sequence[float]) -> float | None:
    """The maximum that belongs to `line`: one that lies nearer to another line belongs to that one."""
    near = [at for at in peaks if abs(at - line) < REACH and min(abs(at - it) for it in expected) >= abs(at - line)]
    return min(near, key=lambda at: abs(at - line)) if near else None


@dataclass(frozen=True)
class _Projection:
    """The fit as a function of positions and widths alone: two free numbers for each line that is seen."""

    x: "Array"
    y: "Array"
    sigma: "Array"
    expected: Sequence[float]
    seen: Sequence[bool]
    width: float

    def residuals(self, free: "Array") -> "Array":
        rest: Array = (self.model(free) - self.y) / self.sigma
        return rest

    def model(self, free: "Array") -> "Array":
        design = self._design(free)
        fitted: Array = design @ self._linear(design)
        return fitted

    def lines(self, free: "Array") -> tuple[Line, ...]:
        import numpy as np

        design = self._design(free)
        linear = self._linear(design)
        slopes = [self._slope(free, column, linear) for column in range(len(free))]
        jacobian = np.column_stack([*slopes, design]) / self.sigma[:, None]
        lengths = np.linalg.norm(jacobian, axis=0)
        scaled = jacobian / lengths
        # The ridge makes what the data do not determine very uncertain, where a pseudo-inverse would make it certain.
        information = scaled.T @ scaled + 1e-12 * np.eye(len(lengths))
        std = np.sqrt(np.diag(np.linalg.inv(information))) / lengths
        heights = zip(linear, std[len(free) :], strict=True)
        found, column = [], 0
        for position, width, seen in self._shapes(free):
            height, height_std = next(heights)
            at, at_width = (std[column], std[column + 1]) if seen else (0.0, 0.0)
            column += 2 * seen
            found.append(
                Line(position, float(at), width, float(at_width), float(height), float(height_std), bool(seen))
            )
        return tuple(found)

    def _shapes(self, free: "Array") -> list[tuple[float, float, bool]]:
        pairs = iter(free.reshape(-1, 2))
        shapes = []
        for line, seen in zip(self.expected, self.seen, strict=True):
            position, width = next(pairs) if seen else (line, self.width)
            shapes.append((float(position), float(width), seen))
        return shapes

    def _design(self, free: "Array") -> "Array":
        import numpy as np

        lines = [1 / (1 + ((self.x - at) / (width / 2)) ** 2) for at, width, _ in self._shapes(free)]
        scaled = 2 * (self.x - self.x[0]) / (self.x[-1] - self.x[0]) - 1
        return np.column_stack([*lines, np.polynomial.chebyshev.chebvander(scaled, BACKGROUND - 1)])

    def _linear(self, design: "Array") -> Any:
        import numpy as np

        return np.linalg.lstsq(design / self.sigma[:, None], self.y / self.sigma, rcond=None)[0]

    def _slope(self, free: "Array", column: int, linear: "Array") -> "Array":
        import numpy as np

        step = np.zeros_like(free)
        step[column] = 1e-4
        slope: Array = (self._design(free + step) - self._design(free - step)) @ linear / 2e-4
        return slope
