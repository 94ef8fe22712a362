"""A parameter space as the model sees it."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from math import sqrt

import numpy as np

from optimizers.botorch.ascent import Ascent, View
from optimizers.botorch.domain import TARGET, Chosen, Levels, exchanges, merged
from optimizers.botorch.evidence import Evidence
from optimizers.botorch.landscape import Landscape
from optimizers.botorch.layout import Array, Layout
from optimizers.botorch.settings import BotorchSettings
from optimizers.errors import OptimizerError, UnusableSettings, UnusableSpace
from optimizers.history import Parameter, Parameters, Trial
from optimizers.parameters import Fixed, Integer, ParameterSpace, Range
from optimizers.parameters.parameter import AnyParameter
from optimizers.protocol import Source

LEAST_INITIAL = 5
LISTED = 4096
"""Finite spaces up to this size are searched setting by setting."""
GOOD = 3
"""How many of the best trials of each objective are searched around."""


class ParameterDomain:
    """Settings of a space; the coordinates of a point are its encoding without the fidelity parameter.

    Raises UnusableSettings if space and settings do not fit, UnusableSpace if nothing keeps the constraints.
    """

    def __init__(self, space: ParameterSpace, settings: BotorchSettings, seed: int) -> None:
        space.require_feasible()
        self._space, self._seed = space, seed
        self.levels = Levels.of(settings, space.names)
        if settings.kernel == "tanimoto":
            raise UnusableSettings("optimizer.kernel: tanimoto compares fingerprints of candidates, not parameters.")
        seen = [place for place, column in enumerate(space.columns) if column.name != self.levels.parameter]
        # Two labels are at distance 1, as two labels of a pool are.
        size = [1.0 / sqrt(2.0) if space.columns[place].kind == "label" else 1.0 for place in seen]
        self._view = View(np.array(seen, dtype=np.intp), np.array(size))
        self._all: Array | None = None
        self.layout = self._layout(settings)
        self.initial = settings.initial or max(LEAST_INITIAL, 2 * len(self.layout.names))
        self._example = space.sample(1, seed)[0]
        self._check_levels()

    def point(self, trial: Trial) -> Array:
        """The encoding of a trial, and its level."""
        level = self.levels.of_parameters(trial.parameters)
        if level is None:
            raise UnusableSpace(
                f"Trial {trial.number} was measured with {self.levels.parameter} = "
                f"{trial.parameters.get(self.levels.parameter or '')}, which `optimizer.fidelity.levels` does not list."
            )
        return self._point(trial.parameters, level)

    def key(self, trial: Trial) -> Hashable:
        """What the space says."""
        return self._space.key(trial.parameters)

    def taught(self, source: Source) -> Iterator[tuple[Trial, Array]]:
        """The completed trials of a source that are settings of this space."""
        pairs: list[tuple[Trial, Array]] = []
        for trial in source.history.standing("completed"):
            known = self._at({**self._example, **trial.parameters}, TARGET)
            if self.levels.of_parameters(trial.parameters) in (TARGET, None) and self._space.refusal(known) is None:
                pairs.append((trial, self._point(known, TARGET)))
        if not pairs:
            raise OptimizerError("It holds no completed trial that is a setting of this space.")
        return iter(pairs)

    def start(self, evidence: Evidence) -> Chosen | None:
        """The next setting of a scrambled Sobol sequence, at the first level that is wanted and was not tried."""
        for position, setting in enumerate(self._space.sample(evidence.length + self.initial, self._seed)):
            for level in self.levels.wanted(position):
                chosen = self._chosen(setting, level)
                if self._space.key(chosen.parameters) not in evidence.closed:
                    return chosen
        return self._anything(evidence)

    def best(self, landscape: Landscape, evidence: Evidence, seed: Sequence[int]) -> Chosen | None:
        """The best setting found: all are compared where they are few, else sampled and climbed from."""
        size = self._space.size
        if size is not None and size <= LISTED:
            vectors = self._listed()
            scores = landscape(self._view.points(vectors))
        else:
            vectors, scores = Ascent(self._space, self._view, landscape).search(self._good(evidence), seed)
        for place in np.argsort(-scores, kind="stable").tolist():
            setting = self._at(self._space.decode(vectors[place]), TARGET)
            if self._space.key(setting) not in evidence.closed:
                return self._chosen(setting, TARGET, float(scores[place]))
        return self._anything(evidence)

    def at_level(self, chosen: Chosen, level: int, evidence: Evidence) -> Chosen | None:
        """The same setting at another level."""
        moved = self._chosen(chosen.parameters, level, chosen.score)
        return None if self._space.key(moved.parameters) in evidence.closed else moved

    def _good(self, evidence: Evidence) -> Array:
        """The best trials on the target so far, as vectors: for each objective the first few."""
        rows = np.flatnonzero(evidence.admissible if evidence.admissible.any() else evidence.on_target)
        best = [
            rows[np.argsort(values[rows], kind="stable")[:GOOD]] for values in evidence.values.values() if len(rows)
        ]
        if not best:
            return np.empty((0, self._space.dimension))
        kept = evidence.points[np.unique(np.concatenate(best))]
        background = np.repeat(self._space.encode(self._at(self._example, TARGET))[None, :], len(kept), axis=0)
        return self._view.vectors(kept, background)

    def _listed(self) -> Array:
        """Every setting on the target."""
        if self._all is None:
            every = {self._space.key(one): one for one in (self._at(one, TARGET) for one in self._space.listing())}
            self._all = np.array([self._space.encode(one) for one in every.values()])
        return self._all

    def _anything(self, evidence: Evidence) -> Chosen | None:
        """Some setting that was not tried; None where nothing is left."""
        for setting in self._space.sample(evidence.length + 1, [self._seed, evidence.length]):
            moved = self._at(setting, TARGET)
            if self._space.key(moved) not in evidence.closed:
                return self._chosen(moved, TARGET)
        return None

    def _chosen(self, setting: Parameters, level: int, score: float | None = None) -> Chosen:
        moved = self._at(setting, level)
        return Chosen(moved, None, self._point(moved, level), score)

    def _at(self, setting: Parameters, level: int) -> dict[str, Parameter]:
        """The same setting at a fidelity."""
        if self.levels.parameter is None:
            return dict(setting)
        return {**setting, self.levels.parameter: self.levels.values[level]}

    def _point(self, parameters: Parameters, level: int) -> Array:
        point: Array = self._view.points(self._space.encode(parameters)[None, :])[0]
        point[-1] = level
        return point

    def _check_levels(self) -> None:
        """Raises UnusableSettings if the space does not allow a level."""
        for value in self.levels.values if self.levels.parameter is not None else ():
            why = self._space.refusal({**self._example, self.levels.parameter: value})  # type: ignore[dict-item]
            if why is not None:
                raise UnusableSettings(f"optimizer.fidelity.levels: the space does not allow {value}: {why}")

    def _layout(self, settings: BotorchSettings) -> Layout:
        """Coordinates of the encoding; exchangeable parameters give images of a point."""
        columns = [column for column in self._space.columns if column.name != self.levels.parameter]
        names = list(dict.fromkeys(column.name for column in columns))
        self._check_exchangeable(settings.exchangeable)
        shared, numbers = merged(names, settings.exchangeable)
        places: dict[str, list[int]] = {name: [] for name in names}
        for place, column in enumerate(columns):
            places[column.name].append(place)
        images = []
        for way in exchanges(settings.exchangeable):
            image = np.arange(len(columns))
            for name, other in way.items():
                image[places[name]] = places[other]
            images.append(image)
        units = {parameter.name: _unit(parameter) for parameter in self._space.parameters}
        return Layout(
            names=shared,
            units=tuple(units.get(names[numbers.index(number)], 1.0) for number in range(len(shared))),
            tied=np.array([numbers[names.index(column.name)] for column in columns]),
            images=np.array(images),
            fingerprint=np.zeros(0, dtype=np.intp),
            width=len(columns) + 1,
        )

    def _check_exchangeable(self, groups: Sequence[Sequence[str]]) -> None:
        """Raises UnusableSettings for parameters that are not alike."""
        known = {one.name: one for one in self._space.parameters}
        components = {name: number for number, one in enumerate(self._space.compositions) for name in one.names}
        for group in groups:
            if all(name in components for name in group) and len({components[name] for name in group}) == 1:
                continue
            alike = [replace(known[name], name="") for name in group if name in known]
            if len(alike) < len(group) or any(one != alike[0] for one in alike) or isinstance(alike[0], Fixed):
                raise UnusableSettings(
                    f"optimizer.exchangeable: {', '.join(group)} cannot be exchanged: they are not parameters with the "
                    "same limits, scale and steps, nor components of one composition."
                )


def _unit(parameter: AnyParameter) -> float:
    """The length in a parameter's unit that is 1 in its coordinate; 1 on a logarithmic scale and for choices."""
    if isinstance(parameter, Range) and parameter.scale == "linear":
        return parameter.high - parameter.low
    if isinstance(parameter, Integer) and parameter.scale == "linear":
        return float(parameter.high - parameter.low + 1)
    return 1.0
