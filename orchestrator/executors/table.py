"""`executor: {kind: table, ...}`: values looked up in a table. For replays, benchmarks and rehearsals."""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field

from orchestrator.campaign.paths import CampaignPath
from orchestrator.executors.attempt import AttemptFolder
from orchestrator.executors.base import Executor, ExecutorContext, Handle, NeverStarted, Unknown
from orchestrator.executors.ending import cancelled
from orchestrator.executors.errors import UnusableFolder, UnusableTable
from orchestrator.executors.outcome import FailureKind, Outcome, Value

if TYPE_CHECKING:
    import pandas as pd

    from optimizers import Parameters
    from orchestrator.executors.lookup import Lookup

KINDS: tuple[FailureKind, ...] = get_args(FailureKind)


class TableSettings(BaseModel):
    """Takes the outcome of each trial from a row of `file` (.csv or .parquet).

    The row is the one that holds the trial's parameters, of those that are columns of the table; numbers are equal
    within 1e-9 of their size. `columns` names the column of each objective (its own name by default) and
    `standard_error` the column of its standard error, in the objective's unit. A row without a value is
    `infeasible`, unless the column `failure` says otherwise: a failure kind, or a kind, a colon and a reason.
    `delay` seconds pass before a trial has its outcome, to imitate a slow experiment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["table"] = "table"
    file: CampaignPath
    columns: dict[str, str] = {}
    standard_error: dict[str, str] = {}
    failure: str | None = None
    delay: float = Field(default=0.0, ge=0, allow_inf_nan=False)

    def build(self, context: ExecutorContext) -> Executor:
        """Read the table. Raises UnusableTable."""
        from orchestrator.executors.tabular import read_table, require_columns

        table = read_table(self.file, "executor.file")
        for where, names in (("executor.columns", self.columns), ("executor.standard_error", self.standard_error)):
            _refuse_strangers(where, names, context.objectives)
            require_columns(table, self.file, where, names.values())
        values = {objective: self.columns.get(objective, objective) for objective in context.objectives}
        require_columns(table, self.file, "executor.columns", values.values())
        require_columns(table, self.file, "executor.failure", [self.failure] if self.failure else [])
        columns = TableColumns(values, self.standard_error, self.failure)
        columns.check(table, self.file)
        return TableExecutor(table, columns, self.delay)


@dataclass(frozen=True)
class TableColumns:
    """Which columns hold the outcome: `values` and `standard_errors` by objective, `failure` if there is one."""

    values: Mapping[str, str]
    standard_errors: Mapping[str, str] = field(default_factory=dict)
    failure: str | None = None

    def check(self, table: "pd.DataFrame", path: Path) -> None:
        """Raises UnusableTable if a column of `table`, read from `path`, holds what it cannot hold."""
        import pandas as pd

        for column in (*self.values.values(), *self.standard_errors.values()):
            if not pd.api.types.is_numeric_dtype(table[column]):
                odd = next((value for value in table[column].dropna() if not isinstance(value, Real)), None)
                raise _refused(path, column, f"must hold numbers, but holds {odd!r}")
        for column in self.standard_errors.values():
            if (table[column] < 0).any():
                raise _refused(path, column, "holds a negative standard error")
        for text in table[self.failure].dropna().unique() if self.failure else ():
            if _failure(str(text))[0] not in KINDS:
                cure = f"Write nothing, or one of {', '.join(KINDS)}, or one of them with a reason: 'unconverged: why'"
                raise _refused(path, str(self.failure), f"holds '{text}'. {cure}")

    @property
    def names(self) -> set[str]:
        """All of them."""
        return {*self.values.values(), *self.standard_errors.values(), *([self.failure] if self.failure else [])}

    def outcome(self, table: "pd.DataFrame", row: int) -> Outcome:
        """The outcome in `row` of `table`, counted from 0."""
        text = table[self.failure].iloc[row] if self.failure else None
        if isinstance(text, str):
            return Outcome.failed(*_failure(text))
        values = {}
        for objective, column in self.values.items():
            value = float(table[column].iloc[row])
            if not math.isfinite(value):
                reason = f"row {row + 1} of the table has no value for '{objective}' ({value})"
                return Outcome.failed("infeasible", reason)
            values[objective] = Value(value=value, standard_error=self._standard_error(objective, table, row))
        return Outcome(values=values)

    def _standard_error(self, objective: str, table: "pd.DataFrame", row: int) -> float | None:
        column = self.standard_errors.get(objective)
        error = math.nan if column is None else float(table[column].iloc[row])
        return error if math.isfinite(error) else None


class TableExecutor:
    """Looks outcomes up in `table`.

    A look-up changes nothing outside this process, so nothing can be lost or done twice: the handle holds the
    outcome, and an attempt that nobody has a handle of is safe to start. Only a cancellation is written down.
    """

    def __init__(self, table: "pd.DataFrame", columns: TableColumns, delay: float = 0.0) -> None:
        self._table = table
        self._columns = columns
        self._delay = delay
        self._lookups: dict[tuple[str, ...], Lookup] = {}

    def start(self, key: str, parameters: "Parameters", folder: Path) -> Handle:
        """Look the outcome up; it is handed over after the delay."""
        return {
            "key": key,
            "folder": str(folder.absolute()),
            "ready_at": time.time() + self._delay,
            "outcome": self._outcome(parameters).model_dump(mode="json"),
        }

    def poll(self, handle: Handle) -> Outcome | None:
        """The outcome, once the delay is over or the attempt was cancelled."""
        try:
            ended = _attempt(handle).outcome()
        except UnusableFolder as error:
            return Outcome.failed("fault", str(error))
        if ended is not None:
            return ended
        return Outcome.model_validate(handle["outcome"]) if time.time() >= handle["ready_at"] else None

    def cancel(self, handle: Handle) -> None:
        """Note that the outcome is not wanted, if it was not handed over yet. Raises UnusableFolder."""
        if self.poll(handle) is None:
            _attempt(handle).conclude(cancelled())

    def reconcile(self, key: str, folder: Path) -> Handle | Outcome | NeverStarted | Unknown:
        """NeverStarted, which is right even if it was started: nobody can tell the difference."""
        try:
            return AttemptFolder(key, folder).outcome() or NeverStarted()
        except UnusableFolder as error:
            return Unknown(str(error))

    def close(self) -> None:
        """Nothing is held."""

    def _outcome(self, parameters: "Parameters") -> Outcome:
        seen = [name for name in parameters if name in self._columns.names]
        if seen:
            return Outcome.failed(
                "fault",
                f"the parameters contain '{seen[0]}', which is what this executor looks up. List the `parameters` "
                "of the space without it, or the optimizer sees the answer.",
            )
        names = tuple(name for name in parameters if name in self._table.columns)
        if not names:
            return Outcome.failed("fault", f"none of the parameters {', '.join(parameters)} is a column of the table.")
        lookup = self._lookup(names)
        rows = lookup.rows(parameters)
        wanted = ", ".join(f"{name}={parameters[name]}" for name in names)
        if not rows:
            return Outcome.failed("fault", f"the table has no row with {wanted}: {lookup.why_none(parameters)}")
        if len(rows) > 1:
            several = ", ".join(str(row + 1) for row in rows[:5])
            return Outcome.failed("fault", f"the table has {len(rows)} rows with {wanted}: {several}. Leave one.")
        return self._columns.outcome(self._table, rows[0])

    def _lookup(self, names: tuple[str, ...]) -> "Lookup":
        from orchestrator.executors.lookup import Lookup

        if names not in self._lookups:
            self._lookups[names] = Lookup(self._table, names)
        return self._lookups[names]


def _attempt(handle: Handle) -> AttemptFolder:
    return AttemptFolder(handle["key"], Path(handle["folder"]))


def _failure(text: str) -> tuple[FailureKind, str]:
    kind, _, reason = (part.strip() for part in text.partition(":"))
    return cast(FailureKind, kind), reason or f"the table says {kind}"


def _refused(path: Path, column: str, fault: str) -> UnusableTable:
    return UnusableTable(f"executor.file: {path.name}: column '{column}' {fault}.")


def _refuse_strangers(where: str, names: Iterable[str], objectives: Sequence[str]) -> None:
    from orchestrator.campaign.suggestion import did_you_mean

    for name in names:
        if name not in objectives:
            raise UnusableTable(
                f"{where}: '{name}' is not an objective of the campaign.{did_you_mean(name, objectives)} "
                f"Objectives: {', '.join(objectives)}."
            )
