"""What a person reads when a campaign leaves the terminal."""

from typing import Any

from orchestrator.campaign.spec import CampaignSpec, RandomSearchSpec
from orchestrator.report.notation import with_unit
from orchestrator.report.random_search import random_search


def summary(spec: CampaignSpec, status: dict[str, Any], space: str, *, ledger: str, ui: str | None) -> list[str]:
    """Lines: the best, its structure file, trials used of how many candidates, random search, ledger, Prefect."""
    trials = sum(status["trials"].values())
    failed = status["trials"].get("failed", 0)
    lines = [
        "",
        f"campaign {spec.campaign}: {status['status']}" + (f", {status['reason']}" if status["reason"] else ""),
    ]
    best = status["best"]
    if best is not None:
        seen = best["objectives"][spec.objective.name]
        spread = "" if seen["standard_error"] is None else f" ± {seen['standard_error']:.2g}"
        value = with_unit(f"{seen['value']:.6g}{spread}", seen["unit"])
        lines.append(f"  best           {value}  (trial {best['trial']})")
        lines += [f"  file           {file}" for file in best["files"]]
    used = f"  trials         {trials} of {space}"
    lines.append(used + (f", {failed} failed" if failed else ""))
    lines += _random_search(spec.report.random_search, spec)
    lines += [f"  ledger         {ledger}", f"  Prefect        {ui or 'junkan ui'}"]
    if status["status"] == "review":
        lines += [
            "",
            f"A person is needed: see `junkan trials {spec.campaign}`, then `junkan tell {spec.campaign} TRIAL ...`",
        ]
    elif status["status"] in ("paused", "interrupted"):
        lines += ["", f"Go on with `junkan resume {spec.campaign}`"]
    return lines


def _random_search(known: RandomSearchSpec | None, spec: CampaignSpec) -> list[str]:
    if known is None:
        return [
            "  random search  unknown here; a control run tells: "
            f"junkan run FILE --set 'optimizer={{kind: random}}' --name {spec.campaign}-random"
        ]
    try:
        found = random_search(known.table, spec.objective.name, known.within, spec.objective.goal)
    except (OSError, KeyError, ValueError) as error:
        return [f"  random search  unknown: {error}"]
    within = with_unit(f"{known.within:g}", spec.objective.unit)
    return [
        f"  random search  {found.expected_trials:.1f} trials on average to come within {within} of "
        f"{found.best:.6g} ({found.successes:,} of {found.candidates:,} candidates in {known.table.name} do)"
    ]
