"""Earlier campaigns as teachers: what each of them expects of the candidates of this one."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np

from optimizers.errors import OptimizerError
from optimizers.kriging.atlas import Atlas
from optimizers.kriging.axes import PeriodicAxis
from optimizers.kriging.evidence import Reader
from optimizers.kriging.kernels import Array
from optimizers.kriging.mean import Expectation
from optimizers.kriging.posterior import Posterior
from optimizers.kriging.settings import KrigingSettings
from optimizers.objective import Objective
from optimizers.protocol import Source

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Lessons:
    """The expectations of the usable sources, and for the others why they are of no use."""

    expectations: tuple[Expectation, ...]
    refused: dict[str, str]


def lessons(sources: Sequence[Source], settings: KrigingSettings, objective: Objective, atlas: Atlas) -> Lessons:
    """Fit a model to each source and ask it about the classes of `atlas`."""
    expectations: list[Expectation] = []
    refused: dict[str, str] = {}
    for source in sources:
        try:
            expectations.append(_expectation(source, settings, objective, atlas))
        except OptimizerError as error:
            refused[source.name] = str(error)
    return Lessons(tuple(expectations), refused)


def _expectation(source: Source, settings: KrigingSettings, objective: Objective, atlas: Atlas) -> Expectation:
    own = Atlas(source.space, use_symmetry=settings.symmetry != "ignore")
    evidence = Reader(own, objective).read(source.history)
    if evidence.measured < 2:
        raise OptimizerError(f"It holds {evidence.measured} values of {objective.name!r}; two are the least.")
    model = Posterior(settings, own)
    model.condition(evidence.data if settings.infeasible in ("padding", "both") else evidence.measured_data)

    def ask(table: "pd.DataFrame") -> Array:
        return model.expected_at(own.features.cloud(own.features.points(_translated(table, own, atlas))))

    return Expectation(
        name=source.name,
        values=ask(atlas.pool.table.iloc[atlas.first]),
        outside=lambda sites: ask(atlas.table_outside(sites)),
        lengths=_shared_lengths(model, own, atlas),
    )


def _translated(table: "pd.DataFrame", source: Atlas, target: Atlas) -> "pd.DataFrame":
    """Rows of the target in the source's coordinates: periodic columns by phase, others by value within its range.

    Raises OptimizerError if the target lacks a column of the source.
    """
    names = source.features.names
    if missing := [name for name in names if name not in table.columns]:
        raise OptimizerError(f"Its model needs {', '.join(missing)}, which this pool does not have.")
    translated = table[list(names)].copy()
    for axis in source.features.axes:
        values = table[axis.name].to_numpy(dtype=np.float64)
        period, own = target.pool.periods.get(axis.name), source.pool.periods.get(axis.name)
        if period is not None and own is not None:
            translated[axis.name] = values / period * own
        elif not isinstance(axis, PeriodicAxis):
            known = source.pool.table[axis.name]
            translated[axis.name] = np.clip(values, known.min(), known.max())
    return translated


def _shared_lengths(model: Posterior, source: Atlas, target: Atlas) -> dict[str, float]:
    """Logarithms of the source's length-scales in the target's coordinates, for axes of the same kind."""
    fitted = dict(zip(source.features.names, model.fit.hyperparameters.lengths, strict=True))
    theirs = {axis.name: axis for axis in source.features.axes}
    shared: dict[str, float] = {}
    for axis in target.features.axes:
        other = theirs.get(axis.name)
        if other is not None and type(other) is type(axis):
            is_phase = axis.name in target.pool.periods
            ratio = 1.0 if is_phase else other.unit_length / axis.unit_length
            shared[axis.name] = log(fitted[axis.name] * ratio)
    return shared
