"""A campaign of a simulated station, driven in this process: no worker, no Prefect, so that it can be watched."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestrator.campaign.loading import LoadedCampaign, load
from orchestrator.executors.base import Handle, NeverStarted
from orchestrator.executors.outcome import Outcome
from orchestrator.kinds.thin_film import StationSettings
from orchestrator.kinds.thin_film_growth import StationFunction, station_function
from orchestrator.kinds.thin_film_laboratory import Laboratory
from orchestrator.ledger import views
from orchestrator.ledger.home import Home
from orchestrator.loop.drive import Ending, Hands, drive
from orchestrator.loop.recovery import recover
from orchestrator.loop.session import Equipment, enter, equip, owned


class InThisProcess:
    """An executor that does a trial when it is started, and keeps its outcome in the folder of the attempt."""

    def __init__(self, function: Callable[[Mapping[str, Any], Path], Outcome]) -> None:
        self.function = function
        self.keys: list[str] = []

    def start(self, key: str, parameters: Mapping[str, Any], folder: Path) -> Handle:
        """Do it now."""
        self.keys.append(key)
        (folder / "request.json").write_text(json.dumps({"key": key}))
        (folder / "outcome.json").write_text(self.function(dict(parameters), folder).model_dump_json())
        return {"folder": str(folder)}

    def poll(self, handle: Handle) -> Outcome | None:
        """What came of it."""
        return Outcome.model_validate_json((Path(handle["folder"]) / "outcome.json").read_text())

    def cancel(self, handle: Handle) -> None:
        """It has ended."""

    def reconcile(self, key: str, folder: Path) -> NeverStarted:  # noqa: ARG002
        """Nothing is left between a start and its end."""
        return NeverStarted()

    def close(self) -> None:
        """Nothing to close."""


def done(act: Callable[..., Any], *arguments: Any) -> "Future[Any]":
    """Do it now; the future has ended."""
    future: Future[Any] = Future()
    try:
        future.set_result(act(*arguments))
    except Exception as error:
        future.set_exception(error)
    return future


class StationRun:
    """A campaign file and a home. `watch` is handed the laboratory of every growth."""

    def __init__(
        self,
        file: Path,
        home: Path,
        watch: Callable[[Laboratory], None] | None = None,
        overrides: tuple[str, ...] = (),
        name: str | None = None,
    ) -> None:
        self.home = Home(home)
        self.loaded: LoadedCampaign = load(file, overrides, name)
        self.watch = watch
        self.name = self.loaded.spec.campaign

    def function(self) -> StationFunction:
        """What is done for each trial."""
        settings = self.loaded.spec.executor
        assert isinstance(settings, StationSettings)
        made = station_function(settings.prepared(tuple(self.loaded.spec.units)))
        return replace(made, watch=self.watch)

    def enter(self) -> None:
        """Write the campaign into the ledger."""
        enter(self.home, self.loaded, self.loaded.spec.campaign)

    def drive(self, patience: float = 0.0) -> Ending:
        """Drive it until it ends or needs a person."""
        with self.at_home():
            built = equip(self.loaded.spec)
            equipment = Equipment(built.spec, built.space, built.optimizer, InThisProcess(self.function()))
            with owned(self.home, self.name, equipment) as run:
                run.patience = patience
                hands = Hands(
                    ask=run.ask,
                    carry_out=lambda number: done(run.carry_out, number),
                    attend=lambda number, handle: done(run.attend, number, handle),
                    seen=lambda _: None,
                )
                return drive(run, hands, recover(run))

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """The environment that says where the home is."""
        before = os.environ.get("JUNKAN_HOME")
        os.environ["JUNKAN_HOME"] = str(self.home.folder)
        try:
            yield
        finally:
            if before is None:
                del os.environ["JUNKAN_HOME"]
            else:
                os.environ["JUNKAN_HOME"] = before

    def trials(self) -> list[dict[str, Any]]:
        """All trials as the ledger tells of them."""
        database = self.home.database()
        with database.reading() as session:
            found: list[dict[str, Any]] = views.trials(session, self.name)
        database.close()
        return found

    def status(self) -> dict[str, Any]:
        """Where the campaign stands."""
        database = self.home.database()
        with database.reading() as session:
            found: dict[str, Any] = views.status(session, self.name)
        database.close()
        return found
