"""A Slurm cluster of one node on this machine, from Debian's slurmctld, slurmd and munge. Needs root.

with SlurmCluster(folder) as cluster:
    ...  # sbatch and the others find it through SLURM_CONF, which is set in the environment
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

PROGRAMS = {name: f"/usr/sbin/{name}" for name in ("munged", "slurmctld", "slurmd")}
HINT = "apt-get install --no-install-recommends slurmctld slurmd slurm-client munge"
SETTINGS = """
ClusterName=bench
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SchedulerType=sched/builtin
ReturnToService=2
MinJobAge=600
KillWait=2
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=2000
PartitionName=all Nodes={host} Default=YES MaxTime=60 State=UP
"""


def absent() -> str | None:
    """Why there can be no cluster here; None where there can."""
    if os.getuid() != 0:
        return "a cluster needs root"
    missing = [name for name, file in PROGRAMS.items() if not Path(file).exists()]
    return f"{', '.join(missing)} not installed: {HINT}" if missing else None


class SlurmCluster:
    """Its daemons, each in the foreground of a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._before = os.environ.get("SLURM_CONF")

    def __enter__(self) -> Self:
        self._write()
        os.environ["SLURM_CONF"] = str(self.folder / "slurm.conf")
        try:
            key, sock = self.folder / "munge.key", self.folder / "munge.socket"
            log = f"--log-file={self.folder / 'munge.log'}"
            pid, seed = f"--pid-file={self.folder / 'munge.pid'}", f"--seed-file={self.folder / 'munge.seed'}"
            self._start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={sock}", log, pid, seed)
            _until(sock.exists, "munged has no socket")
            self.start_controller()
            self._start("slurmd", "-D", "-N", socket.gethostname().partition(".")[0])
            _until(self._idle, f"the node is not idle: {self.folder / 'slurmd.log'}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in ("slurmd", "slurmctld", "munged"):
            if name in self._daemons:
                self._stop(name, signal.SIGTERM)
        if self._before is None:
            os.environ.pop("SLURM_CONF", None)
        else:
            os.environ["SLURM_CONF"] = self._before

    def start_controller(self) -> None:
        """Start the controller, with the state of the one before."""
        self._start("slurmctld", "-D")
        _until(lambda: _called("scontrol", "ping")[0] == 0, f"no controller: {self.folder / 'slurmctld.log'}")

    def kill_controller(self) -> None:
        """kill -9: jobs go on, nobody answers."""
        self._stop("slurmctld", signal.SIGKILL)

    def jobs(self) -> list[dict[str, str]]:
        """Every job the controller remembers: JobId, JobName, JobState, ..."""
        _, said = _called("scontrol", "show", "jobs", "--oneliner")
        lines = [line for line in said.splitlines() if line.startswith("JobId=")]
        return [dict(part.partition("=")[::2] for part in line.split() if "=" in part) for line in lines]

    def has_saved_its_jobs(self) -> bool:
        """Whether the newest submission is in the file from which a killed controller is started again."""
        state = self.folder / "state" / "job_state"
        submitted = max((job["SubmitTime"] for job in self.jobs()), default="")
        saved = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(state.stat().st_mtime - 1)) if state.exists() else ""
        return bool(submitted) and saved > submitted

    def _idle(self) -> bool:
        return _called("sinfo", "--noheader", "--format=%t")[1].strip() in ("idle", "mix", "alloc")

    def _write(self) -> None:
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        (self.folder / "munge.key").write_bytes(os.urandom(1024))
        (self.folder / "munge.key").chmod(0o600)
        self.folder.chmod(0o711)
        host = socket.gethostname().partition(".")[0]
        ports = {"controller_port": _free_port(), "node_port": _free_port()}
        (self.folder / "slurm.conf").write_text(SETTINGS.format(folder=self.folder, host=host, **ports))

    def _start(self, name: str, *words: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as log:
            self._daemons[name] = subprocess.Popen(
                [PROGRAMS[name], *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )

    def _stop(self, name: str, how: signal.Signals) -> None:
        daemon = self._daemons.pop(name)
        daemon.send_signal(how)
        try:
            daemon.wait(20)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


def _called(*command: str) -> tuple[int, str]:
    assert shutil.which(command[0]), HINT
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def _until(condition: Callable[[], bool], complaint: str, limit: float = 60.0) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
