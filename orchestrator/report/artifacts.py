"""What a campaign shows on its flow run's page in Prefect: progress, the best so far, the trials, a plot.

Prefect keeps every version of an artifact, so they are written at most every few seconds, and once at the end.
"""

import base64
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect.artifacts import (
    create_image_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from orchestrator.campaign.spec import CampaignSpec
from orchestrator.ledger import views
from orchestrator.ledger.database import Database
from orchestrator.report.convergence import convergence_plot

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERVAL = 10.0
"""Seconds between two versions of the table and the best so far."""


class Panel:
    """The artifacts of one campaign. Its methods must be called inside the flow run."""

    def __init__(self, database: Database, spec: CampaignSpec) -> None:
        self.database = database
        self.spec = spec
        self._progress: UUID | None = None
        self._position = -1
        self._written = time.monotonic()

    def seen(self, position: int) -> None:
        """Called after every step with the ledger's position; writes when enough is new."""
        if position == self._position or time.monotonic() - self._written < INTERVAL:
            return
        self._position = position
        self._write()

    def last(self) -> None:
        """The final state, with the plot."""
        trials = self._write()
        picture = convergence_plot(self.spec, trials)
        encoded = base64.b64encode(picture).decode()
        create_image_artifact(
            f"data:image/png;base64,{encoded}", key=self._key("convergence"), description="Convergence"
        )

    def _write(self) -> "Sequence[dict[str, Any]]":
        with self.database.reading() as session:
            trials = views.trials(session, self.spec.campaign)
            best = views.best(session, self.spec.campaign)
        self._show_progress(trials)
        create_markdown_artifact(self._best(best), key=self._key("best"), description="Best so far")
        if trials:
            rows = [self._row(trial) for trial in trials]
            create_table_artifact(rows, key=self._key("trials"), description="Trials")
        self._written = time.monotonic()
        return trials

    def _show_progress(self, trials: "Sequence[dict[str, Any]]") -> None:
        if self.spec.stop.trials is None:
            return
        ended = sum(trial["times"]["ended"] is not None for trial in trials)
        percent = min(100.0, 100.0 * ended / self.spec.stop.trials)
        words = f"{ended} of at most {self.spec.stop.trials} trials"
        if self._progress is None:
            created = create_progress_artifact(percent, key=self._key("progress"), description=words)
            assert isinstance(created, UUID)  # a coroutine only where an event loop runs
            self._progress = created
        else:
            update_progress_artifact(self._progress, percent, description=words)

    def _best(self, best: dict[str, Any] | None) -> str:
        if best is None:
            return "No trial has been completed yet."
        name = self.spec.objective.name
        seen = best["objectives"][name]
        parameters = "\n".join(f"| {key} | {_short(value)} |" for key, value in best["parameters"].items())
        files = "\n".join(f"- `{file}`" for file in best["files"])
        return (
            f"## {name} = {seen['value']:.6g} {seen['unit']}\n\nTrial {best['trial']} of `{self.spec.campaign}`\n\n"
            f"| parameter | value |\n|---|---|\n{parameters}\n\n{files}\n"
        )

    def _row(self, trial: dict[str, Any]) -> dict[str, Any]:
        name = self.spec.objective.name
        value = trial["objectives"].get(name, {}).get("value")
        predicted = trial["predicted"].get(name)
        failure = trial["failure"] or {}
        return {
            "trial": trial["trial"],
            "status": trial["status"] if not failure.get("kind") else f"{trial['status']}: {failure['kind']}",
            **{key: _short(cell) for key, cell in trial["parameters"].items()},
            name: None if value is None else round(value, 5),
            "predicted": None if predicted is None else _interval(predicted),
            "proposed by": trial["proposed_by"],
        }

    def _key(self, panel: str) -> str:
        return f"{self.spec.campaign}-{panel}"


def _interval(predicted: dict[str, float]) -> str:
    return f"{predicted['mean']:.4g} ± {predicted['standard_deviation']:.2g}"


def _short(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value
