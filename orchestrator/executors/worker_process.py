"""A worker process as its owner sees it."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass

from orchestrator.executors.attempt import LOG, AttemptFolder
from orchestrator.executors.identity import ProcessIdentity


@dataclass(eq=False)
class WorkerProcess:
    """A process that evaluates one attempt at a time. `attempt` is the last one it was told of."""

    identity: ProcessIdentity
    attempt: AttemptFolder
    _process: "subprocess.Popen[bytes]"
    _undertaker: threading.Thread

    @classmethod
    def spawn(cls, attempt: AttemptFolder) -> "WorkerProcess":
        """A new worker, meant for `attempt`: what goes wrong while it starts is in that attempt's log.

        Raises OSError if the machine cannot have another process.
        """
        # -P: a file named like a module in the current folder must not take the module's place.
        # -u: what an evaluation printed, also by compiled code, must not die with it, nor come out in a later log.
        command = [sys.executable, "-P", "-u", "-m", "orchestrator.executors.worker", str(os.getpid())]
        with (attempt.path / LOG).open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, bufsize=0, start_new_session=True
            )
        identity = ProcessIdentity.of(process.pid)
        undertaker = threading.Thread(target=_bury, args=(process,), daemon=True, name=f"worker-{process.pid}")
        undertaker.start()
        return cls(identity, attempt, process, undertaker)

    @property
    def is_alive(self) -> bool:
        """Whether it can be told of an attempt."""
        return self.identity.standing == "alive"

    @property
    def is_idle(self) -> bool:
        """Whether the attempt it was told of has ended. A worker never goes on from one that has no outcome."""
        return self.attempt.is_concluded

    def tell(self, attempt: AttemptFolder, claim: int) -> bool:
        """Tell the worker to evaluate `attempt`; False if it has ended before it could be told."""
        named = {"key": attempt.key, "folder": str(attempt.path), "claim": claim}
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(named).encode() + b"\n")
        except BrokenPipeError:
            return False
        self.attempt = attempt
        return True

    def dismiss(self) -> None:
        """No more attempts: an idle worker exits, a busy one finishes first. Returns at once."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def wait(self, limit: float) -> None:
        """Wait for the end of the process; kill it after `limit` seconds."""
        self._undertaker.join(limit)
        if self._undertaker.is_alive():
            self.identity.kill_with_descendants()
            self._undertaker.join(limit)


def _bury(process: "subprocess.Popen[bytes]") -> None:
    """Wait for the process, so that it leaves no zombie, and end what it left behind in its group."""
    process.wait()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
