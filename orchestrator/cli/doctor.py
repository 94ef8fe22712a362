"""The `junkan doctor` command."""

import typer

from orchestrator.cli import output
from orchestrator.cli.main import FAILED, app
from orchestrator.cli.options import AsJson
from orchestrator.ledger.home import Home


@app.command()
def doctor(json: AsJson = False) -> None:
    """Check this installation: what works, what does not, and the cure."""
    from orchestrator.loop.checkup import checkup

    findings = checkup(Home.from_environment())
    if json:
        output.document([finding.plain() for finding in findings])
    else:
        for finding in findings:
            mark = {"good": "ok  ", "missing": "--  ", "bad": "BAD "}[finding.state]
            typer.echo(
                f"{mark}{finding.subject}: {finding.found}" + (f"\n      {finding.cure}" if finding.cure else "")
            )
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(FAILED)
