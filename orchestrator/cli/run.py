"""Commands that drive a campaign: run, resume."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.main import FAILED, NEEDS_A_PERSON, app
from orchestrator.cli.options import Keep, Name, NewName, Patience, Port, Set
from orchestrator.ledger.errors import CampaignExists, LeaseHeld, NoSuchCampaign
from orchestrator.ledger.home import Home
from orchestrator.ledger.states import CampaignStatus

if TYPE_CHECKING:
    from orchestrator.campaign.spec import CampaignSpec
    from orchestrator.loop.session import Equipment
    from orchestrator.loop.snapshot import Snapshot


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="The campaign file.", show_default=False)],
    name: NewName = None,
    set_: Set = [],  # noqa: B006  (Typer copies it)
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the campaign if it is in the ledger already.")
    ] = False,
    patience: Patience = None,
    keep: Keep = False,
    port: Port = None,
) -> None:
    """Run a campaign from its file."""
    from orchestrator.campaign.loading import load
    from orchestrator.loop.prior import read_prior, require_learnable
    from orchestrator.loop.server import require_port, server
    from orchestrator.loop.session import enter, equip
    from orchestrator.loop.sources import present_positions, read_sources

    loaded = load(file, set_, name)
    spec = loaded.spec
    home = Home.from_environment()
    home.require_writable()
    status = _standing(home, spec.campaign)
    if status is not None and resume:
        _go_on(home, spec.campaign, status, patience=patience, keep=keep, port=port, wanted=spec)
        return
    if status is not None:
        raise CampaignExists(
            f"campaign {spec.campaign!r} is in the ledger already. Go on with it: `junkan resume {spec.campaign}`. "
            "Run the file as a new campaign: `--name ANOTHER-NAME`."
        )
    require_port(home, port)
    sources = present_positions(home.database(), spec)
    equipment = equip(spec, read_sources(home.database(), sources))
    require_learnable(equipment.optimizer, read_prior(spec))  # what is wrong is said before a server is started
    typer.echo(f"campaign {spec.campaign}: {equipment.space.describe()}, {spec.parallel} in flight; starting Prefect")
    stays = _stays(keep)
    with server(home, port=port, keep=keep) as ui:
        enter(home, loaded, str(file), sources)
        _drive(home, spec.campaign, equipment, ui, patience=patience, stays=stays)


@app.command()
def resume(name: Name, patience: Patience = None, keep: Keep = False, port: Port = None) -> None:
    """Go on with a campaign, whatever ended it: nothing is lost, nothing is done twice."""
    home = Home.from_environment()
    home.require_writable()
    status = _standing(home, name)
    if status is None:
        raise NoSuchCampaign(f"there is no campaign {name!r} in {home.database().shown}")
    _go_on(home, name, status, patience=patience, keep=keep, port=port)


def _standing(home: Home, name: str) -> str | None:
    """Where the campaign stands, None when it has never been entered. Raises LeaseHeld while it is driven."""
    from orchestrator.ledger import campaigns, lease

    database = home.database()
    if not database.exists():
        return None
    with database.reading() as session:
        row = next((row for row in campaigns.everyone(session) if row.name == name), None)
        if row is None:
            return None
        owner = lease.living_owner(session, row.id or 0)
    if owner is not None:
        raise LeaseHeld(
            f"campaign {name!r} is being run by {owner}. "
            f"Watch it with `junkan status {name}`, or stop it with `junkan stop {name}`."
        )
    return row.status


def _go_on(
    home: Home,
    name: str,
    status: str,
    *,
    patience: float | None,
    keep: bool,
    port: int | None,
    wanted: "CampaignSpec | None" = None,
) -> None:
    """Drive a campaign of the ledger. Raises InputChanged if it is no longer the campaign that is `wanted`."""
    from orchestrator.loop.errors import InputChanged
    from orchestrator.loop.server import require_port, server
    from orchestrator.loop.session import equip_again

    database = home.database()
    equipment = equip_again(database, name)
    if wanted is not None and wanted != equipment.spec:
        raise InputChanged(
            f"campaign {name!r} was entered with other settings than this file has now. `junkan resume {name}` goes on "
            "with those it has; `--name ANOTHER-NAME` runs the file as a new campaign."
        )
    if status == CampaignStatus.DONE:
        typer.echo(f"campaign {name} is done; nothing is left to do")
        _summarize(home, name, equipment, None)
        return
    require_port(home, port)
    typer.echo(f"campaign {name} goes on; starting Prefect")
    stays = _stays(keep)
    with server(home, port=port, keep=keep) as ui:
        _drive(home, name, equipment, ui, patience=patience, stays=stays)


def _stays(keep: bool) -> bool:
    """Whether the Prefect server is still there when this command has ended."""
    return keep or bool(os.environ.get("PREFECT_API_URL"))


def _drive(home: Home, name: str, equipment: "Equipment", ui: str, *, patience: float | None, stays: bool) -> None:
    from orchestrator.cli.progress import progress
    from orchestrator.ledger import campaigns
    from orchestrator.ledger.transaction import transaction
    from orchestrator.loop.flow import run_flow
    from orchestrator.loop.region import pictures
    from orchestrator.loop.run import Halted
    from orchestrator.loop.session import owned
    from orchestrator.report.artifacts import Panel

    with owned(home, name, equipment) as running, progress(equipment.spec) as shown:
        with transaction(running.database, name, running.owner) as tx:
            campaigns.show_at(tx, ui)
        running.patience = patience
        typer.echo(f"watch it in Prefect: {ui}")
        panel = Panel(running.database, equipment.spec, pictures(running))

        def seen(snapshot: "Snapshot") -> None:
            shown.seen(snapshot)
            panel.seen(snapshot.position)

        try:
            ending = run_flow(running, seen, panel.last, shown.asks)
        except Halted as left:
            typer.echo(f"left in good order: {left}. Go on with `junkan resume {name}`.", err=True)
            raise typer.Exit(FAILED) from left
    _summarize(home, name, equipment, ui if stays else f"{ui} (`junkan ui` starts it again)")
    if ending.status in (CampaignStatus.REVIEW, CampaignStatus.PAUSED):
        raise typer.Exit(NEEDS_A_PERSON)


def _summarize(home: Home, name: str, equipment: "Equipment", ui: str | None) -> None:
    from optimizers import CandidatePool
    from orchestrator.ledger import views
    from orchestrator.report.summary import summary

    database = home.database()
    with database.reading() as session:
        status = views.status(session, name)
    space = equipment.space
    searched = f"of {space.describe()}" if isinstance(space, CandidatePool) else f"in a space of {space.describe()}"
    for line in summary(equipment.spec, status, searched, ledger=database.shown, ui=ui):
        typer.echo(line)
