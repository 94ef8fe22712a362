"""The tasks of a Dask scheduler, by its own client.

A task is submitted with `fire_and_forget`: the scheduler keeps it when the client dies. Its key is the name of the
attempt together with its folder, for two homes may have a campaign of one name on one cluster.
"""

import hashlib
import math
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from orchestrator.executors.dask_errand import end, perform
from orchestrator.executors.errors import PlaceUnreachable, UnusableQueue
from orchestrator.executors.place import Errand, Gone, Standing, Ticket

if TYPE_CHECKING:
    from distributed import Client

    from orchestrator.executors.dask import DaskSettings

RUNNING = frozenset({"processing"})
WAITING = frozenset({"waiting", "queued", "no-worker"})
INSTALL = "pip install 'junkan[dask]'"

T = TypeVar("T")


class DaskPlace:
    """Errands as tasks. Raises UnusableQueue where Dask is not installed."""

    def __init__(self, settings: "DaskSettings") -> None:
        try:
            import distributed  # noqa: F401
        except ImportError as error:
            raise UnusableQueue(f"runs_on: kind 'dask' needs the package 'distributed': {INSTALL}") from error
        self.visibility = settings.visibility
        self._settings = settings
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._states: dict[str, str] = {}
        self._looked = -math.inf

    def begin(self, errand: Errand) -> Ticket:
        """Submit the task. Raises PlaceUnreachable."""
        key = _key(errand.name, errand.folder)

        def submit(client: "Client") -> None:
            from distributed import fire_and_forget

            future = client.submit(
                perform,
                errand.name,
                str(errand.folder),
                list(errand.command),
                key=key,
                pure=False,
                resources=dict(self._settings.resources) or None,
            )
            fire_and_forget(future)
            # A submission goes out when the event loop pleases: it is made once the scheduler has it.
            deadline = time.monotonic() + self._settings.answer
            while not future.done() and key not in client.run_on_scheduler(_states_of, prefix=key):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the task was not accepted within {self._settings.answer:g} s")
                time.sleep(0.005)

        self._asked(submit)
        with self._lock:
            self._looked = -math.inf  # what is known of the tasks is older than this one
        return {"task": key, "name": errand.name}

    def find(self, name: str, folder: Path) -> Ticket | None:
        """The task of that name and folder which waits or runs."""
        key = _key(name, folder)
        state = self._asked(lambda client: client.run_on_scheduler(_states_of, prefix=key)).get(key)
        return {"task": key, "name": name} if state in RUNNING | WAITING else None

    def standing(self, ticket: Ticket) -> Standing:
        """Whether the task is still to be expected. One that has ended is forgotten by the scheduler at once."""
        state = self._present().get(ticket["task"])
        if state in RUNNING:
            return "running"
        if state in WAITING:
            return "waiting"
        words = "the task failed: its worker died with it, again and again" if state == "erred" else "the task is gone"
        return Gone("fault", f"{words}, and it left no outcome", {"dask": {"task": ticket["task"], "state": state}})

    def end(self, ticket: Ticket) -> None:
        """Take the task out of the queue, and kill its process where it runs."""

        def stop(client: "Client") -> None:
            from distributed import Future

            Future(ticket["task"], client=client).cancel(force=True)
            client.run(end, ticket["name"])

        self._asked(stop)

    def close(self) -> None:
        """Let go of the scheduler. Tasks go on."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    # ---------------------------------------------------------------- parts

    def _present(self) -> Mapping[str, str]:
        """The tasks of all campaigns, by key, as they stood at most `poll` seconds ago."""
        with self._lock:
            fresh = time.monotonic() - self._looked < self._settings.poll
        if not fresh:
            states = self._asked(lambda client: client.run_on_scheduler(_states_of, prefix="junkan-"))
            with self._lock:
                self._states, self._looked = states, time.monotonic()
        return self._states

    def _asked(self, question: "Callable[[Client], T]") -> T:
        """What the scheduler answers; anything but an answer is an unreachable scheduler."""
        try:
            return question(self._connected())
        except (OSError, TimeoutError, RuntimeError, ValueError) as error:
            self.close()  # the next question begins with a new connection
            raise PlaceUnreachable(f"the Dask scheduler at {self._settings.address}: {error}") from error

    def _connected(self) -> "Client":
        from distributed import Client

        with self._lock:
            if self._client is None:
                self._client = Client(
                    self._settings.address, timeout=self._settings.answer, set_as_default=False, name="junkan"
                )
            return self._client


def _key(name: str, folder: Path) -> str:
    return f"junkan-{name.replace('/', '-')}-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"


def _states_of(dask_scheduler: Any, prefix: str) -> dict[str, str]:
    """The tasks whose key begins with `prefix`; runs in the scheduler."""
    tasks = dask_scheduler.tasks.items()
    return {str(key): str(task.state) for key, task in tasks if str(key).startswith(prefix)}
