"""The arguments and options that several commands share."""

from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(help="The campaign's name in the ledger.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Set = Annotated[
    list[str],
    typer.Option("--set", metavar="KEY=VALUE", help="Replace a value of the file, such as stop.trials=20. Repeatable."),
]
NewName = Annotated[str | None, typer.Option("--name", help="Enter the campaign under another name.")]
Port = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port of the managed Prefect server.")]
Keep = Annotated[bool, typer.Option("--keep", help="Leave the managed Prefect server running afterwards.")]
