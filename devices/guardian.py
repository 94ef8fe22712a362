"""The guardian as the driving process sees it: another process that makes the rig safe when this one no longer can.

`finally: safe()` does not help against `kill -9`, an exhausted memory or a machine that stands still. The guardian
holds a frozen copy of the rig's settings, has its drivers imported, and waits for the end of this process. Hardware
interlocks stay primary; an instrument's own timer is what is left if the whole machine dies.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path

from devices.errors import DeviceError
from devices.owner import Owner
from devices.rig_settings import RigSettings

ATTEMPT_MARK = "JUNKAN_ATTEMPT_FOLDER"
"""The variable by which processes of an attempt are found and ended with it; the guardian must outlive them."""
BYE = "bye"
_WORD_EVERY = 1.0


class GuardianFailed(DeviceError):
    """The guardian could not be started. Nothing was opened."""


class NoGuardian:
    """For rigs whose ports only this process can reach: what is simulated in it ends with it."""

    def start(self) -> None:
        """Nothing to start."""

    def word(self) -> str | None:
        """No news."""
        return None

    def dismiss(self) -> None:
        """Nothing to dismiss."""

    def leave(self) -> None:
        """Nothing to leave."""


class Guardian:
    """Starts the guardian process, lets it know that all is well, and lets it go in the end."""

    def __init__(self, settings: RigSettings, *, log: Path | None = None, armed_within: float = 60.0) -> None:
        self._settings = settings
        self._log = log
        self._armed_within = armed_within
        self._to = -1
        self._from = -1
        self._heard = b""
        self._last_word = 0.0
        self.pid: int | None = None
        """The guardian's process, once it is armed."""

    def start(self) -> None:
        """Start it and wait until it is armed: drivers imported, settings read. Raises GuardianFailed."""
        process = self._popen()
        assert process.stdin is not None and process.stdout is not None
        self._to, self._from = os.dup(process.stdin.fileno()), os.dup(process.stdout.fileno())
        process.stdin.close()
        process.stdout.close()
        try:
            self._say(json.dumps({"owner": str(Owner.here()), "rig": frozen(self._settings)}))
            process.wait(self._armed_within)  # the process in the middle, which only starts the guardian
            self.pid = self._wait_until_armed()
        except (OSError, subprocess.TimeoutExpired) as error:
            process.kill()
            self._close()
            raise GuardianFailed(f"the guardian process did not start{self._see_log()}: {error}") from error
        except GuardianFailed:
            self._close()
            raise

    def word(self) -> str | None:
        """Say that all is well, and hear whether the guardian is well: the reason why not, or None."""
        now = time.monotonic()
        try:
            if now - self._last_word >= _WORD_EVERY:
                self._say("well")
                self._last_word = now
            if not select.select([self._from], [], [], 0)[0]:
                return None
            heard = os.read(self._from, 65536)
        except (OSError, ValueError) as error:
            return f"The guardian process cannot be reached: {error}{self._see_log()}"
        if not heard:
            return f"The guardian process has ended, and without one the rig is not driven{self._see_log()}"
        return heard.decode(errors="replace").strip()

    def dismiss(self) -> None:
        """Let it go: the rig is safe, or somebody else's. Never raises."""
        with contextlib.suppress(OSError):
            self._say(BYE)
        self._close()

    def leave(self) -> None:
        """Let it act: this process could not make the rig safe. Never raises."""
        self._close()

    def _popen(self) -> "subprocess.Popen[bytes]":
        environment = {name: value for name, value in os.environ.items() if name != ATTEMPT_MARK}
        with contextlib.ExitStack() as stack:
            log: int | object = subprocess.DEVNULL
            if self._log is not None:
                log = stack.enter_context(self._log.open("ab"))
            return subprocess.Popen(
                [sys.executable, "-P", "-u", "-m", "devices.guardian_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,  # type: ignore[arg-type]
                env=environment,
                start_new_session=True,
            )

    def _wait_until_armed(self) -> int:
        deadline = time.monotonic() + self._armed_within
        heard = b""
        while b"\n" not in heard:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._from], [], [], left)[0]:
                raise GuardianFailed(f"the guardian was not armed within {self._armed_within:g} s{self._see_log()}")
            more = os.read(self._from, 4096)
            if not more:
                raise GuardianFailed(f"the guardian process ended before it was armed{self._see_log()}")
            heard += more
        word, _, rest = heard.decode(errors="replace").strip().partition(" ")
        if word != "armed":
            raise GuardianFailed(f"the guardian says: {word} {rest}")
        return int(rest)

    def _say(self, word: str) -> None:
        content = word.encode() + b"\n"
        while content:
            content = content[os.write(self._to, content) :]

    def _close(self) -> None:
        for descriptor in (self._to, self._from):
            if descriptor >= 0:
                os.close(descriptor)
        self._to = self._from = -1

    def _see_log(self) -> str:
        return f" (see {self._log})" if self._log is not None else ""


def frozen(settings: RigSettings) -> dict[str, object]:
    """The settings as plain JSON: the guardian keeps this copy, whatever happens to the rig file meanwhile."""
    content: dict[str, object] = settings.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return content


def is_reachable(port: str) -> bool:
    """Whether another process can open that port; a simulated one lives in the process that simulates it."""
    return not port.lower().startswith("sim://")
