"""Functions that log, and functions that misbehave. Each is a factory: settings -> function(parameters, folder)."""

import csv
import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from orchestrator.executors.outcome import Outcome, Value


def _note(log, folder, what):
    with Path(log).open("a") as file:  # one write of a short line: concurrent workers do not mix
        file.write(f"{folder} {what} {os.getpid()}\n")


def quadratic(settings):
    """The sum of (x - 0.3)^2 over the numeric parameters."""
    return lambda parameters, folder: sum((x - 0.3) ** 2 for x in parameters.values() if isinstance(x, int | float))


def picky(settings):
    """The quadratic after `delay` seconds; refuses a negative x."""

    def evaluate(parameters, folder):
        time.sleep(settings.get("delay", 0.0))
        if parameters["x"] < 0:
            raise ValueError("x must not be negative")
        return (parameters["x"] - 0.3) ** 2

    return evaluate


def logged_quadratic(settings):
    """The quadratic, or a value from a table, with a line in the lab log before and after. See the README.

    After `delay` seconds; where x is one of `endless`, never.
    """
    rows = []
    if "table" in settings:
        with Path(settings["table"]).open() as file:
            rows = list(csv.DictReader(file))

    def look_up(parameters, folder):
        for row in rows:
            if all(row[name] == str(value) or float(row[name]) == value for name, value in parameters.items()):
                return float(row[settings["column"]])
        raise LookupError(f"the table has no row with {parameters}")

    value = look_up if "table" in settings else quadratic(settings)

    def evaluate(parameters, folder):
        _note(settings["log"], folder, "start")
        time.sleep(3600.0 if parameters.get("x") in settings.get("endless", ()) else settings.get("delay", 0.0))
        answer = value(parameters, folder)
        _note(settings["log"], folder, "end")
        return answer

    return evaluate


def answering(settings):
    """Returns what the setting `answer` names, once for each way in which a function may answer."""
    answers = {
        "nan": float("nan"),
        "nothing": None,
        "text": "-3.2 eV",
        "pair": (1.5, 0.25),
        "mapping": {"energy": 2.5},
        "stranger": {"enrgy": 2.5},
        "outcome": Outcome(values={"energy": Value(value=4.0)}, files=("a.txt",), details={"steps": 3}),
        "unconverged": Outcome.failed("unconverged", "60 iterations"),
        "unwritable": Outcome(values={"energy": Value(value=4.0)}, details={"thing": object()}),
    }
    return lambda parameters, folder: answers[settings["answer"]]


def counting(settings):
    """How often this prepared function was called, so that a test sees whether a worker was reused."""
    calls = []

    def evaluate(parameters, folder):
        calls.append(folder)
        return Outcome(values={"energy": Value(value=len(calls))}, details={"pid": os.getpid()})

    return evaluate


def echo(settings):
    """The parameters, in the details of the outcome."""
    return lambda parameters, folder: Outcome(
        values={"energy": Value(value=0.0)}, details={"parameters": dict(parameters)}
    )


def raising(settings):
    """Raises."""

    def evaluate(parameters, folder):
        raise ValueError("the cell is too small")

    return evaluate


def exiting(settings):
    """Ends the program, as scripts do."""
    return lambda parameters, folder: sys.exit(7)


def dying(settings):
    """Dies as from a crash of compiled code or a lack of memory."""

    def evaluate(parameters, folder):
        print("just before the end")
        os.kill(os.getpid(), signal.SIGKILL)

    return evaluate


def endless(settings):
    """Never ends, and leaves a marker when it begins."""

    def evaluate(parameters, folder):
        (folder / "began").touch()
        while True:
            time.sleep(1)

    return evaluate


def shell_sleeper(settings):
    """Waits for grandchildren, one of them in a session of its own, and writes their process numbers down.

    Where the parameter `sleep` is false it returns at once.
    """

    def evaluate(parameters, folder):
        if not parameters["sleep"]:
            return 0.0
        shell = subprocess.Popen(["sh", "-c", "sleep 60 & echo $! > child; sleep 60"], cwd=folder)
        stray = subprocess.Popen(["sleep", "60"], start_new_session=True)
        (folder / "pids.tmp").write_text(f"{os.getpid()} {shell.pid} {stray.pid}")
        (folder / "pids.tmp").rename(folder / "pids")
        return shell.wait()

    return evaluate


def chatty(settings):
    """Prints garbage in every way there is."""

    def evaluate(parameters, folder):
        print('{"key": "not yours", "outcome": null}')
        print("to the error stream", file=sys.stderr)
        os.write(1, b"\xff\xfe raw\n")
        ctypes.CDLL(None).printf(b"from compiled code\n")
        subprocess.run(["echo", "from a child"], check=True)
        return 1.0 if sys.stdin.read() == "" else None

    return evaluate


def broken_factory(settings):
    """Cannot be prepared."""
    raise ImportError("No module named 'lammps'")


def forgetful_factory(settings):
    """Prepares nothing."""


def full_disk(settings):
    """Leaves the process unable to write for `seconds`, as a full disk does."""

    def evaluate(parameters, folder):
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        restore = [resource.RLIMIT_FSIZE, (hard, hard)]
        threading.Timer(settings["seconds"], resource.setrlimit, restore).start()
        return 1.0

    return evaluate


def lingering(settings):
    """Leaves a thread behind that goes on for a minute."""

    def evaluate(parameters, folder):
        threading.Thread(target=time.sleep, args=(60,)).start()
        return 1.0

    return evaluate


def folder_remover(settings):
    """Removes its own folder."""

    def evaluate(parameters, folder):
        shutil.rmtree(folder)
        return 1.0

    return evaluate
