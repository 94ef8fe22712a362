"""What a person says to a campaign: pause, stop, tell."""

import math
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.here import present_ledger
from orchestrator.cli.main import app
from orchestrator.cli.options import Name
from orchestrator.ledger.states import CampaignStatus

if TYPE_CHECKING:
    from orchestrator.executors.outcome import Value


@app.command()
def pause(name: Name) -> None:
    """Let what is under way end, start nothing new, and leave. `junkan resume` goes on."""
    _request(name, "pause")


@app.command()
def stop(name: Name) -> None:
    """Cancel what is under way and end the campaign."""
    _request(name, "stop")


@app.command()
def tell(
    name: Name,
    trial: Annotated[int, typer.Argument(help="The trial's number.", show_default=False)],
    value: Annotated[
        list[str], typer.Option(help="It was done: this is its value; NAME=VALUE for each of several quantities.")
    ] = [],  # noqa: B006
    standard_error: Annotated[
        list[str], typer.Option(help="The standard error of the value; NAME=ERROR for several quantities.")
    ] = [],  # noqa: B006
    failed: Annotated[str | None, typer.Option(help="It failed, for this reason.")] = None,
    again: Annotated[bool, typer.Option("--again", help="It was not done: try it again.")] = False,
    abandon: Annotated[str | None, typer.Option(help="Never again, for this reason.")] = None,
) -> None:
    """Say what became of a trial that nobody could tell about, or what to do with one that failed."""
    from orchestrator.loop.verdict import Verdict, pronounce

    given = [option for option in (value or None, failed, again or None, abandon) if option is not None]
    if len(given) != 1:
        raise typer.BadParameter("say exactly one of --value, --failed, --again, --abandon")
    verdict = Verdict(_values(value, standard_error), failed, again, abandon)
    stands = pronounce(present_ledger(), name, trial, verdict)
    typer.echo(f"trial {trial} is now {stands}. Go on with `junkan resume {name}`.")


def _values(values: list[str], errors: list[str]) -> "dict[str | None, Value]":
    """What was measured by name; without a name where only a number was given."""
    from orchestrator.executors.outcome import Value

    spreads = dict(_number(text, "--standard-error") for text in errors)
    measured = {
        name: Value(value=number, standard_error=spreads.pop(name, None))
        for name, number in (_number(text, "--value") for text in values)
    }
    if spreads:
        raise typer.BadParameter(
            "a standard error needs the --value of the same quantity", param_hint="--standard-error"
        )
    return measured


def _number(text: str, option: str) -> tuple[str | None, float]:
    name, separator, number = text.rpartition("=")
    try:
        seen = float(number)
    except ValueError:
        seen = math.nan
    if not math.isfinite(seen) or (option == "--standard-error" and seen < 0):
        raise typer.BadParameter(f"{text!r} is not a number, nor NAME=NUMBER", param_hint=option)
    return (name if separator else None), seen


def _request(name: str, what: str) -> None:
    from orchestrator.ledger import campaigns, lease
    from orchestrator.ledger.transaction import transaction

    database = present_ledger()
    with transaction(database, name, None) as tx:
        owner = lease.living_owner(tx.session, tx.campaign_id)
        if owner is not None:
            campaigns.request(tx, what)
        elif tx.campaign.status in (CampaignStatus.DONE, CampaignStatus.FAILED):
            typer.echo(f"campaign {name} has ended already: {tx.campaign.reason}")
            return
        elif what == "pause":
            campaigns.stand(tx, CampaignStatus.PAUSED, "a person asked for a pause")
        else:
            # What was in flight is settled by the process that takes the campaign up to end it.
            campaigns.request(tx, what)
    if owner is None and what == "stop":
        typer.echo(f"nobody is running {name}; `junkan resume {name}` settles what was under way and ends it")
    elif owner is None:
        typer.echo(f"campaign {name} is paused")
    else:
        typer.echo(f"asked {owner} to {what} {name}")
