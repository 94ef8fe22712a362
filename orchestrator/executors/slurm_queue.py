"""The queue of a Slurm cluster, by its own commands: sbatch, squeue, scontrol, scancel.

A command that fails, or does not end in time, is an unreachable queue and never an empty one. The name of a job is
the key of its attempt; names are only taken together with the job's folder, for two homes may have a campaign of one
name on one cluster.
"""

import math
import os
import pwd
import shlex
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.executors.errors import PlaceUnreachable, UnusableQueue
from orchestrator.executors.outcome import FailureKind
from orchestrator.executors.place import Errand, Gone, Standing, Ticket

if TYPE_CHECKING:
    from orchestrator.executors.slurm import SlurmSettings

COMMANDS = ("sbatch", "squeue", "scontrol", "scancel")
ANSWER = 60.0
"""Seconds that a command of Slurm may take."""
GRACE = 90.0
"""Seconds that a job may run beyond the time limit of its evaluation, which ends it before."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between two tries to submit while the controller does not answer; the last one is repeated."""

UNREACHABLE = ("contact", "connect", "timed out", "timeout", "communication", "try again", "zero bytes", "unreachable")
"""Words in what sbatch says when nobody refused the job, but nobody answered either."""

RUNNING = frozenset({"RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING"})
WAITING = frozenset({"PENDING", "CONFIGURING", "REQUEUED", "SUSPENDED", "STOPPED", "RESIZING", "REQUEUE_HOLD"})
ENDINGS: Mapping[str, tuple[FailureKind, str]] = {
    "TIMEOUT": ("timeout", "Slurm ended the job at its time limit"),
    "DEADLINE": ("timeout", "Slurm ended the job at its deadline"),
    "CANCELLED": ("cancelled", "somebody cancelled the job in Slurm"),
    "OUT_OF_MEMORY": ("fault", "the job used more memory than it had asked for"),
    "NODE_FAIL": ("fault", "the node of the job failed"),
    "PREEMPTED": ("fault", "the job had to make room for another one"),
    "BOOT_FAIL": ("fault", "the node of the job did not start"),
    "FAILED": ("fault", "the job failed before its evaluation had an outcome"),
    "COMPLETED": ("fault", "the job ended without leaving an outcome"),
}


@dataclass(frozen=True)
class Job:
    """A job as the queue lists it."""

    number: str
    name: str
    state: str
    folder: str


