"""NIMO with its method PHYSBO: the pool is a CSV file that is read again, and the model learnt anew, on every ask.

It sets the random seed to 0 in every call, so the seed of a search has no effect.
"""

import contextlib
import io
import tempfile
from pathlib import Path

import nimo
import numpy as np
import pandas as pd

from benchmarks.peers.searcher import Search, feature_matrix

OBJECTIVE = "value"


class NimoSearcher:
    """Keeps candidates.csv in a temporary folder; an empty objective means that a candidate was not measured."""

    def __init__(self, search: Search) -> None:
        features = feature_matrix(search.pool)
        self._rows = pd.DataFrame(features, columns=[f"x{column}" for column in range(features.shape[1])])
        self._rows[OBJECTIVE] = np.nan
        self._folder = tempfile.TemporaryDirectory(prefix="nimo-")

    def tell(self, candidate: int, value: float) -> None:
        """Take in one finished trial."""
        self._rows.loc[candidate, OBJECTIVE] = value

    def ask(self) -> int:
        """The candidate written to proposals.csv."""
        candidates, proposals = (Path(self._folder.name) / name for name in ("candidates.csv", "proposals.csv"))
        self._rows.to_csv(candidates, index=False)
        with contextlib.redirect_stdout(io.StringIO()):
            nimo.selection(
                method="PHYSBO",
                input_file=str(candidates),
                output_file=str(proposals),
                num_objectives=1,
                num_proposals=1,
                physbo_score="EI",
                minimization=True,
            )
        return int(pd.read_csv(proposals)["actions"].iloc[0])
