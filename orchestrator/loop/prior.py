"""The table of trials that were done before a campaign: read once, checked row by row, and kept in the ledger."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizers import CandidatePool, History, Observation, Optimizer, Space, Trial
from optimizers.errors import OptimizerError
from optimizers.history import Parameter, Parameters
from optimizers.parameters.space import ParameterSpace
from orchestrator.campaign.spec import CampaignSpec
from orchestrator.campaign.suggestion import did_you_mean
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.tabular import read_table
from orchestrator.ledger.imported import ImportedTrial
from orchestrator.loop.errors import InputRefused

if TYPE_CHECKING:
    import pandas as pd

FAILURE, REASON, ERROR = "failure", "reason", "_standard_error"
FAILURES = ("infeasible", "unconverged")
SHOWN = 5
"""How many faults are told at once."""
SAME = 1e-9
"""Numbers this close to one another, relative to the larger, are the same setting."""


@dataclass(frozen=True)
class Prior:
    """The trials of a table, in its order, and where they come from."""

    trials: tuple[ImportedTrial, ...]
    provenance: dict[str, Any]

    @property
    def history(self) -> tuple[Trial, ...]:
        """What an optimizer is told of them."""
        first = 1 - len(self.trials)
        return tuple(
            Trial(number, one.parameters, one.standing, one.candidate, one.observations)
            for number, one in enumerate(self.trials, start=first)
        )


class BadRow(ValueError):
    """A row cannot be used."""


def read_prior(spec: CampaignSpec) -> Prior | None:
    """The earlier trials that the campaign file names, None if it names none. Raises InputRefused, naming the rows."""
    if spec.prior is None:
        return None
    try:
        content = spec.prior.read_bytes()
        table = read_table(spec.prior, "prior")
        space = spec.space.build()
    except (ExecutorError, OSError, ValueError) as error:
        raise InputRefused(f"prior: {error}") from error
    reader = _Reader(spec.prior, table, space, spec.units)
    digest = hashlib.sha256(content).hexdigest()
    trials = reader.trials()
    return Prior(trials, {"file": str(spec.prior), "sha256": digest, "rows": len(trials)})


def require_learnable(optimizer: Optimizer, prior: Prior | None) -> None:
    """Raise InputRefused if the optimizer can make nothing of the rows: it is asked once, and the answer forgotten."""
    if prior is None:
        return
    try:
        optimizer.propose(History(prior.history), 1)
    except (OptimizerError, ValueError) as error:
        raise InputRefused(f"prior: {prior.provenance['file']} does not suit the optimizer: {error}") from error


class _Reader:
    def __init__(self, file: Path, table: "pd.DataFrame", space: Space, units: Mapping[str, str]) -> None:
        self._file, self._table, self._space = file, table, space
        self._quantities = tuple(units)
        self._locate = _locator(space)

    def trials(self) -> tuple[ImportedTrial, ...]:
        self._check_columns()
        columns = {str(name): _cells(column) for name, column in self._table.items()}
        found, faults = [], []
        for number, cells in enumerate(zip(*columns.values(), strict=True), start=1):
            try:
                found.append(self._trial(number, dict(zip(columns, cells, strict=True))))
            except BadRow as fault:
                faults.append(f"prior: row {number} of {self._file.name}: {fault}")
        if faults:
            more = [f"and {len(faults) - SHOWN} more rows"] if len(faults) > SHOWN else []
            raise InputRefused("\n".join([*faults[:SHOWN], *more]))
        return tuple(found)

    def _check_columns(self) -> None:
        columns = [str(column) for column in self._table.columns]
        errors = tuple(name + ERROR for name in self._quantities)
        known = (*self._space.names, *self._quantities, *errors, FAILURE, REASON)
        for column in columns:
            if column not in known:
                raise InputRefused(
                    f"prior: column '{column}' of {self._file.name} is neither a parameter nor measured."
                    f"{did_you_mean(column, known)} Known: {', '.join(known)}."
                )
            if columns.count(column) > 1:
                raise InputRefused(f"prior: {self._file.name} has more than one column '{column}'.")
        for name in (*self._space.names, *self._quantities):
            if name not in columns:
                raise InputRefused(
                    f"prior: {self._file.name} has no column '{name}'.{did_you_mean(name, columns)} "
                    f"Its columns: {', '.join(columns)}."
                )

    def _trial(self, number: int, row: Mapping[str, Parameter]) -> ImportedTrial:
        parameters = {name: row[name] for name in self._space.names}
        parameters, candidate = self._locate(parameters)
        failure = row.get(FAILURE)
        if failure is None:
            seen = {name: self._observation(name, row) for name in self._quantities}
            return ImportedTrial(number, parameters, candidate, "completed", seen)
        if failure not in FAILURES:
            raise BadRow(
                f"'{failure}' in the column '{FAILURE}' is not known. Known: {', '.join(FAILURES)}, or nothing."
            )
        given = next((name for name in self._quantities if row[name] is not None), None)
        if given is not None:
            raise BadRow(f"it is {failure} and has a value of '{given}'. Remove one of them.")
        reason = row.get(REASON)
        standing: Any = failure
        return ImportedTrial(number, parameters, candidate, standing, reason=None if reason is None else str(reason))

    def _observation(self, name: str, row: Mapping[str, Parameter]) -> Observation:
        value = _number(name, row[name])
        if value is None:
            raise BadRow(f"'{name}' is empty. Give a value, or say in the column '{FAILURE}' why there is none.")
        error = _number(name + ERROR, row.get(name + ERROR))
        if error is not None and error < 0.0:
            raise BadRow(f"'{name + ERROR}' is {error:g}; a standard error is not negative.")
        return Observation(value, error)


def _number(column: str, cell: Parameter) -> float | None:
    if cell is None:
        return None
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise BadRow(f"'{column}' is {cell!r}, which is no number.")
    if not isfinite(cell):
        raise BadRow(f"'{column}' is {cell}; a finite number is needed.")
    return float(cell)


def _cells(column: "pd.Series[Any]") -> list[Parameter]:
    """The cells of a column, None for empty ones.

    One word among the numbers of a CSV file turns its whole column into text: what reads as a number is one again.
    """
    cells = [None if empty else _plain(cell) for cell, empty in zip(column, column.isna(), strict=True)]
    numbers = [_as_number(cell) for cell in cells]
    if all(number is None for number in numbers):
        return cells
    return [cell if number is None else number for cell, number in zip(cells, numbers, strict=True)]


def _as_number(cell: Parameter) -> float | None:
    try:
        return float(cell) if isinstance(cell, str) else None
    except ValueError:
        return None


def _plain(cell: Any) -> Parameter:
    plain: Parameter = cell.item() if hasattr(cell, "item") else cell
    return plain


def _locator(space: Space) -> Callable[[Parameters], tuple[dict[str, Parameter], int | None]]:
    """A function that finds parameters in the space; it raises BadRow for those outside."""
    if isinstance(space, CandidatePool):
        return _in_pool(space)

    def inside(parameters: Parameters) -> tuple[dict[str, Parameter], int | None]:
        why = space.refusal(parameters) if isinstance(space, ParameterSpace) else _unusable(parameters)
        if why is not None:
            raise BadRow(why)
        return space.settable(parameters) if isinstance(space, ParameterSpace) else dict(parameters), None

    return inside


def _unusable(parameters: Parameters) -> str | None:
    """Why these cannot be parameters of a space that says nothing itself: each has to be a finite number."""
    for name, value in parameters.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            return f"'{name}' is {value!r}, which is no finite number."
    return None


def _in_pool(pool: CandidatePool) -> Callable[[Parameters], tuple[dict[str, Parameter], int | None]]:
    import numpy as np

    columns = {name: pool.table[name].to_numpy() for name in pool.names}

    def inside(parameters: Parameters) -> tuple[dict[str, Parameter], int | None]:
        fits = np.ones(len(pool), dtype=bool)
        for name, column in columns.items():
            value = parameters[name]
            if value is None:
                raise BadRow(f"'{name}' is empty.")
            matches = _equal(column, value)
            if not matches.any():
                raise BadRow(f"no candidate has {name} = {value!r}.{_nearest(column, value)}")
            fits &= matches
        if not fits.any():
            told = ", ".join(f"{name} = {value}" for name, value in parameters.items())
            raise BadRow(f"no candidate has {told}.")
        candidate = int(fits.argmax())
        return dict(pool.parameters(candidate)), candidate

    return inside


def _equal(column: Any, value: Parameter) -> Any:
    import numpy as np

    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and column.dtype.kind in "iuf":
        return np.isclose(column, float(value or 0.0), rtol=SAME, atol=0.0)
    return np.array([one == value and isinstance(one, bool | np.bool_) == isinstance(value, bool) for one in column])


def _nearest(column: Any, value: Parameter) -> str:
    """The nearest candidates' values, for a number."""
    import numpy as np

    if isinstance(value, bool) or not isinstance(value, int | float) or column.dtype.kind not in "iuf":
        return ""
    nearest: Iterable[Any] = np.unique(column)
    return f" The nearest is {min(nearest, key=lambda one: abs(float(one) - value)):g}."
