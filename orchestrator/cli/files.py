"""Commands on campaign files: validate, plan, schema, init."""

import json as jsonlib
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.campaign.errors import CampaignFileError, Problem
from orchestrator.cli import output
from orchestrator.cli.main import app
from orchestrator.cli.options import AsJson, Set

File = Annotated[Path, typer.Argument(help="The campaign file.", show_default=False)]


@app.command()
def validate(
    files: Annotated[list[Path], typer.Argument(help="Campaign files.", show_default=False)],
    set_: Set = [],  # noqa: B006  (Typer copies it)
    json: AsJson = False,
) -> None:
    """Check campaign files, and say everything that is wrong with them."""
    from orchestrator.campaign.loading import load
    from orchestrator.loop.precheck import precheck

    problems: list[Problem] = []
    for file in files:
        try:
            loaded = load(file, set_)
        except CampaignFileError as error:
            problems += error.problems
            continue
        found = precheck(loaded, str(file))
        problems += found
        if not json and not found:
            typer.echo(f"{file}: campaign {loaded.spec.campaign!r} is valid")
    if json:
        output.document({"valid": not problems, "problems": [str(problem) for problem in problems]})
        if problems:
            raise typer.Exit(2)
    elif problems:
        raise CampaignFileError(problems)


@app.command()
def plan(file: File, set_: Set = [], json: AsJson = False) -> None:  # noqa: B006
    """What a campaign would do first, and what it costs. Touches nothing."""
    from orchestrator.campaign.loading import load
    from orchestrator.ledger.home import Home
    from orchestrator.loop.plan import plan as make

    made = make(load(file, set_).spec, Home.from_environment().database())
    if json:
        output.document(made)
        return
    typer.echo(f"campaign    {made['campaign']}: {', '.join([*made['objectives'], *made['constraints']])}")
    typer.echo(f"space       {made['space']} ({', '.join(made['parameters'])})")
    typer.echo(f"budget      {made['budget']}, {made['parallel']} at a time")
    if made["prior"] is not None:
        typer.echo(f"prior       {made['prior']}")
    if made["price"] is not None:
        typer.echo(f"cost        {made['price']}")
    if made["approval"] is not None:
        typer.echo(f"approval    {made['approval']}")
    typer.echo(f"per trial   {made['cost'] or 'unknown: the executor gives no estimate'}")
    typer.echo("first proposals")
    for number, proposal in enumerate(made["first"], start=1):
        typer.echo(f"  {number}  {output.parameters(proposal['parameters'])}  ({proposal['proposed_by']})")
    if made["steps"]:
        typer.echo("steps of the first")
    for line in made["steps"]:
        typer.echo(f"  {line}")


@app.command()
def schema(
    to: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
) -> None:
    """The JSON schema with which editors check and complete campaign files."""
    from orchestrator.campaign.schema import schema as make

    text = jsonlib.dumps(make(), indent=2) + "\n"
    if to is None:
        typer.echo(text, nl=False)
        return
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{to} cannot be written: {error.strerror}", param_hint="--to") from error
    typer.echo(f"written to {to}; begin a campaign file with `# yaml-language-server: $schema={to}`")


@app.command()
def init(
    to: Annotated[Path, typer.Argument(help="The folder to make.")] = Path("campaigns"),
) -> None:
    """Copy the example campaigns, with the tables they need, into a new folder."""
    import shutil
    from importlib.resources import as_file, files

    if to.exists():
        raise typer.BadParameter(f"{to} exists already; name a folder that does not", param_hint="TO")
    try:
        with as_file(files("campaigns")) as examples:
            shutil.copytree(examples, to, ignore=shutil.ignore_patterns("__*"))
    except OSError as error:
        raise typer.BadParameter(f"{to} cannot be made: {error.strerror}", param_hint="TO") from error
    for campaign in sorted(to.glob("*.yaml")):
        typer.echo(f"junkan run {campaign}")
