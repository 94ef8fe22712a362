"""The ledger that a command works on."""

from typing import TYPE_CHECKING

from orchestrator.ledger.errors import NoSuchCampaign
from orchestrator.ledger.home import Home

if TYPE_CHECKING:
    from orchestrator.ledger.database import Database


def present_ledger() -> "Database":
    """The ledger of this home, at the present schema. Creates none: raises NoSuchCampaign where there is none yet."""
    from orchestrator.ledger.upgrade import require_current

    database = Home.from_environment().database()
    if not database.exists():
        raise NoSuchCampaign(f"there is no ledger at {database.shown} yet. Start a campaign with `junkan run FILE`.")
    require_current(database)
    return database
