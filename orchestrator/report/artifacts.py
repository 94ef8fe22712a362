"""What a campaign shows on its flow run's page in Prefect: progress, the best so far, the trials, a plot.

Prefect keeps every version of an artifact, so they are written at most every few seconds, and once at the end.
"""

import base64
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from orchestrator.campaign.spec import CampaignSpec
from orchestrator.ledger import views
from orchestrator.ledger.database import Database
from orchestrator.ledger.states import CampaignStatus
from orchestrator.report.convergence import convergence_plot
from orchestrator.report.front_plot import front_plot
from orchestrator.report.notation import all_measured, heading, interval, short, with_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

INTERVAL = 10.0
"""Seconds between two versions of the table and the best so far."""


class Panel:
    """The artifacts of one campaign. Its methods must be called inside the flow run.

    They are written in a thread of their own: a slow server keeps no trial waiting, and a dead one ends no campaign.
    """

    def __init__(
        self,
        database: Database,
        spec: CampaignSpec,
        pictures: Mapping[str, Callable[[list[dict[str, Any]]], bytes | None]] = MappingProxyType({}),
    ) -> None:
        """`pictures` are drawn at the end from all trials; one that has nothing to show is None."""
        self.database = database
        self.spec = spec
        self._pictures = pictures
        self._progress: UUID | None = None
        self._position = -1
        self._written = time.monotonic()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="artifacts")
        self._writing: Future[None] | None = None

    def seen(self, position: int) -> None:
        """Called after every step with the ledger's position; has enough that is new written, and does not wait."""
        if position == self._position or time.monotonic() - self._written < INTERVAL:
            return
        if self._writing is None or self._writing.done():
            self._position, self._written = position, time.monotonic()
            self._writing = self._writer.submit(copy_context().run, _or_else_log, self._write)

    def last(self) -> None:
        """The final state, with the plot."""
        self._writer.shutdown()
        _or_else_log(self._write_all)

    def _write_all(self) -> None:
        trials, best = self._write()
        plots = {"convergence": convergence_plot} if len(self.spec.improved) == 1 else {"front": front_plot}
        drawn = {name: plot(self.spec, trials) for name, plot in plots.items()}
        drawn |= {name: png for name, draw in self._pictures.items() if (png := draw(list(trials))) is not None}
        for name, png in drawn.items():
            picture = base64.b64encode(png).decode()
            # As Markdown: the page of an image artifact prints the whole picture once more, as the text of its address.
            create_markdown_artifact(
                f"![{name}](data:image/png;base64,{picture})", key=self._key(name), description=_found(best)
            )

    def _write(self) -> "tuple[Sequence[dict[str, Any]], dict[str, Any] | None]":
        with self.database.reading() as session:
            trials = views.trials(session, self.spec.campaign)
            status = views.status(session, self.spec.campaign)
        best = status["best"]
        self._show_progress(trials, status)
        create_markdown_artifact(self._best(best), key=self._key("best"), description=_found(best))
        if trials:
            rows = [trial_row(trial, self.spec.units) for trial in trials]
            create_table_artifact(rows, key=self._key("trials"), description=_counted(trials))
        return trials, best

    def _show_progress(self, trials: "Sequence[dict[str, Any]]", status: dict[str, Any]) -> None:
        if self.spec.stop.trials is None:
            return
        ended = sum(trial["times"]["ended"] is not None for trial in trials)
        percent = min(100.0, 100.0 * ended / self.spec.stop.trials)
        words = f"{ended} of at most {self.spec.stop.trials} trials"
        if status["status"] == CampaignStatus.DONE:
            percent, words = 100.0, f"done after {ended} trials: {status['reason']}"
        if self._progress is None:
            created = create_progress_artifact(percent, key=self._key("progress"), description=words)
            assert isinstance(created, UUID)  # a coroutine only where an event loop runs
            self._progress = created
        else:
            update_progress_artifact(self._progress, percent, description=words)

    def _best(self, best: dict[str, Any] | None) -> str:
        if best is None:
            return "No trial has been completed yet."
        if "front" in best:
            return f"## {_value(best)}\n\n" + "\n".join(self._one(trial, "###") for trial in best["front"])
        return self._one(best, "##")

    def _one(self, trial: dict[str, Any], level: str) -> str:
        parameters = "\n".join(f"| {key} | {short(value)} |" for key, value in trial["parameters"].items())
        files = "".join(f"- `{file}`\n" for file in trial["files"])
        return (
            f"{level} {all_measured(trial)}\n\nTrial {trial['trial']} of `{self.spec.campaign}`\n\n"
            f"| parameter | value |\n|---|---|\n{parameters}\n" + (f"\nFiles\n\n{files}" if files else "")
        )

    def _key(self, panel: str) -> str:
        return f"{self.spec.campaign}-{panel}"


def trial_row(trial: dict[str, Any], units: Mapping[str, str]) -> dict[str, Any]:
    """One line of the table of trials; the first row's keys are its columns, so all rows have the same.

    `units` are those of everything that is measured, by name.
    """
    seen = {**trial["objectives"], **trial.get("constraints", {})}
    values = {name: seen.get(name, {}).get("value") for name in units}
    predicted = {name: trial["predicted"].get(name) for name in units}
    failure = trial["failure"] or {}
    return {
        "trial": trial["trial"],
        "status": trial["status"] if not failure.get("kind") else f"{trial['status']}: {failure['kind']}",
        **{key: short(cell) for key, cell in trial["parameters"].items()},
        **{
            heading(name, units[name]): None if value is None else float(f"{value:.6g}")
            for name, value in values.items()
        },
        **{
            "predicted" if len(units) == 1 else f"predicted {name}": None
            if one is None
            else interval(one["mean"], one["standard_deviation"])
            for name, one in predicted.items()
        },
        "proposed by": trial["proposed_by"],
    }


def _or_else_log(write: Callable[[], object]) -> None:
    try:
        write()
    except Exception:  # Prefect is the window, not the memory: whatever it lacks, the campaign goes on
        log.warning("Prefect does not show the newest trials; the ledger has them", exc_info=True)


def _found(best: dict[str, Any] | None) -> str:
    if best is None:
        return "no trial has been completed yet"
    return _value(best) if "front" in best else f"{_value(best)} (trial {best['trial']})"


def _value(best: dict[str, Any]) -> str:
    if "front" in best:
        volume = "" if best["hypervolume"] is None else f", hypervolume {best['hypervolume']:.6g}"
        return f"{len(best['front'])} trials on the Pareto front{volume}"
    (name, seen), *_ = best["objectives"].items()
    return with_unit(f"{name} = {seen['value']:.6g}", seen["unit"])


def _counted(trials: "Sequence[dict[str, Any]]") -> str:
    counts = Counter(str(trial["status"]) for trial in trials)
    return ", ".join(f"{count} {status}" for status, count in counts.items())
