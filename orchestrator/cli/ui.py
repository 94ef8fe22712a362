"""The `junkan ui` command."""

from typing import Annotated

import typer

from orchestrator.cli.main import app
from orchestrator.cli.options import Keep, Port
from orchestrator.ledger.home import Home


@app.command()
def ui(
    port: Port = None,
    keep: Keep = False,
    stop: Annotated[bool, typer.Option("--stop", help="Stop a server that was kept, instead of starting one.")] = False,
) -> None:
    """Start the Prefect server of this home and print its URL; it stops with Ctrl-C unless it is kept."""
    import signal

    from orchestrator.loop.server import require_port, server
    from orchestrator.loop.server import stop as stop_server

    home = Home.from_environment()
    if stop:
        stopped = stop_server(home)
        typer.echo("no managed server runs in this home" if stopped is None else f"stopped {stopped.ui}")
        return
    home.require_writable()
    require_port(home, port)
    with server(home, port=port, keep=keep) as url:
        typer.echo(url)
        if keep:
            return
        typer.echo("Ctrl-C stops the server", err=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
