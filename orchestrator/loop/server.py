"""The managed Prefect server: one per home, on 127.0.0.1, shared by every campaign that runs there.

`PREFECT_API_URL`, where the user has set it, always wins; nothing is started then.
"""

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from filelock import FileLock

from orchestrator.executors.identity import ProcessIdentity
from orchestrator.ledger.home import Home
from orchestrator.loop.errors import NoServerThere, PortBusy, ServerFailed, ServerInUse

START_TIMEOUT = 90.0
STOP_TIMEOUT = 10.0
GUARD_INTERVAL = 2.0
GUARD_TRIES = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Address:
    """Where a managed server is, and which process it is. `kept`: somebody asked for it to stay."""

    port: int
    pid: int
    created: str
    kept: bool = False

    @property
    def ui(self) -> str:
        """What to open in a browser."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        """What clients talk to."""
        return f"{self.ui}/api"


@contextmanager
def server(home: Home, *, port: int | None = None, keep: bool = False) -> Iterator[str]:
    """A Prefect server for as long as the block lasts; yields the URL of its UI.

    Sets `PREFECT_API_URL` for this process, so Prefect must be imported inside the block only. The last campaign to
    leave stops the server, unless it is kept. Raises NoServerThere or ServerFailed.
    """
    for variable, value in CLIENT_DEFAULTS.items():
        os.environ.setdefault(variable, value)
    external = os.environ.get("PREFECT_API_URL")
    if external:
        _require_answer(external)
        yield external.removesuffix("/").removesuffix("/api")
        return
    folder = home.prefect
    (folder / "users").mkdir(parents=True, exist_ok=True)
    user = folder / "users" / f"{os.getpid()}"
    with FileLock(folder / "lock"):
        address = _running(folder) or _start(folder, port)
        _remember(folder, address, keep=keep or address.kept)
        user.write_text(ProcessIdentity.of(os.getpid()).model_dump_json())
    os.environ.update(client_settings(folder, address))
    left = threading.Event()
    threading.Thread(target=_guard, args=(folder, left), name="server guard", daemon=True).start()
    try:
        yield address.ui
    finally:
        left.set()
        with FileLock(folder / "lock"):
            user.unlink(missing_ok=True)
            if not _users(folder):
                _stop(folder)


def running(home: Home) -> Address | None:
    """The managed server of this home, if it answers."""
    return _running(home.prefect)


def require_port(home: Home, port: int | None) -> None:
    """Raise PortBusy, before anything is written, if a server would have to start on a port that is taken."""
    if port is not None and not os.environ.get("PREFECT_API_URL"):
        address = _running(home.prefect)
        if address is None and not _is_free(port):
            raise PortBusy(
                f"port {port} on 127.0.0.1 is in use by another program. Choose another one with --port, "
                "or leave --port out and a free one is found."
            )


CLIENT_DEFAULTS = {
    "PREFECT_LOGGING_LEVEL": "WARNING",
    # What the loop says of its trials belongs on the flow run's page.
    "PREFECT_LOGGING_EXTRA_LOGGERS": "orchestrator.loop",
    "PREFECT_LOGGING_LOGGERS_PREFECT_EXTRA_LEVEL": "INFO",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "DO_NOT_TRACK": "1",
}
"""How Prefect's client behaves in our processes, where the user has not said otherwise."""


def client_settings(folder: Path, address: Address) -> dict[str, str]:
    """The environment in which Prefect's client finds this server, and the user's own Prefect profile is left alone."""
    return {
        "PREFECT_API_URL": address.api,
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    }


def _start(folder: Path, wanted: int | None) -> Address:
    port = wanted or _last_port(folder) or _free_port()
    environment = os.environ | {
        "PREFECT_HOME": str(folder),
        # The UI calls the address in the environment, whatever --port says.
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
    }
    log = folder / "server.log"
    process = _launch([sys.executable, "-m", "prefect", "server", "start"], environment, log)
    address = Address(port, process.pid, process.created)
    deadline = time.monotonic() + START_TIMEOUT
    while not _answers(address.api):
        if process.standing != "alive":
            raise ServerFailed(f"the Prefect server did not start; its log is {log}. Try `junkan doctor`.")
        if time.monotonic() > deadline:
            process.kill_with_descendants()
            raise ServerFailed(f"the Prefect server did not answer within {START_TIMEOUT:g} s; see {log}")
        time.sleep(0.2)
    return address


