"""The life of a trial, of an attempt and of a campaign.

    PROPOSED ──▶ APPROVED ──▶ DISPATCHED ──▶ RUNNING ──▶ COMPLETED
       │          │   ▲          │  │            │
       │          │   └──retry───┼──┼────────────┤
       ▼          ▼              │  ▼            ├──────▶ FAILED ───a person──▶ APPROVED | ABANDONED
    REJECTED   ABANDONED         │ UNCERTAIN ◀───┤
                                 │  │            └──────▶ ABANDONED
                                 │  └─▶ RUNNING | COMPLETED | FAILED | APPROVED | ABANDONED
                                 └────▶ COMPLETED | FAILED

An attempt is one passage from DISPATCHED onwards. A retry closes its attempt and sends the trial back to APPROVED.
"""

from enum import StrEnum


class TrialStatus(StrEnum):
    """Where a trial stands. Only `ARROWS` lead from one to another."""

    PROPOSED = "proposed"  # an optimizer suggested it; nobody has agreed yet
    APPROVED = "approved"  # may be started at any time
    DISPATCHED = "dispatched"  # about to be started: committed before the outside world hears of it
    RUNNING = "running"  # started; its handle is stored
    COMPLETED = "completed"  # its values are stored
    FAILED = "failed"  # it has no value, and a reason why
    UNCERTAIN = "uncertain"  # nobody can tell what became of it; a person decides
    ABANDONED = "abandoned"  # a person said: never again
    REJECTED = "rejected"  # a person refused the proposal


class AttemptStatus(StrEnum):
    """Where one try at a trial stands."""

    DISPATCHED = "dispatched"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    ABANDONED = "abandoned"


class CampaignStatus(StrEnum):
    """Where a campaign stands. `running` without a living owner is shown as `interrupted`."""

    RUNNING = "running"
    PAUSED = "paused"
    REVIEW = "review"
    DONE = "done"
    FAILED = "failed"


ARROWS: dict[TrialStatus, frozenset[TrialStatus]] = {
    TrialStatus.PROPOSED: frozenset({TrialStatus.APPROVED, TrialStatus.REJECTED}),
    TrialStatus.APPROVED: frozenset({TrialStatus.DISPATCHED, TrialStatus.ABANDONED}),
    TrialStatus.DISPATCHED: frozenset(
        {
            TrialStatus.RUNNING,
            TrialStatus.COMPLETED,
            TrialStatus.FAILED,
            TrialStatus.UNCERTAIN,
            TrialStatus.APPROVED,
        }
    ),
    TrialStatus.RUNNING: frozenset(
        {
            TrialStatus.COMPLETED,
            TrialStatus.FAILED,
            TrialStatus.UNCERTAIN,
            TrialStatus.APPROVED,
            TrialStatus.ABANDONED,
        }
    ),
    TrialStatus.UNCERTAIN: frozenset(
        {
            TrialStatus.RUNNING,
            TrialStatus.COMPLETED,
            TrialStatus.FAILED,
            TrialStatus.APPROVED,
            TrialStatus.ABANDONED,
        }
    ),
    TrialStatus.FAILED: frozenset({TrialStatus.APPROVED, TrialStatus.ABANDONED}),
    TrialStatus.COMPLETED: frozenset(),
    TrialStatus.ABANDONED: frozenset(),
    TrialStatus.REJECTED: frozenset(),
}

IN_FLIGHT = frozenset({TrialStatus.DISPATCHED, TrialStatus.RUNNING})
"""Trials that the outside world may be working on."""
