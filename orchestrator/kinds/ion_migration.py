"""Ion migration: the tavorites A M X O4 Z as a list of candidates, with descriptors for the models."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from orchestrator.campaign.paths import CampaignPath
from simulators.ion_migration.family import Compound, compound, family

if TYPE_CHECKING:
    import pandas as pd

    from optimizers import CandidatePool

Structure = Literal["relaxed", "prototype"]

STRUCTURE_PARAMETER = "structure"
COMPOUND = "compound"
"""The column that names a candidate: its formula, from which an executor makes everything else."""
MAKE_THE_TABLE = "`python -m simulators.ion_migration.survey` makes one."


class Tavorites(BaseModel):
    """The charge-balanced tavorites A M X O4 Z: 320 in all, 160 with lithium and 160 with sodium."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["tavorites"] = "tavorites"
    mobile: Literal["Li", "Na", "both"] = "both"
    """The ion that moves, A."""
    compounds: tuple[str, ...] = ()
    """Only these, such as [LiMgSO4F, LiTiPO5]; all compounds of the family when it is left out."""
    descriptors: Literal["composition", "field", "structure", "both"] = "composition"
    """What the models see: 10 numbers of the formula; 8 made from them, field strengths among them; 21 numbers of the
    relaxed structure; or composition and structure."""
    structures: tuple[Structure, ...] = ()
    """Levels of accuracy, such as [prototype, relaxed]: each compound is a candidate once for each, told apart by the
    parameter `structure`. Without it a candidate is a compound."""
    also: tuple[str, ...] = ()
    """More columns of `table` for the models to see, such as a barrier from a cheaper calculation."""
    table: CampaignPath | None = None
    """A table (.csv or .parquet) with the structure descriptors, one row per compound."""

    @field_validator("compounds")
    @classmethod
    def _of_the_family(cls, formulas: tuple[str, ...]) -> tuple[str, ...]:
        found = [compound(formula).formula for formula in formulas]
        again = [formula for number, formula in enumerate(found) if formula in found[:number]]
        if again:
            raise ValueError(f"{again[0]} is named twice.")
        return formulas

    @model_validator(mode="after")
    def _a_list(self) -> "Tavorites":
        if len(set(self.structures)) < len(self.structures):
            raise ValueError("structures: each may be named once.")
        if self.descriptors in ("structure", "both") and self.table is None:
            raise ValueError(
                f"descriptors: '{self.descriptors}' needs relaxed structures. Name the `table` that holds their "
                f"descriptors; {MAKE_THE_TABLE}"
            )
        if self.also and self.table is None:
            raise ValueError(f"also: name the `table` that holds {', '.join(self.also)}; {MAKE_THE_TABLE}")
        if not self.members():
            raise ValueError(f"mobile: none of the compounds has {self.mobile}.")
        return self

    def members(self) -> tuple[Compound, ...]:
        """The compounds, in the order of the family or of `compounds`."""
        chosen = tuple(map(compound, self.compounds)) if self.compounds else family()
        return tuple(one for one in chosen if self.mobile in ("both", one.a))

    def build(self) -> "CandidatePool":
        """The candidates: the column `compound`, then the descriptors. Raises UnusableTable."""
        import pandas as pd

        from optimizers import CandidatePool
        from simulators.ion_migration.descriptors import from_composition, from_field

        members = self.members()
        table = pd.DataFrame({COMPOUND: [one.formula for one in members]})
        if self.descriptors != "structure":
            describe = from_field if self.descriptors == "field" else from_composition
            table = pd.concat([table, pd.DataFrame([describe(one) for one in members])], axis=1)
        if wanted := self._from_the_table():
            table = pd.concat([table, self._looked_up(members)[list(wanted)]], axis=1)
        if self.structures:
            levels = pd.DataFrame({STRUCTURE_PARAMETER: self.structures})
            table = levels.merge(table, how="cross")
        return CandidatePool(table, features=tuple(column for column in table.columns if column != COMPOUND))

    def _from_the_table(self) -> tuple[str, ...]:
        from simulators.ion_migration.descriptors import STRUCTURE

        return (*(STRUCTURE if self.descriptors in ("structure", "both") else ()), *self.also)

    def _looked_up(self, members: tuple[Compound, ...]) -> "pd.DataFrame":
        from orchestrator.executors.errors import UnusableTable
        from orchestrator.executors.tabular import read_table, require_columns

        assert self.table is not None
        known = read_table(self.table, "space.table")
        wanted = (COMPOUND, *self._from_the_table())
        require_columns(known, self.table, "space.table", wanted)
        rows = known.drop_duplicates(COMPOUND).set_index(COMPOUND).reindex([one.formula for one in members])
        _check_numbers(rows, self.table.name, wanted[1:], UnusableTable)
        return rows.reset_index()


def _check_numbers(rows: "pd.DataFrame", name: str, columns: tuple[str, ...], error: type[Exception]) -> None:
    """Every compound must have a finite number in every column."""
    import numpy as np
    import pandas as pd

    numbers: Any = rows[list(columns)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    broken = np.argwhere(~np.isfinite(numbers))
    if len(broken):
        row, column = broken[0]
        raise error(
            f"space.table: {name} has no number in column '{columns[column]}' for {rows.index[row]}. "
            f"Leave the compound or the column out, or make the table again: {MAKE_THE_TABLE}"
        )
