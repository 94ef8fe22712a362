"""A finite list of candidates to choose from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optimizers.symmetry import SymmetryOperation

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class CandidatePool:
    """N candidates, one row each.

    `table` holds the parameters handed to the executor, `features` names the columns the models see (all
    columns when empty). `periods` gives the period of each periodic column in that column's unit. `symmetry`
    lists generators of a group under which the objective is claimed to be unchanged.
    """

    table: "pd.DataFrame"
    features: tuple[str, ...] = ()
    periods: Mapping[str, float] = field(default_factory=dict)
    symmetry: tuple[SymmetryOperation, ...] = ()

    def __len__(self) -> int:
        return len(self.table)

    @property
    def size(self) -> int | None:
        """How many candidates there are."""
        return len(self)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(str(column) for column in self.table.columns)

    def describe(self) -> str:
        """What is searched, for people."""
        return f"{len(self):,} candidates"

    def parameters(self, candidate: int) -> dict[str, float | int | str | bool | None]:
        """The row of `candidate` as plain Python values."""
        # Column by column: a row of a table would turn the integers beside a float column into floats.
        row = ((str(name), column.array[candidate]) for name, column in self.table.items())
        return {name: value.item() if hasattr(value, "item") else value for name, value in row}
