"""Finding the rows of a table that hold given parameters."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestrator.campaign.suggestion import did_you_mean

if TYPE_CHECKING:
    from optimizers import Parameters
    from optimizers.history import Parameter

RELATIVE = 1e-9
"""Two numbers are equal if they differ by no more than this part of themselves ..."""
ABSOLUTE = 1e-12
"""... or by this part of the largest magnitude in their column, so that 1e-17 is zero."""

Rows = npt.NDArray[np.intp]


class Lookup:
    """Finds rows of `table` by the values of `columns`. Text matches exactly; a missing value matches nothing."""

    def __init__(self, table: pd.DataFrame, columns: Sequence[str]) -> None:
        self._columns = {name: _Column(table[name]) for name in columns}

    def rows(self, parameters: "Parameters") -> list[int]:
        """The numbers of all rows that match, ascending, counted from 0."""
        narrowest = min(self._columns, key=lambda name: len(self._columns[name].rows(parameters[name])))
        rows = self._columns[narrowest].rows(parameters[narrowest])
        for name, column in self._columns.items():
            rows = rows[column.matches(rows, parameters[name])]
        return sorted(rows.tolist())

    def why_none(self, parameters: "Parameters") -> str:
        """The reason why no row matches: a value that does not occur, and what comes nearest to it."""
        for name, column in self._columns.items():
            if len(column.rows(parameters[name])) == 0:
                return f"{name} is never {parameters[name]!r} there.{column.nearest(parameters[name])}"
        return "Each of these values occurs there, but not together."


class _Column:
    """The values of one column in ascending order. Words are replaced by their numbers."""

    def __init__(self, series: pd.Series) -> None:
        self._words: dict[object, int] | None = None
        if pd.api.types.is_numeric_dtype(series):
            self._values = series.to_numpy(dtype=float, na_value=np.nan)
        else:
            codes, words = pd.factorize(series)
            self._words = {word: code for code, word in enumerate(words)}
            self._values = np.where(codes < 0, np.nan, codes)
        self._order = np.argsort(self._values, kind="stable")
        self._ascending = self._values[self._order]
        finite = self._values[np.isfinite(self._values)]
        self._floor = ABSOLUTE * float(np.abs(finite).max(initial=0.0))

    def rows(self, value: "Parameter") -> Rows:
        """The rows that hold `value`."""
        number = self._number(value)
        tolerance = self._tolerance(number)
        first = np.searchsorted(self._ascending, number - tolerance, side="left")
        last = np.searchsorted(self._ascending, number + tolerance, side="right")
        return self._order[first:last] if np.isfinite(number) else self._order[:0]

    def matches(self, rows: Rows, value: "Parameter") -> npt.NDArray[np.bool_]:
        """Which of `rows` hold `value`, shape of `rows`."""
        number = self._number(value)
        return np.abs(self._values[rows] - number) <= self._tolerance(number)

    def nearest(self, value: "Parameter") -> str:
        """A sentence, with a leading space, on what comes nearest to `value`; or nothing."""
        if self._words is not None:
            return did_you_mean(str(value), [str(word) for word in self._words])
        number = self._number(value)
        if not np.isfinite(number) or np.isnan(self._values).all():
            return ""
        return f" The nearest is {self._values[np.nanargmin(np.abs(self._values - number))]!s}."

    def _number(self, value: "Parameter") -> float:
        if self._words is not None:
            return float(self._words.get(value, np.nan))
        return float(value) if isinstance(value, int | float) else np.nan

    def _tolerance(self, number: float) -> float:
        return max(RELATIVE * abs(number), self._floor) if self._words is None else 0.0
