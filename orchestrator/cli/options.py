"""The arguments and options that several commands share."""

from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(help="The campaign's name in the ledger.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Set = Annotated[
    list[str],
    typer.Option("--set", metavar="KEY=VALUE", help="Replace a value of the file, such as stop.trials=20. Repeatable."),
]
Note = Annotated[str, typer.Option("--note", help="Why; kept with what was said.")]
By = Annotated[str | None, typer.Option("--by", help="Who says so; the user of this computer when left out.")]
NewName = Annotated[str | None, typer.Option("--name", help="Enter the campaign under another name.")]
Patience = Annotated[
    float | None,
    typer.Option(
        "--patience",
        min=0,
        metavar="SECONDS",
        help="How long to wait for a person's answer before leaving with exit code 3; for ever when left out.",
    ),
]
Port = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port of the managed Prefect server.")]
Keep = Annotated[bool, typer.Option("--keep", help="Leave the managed Prefect server running afterwards.")]
