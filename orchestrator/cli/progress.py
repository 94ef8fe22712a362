"""What a person sees while a campaign runs: a live bar on a terminal, plain lines elsewhere."""

import sys
from types import TracebackType
from typing import Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from orchestrator.campaign.spec import CampaignSpec
from orchestrator.ledger.states import IN_FLIGHT, TrialStatus
from orchestrator.loop.snapshot import Snapshot, TrialState
from orchestrator.report.notation import with_unit

ENDED = frozenset({TrialStatus.COMPLETED, TrialStatus.FAILED, TrialStatus.ABANDONED, TrialStatus.UNCERTAIN})


class ProgressLines:
    """One line for every trial that ends, and the best so far."""

    def __init__(self, spec: CampaignSpec) -> None:
        self.spec = spec
        self._told: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def seen(self, snapshot: Snapshot) -> None:
        """Tell what has ended since the last snapshot."""
        for trial in snapshot.trials:
            if trial.status in ENDED and trial.number not in self._told:
                self._told.add(trial.number)
                self.tell(trial, snapshot)

    def tell(self, trial: TrialState, snapshot: Snapshot) -> None:
        """One line."""
        typer.echo(self.line(trial, snapshot))

    def line(self, trial: TrialState, snapshot: Snapshot) -> str:
        """`trial   12  0.9523 J/m²    best so far 0.9511 J/m² (trial 10)`, in columns."""
        unit = self.spec.objective.unit
        what = trial.failure_kind or trial.status if trial.value is None else with_unit(f"{trial.value:.6g}", unit)
        best = snapshot.best
        so_far = "" if best is None else f"best so far {with_unit(f'{best.value:.6g}', unit)} (trial {best.number})"
        return f"trial {trial.number:>4}  {what:<20} {so_far}".rstrip()


class ProgressBar(ProgressLines):
    """The same lines, above a bar that stays at the foot of the terminal."""

    def __init__(self, spec: CampaignSpec, console: Console) -> None:
        super().__init__(spec)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[best]}"),
            console=console,
        )
        self._task = self._progress.add_task(spec.campaign, total=spec.stop.trials, best="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def seen(self, snapshot: Snapshot) -> None:
        """Move the bar."""
        super().seen(snapshot)
        ended = sum(trial.status in ENDED for trial in snapshot.trials)
        flying = sum(trial.status in IN_FLIGHT for trial in snapshot.trials)
        best = "" if snapshot.best is None else with_unit(f"best {snapshot.best.value:.6g}", self.spec.objective.unit)
        self._progress.update(self._task, completed=ended, best=f"{best}  {flying} in flight")

    def tell(self, trial: TrialState, snapshot: Snapshot) -> None:
        """One line above the bar."""
        self._progress.console.print(self.line(trial, snapshot), highlight=False)


def progress(spec: CampaignSpec) -> ProgressLines:
    """A bar where somebody watches, lines where somebody logs."""
    return ProgressBar(spec, Console()) if sys.stdout.isatty() else ProgressLines(spec)
