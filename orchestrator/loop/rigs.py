"""Where the file is that describes a station."""

from pathlib import Path

from orchestrator.campaign.errors import CampaignFileError, PlugInError
from orchestrator.campaign.loading import loads
from orchestrator.executors.base import Stationed
from orchestrator.ledger import campaigns
from orchestrator.ledger.database import Database


def rig_file_of(database: Database, station: str) -> Path | None:
    """The rig file of the newest campaign that works with `station`; None when none does."""
    with database.reading() as session:
        rows = campaigns.everyone(session)
    for row in reversed(rows):
        try:
            spec = loads(row.file_text, Path(row.folder), row.overrides, row.name, source=row.file_name).spec
            if isinstance(spec.executor, Stationed) and spec.executor.station_name() == station:
                return spec.executor.rig_file()
        except (CampaignFileError, PlugInError):
            continue  # a campaign whose files are gone describes no station any more
    return None
