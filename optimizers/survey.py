"""A space divided in two: how probable it is for each candidate to belong to the region that is looked for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Survey:
    """`inside`, shape (N,), holds the probability that candidate i lies in the region.

    A candidate is decided when one of the two sides is at least as probable as `confidence`. That is a statement about
    each candidate by itself: of many decided ones, up to the share 1 - confidence may be on the other side.
    """

    inside: "npt.NDArray[np.float64]"
    confidence: float

    @property
    def region(self) -> "npt.NDArray[np.bool_]":
        """The candidates more likely inside than not, shape (N,)."""
        return self.inside > 0.5

    @property
    def is_decided(self) -> "npt.NDArray[np.bool_]":
        """The candidates whose side is known with the confidence asked for, shape (N,)."""
        return (self.inside >= self.confidence) | (self.inside <= 1.0 - self.confidence)

    @property
    def decided(self) -> float:
        """The share of the candidates that is decided."""
        return float(self.is_decided.mean())

    @property
    def expected_wrong(self) -> float:
        """The share of all candidates expected to be on the other side than the more probable one."""
        import numpy as np

        return float(np.minimum(self.inside, 1.0 - self.inside).mean())

    def certificate(self) -> dict[str, Any]:
        """What is known, as a JSON object: shares of all candidates."""
        decided = self.is_decided
        return {
            "confidence": self.confidence,
            "decided": self.decided,
            "inside": float((decided & self.region).mean()),
            "outside": float((decided & ~self.region).mean()),
            "expected_wrong": self.expected_wrong,
        }
