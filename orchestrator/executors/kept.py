"""What an executor keeps between the trials of a campaign: measurements to go on with, or what it has learned.

A trial may find that nothing is kept, or that it was lost: what is kept may decide how long a trial takes and how small
its error is, never what it measures. Files are replaced as a whole, for trials run side by side.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


def kept_folder(attempt: Path, name: str) -> Path:
    """The folder `name` of the whole campaign, for a function that works in the folder `attempt` of a trial.

    CAMPAIGN/name, two levels above the attempt. It is made if it is missing.
    """
    folder = attempt.absolute().parents[1] / name
    folder.mkdir(exist_ok=True)
    return folder


@dataclass(frozen=True)
class Learning:
    """How well a trial was served by what earlier trials had taught.

    `acceptance` is the share of the proposed moves that were accepted, `fit_quality` the share of the variance that the
    fit explains (R²; None where it cannot be told yet), `learned_from` how many configurations it rests on.
    """

    acceptance: float
    fit_quality: float | None
    learned_from: int

    def details(self) -> Mapping[str, Any]:
        """What belongs into the `details` of an outcome."""
        return {"learning": asdict(self)}
