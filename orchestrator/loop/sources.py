"""Earlier campaigns of the same ledger, for optimizers that learn from them.

A source is frozen by a position in its own event sequence when the new campaign is entered. The past of a ledger does
not change, so the same rows come out at every resume and every audit, whatever the source campaign has done since.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from optimizers import CandidatePool, Objective, Source
from orchestrator.campaign.loading import loads
from orchestrator.campaign.spec import CampaignSpec
from orchestrator.ledger import campaigns
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import NoSuchCampaign
from orchestrator.ledger.history import history
from orchestrator.loop.errors import InputRefused


@runtime_checkable
class Transferring(Protocol):
    """Optimizer settings that name earlier campaigns to learn from."""

    transfer: tuple[str, ...]


def present_positions(database: Database, spec: CampaignSpec) -> dict[str, int]:
    """Where the sources that `spec` names stand now: position by campaign name; empty when it names none.

    Raises InputRefused for a source that is not in the ledger, or that measured something else.
    """
    names = spec.optimizer.transfer if isinstance(spec.optimizer, Transferring) else ()
    if not names:
        return {}
    if not database.exists():
        raise InputRefused(f"optimizer.transfer: there is no ledger yet, so no campaign {names[0]!r} to learn from")
    positions = {}
    with database.reading() as session:
        for name in names:
            try:
                row = campaigns.find(session, name)
            except NoSuchCampaign as unknown:
                raise InputRefused(f"optimizer.transfer: {unknown}") from unknown
            measured, wanted = _aims(campaigns.objectives(row)), _aims(spec.improved)
            if measured != wanted:
                raise InputRefused(
                    f"optimizer.transfer: campaign {name!r} is to {measured}, and this one to {wanted}. "
                    "A source must have the same objective."
                )
            positions[name] = row.last_sequence
    return positions


def _aims(objectives: tuple[Objective, ...]) -> str:
    return " and ".join(f"{one.goal} {one.name}" for one in objectives)


def stored_positions(database: Database, name: str) -> dict[str, int]:
    """The positions that were frozen when campaign `name` was entered."""
    with database.reading() as session:
        return dict(campaigns.find(session, name).sources)


def read_sources(database: Database, positions: Mapping[str, int]) -> tuple[Source, ...]:
    """The sources at their frozen positions. Raises InputRefused for one whose space is no list of candidates."""
    sources = []
    for name, position in positions.items():
        with database.reading() as session:
            row = campaigns.find(session, name)
            assert row.id is not None
            learned = history(session, row.id, position)
        spec = loads(row.file_text, Path(row.folder), row.overrides, row.name, source=row.file_name).spec
        space = spec.space.build()
        if not isinstance(space, CandidatePool):
            raise InputRefused(f"optimizer.transfer: campaign {name!r} searched no list, but {space.describe()}")
        sources.append(Source(name, space, learned))
    return tuple(sources)
