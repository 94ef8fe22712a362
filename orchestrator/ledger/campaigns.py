"""Campaign rows: entering one, finding one, ending one, and what a person asks of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlmodel import Session, select

from optimizers import Objective, OutcomeConstraint
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import CampaignExists, NoSuchCampaign
from orchestrator.ledger.imported import ImportedTrial, store
from orchestrator.ledger.states import CampaignStatus
from orchestrator.ledger.tables import Campaign, now
from orchestrator.ledger.transaction import Transaction

WAITS, PROCEEDS = "waits for a person", "proceeds"


@dataclass(frozen=True)
class CampaignEntry:
    """What is stored of a campaign before its first trial: all that is needed to run it again."""

    name: str
    file_name: str
    file_text: str
    file_sha256: str
    folder: str
    overrides: Sequence[str]
    inputs: Mapping[str, str]
    provenance: Mapping[str, Any]
    objectives: Sequence[Objective]
    seed: int
    constraints: Sequence[OutcomeConstraint] = ()
    budget: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    imported: Sequence[ImportedTrial] = ()


def enter(database: Database, entry: CampaignEntry) -> None:
    """Enter a new campaign. Raises CampaignExists if the name is taken."""
    with database.writing() as session:
        if session.exec(select(Campaign).where(Campaign.name == entry.name)).one_or_none() is not None:
            raise CampaignExists(
                f"campaign {entry.name!r} is in {database.shown} already. Go on with it: "
                f"`junkan resume {entry.name}`. Run the file as a new campaign: `--name ANOTHER-NAME`."
            )
        row = Campaign(
            name=entry.name,
            status=CampaignStatus.RUNNING,
            file_name=entry.file_name,
            file_text=entry.file_text,
            file_sha256=entry.file_sha256,
            folder=entry.folder,
            overrides=list(entry.overrides),
            inputs=dict(entry.inputs),
            sources=dict(entry.sources),
            provenance=dict(entry.provenance),
            objectives=[asdict(objective) for objective in entry.objectives],
            constraints=[asdict(constraint) for constraint in entry.constraints],
            budget=dict(entry.budget),
            seed=entry.seed,
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        store(session, row.id, entry.imported)
        Transaction(session, row).record("entered", data={"imported": len(entry.imported)} if entry.imported else {})


def find(session: Session, name: str) -> Campaign:
    """The row of a campaign. Raises NoSuchCampaign, naming those there are."""
    row = session.exec(select(Campaign).where(Campaign.name == name)).one_or_none()
    if row is None:
        known = ", ".join(sorted(session.exec(select(Campaign.name)))) or "none yet"
        raise NoSuchCampaign(f"there is no campaign {name!r} in this ledger. Campaigns: {known}")
    return row


def objectives(row: Campaign) -> tuple[Objective, ...]:
    """What a campaign improves."""
    return tuple(Objective(**one) for one in row.objectives)


def constraints(row: Campaign) -> tuple[OutcomeConstraint, ...]:
    """The limits that its outcomes must keep."""
    return tuple(OutcomeConstraint(**one) for one in row.constraints)


def units(row: Campaign) -> dict[str, str]:
    """The unit of every quantity that a trial measures, by name: the objectives, then the constraints."""
    return {one["name"]: one["unit"] for one in (*row.objectives, *row.constraints)}


def everyone(session: Session) -> list[Campaign]:
    """All campaigns, the oldest first."""
    return sorted(session.exec(select(Campaign)), key=lambda row: row.id or 0)


def take_up(tx: Transaction, owner: str) -> None:
    """A process begins to drive the campaign. A wish to end it outlives a dead process; a wish to pause does not."""
    tx.record("claimed", from_status=tx.campaign.status, data={"owner": owner})
    tx.campaign.status, tx.campaign.reason, tx.campaign.ended_at = CampaignStatus.RUNNING, None, None
    if tx.campaign.requested == "pause":
        tx.campaign.requested = None
    tx.session.add(tx.campaign)


def show_at(tx: Transaction, ui: str) -> None:
    """Remember where the campaign can be watched while it runs."""
    tx.campaign.ui = ui
    tx.session.add(tx.campaign)


def stand(tx: Transaction, status: CampaignStatus, reason: str | None = None) -> None:
    """Say where the campaign stands; forgets what a person had asked for, since this is the answer."""
    tx.record(status, from_status=tx.campaign.status, data={"reason": reason} if reason else {})
    tx.campaign.status, tx.campaign.reason, tx.campaign.requested = status, reason, None
    tx.campaign.ended_at = now() if status in (CampaignStatus.DONE, CampaignStatus.FAILED) else None
    tx.session.add(tx.campaign)


def wait(tx: Transaction, reason: str) -> None:
    """Say that the campaign waits for a person, and for what. Whoever drives it stays."""
    tx.record(WAITS, from_status=tx.campaign.status, data={"reason": reason})
    tx.campaign.status, tx.campaign.reason = CampaignStatus.REVIEW, reason
    tx.session.add(tx.campaign)


def proceed(tx: Transaction) -> None:
    """Say that the campaign no longer waits for a person."""
    tx.record(PROCEEDS, from_status=tx.campaign.status)
    tx.campaign.status, tx.campaign.reason = CampaignStatus.RUNNING, None
    tx.session.add(tx.campaign)


def request(tx: Transaction, what: str, **said: str) -> None:
    """Leave a person's wish (pause | stop | finish) for the process that drives the campaign; `said` is who, and why.

    To stop is to cancel what is under way; to finish is to let it end, because enough is known.
    """
    tx.record(f"{what} requested", data=said)
    tx.campaign.requested = what
    tx.session.add(tx.campaign)
