"""A space of parameters as a list of settings: every one where they are few, otherwise a sample spread over it."""

from dataclasses import replace

import numpy as np
import pandas as pd

from optimizers.history import History, Parameters, Trial
from optimizers.parameters.space import Column, ParameterSpace
from optimizers.pool import CandidatePool
from optimizers.proposal import Proposal


class Mesh:
    """Settings as candidates of a pool, whose features are the coordinates of the encoding.

    Trials of other settings, such as those done before a campaign, are points outside the pool: the model learns from
    them as well. `points` is how many settings are listed or drawn at most; the draw depends on `seed` alone.
    """

    def __init__(self, space: ParameterSpace, points: int, seed: int) -> None:
        self._space = space
        few = space.size is not None and space.size <= points
        self.settings = space.listing() if few else space.sample(points, seed)
        self._index = {space.key(setting): number for number, setting in enumerate(self.settings)}
        self._columns = [_named(column) for column in space.columns]
        vectors = np.array([space.encode(setting) for setting in self.settings])
        self.pool = CandidatePool(pd.DataFrame(vectors.reshape(len(self.settings), -1), columns=self._columns))

    @property
    def table(self) -> pd.DataFrame:
        """The settings, one row each."""
        return pd.DataFrame(self.settings)

    def encoded(self, history: History) -> History:
        """The history of the pool that stands for the history of the space."""
        return History(tuple(self._trial(trial) for trial in history))

    def decoded(self, proposal: Proposal) -> Proposal:
        """The proposal of a candidate as one of its setting."""
        assert proposal.candidate is not None
        return replace(proposal, parameters=dict(self.settings[proposal.candidate]), candidate=None)

    def _trial(self, trial: Trial) -> Trial:
        return replace(
            trial,
            parameters=self._coordinates(trial.parameters),
            candidate=self._index.get(self._space.key(trial.parameters)),
        )

    def _coordinates(self, parameters: Parameters) -> dict[str, float]:
        return dict(zip(self._columns, self._space.encode(parameters).tolist(), strict=True))


def _named(column: Column) -> str:
    return f"{column.name} = {column.label}" if column.kind == "label" else column.name
