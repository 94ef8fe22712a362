"""The answer of a campaign that looks for a region: every candidate, and how probable it is to lie inside."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizers import Optimizer, Surveyor
from orchestrator.campaign.spec import CampaignSpec
from orchestrator.ledger import campaigns
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import ExportRefused
from orchestrator.ledger.history import history
from orchestrator.loop.asking import build_optimizer
from orchestrator.loop.errors import InputRefused
from orchestrator.loop.run import CampaignRun
from orchestrator.loop.sources import read_sources, stored_positions
from orchestrator.report.region_plot import region_plot

if TYPE_CHECKING:
    import pandas as pd

    from optimizers import Survey

FORMATS = (".csv", ".parquet", ".png")
CHANCE, SIDE = "chance_inside", "side"


class Region:
    """What is known of the candidates of a campaign, by the history of its ledger so far."""

    def __init__(self, survey: "Survey", candidates: "pd.DataFrame") -> None:
        self._survey, self._candidates = survey, candidates

    def certificate(self) -> dict[str, Any]:
        """How many candidates there are, and the shares decided, inside and outside."""
        return {"candidates": len(self._candidates), **self._survey.certificate()}

    def table(self) -> "pd.DataFrame":
        """The parameters of each candidate, `chance_inside`, and the `side`: inside, outside or open."""
        import numpy as np

        side = np.where(self._survey.region, "inside", "outside")
        side[~self._survey.is_decided] = "open"
        return self._candidates.assign(**{CHANCE: self._survey.inside, SIDE: side}).reset_index(drop=True)


def region_of(database: Database, name: str, spec: CampaignSpec) -> Region:
    """The region as a fresh optimizer sees it. Raises InputRefused where the optimizer looks for none."""
    optimizer = build_optimizer(spec, spec.space.build(), read_sources(database, stored_positions(database, name)))
    found = surveyed(database, name, optimizer)
    if found is None:
        raise InputRefused(
            f"campaign {name!r}: its optimizer {spec.optimizer.kind!r} looks for no region; level_set does"
        )
    return found


def surveyed(database: Database, name: str, optimizer: Optimizer) -> Region | None:
    """The region as `optimizer` sees it, None if it looks for none."""
    if not isinstance(optimizer, Surveyor):
        return None
    with database.reading() as session:
        row = campaigns.find(session, name)
        assert row.id is not None
        seen = history(session, row.id, row.last_sequence)
    return Region(optimizer.survey(seen), optimizer.surveyed())


def picture(found: Region, spec: CampaignSpec, trials: list[dict[str, Any]]) -> bytes | None:
    """A map of the region with the trials, None unless two numeric parameters are searched."""
    tried = [trial["parameters"] for trial in trials if trial["status"] in ("completed", "imported")]
    return region_plot(found.table(), CHANCE, tried, spec.campaign)


def pictures(run: CampaignRun) -> dict[str, Callable[[list[dict[str, Any]]], bytes | None]]:
    """What a campaign that looks for a region shows at its end, beside what every campaign shows."""

    def draw(trials: list[dict[str, Any]]) -> bytes | None:
        found = surveyed(run.database, run.name, run.optimizer)
        return None if found is None else picture(found, run.spec, trials)

    return {"region": draw} if isinstance(run.optimizer, Surveyor) else {}


def write(found: Region, spec: CampaignSpec, trials: list[dict[str, Any]], to: Path) -> None:
    """Write the table or the map to a file, by temporary file and rename. Raises ExportRefused."""
    if to.suffix not in FORMATS:
        raise ExportRefused(f"--to {to}: the ending {to.suffix!r} is not known. Known: {', '.join(FORMATS)}")
    if not to.absolute().parent.is_dir():
        raise ExportRefused(f"--to {to}: the folder {to.absolute().parent} does not exist")
    temporary = to.with_name(f".{to.name}.new")
    try:
        if to.suffix == ".csv":
            found.table().to_csv(temporary, index=False, float_format="%.17g")
        elif to.suffix == ".parquet":
            found.table().to_parquet(temporary, index=False)
        else:
            drawn = picture(found, spec, trials)
            if drawn is None:
                raise ExportRefused(f"--to {to}: a map needs two numeric parameters. Write .csv or .parquet.")
            temporary.write_bytes(drawn)
        temporary.replace(to)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ExportRefused(f"--to {to}: cannot be written: {error.strerror}") from error
