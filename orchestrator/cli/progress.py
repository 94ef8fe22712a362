"""What a person sees while a campaign runs: a live bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from orchestrator.campaign.spec import CampaignSpec
from orchestrator.ledger.states import IN_FLIGHT, TrialStatus
from orchestrator.loop.questions import Question
from orchestrator.loop.snapshot import Snapshot, TrialState
from orchestrator.report.notation import with_unit

ENDED = frozenset({TrialStatus.COMPLETED, TrialStatus.FAILED, TrialStatus.ABANDONED, TrialStatus.UNCERTAIN})


class ProgressLines:
    """One line for every trial that ends, and the best so far."""

    def __init__(self, spec: CampaignSpec) -> None:
        self.spec = spec
        self._told: set[int] = set()
        self._asked: set[str] = set()

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

    def asks(self, questions: Sequence[Question]) -> None:
        """Tell what the campaign waits for, and how to answer, once for each question."""
        for question in questions:
            if question.key not in self._asked:
                self._asked.add(question.key)
                stop = "" if question.text.endswith((".", "?", "!")) else "."
                self.say(f"waiting for a person: {question.text}{stop} Answer in Prefect, or with")
                for command in question.commands:
                    self.say(f"    {command}")

    def say(self, line: str) -> None:
        """One line."""
        typer.echo(line)

    def tell(self, trial: TrialState, snapshot: Snapshot) -> None:
        """One line."""
        self.say(self.line(trial, snapshot))

    def line(self, trial: TrialState, snapshot: Snapshot) -> str:
        """`trial   12  0.9523 J/m²    best so far 0.9511 J/m² (trial 10)`, in columns."""
        what = self._measured(trial) if trial.values else trial.failure_kind or trial.status
        best = f"{'best so far ' if self._alone else ''}{self._best(snapshot)}" if snapshot.best else ""
        return f"trial {trial.number:>4}  {what:<20} {best}".rstrip()

    @property
    def _alone(self) -> bool:
        """Whether there is one objective, which needs no name then."""
        return len(self.spec.units) == 1

    def _measured(self, trial: TrialState) -> str:
        named = "" if self._alone else "{} "
        return ", ".join(
            named.format(name) + with_unit(f"{trial.values[name]:.6g}", unit) for name, unit in self.spec.units.items()
        )

    def _best(self, snapshot: Snapshot) -> str:
        best = snapshot.best
        if len(snapshot.objectives) > 1:
            return f"{len(best)} on the front"
        objective = snapshot.objectives[0]
        where = f"trial {best[0].number}" if best[0].number > 0 else "known before"
        return f"{with_unit(f'{best[0].values[objective.name]:.6g}', objective.unit)} ({where})"


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
        best = f"best {self._best(snapshot)}" if snapshot.best else ""
        self._progress.update(self._task, completed=ended, best=f"{best}  {flying} in flight")

    def say(self, line: str) -> None:
        """One line above the bar."""
        self._progress.console.print(line, highlight=False)


def progress(spec: CampaignSpec) -> ProgressLines:
    """A bar where somebody watches, lines where somebody logs."""
    return ProgressBar(spec, Console()) if sys.stdout.isatty() else ProgressLines(spec)
