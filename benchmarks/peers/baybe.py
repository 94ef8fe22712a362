"""BayBE: a Campaign over a search space made from the pool, with its default Bayesian recommender."""

import numpy as np
import pandas as pd
import torch
from baybe import Campaign
from baybe.parameters import NumericalDiscreteParameter
from baybe.recommenders import BotorchRecommender
from baybe.searchspace import SearchSpace
from baybe.settings import Settings
from baybe.targets import NumericalTarget

from benchmarks.peers.searcher import Search, feature_matrix

torch.set_num_threads(1)
TARGET = "value"


class BaybeSearcher:
    """The campaign keeps the pool as data frames; a recommendation carries the row's label, which is our candidate."""

    def __init__(self, search: Search) -> None:
        features = feature_matrix(search.pool)
        names = [f"x{column}" for column in range(features.shape[1])]
        self._rows = pd.DataFrame(features, columns=names)
        parameters = [NumericalDiscreteParameter(name, np.unique(self._rows[name])) for name in names]
        self._campaign = Campaign(
            searchspace=SearchSpace.from_dataframe(self._rows, parameters),
            objective=NumericalTarget(TARGET, minimize=True).to_objective(),
            recommender=BotorchRecommender(),
        )
        Settings(random_seed=search.seed).activate()

    def tell(self, candidate: int, value: float) -> None:
        """Take in one finished trial."""
        self._campaign.add_measurements(self._rows.loc[[candidate]].assign(**{TARGET: value}))

    def ask(self) -> int:
        """The recommended candidate."""
        return int(self._campaign.recommend(batch_size=1).index[0])
