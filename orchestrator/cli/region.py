"""The command that tells the region a campaign has found."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import output
from orchestrator.cli.here import present_ledger
from orchestrator.cli.main import app
from orchestrator.cli.options import AsJson, Name


@app.command()
def region(
    name: Name,
    to: Annotated[
        Path | None, typer.Option(help="Write every candidate to .csv or .parquet, or a map to .png.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Which candidates lie in the region that a campaign looks for, and how sure that is."""
    from orchestrator.ledger import views
    from orchestrator.loop.region import region_of, write
    from orchestrator.loop.session import stored

    database = present_ledger()
    spec = stored(database, name)
    found = region_of(database, name, spec)
    if to is not None:
        with database.reading() as session:
            trials = views.trials(session, name)
        write(found, spec, trials, to)
    told = found.certificate()
    if json:
        output.document({"campaign": name, **told})
        return
    typer.echo(
        f"{told['decided']:.1%} of {told['candidates']:,} candidates are decided with a confidence of "
        f"{told['confidence']:g} each: {told['inside']:.1%} inside, {told['outside']:.1%} outside"
    )
    if to is not None:
        typer.echo(f"written to {to}")
