"""Outcomes of evaluations that ended without an answer."""

from orchestrator.executors.attempt import LOG, AttemptFolder
from orchestrator.executors.outcome import Outcome
from orchestrator.executors.place import Gone

LAST_WORDS = 2000
"""How much of the end of a log is kept with the outcome, in bytes."""


def timed_out(limit: float) -> Outcome:
    """The evaluation took longer than `limit` seconds and was killed."""
    return Outcome.failed("timeout", f"no outcome within the time limit of {limit:g} s")


def cancelled() -> Outcome:
    """Somebody did not want the outcome any more."""
    return Outcome.failed("cancelled", "cancelled before there was an outcome")


def interrupted(attempt: AttemptFolder) -> Outcome:
    """The worker died: out of memory, a crash of compiled code, a restart of the machine. Its last words are kept."""
    reason = "interrupted: the worker process ended before an outcome was written"
    words = _last_words(attempt)
    return Outcome.failed("fault", reason, output=words) if words else Outcome.failed("fault", reason)


def lost(host: str, limit: float) -> Outcome:
    """The evaluation ran on the machine `host`, which cannot be seen from here, and left no outcome in time."""
    reason = f"the evaluation began on {host}, which left no outcome within the time limit of {limit:g} s"
    return Outcome.failed("fault", reason)


def left_nothing(gone: Gone, attempt: AttemptFolder) -> Outcome:
    """The process that had the attempt is gone and left no outcome; `gone` says what its place knows of it."""
    words = _last_words(attempt)
    details = {**gone.details, **({"output": words} if words else {})}
    return Outcome.failed(gone.kind, gone.reason, **details)


def _last_words(attempt: AttemptFolder) -> str:
    try:
        with (attempt.path / LOG).open("rb") as log:
            log.seek(max(log.seek(0, 2) - LAST_WORDS, 0))
            return log.read().decode(errors="replace").strip()
    except OSError:
        return ""
