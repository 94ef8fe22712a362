"""A campaign as a table for other programs: CSV, Parquet or JSON."""

import json
import math
from pathlib import Path
from typing import Any

from sqlmodel import Session

from orchestrator.ledger import views
from orchestrator.ledger.errors import ExportRefused

FORMATS = (".csv", ".parquet", ".json")


def export(session: Session, name: str, to: Path) -> int:
    """Write the trials of a campaign to `to`, by temporary file and rename; returns how many.

    JSON keeps everything, with the campaign's file and provenance; CSV and Parquet hold one row per trial with the
    columns trial, status, failure, reason, attempts, cost (where accounts are kept), the parameters, and value,
    standard error and prediction of the objective. Raises ExportRefused for an unknown ending or a folder that is not
    there.
    """
    if to.suffix not in FORMATS:
        raise ExportRefused(f"--to {to}: the ending {to.suffix!r} is not known. Known: {', '.join(FORMATS)}")
    if not to.absolute().parent.is_dir():
        raise ExportRefused(f"--to {to}: the folder {to.absolute().parent} does not exist")
    trials = views.trials(session, name)
    temporary = to.with_name(f".{to.name}.new")
    try:
        if to.suffix == ".json":
            temporary.write_text(json.dumps(_document(session, name, trials), indent=1) + "\n", encoding="utf-8")
        else:
            _write_table([_row(trial) for trial in trials], temporary, to.suffix)
        temporary.replace(to)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ExportRefused(f"--to {to}: cannot be written: {error.strerror}") from error
    return len(trials)


def _write_table(rows: list[dict[str, Any]], path: Path, ending: str) -> None:
    import pandas as pd

    table = pd.DataFrame(rows)
    if ending == ".csv":
        table.to_csv(path, index=False, float_format="%.17g")
    else:
        table.to_parquet(path, index=False)


def _document(session: Session, name: str, trials: list[dict[str, Any]]) -> dict[str, Any]:
    row = views.campaign(session, name)
    return {
        "junkan": 1,  # version of this layout
        "campaign": name,
        "status": row.status,
        "reason": row.reason,
        "file": {"name": row.file_name, "text": row.file_text, "sha256": row.file_sha256, "overrides": row.overrides},
        "inputs": row.inputs,
        "provenance": row.provenance,
        "trials": trials,
    }


def _cost(attempts: list[dict[str, Any]]) -> dict[str, float]:
    """What the attempts at a trial have cost, where accounts are kept."""
    known = [attempt["cost"] for attempt in attempts if attempt["cost"] is not None]
    return {"cost": math.fsum(known)} if known else {}


def _row(trial: dict[str, Any]) -> dict[str, Any]:
    failure = trial["failure"] or {}
    row = {
        "trial": trial["trial"],
        "status": trial["status"],
        "failure": failure.get("kind"),
        "reason": failure.get("reason"),
        "attempts": len(trial["attempts"]),
        **_cost(trial["attempts"]),
        "proposed_by": trial["proposed_by"],
        **trial["parameters"],
    }
    for name, seen in trial["objectives"].items():
        row |= {name: seen["value"], f"{name}_standard_error": seen["standard_error"]}
    for name, predicted in trial["predicted"].items():
        row |= {f"{name}_predicted": predicted["mean"], f"{name}_predicted_sd": predicted["standard_deviation"]}
    return row | {f"{moment}_at": stamp for moment, stamp in trial["times"].items()}
