"""sbatch, squeue, scontrol and scancel of a cluster that is one folder, $STUB_SLURM: real processes, no daemons.

Files in that folder make it misbehave: `down` (nobody answers), `lost answer` (the next submission is accepted and
the answer lost), `refuse` (no job is accepted), `hold` (jobs wait), `forgetful` (ended jobs are not known).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil

HOME = Path(os.environ["STUB_SLURM"])


def main(command: str, arguments: list[str]) -> int:
    options = {}
    words = []
    rest = iter(arguments)
    for word in rest:
        if word in ("--user", "--name", "--format"):
            options[word] = next(rest)
        elif word.startswith("--"):
            name, _, value = word.partition("=")
            options[name] = value
        else:
            words.append(word)
    with (HOME / "calls").open("a") as log:
        log.write(f"{command} {' '.join(arguments)}\n")
    if (HOME / "down").exists():
        print(f"{command}: error: Unable to contact slurm controller (connect failure)", file=sys.stderr)
        return 1
    return COMMANDS[command](options, words)


def sbatch(options: dict, words: list[str]) -> int:
    if (HOME / "refuse").exists():
        print("sbatch: error: Batch job submission failed: Invalid partition name specified", file=sys.stderr)
        return 1
    number = len(list(HOME.glob("*.json"))) + 1
    held = (HOME / "hold").exists()
    log = options["--output"].replace("%j", str(number))
    pid = created = None
    if not held:
        with Path(log).open("ab") as output:
            process = subprocess.Popen(
                ["bash", words[0]],
                cwd=options["--chdir"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        pid, created = process.pid, psutil.Process(process.pid).create_time()
    job = {
        "name": options["--job-name"],
        "folder": options["--chdir"],
        "pid": pid,
        "created": created,
        "options": options,
    }
    (HOME / f"{number}.json").write_text(json.dumps(job))
    if (HOME / "lost answer").exists():
        (HOME / "lost answer").unlink()
        print("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation", file=sys.stderr)
        return 1
    print(f"{number};stub")
    return 0


def squeue(options: dict, _words: list[str]) -> int:
    for number, job in jobs():
        state = standing(number, job)
        if state in ("PENDING", "RUNNING") and options.get("--name", job["name"]) == job["name"]:
            print(f"{number}|{job['name']}|{state}|{job['folder']}")
    return 0


def scontrol(_options: dict, words: list[str]) -> int:
    number = words[-1]
    known = dict(jobs())
    state = standing(number, known[number]) if number in known else None
    if state is None or ((HOME / "forgetful").exists() and state not in ("PENDING", "RUNNING")):
        print("slurm_load_jobs error: Invalid job id specified", file=sys.stderr)
        return 1
    print(f"JobId={number} JobName={known[number]['name']} JobState={state} Reason=None ExitCode=0:0")
    return 0


def scancel(_options: dict, words: list[str]) -> int:
    for number, job in jobs():
        if number == words[-1]:
            (HOME / f"{number}.ended").write_text("CANCELLED")
            kill(job)
    return 0


def jobs() -> list[tuple[str, dict]]:
    return [(file.stem, json.loads(file.read_text())) for file in sorted(HOME.glob("*.json"))]


def standing(number: str, job: dict) -> str:
    ended = HOME / f"{number}.ended"
    if ended.exists():
        return ended.read_text()
    if job["pid"] is None:
        return "PENDING"
    return "COMPLETED" if alive(job) is None else "RUNNING"


def alive(job: dict) -> psutil.Process | None:
    try:
        found = psutil.Process(job["pid"])
        return found if found.create_time() == job["created"] and found.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def kill(job: dict) -> None:
    found = alive(job) if job["pid"] is not None else None
    if found is not None:
        for one in [*found.children(recursive=True), found]:
            one.kill()


COMMANDS = {"sbatch": sbatch, "squeue": squeue, "scontrol": scontrol, "scancel": scancel}

if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).name, sys.argv[2:]))
