"""Settings as vectors of numbers from 0 to 1, one at a time or many at once."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from optimizers.errors import UnusableSpace
from optimizers.history import Parameter, Parameters
from optimizers.parameters.blocks import Array, Block, Mask, block_of
from optimizers.parameters.parameter import Fixed, allowed_values, same

if TYPE_CHECKING:
    from optimizers.parameters.space import Column, ParameterSpace


class Encoding:
    """The coordinates of a space, block by block: one block per parameter or composition."""

    def __init__(self, space: "ParameterSpace") -> None:
        self._space = space
        self.blocks: list[Block] = [
            block_of(parameter) for parameter in space.parameters if not isinstance(parameter, Fixed)
        ]
        self.blocks += [block_of(composition) for composition in space.compositions]
        self.fixed = {one.name: one.value for one in space.parameters if isinstance(one, Fixed)}
        ends = np.cumsum([0, *(len(block.columns) for block in self.blocks)]).tolist()
        self.spans = [slice(first, last) for first, last in pairwise(ends)]
        self.columns: tuple[Column, ...] = tuple(column for block in self.blocks for column in block.columns)
        self._place = {block.names[0]: place for place, block in enumerate(self.blocks)}

    def encode(self, parameters: Parameters) -> Array:
        """One setting, shape (D,). Raises UnusableSpace for missing parameters and unknown values."""
        existing = self._space.exists({**parameters, **self.fixed})
        vector = np.empty(len(self.columns))
        for block, span in zip(self.blocks, self.spans, strict=True):
            vector[span] = block.encode(parameters) if existing[block.names[0]] else block.neutral
        return vector

    def decode(self, vector: Array | Sequence[float]) -> dict[str, Parameter]:
        """The nearest values of every parameter; constraints are not looked at. Raises UnusableSpace."""
        point = np.asarray(vector, dtype=np.float64)
        if point.shape != (len(self.columns),) or not np.isfinite(point).all():
            raise UnusableSpace(f"a setting of this space is encoded by {len(self.columns)} finite numbers")
        return self._without_absent(self.values(point))

    def values(self, vector: Array) -> dict[str, Parameter]:
        """The nearest values of every parameter, also of those that do not exist at this point."""
        values: dict[str, Parameter] = dict(self.fixed)
        for block, span in zip(self.blocks, self.spans, strict=True):
            values.update(block.decode(vector[span]))
        return values

    def rounded(self, parameters: Parameters) -> dict[str, Parameter]:
        """The nearest values that can be set; constraints are not looked at. Raises UnusableSpace."""
        known: dict[str, Parameter] = dict(self.fixed)
        deciders = {**parameters, **self.fixed}
        existing = self._space.exists(deciders)
        for parameter in self._space.by_dependence:  # a rounded whole number may decide over others
            if parameter.name not in self.fixed and existing[parameter.name]:
                known.update(self.blocks[self._place[parameter.name]].rounded(parameters))
                existing = self._space.exists({**deciders, **known})
        for composition in self._space.compositions:
            known.update(self.blocks[self._place[composition.names[0]]].rounded(parameters))
        return self._without_absent(known)

    def snapped(self, vectors: Array) -> Array:
        """The nearest settings of n vectors, shape (n, D); constraints are not looked at."""
        result = np.empty_like(vectors)
        for block, span in zip(self.blocks, self.spans, strict=True):
            result[:, span] = block.snapped(vectors[:, span])
        for name, exists in self.existing(result).items():
            if name in self._place and not exists.all():
                block, span = self.blocks[self._place[name]], self.spans[self._place[name]]
                result[~exists, span] = block.neutral
        return result

    def existing(self, vectors: Array) -> dict[str, Mask]:
        """Which of the parameters exist at each of n vectors, shape (n,) each."""
        masks: dict[str, Mask] = {}
        for parameter in self._space.by_dependence:
            mask = np.ones(len(vectors), dtype=np.bool_)
            when = {} if isinstance(parameter, Fixed) or parameter.when is None else parameter.when
            for other, values in when.items():
                if other in self.fixed:
                    mask &= any(same(self.fixed[other], value) for value in allowed_values(values))
                    continue
                place = self._place[other]
                levels = self.blocks[place].levels_of(vectors[:, self.spans[place]])
                mask &= masks[other] & np.isin(levels, self.blocks[place].levels_among(allowed_values(values)))
            masks[parameter.name] = mask
        return masks

    def excess(self, vectors: Array) -> Array:
        """By how much n vectors break the constraint that they break most, as a share of the reach of its terms.

        Shape (n,); negative where every constraint is kept with room to spare, -inf without constraints.
        """
        worst = np.full(len(vectors), -np.inf)
        if not self._space.constraints:
            return worst
        existing, numbers = self.existing(vectors), self._numbers(vectors)
        for constraint in self._space.constraints:
            total, reach = np.full(len(vectors), -float(constraint.at_most)), abs(constraint.at_most)
            for name, factor in constraint.coefficients.items():
                if name in self.fixed:
                    total += factor * float(self.fixed[name])  # type: ignore[arg-type]
                    continue
                column = numbers[name]
                reach += abs(factor) * float(np.abs(column).max(initial=0.0))
                total += factor * np.where(existing.get(name, True), column, 0.0)
            worst = np.maximum(worst, total / (reach or 1.0))
        return worst

    def admits(self, vectors: Array) -> Mask:
        """Which of n vectors keep the constraints."""
        from optimizers.parameters.space import TOLERANCE

        kept: Mask = self.excess(vectors) <= TOLERANCE
        return kept

    def from_cube(self, points: Array) -> Array:
        """Vectors from points of the unit cube, shape (n, `cube_dimension`): uniform from uniform."""
        result, first = np.empty((len(points), len(self.columns))), 0
        for block, span in zip(self.blocks, self.spans, strict=True):
            result[:, span] = block.from_cube(points[:, first : first + block.freedom])
            first += block.freedom
        return result

    def within_limits(self, vectors: Array) -> Mask:
        """Which of n vectors keep the limits of every fraction, shape (n,)."""
        kept = np.ones(len(vectors), dtype=np.bool_)
        for block, span in zip(self.blocks, self.spans, strict=True):
            kept &= block.within_limits(vectors[:, span])
        return kept

    @property
    def cube_dimension(self) -> int:
        """How many independent numbers a setting needs."""
        return sum(block.freedom for block in self.blocks)

    def inequalities(self) -> tuple[Array, Array]:
        """See `ParameterSpace.inequalities`."""
        rows = np.zeros((len(self._space.constraints), len(self.columns)))
        limits = np.array([constraint.at_most for constraint in self._space.constraints], dtype=np.float64)
        for number, constraint in enumerate(self._space.constraints):
            for name, factor in constraint.coefficients.items():
                if name in self.fixed:
                    limits[number] -= factor * float(self.fixed[name])  # type: ignore[arg-type]
                    continue
                place, block = next((place, block) for place, block in enumerate(self.blocks) if name in block.names)
                offset, slope = block.line(name)
                rows[number, self.spans[place].start + block.names.index(name)] = factor * slope
                limits[number] -= factor * offset
        return rows, limits

    def equalities(self) -> tuple[Array, Array]:
        """See `ParameterSpace.equalities`."""
        spans = [span for block, span in zip(self.blocks, self.spans, strict=True) if block.sums_to_one]
        rows = np.zeros((len(spans), len(self.columns)))
        for number, span in enumerate(spans):
            rows[number, span] = 1.0
        return rows, np.ones(len(spans))

    def _numbers(self, vectors: Array) -> dict[str, Array]:
        found: dict[str, Array] = {}
        for block, span in zip(self.blocks, self.spans, strict=True):
            if not block.is_numeric:
                continue
            values = block.numbers(vectors[:, span])
            found.update({name: values[:, place] for place, name in enumerate(block.names)})
        return found

    def _without_absent(self, values: dict[str, Parameter]) -> dict[str, Parameter]:
        existing = self._space.exists(values)
        return {name: values.get(name) if existing[name] else None for name in self._space.names}
