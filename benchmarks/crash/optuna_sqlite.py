"""Optuna, study in SQLite, seeded sampler: killed in the objective of trial 3, then resumed by `load_if_exists`."""

import os
import signal
import sys
from pathlib import Path

from benchmarks.crash.verdict import Verdict, note, notes, run_child
from benchmarks.machine import installed_version

MODULE = "benchmarks.crash.optuna_sqlite"
KILLED_TRIAL = 3
TRIALS = 4


def crash_and_resume(folder: Path) -> Verdict:
    """Run, kill, resume as documented, and compare the instrument's notebook with the study."""
    run_child(MODULE, [str(folder), "kill"])
    before = notes(folder)
    run_child(MODULE, [str(folder), "resume"])
    after = notes(folder)[len(before) :]
    states = run_child(MODULE, [str(folder), "states"]).split()
    repeated = [entry for entry in after if entry in before]
    return Verdict(
        system=f"Optuna {installed_version('optuna')}, SQLite, TPESampler(seed=0)",
        killed=f"in the objective of trial {KILLED_TRIAL}",
        resumed="same script, load_if_exists=True",
        found=f"trial {KILLED_TRIAL} stays {states[KILLED_TRIAL]}; {len(repeated)} of {len(after)} trials "
        "after the restart repeat trials from before it",
        evidence=f"before {' '.join(before)}; after {' '.join(after)}",
    )


def _child(folder: Path, task: str) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        study_name="campaign",
        storage=f"sqlite:///{folder / 'study.db'}",
        sampler=optuna.samplers.TPESampler(seed=0),
        load_if_exists=True,
    )
    if task == "states":
        print(*(trial.state.name for trial in study.trials))
        return

    def instrument(trial: optuna.Trial) -> float:
        x: float = trial.suggest_float("x", 0.0, 1.0)
        note(folder, f"{x:.6f}")
        if task == "kill" and trial.number == KILLED_TRIAL:
            os.kill(os.getpid(), signal.SIGKILL)
        return (x - 0.3) ** 2

    study.optimize(instrument, n_trials=TRIALS if task == "kill" else TRIALS - 1)


if __name__ == "__main__":
    _child(Path(sys.argv[1]), sys.argv[2])
