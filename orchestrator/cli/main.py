"""The `junkan` command. Only here do errors become exit codes."""

import gc
import logging
import os
import sys
from collections.abc import Callable

import typer

from orchestrator.campaign.errors import CampaignFileError, PlugInError
from orchestrator.ledger.errors import (
    AlreadyAnswered,
    CampaignExists,
    DatabaseUrlUnusable,
    ExportRefused,
    HomeUnusable,
    IllegalTransition,
    LeaseHeld,
    LedgerError,
    NoSuchCampaign,
    StationRefuses,
)
from orchestrator.loop.errors import InputRefused, LoopError

DONE, FAILED, REFUSED, NEEDS_A_PERSON = 0, 1, 2, 3

INTERRUPTED = 130
"""What Typer makes of Ctrl-C before we see it. Our own exit codes have no word for it but `FAILED`."""

REFUSALS = (
    AlreadyAnswered,
    CampaignFileError,
    CampaignExists,
    DatabaseUrlUnusable,
    ExportRefused,
    HomeUnusable,
    IllegalTransition,
    InputRefused,
    LeaseHeld,
    NoSuchCampaign,
    StationRefuses,
)
"""The user's input or wish cannot be followed, and nothing was changed; everything else went wrong on the way."""

app = typer.Typer(
    name="junkan",
    help="Closed-loop experiments: nothing lost, nothing done twice, a resumed campaign is the uninterrupted one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Entry point of the `junkan` command."""
    # One BLAS thread: sums are then added in one order, and a proposal is the same number everywhere on this machine.
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    # Imports make many objects that live on: looking for garbage among them is a third of the time of `junkan status`.
    gc.set_threshold(50_000, 20, 20)
    _set_up_logging()
    _register()
    sys.exit(guarded(lambda: app(prog_name="junkan", standalone_mode=True)))


def _set_up_logging() -> None:
    """Warnings go to standard error; what the loop tells of its trials goes further only where Prefect listens."""
    to_terminal = logging.StreamHandler(sys.stderr)
    to_terminal.setLevel(logging.WARNING)
    to_terminal.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(to_terminal)
    logging.getLogger("orchestrator").setLevel(logging.INFO)


def guarded(command: Callable[[], object]) -> int:
    """Run a command; say what went wrong in one message on standard error, and return the exit code."""
    try:
        command()
    except (CampaignFileError, PlugInError, LedgerError, LoopError) as error:
        return _say(error, REFUSED if isinstance(error, REFUSALS) else FAILED)
    except SystemExit as left:
        if left.code == INTERRUPTED:
            return _say("interrupted", FAILED)
        raise
    return DONE


def _say(error: object, code: int) -> int:
    typer.echo(str(error), err=True)
    return code


def _register() -> None:
    """Importing a module of commands adds them to `app`."""
    import orchestrator.cli.doctor
    import orchestrator.cli.files
    import orchestrator.cli.ledger
    import orchestrator.cli.person
    import orchestrator.cli.region
    import orchestrator.cli.review
    import orchestrator.cli.run
    import orchestrator.cli.station
    import orchestrator.cli.ui  # noqa: F401
