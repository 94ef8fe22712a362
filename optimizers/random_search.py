"""Random search: everything untried is equally likely. The control that every other optimizer is compared with."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from optimizers.history import History, Parameter
from optimizers.parameters import ParameterSpace
from optimizers.pool import CandidatePool
from optimizers.proposal import Proposal
from optimizers.protocol import Optimizer, Problem
from optimizers.rotation import RotationSpace, haar_rotation

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

DRAWS = 64
"""So many draws of a setting that was tried already, and the rest is looked through one by one."""


class RandomSettings(BaseModel):
    """Candidates in random order, without replacement; settings and rotations from the uniform distribution."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["random"] = "random"

    def build(self, problem: Problem) -> Optimizer:
        """The optimizer for `problem`. Raises UnusableSpace for a space of another kind."""
        if isinstance(problem.space, RotationSpace):
            return RandomRotations(problem.space, problem.seed)
        if isinstance(problem.space, ParameterSpace):
            return RandomParameters(problem.space, problem.seed)
        return RandomSearch(problem.pool, problem.seed)


class RandomSearch:
    """Walks through one permutation of the pool, drawn from the campaign's seed, and skips what was tried."""

    def __init__(self, pool: CandidatePool, seed: int) -> None:
        self._pool = pool
        self._seed = seed
        self._order: npt.NDArray[np.intp] | None = None

    def propose(self, history: History, count: int) -> list[Proposal]:
        """The next `count` candidates of the permutation that are not in `history`."""
        tried = {trial.candidate for trial in history}
        chosen: list[int] = []
        for candidate in self._permutation().tolist():
            if len(chosen) == count:
                break
            if candidate not in tried:
                chosen.append(candidate)
        return [Proposal(self._pool.parameters(row), row, reasons={"proposed_by": "random search"}) for row in chosen]

    def _permutation(self) -> "npt.NDArray[np.intp]":
        if self._order is None:
            import numpy as np

            self._order = np.random.default_rng(self._seed).permutation(len(self._pool))
        return self._order


class RandomRotations:
    """Trial k of a campaign is the k-th rotation drawn from the campaign's seed."""

    def __init__(self, space: RotationSpace, seed: int) -> None:
        self._space = space
        self._seed = seed

    def propose(self, history: History, count: int) -> list[Proposal]:
        """Always `count` rotations, uniform over the group."""
        import numpy as np

        first = max((trial.number for trial in history), default=0) + 1
        drawn = [
            haar_rotation(self._space.orbitals, np.random.default_rng([self._seed, number]))
            for number in range(first, first + count)
        ]
        return [Proposal(self._space.parameters(one), reasons={"proposed_by": "random search"}) for one in drawn]


class RandomParameters:
    """Trial k of a campaign is the k-th setting drawn from the campaign's seed; what was tried is drawn again.

    A space that can be listed is walked through to its end.
    """

    def __init__(self, space: ParameterSpace, seed: int) -> None:
        self._space = space
        self._seed = seed

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` settings that are not in `history`."""
        tried = {self._space.key(trial.parameters) for trial in history}
        first = max((trial.number for trial in history), default=0) + 1
        proposals: list[Proposal] = []
        for number in range(first, first + count):
            setting = self._fresh(number, tried)
            if setting is None:
                break
            tried.add(self._space.key(setting))
            proposals.append(Proposal(setting, reasons={"proposed_by": "random search"}))
        return proposals

    def _fresh(self, number: int, tried: set[Hashable]) -> dict[str, Parameter] | None:
        """The setting of trial `number`; None if there is none that was not tried."""
        import numpy as np

        from optimizers.parameters.listing import MOST_LISTED
        from optimizers.parameters.sampling import draw

        generator = np.random.default_rng([self._seed, number])
        for _ in range(DRAWS):
            setting = draw(self._space, generator)
            if self._space.key(setting) not in tried:
                return setting
        if self._space.size is None or self._space.size > MOST_LISTED:
            return None
        left = [setting for setting in self._space.listing() if self._space.key(setting) not in tried]
        return left[int(generator.integers(len(left)))] if left else None