def _guard(folder: Path, left: threading.Event) -> None:
    """Start the server again, at the same address, when it dies while a campaign needs it: clients just go on."""
    failures = 0
    while not left.wait(GUARD_INTERVAL) and failures < GUARD_TRIES:
        address = _recorded(folder)
        if address is None or _is_alive(address):
            continue
        with FileLock(folder / "lock"):
            if left.is_set() or _running(folder) is not None:
                continue
            log.warning("the Prefect server died; it is started again at %s", address.ui)
            try:
                _remember(folder, _start(folder, address.port), keep=address.kept)
            except ServerFailed as failure:
                failures += 1
                log.error("%s", failure)


_LAUNCHER = """
import subprocess, sys
with open(sys.argv[1], "ab") as log:
    streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
    print(subprocess.Popen(sys.argv[2:], start_new_session=True, **streams).pid)
"""


def _launch(command: list[str], environment: dict[str, str], log: Path) -> ProcessIdentity:
    """Start a process that is nobody's child: it outlives this one, and Ctrl-C does not reach it."""
    launcher = [sys.executable, "-c", _LAUNCHER, str(log), *command]
    answer = subprocess.run(launcher, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return ProcessIdentity.of(int(answer.stdout))


def stop(home: Home) -> Address | None:
    """Stop the managed server of this home, also a kept one; returns the one that was stopped.

    Raises ServerInUse while a campaign or a `junkan ui` of this home uses it.
    """
    folder = home.prefect
    if not folder.is_dir():
        return None
    with FileLock(folder / "lock"):
        address = _running(folder)
        users = _users(folder)
        if address is not None and users:
            pids = ", ".join(marker.name for marker in users)
            raise ServerInUse(f"the Prefect server at {address.ui} is in use by process {pids}; nothing was stopped")
        if address is not None:
            _end(address)
        return address


def _stop(folder: Path) -> None:
    address = _running(folder)
    if address is not None and not address.kept:
        _end(address)


def _end(address: Address) -> None:
    try:
        process = psutil.Process(address.pid)
        family = [process, *process.children(recursive=True)]
        process.terminate()
        _, alive = psutil.wait_procs(family, timeout=STOP_TIMEOUT)
        for survivor in alive:
            survivor.kill()
    except psutil.NoSuchProcess:
        pass


def _running(folder: Path) -> Address | None:
    address = _recorded(folder)
    return address if address is not None and _is_alive(address) and _answers(address.api) else None


def _recorded(folder: Path) -> Address | None:
    """The server this home had last."""
    try:
        return Address(**json.loads((folder / "server.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _is_alive(address: Address) -> bool:
    return ProcessIdentity(pid=address.pid, created=address.created, host=os.uname().nodename).standing == "alive"


def _remember(folder: Path, address: Address, *, keep: bool) -> None:
    temporary = folder / "server.json.new"
    temporary.write_text(json.dumps(asdict(address) | {"kept": keep}))
    temporary.replace(folder / "server.json")


def _users(folder: Path) -> list[Path]:
    """The processes that use the server and are still alive; the markers of dead ones are removed."""
    living = []
    for marker in (folder / "users").iterdir():
        if ProcessIdentity.model_validate_json(marker.read_text()).standing == "alive":
            living.append(marker)
        else:
            marker.unlink(missing_ok=True)
    return living


def _last_port(folder: Path) -> int | None:
    """The port this home's server had last time, if it is still free: bookmarks go on working."""
    address = _recorded(folder)
    return address.port if address is not None and _is_free(address.port) else None


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(api: str) -> bool:
    try:
        with urllib.request.urlopen(f"{api}/health", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _require_answer(api: str) -> None:
    if not _answers(api.removesuffix("/")):
        raise NoServerThere(
            f"PREFECT_API_URL: no Prefect server answers at {api}. Start it, or unset PREFECT_API_URL: "
            "Junkan then starts one of its own."
        )
