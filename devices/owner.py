"""Who drives a rig: one process of one machine, named so that nobody mistakes a later process for it."""

import os
import platform
from dataclasses import dataclass

import psutil

_SAME_START = 0.02
"""Seconds by which two readings of one process's start may differ: it is derived from the time of boot."""


@dataclass(frozen=True)
class Owner:
    """A process that may hold a rig. `label` is for people: the campaign and the attempt."""

    host: str
    pid: int
    started: float
    """Seconds since 1970, as the operating system tells it. Numbers of processes are given again, starts are not."""
    label: str = ""

    @classmethod
    def here(cls, label: str = "") -> "Owner":
        """The calling process."""
        return cls(platform.node(), os.getpid(), psutil.Process().create_time(), label)

    def __str__(self) -> str:
        return f"{self.host}|{self.pid}|{self.started:.2f}|{self.label}"

    @classmethod
    def parse(cls, text: str) -> "Owner":
        """The owner that `str` wrote. Raises ValueError."""
        host, pid, started, label = text.split("|", maxsplit=3)
        return cls(host, int(pid), float(started), label)

    def is_here(self) -> bool:
        """Whether it is a process of this machine."""
        return self.host == platform.node()

    def is_alive(self) -> bool:
        """Whether it still runs, as far as can be told: a process of another machine is taken to be alive."""
        if not self.is_here():
            return True
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < _SAME_START
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