class SlurmPlace:
    """Errands as jobs. Raises UnusableQueue where the commands of Slurm are not installed."""

    def __init__(self, settings: "SlurmSettings") -> None:
        missing = [command for command in COMMANDS if shutil.which(command) is None]
        if missing:
            raise UnusableQueue(
                f"runs_on: kind 'slurm' needs the commands of Slurm, and {missing[0]!r} is not on the PATH. "
                "Run the campaign on a login node of the cluster, or choose `runs_on: local`."
            )
        self.visibility = settings.visibility
        self._settings = settings
        self._user = pwd.getpwuid(os.getuid()).pw_name
        self._left = threading.Event()
        self._lock = threading.Lock()
        self._listed: dict[str, Job] = {}
        self._looked = -math.inf

    def begin(self, errand: Errand) -> Ticket:
        """Submit the job. Waits for a controller that does not answer, up to the settings' patience.

        Raises UnusableQueue with what sbatch has to say against the job, and PlaceUnreachable.
        """
        script = self._script(errand)
        deadline, tries = time.monotonic() + self._settings.patience, 0
        while True:
            try:
                # An answer that was lost may have been a yes: the queue is asked for the name before the next try.
                held = self.find(errand.name, errand.folder) if tries else None
                return held or self._submit(errand, script)
            except PlaceUnreachable:
                pause = PAUSES[min(tries, len(PAUSES) - 1)]
                tries += 1
                if time.monotonic() + pause > deadline or self._left.wait(pause):
                    raise

    def find(self, name: str, folder: Path) -> Ticket | None:
        """The job of that name and folder which waits or runs."""
        for job in self._queue("--name", name):
            if job.name == name and Path(job.folder) == folder and job.state in WAITING | RUNNING:
                return {"job": job.number, "name": name}
        return None

    def standing(self, ticket: Ticket) -> Standing:
        """Whether the job is still to be expected."""
        listed = self._present().get(ticket["job"])
        # Numbers begin anew when a controller loses its state: the name tells whether it is still the same job.
        if listed is not None and listed.name == ticket["name"]:
            if listed.state in RUNNING:
                return "running"
            if listed.state in WAITING:
                return "waiting"
        return self._ended(ticket)

    def end(self, ticket: Ticket) -> None:
        """Cancel the job, whatever it is doing."""
        done = _called("scancel", "--user", self._user, "--name", ticket["name"], ticket["job"])
        if done.returncode != 0 and "Invalid job id" not in done.stderr:
            raise PlaceUnreachable(f"scancel: {_said(done)}")

    def close(self) -> None:
        """Wait for no controller any more. Jobs go on."""
        self._left.set()

    # ---------------------------------------------------------------- parts

    def _submit(self, errand: Errand, script: Path) -> Ticket:
        minutes = math.ceil((errand.walltime + GRACE) / 60.0)
        done = _called("sbatch", "--parsable", "--no-requeue", f"--time={minutes}", *self._options(errand), str(script))
        if done.returncode == 0:
            return {"job": done.stdout.strip().partition(";")[0], "name": errand.name}
        if any(word in done.stderr.lower() for word in UNREACHABLE):
            raise PlaceUnreachable(f"sbatch: {_said(done)}")
        raise UnusableQueue(f"Slurm refuses the job: {_said(done)}")

    def _options(self, errand: Errand) -> list[str]:
        settings = self._settings
        log = str(errand.folder / "slurm-%j.log").replace("\\", "\\\\")
        given = {
            "--job-name": errand.name,
            "--chdir": str(errand.folder),
            "--output": log,
            "--cpus-per-task": settings.cpus,
            "--partition": settings.partition,
            "--account": settings.account,
            "--mem": settings.memory,
        }
        return [f"{option}={value}" for option, value in given.items() if value is not None] + list(settings.options)

    def _script(self, errand: Errand) -> Path:
        """The batch script, kept in the folder of the attempt. A script of an earlier submission stays."""
        number = errand.name.partition("~")[2] or "1"
        script = errand.folder / f"slurm-{number}.sh"
        text = "\n".join(["#!/bin/bash", *self._settings.setup, f"exec {shlex.join(errand.command)}", ""])
        temporary = script.with_suffix(".new")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(script)
        return script

    def _present(self) -> Mapping[str, Job]:
        """The jobs that wait or run, by number, as they stood at most `poll` seconds ago."""
        with self._lock:
            if time.monotonic() - self._looked >= self._settings.poll:
                self._listed = {job.number: job for job in self._queue()}
                self._looked = time.monotonic()
            return self._listed

    def _queue(self, *only: str) -> list[Job]:
        done = _called("squeue", "--noheader", "--user", self._user, *only, "--format", "%i|%j|%T|%Z")
        if done.returncode != 0:
            raise PlaceUnreachable(f"squeue: {_said(done)}")
        rows = (line.split("|", 3) for line in done.stdout.splitlines() if line.count("|") >= 3)
        return [Job(*row) for row in rows]

    def _ended(self, ticket: Ticket) -> Standing:
        """What became of a job that the queue does not list: it ended, or it is younger than the list."""
        done = _called("scontrol", "show", "job", "--oneliner", ticket["job"])
        if done.returncode != 0 and "Invalid job id" not in done.stderr:
            raise PlaceUnreachable(f"scontrol: {_said(done)}")
        fields = dict(part.partition("=")[::2] for part in done.stdout.split() if "=" in part)
        if fields.get("JobName") != ticket["name"]:
            return Gone("fault", f"Slurm does not know job {ticket['job']} any more, and it left no outcome")
        state = fields.get("JobState", "").partition("+")[0]
        if state in RUNNING:
            return "running"
        if state in WAITING:
            return "waiting"
        kind, reason = ENDINGS.get(state, ("fault", f"Slurm says that the job is {state or 'in no state'}"))
        details = {
            "slurm": {key: fields[key] for key in ("JobId", "JobState", "ExitCode", "NodeList") if key in fields}
        }
        return Gone(kind, f"{reason} (job {ticket['job']})", details)


def _called(*command: str) -> "subprocess.CompletedProcess[str]":
    """A command of Slurm, with the end of its patience as an unreachable queue."""
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=ANSWER, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise PlaceUnreachable(f"{command[0]} did not answer within {ANSWER:g} s") from error
    except OSError as error:
        raise PlaceUnreachable(f"{command[0]} cannot be run: {error.strerror}") from error


def _said(done: "subprocess.CompletedProcess[str]") -> str:
    words: Sequence[str] = (done.stderr or done.stdout).split()
    return " ".join(words) or f"exit code {done.returncode}, without a word"
