"""Commands that read the ledger: status, trials, best, export, audit."""

from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.cli import output
from orchestrator.cli.here import present_ledger
from orchestrator.cli.main import FAILED, app
from orchestrator.cli.options import AsJson, Name


@app.command()
def status(
    name: Annotated[str | None, typer.Argument(help="One campaign; all of them when left out.")] = None,
    json: AsJson = False,
) -> None:
    """Where a campaign stands."""
    from orchestrator.ledger import views

    with present_ledger().reading() as session:
        shown: Any = views.everyone(session) if name is None else views.status(session, name)
    if json:
        output.document(shown)
        return
    rows = shown if name is None else [shown]
    output.table([_status_row(row) for row in rows], ["campaign", "status", "trials", "best", "owner", "why"])
    if name is not None and shown["ui"]:
        typer.echo(f"Prefect: {shown['ui']}")


@app.command()
def trials(name: Name, json: AsJson = False) -> None:
    """Every trial of a campaign."""
    from orchestrator.ledger import views

    with present_ledger().reading() as session:
        shown = views.trials(session, name)
    if json:
        output.document(shown)
        return
    heading = ["trial", "status", "attempts", "parameters", "objectives", "proposed by", "failure"]
    output.table([_trial_row(row) for row in shown], heading)


@app.command()
def best(name: Name, json: AsJson = False) -> None:
    """The best trial so far; with several objectives, the Pareto front."""
    from orchestrator.ledger import views

    with present_ledger().reading() as session:
        shown = views.best(session, name)
    if json:
        output.document(shown)
    elif shown is None:
        typer.echo("no trial has been completed yet")
    else:
        for one in shown.get("front", [shown]):
            typer.echo(f"trial {one['trial']}: {output.measured(one)}")
            typer.echo(f"parameters: {output.parameters(one['parameters'])}")
            for file in one["files"]:
                typer.echo(f"file: {file}")
        if shown.get("hypervolume") is not None:
            typer.echo(f"hypervolume: {shown['hypervolume']:.6g}")


@app.command()
def export(
    name: Name,
    to: Annotated[Path, typer.Option(help="The file to write: .csv, .parquet or .json.", show_default=False)],
) -> None:
    """Write the trials of a campaign to a file."""
    from orchestrator.ledger.export import export as write

    with present_ledger().reading() as session:
        count = write(session, name, to)
    typer.echo(f"{count} trials written to {to}")


@app.command()
def audit(name: Name, json: AsJson = False) -> None:
    """Replay the ledger: every proposal must come out again exactly."""
    from orchestrator.ledger import views
    from orchestrator.loop.audit import audit as replay
    from orchestrator.loop.session import stored

    database = present_ledger()
    with database.reading() as session:
        views.campaign(session, name)
    found = replay(database, name, stored(database, name))
    if json:
        output.document(found)
    else:
        typer.echo(f"{found['reproduced']} of {found['proposals']} proposals reproduced exactly")
        for difference in found["differences"]:
            where = f"trial {difference.get('trial', '-')} of decision {difference['decision']}"
            typer.echo(f"  {where}\n    stored  {difference['stored']}\n    now     {difference['now']}")
    if found["differences"]:
        raise typer.Exit(FAILED)


def _status_row(row: dict[str, Any]) -> list[str]:
    counts = ", ".join(f"{count} {state}" for state, count in row["trials"].items()) or "none"
    if "spent" in (budget := row["budget"]):
        limit = f" of {budget['cost']:g}" if "cost" in budget else ""
        counts += f"; {budget['spent']:g}{limit} {budget['cost_unit']} spent".replace("  ", " ")
    best_seen = "-" if row["best"] is None else output.best(row["best"])
    owner = "-" if row["owner"] is None else f"process {row['owner']['pid']} on {row['owner']['host']}"
    return [row["campaign"], row["status"], counts, best_seen, owner, row["reason"] or ""]


def _trial_row(row: dict[str, Any]) -> list[str]:
    failure = row["failure"] or {}
    why = ": ".join(part for part in (failure.get("kind"), failure.get("reason")) if part)
    return [
        str(row["trial"]),
        row["status"],
        str(len(row["attempts"])),
        output.parameters(row["parameters"]),
        output.measured(row),
        row["proposed_by"] or "",
        why,
    ]
