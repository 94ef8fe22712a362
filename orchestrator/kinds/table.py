"""`space: {kind: table, ...}`: the candidates are the rows of a table."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from orchestrator.campaign.paths import CampaignPath
from orchestrator.executors.errors import UnusableTable

if TYPE_CHECKING:
    import pandas as pd

    from optimizers import CandidatePool

PLAIN = {"string", "integer", "floating", "boolean", "categorical"}
"""What a parameter can be, in the words of pandas."""
CURE = "Correct it, remove the row, or leave the column out of `parameters`."

Period = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class TableSpace(BaseModel):
    """Each row of `file` (.csv or .parquet) is a candidate.

    `parameters` are the columns that are handed to the executor, all of them when it is left out: name them if
    the table holds the answer too. `features` are those of them that the models see (all when left out).
    `periodic` gives the period of each column that repeats itself, in the column's unit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["table"] = "table"
    file: CampaignPath
    parameters: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    periodic: dict[str, Period] = {}

    def build(self) -> "CandidatePool":
        """Read the candidates. Raises UnusableTable."""
        from optimizers import CandidatePool
        from orchestrator.executors.tabular import read_table, require_columns

        table = read_table(self.file, "space.file")
        require_columns(table, self.file, "space.parameters", self.parameters or table.columns)
        candidates = table[list(self.parameters)] if self.parameters else table
        require_columns(candidates, self.file, "space.parameters", candidates.columns)
        require_columns(candidates, self.file, "space.features", self.features)
        require_columns(candidates, self.file, "space.periodic", self.periodic)
        self._check_values(candidates)
        self._check_rows_differ(candidates)
        return CandidatePool(candidates, self.features, self.periodic)

    def _check_values(self, candidates: "pd.DataFrame") -> None:
        import numpy as np
        import pandas as pd

        for column in candidates.columns:
            values = candidates[column]
            kind = pd.api.types.infer_dtype(values, skipna=True)
            if kind not in PLAIN:
                raise UnusableTable(f"space.file: column '{column}' of {self.file.name} holds {kind} values. {CURE}")
            unusable = values.isna()
            if pd.api.types.is_float_dtype(values):
                unusable |= np.isinf(values)
            if unusable.any():
                row = int(unusable.to_numpy().argmax())
                raise UnusableTable(
                    f"space.file: column '{column}' of {self.file.name} has no finite value in row {row + 1}. {CURE}"
                )
            if column in self.periodic and not pd.api.types.is_numeric_dtype(values):
                raise UnusableTable(f"space.periodic: column '{column}' of {self.file.name} does not hold numbers.")

    def _check_rows_differ(self, candidates: "pd.DataFrame") -> None:
        again = candidates.duplicated().to_numpy()
        if again.any():
            row = int(again.argmax())
            group = candidates.groupby(list(candidates.columns), sort=False, observed=True).ngroup().to_numpy()
            first = int((group == group[row]).argmax())
            raise UnusableTable(
                f"space.file: rows {first + 1} and {row + 1} of {self.file.name} are the same candidate. Remove one."
            )
