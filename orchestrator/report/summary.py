"""What a person reads when a campaign leaves the terminal."""

from typing import Any

from orchestrator.campaign.spec import CampaignSpec, RandomSearchSpec
from orchestrator.report.notation import all_measured, measured, with_unit
from orchestrator.report.random_search import random_search

SHOWN = 12
"""How many trials of a Pareto front are told."""


def summary(spec: CampaignSpec, status: dict[str, Any], searched: str, *, ledger: str, ui: str | None) -> list[str]:
    """Lines: the best, its files, how many trials, random search, ledger, Prefect.

    `searched` follows the number of trials: "of 36 candidates", "in a space of 2 parameters".
    """
    trials = sum(status["trials"].values())
    failed = status["trials"].get("failed", 0)
    lines = [
        "",
        f"campaign {spec.campaign}: {status['status']}" + (f", {status['reason']}" if status["reason"] else ""),
    ]
    best = status["best"]
    if best is not None and "front" in best:
        lines += _front(best)
    elif best is not None:
        (value,) = best["objectives"].values()
        where = f"trial {best['trial']}" if "imported" not in best else f"row {best['imported']['row']} of the prior"
        lines.append(f"  best           {measured(value)}  ({where})")
        lines += [f"  {name:<13}  {measured(seen)}" for name, seen in best.get("constraints", {}).items()]
        lines += [f"  file           {file}" for file in best["files"]]
    used = f"  trials         {trials} {searched}"
    lines.append(used + (f", {failed} failed" if failed else ""))
    if "spent" in status.get("budget", {}):
        lines.append(f"  cost           {_cost(status['budget'])}")
    lines += _random_search(spec.report.random_search, spec)
    lines += [f"  ledger         {ledger}", f"  Prefect        {ui or 'junkan ui'}"]
    if status["status"] == "review":
        lines += [
            "",
            f"A person is needed: `junkan review {spec.campaign}` says what for and how to answer, then "
            f"`junkan resume {spec.campaign}`",
        ]
    elif status["status"] in ("paused", "interrupted"):
        lines += ["", f"Go on with `junkan resume {spec.campaign}`"]
    return lines


def _cost(budget: dict[str, Any]) -> str:
    limit = f" of {budget['cost']:g}" if "cost" in budget else ""
    return with_unit(f"{budget['spent']:g}{limit}", budget["cost_unit"])


def _front(best: dict[str, Any]) -> list[str]:
    volume = "" if best["hypervolume"] is None else f", hypervolume {best['hypervolume']:.6g}"
    found = best["front"]
    lines = [f"  front          {len(found)} trials{volume}"]
    lines += [f"    trial {trial['trial']:>4}   {all_measured(trial)}" for trial in found[:SHOWN]]
    return lines + ([f"    and more: `junkan best {best['campaign']}`"] if len(found) > SHOWN else [])


def _random_search(known: RandomSearchSpec | None, spec: CampaignSpec) -> list[str]:
    if known is None:
        return [
            "  random search  unknown here; a control run tells: "
            f"junkan run FILE --set 'optimizer={{kind: random}}' --name {spec.campaign}-random"
        ]
    (objective,) = spec.improved
    try:
        found = random_search(known.table, objective.name, known.within, objective.goal)
    except (OSError, KeyError, ValueError) as error:
        return [f"  random search  unknown: {error}"]
    within = with_unit(f"{known.within:g}", objective.unit)
    return [
        f"  random search  {found.expected_trials:.1f} trials on average to come within {within} of "
        f"{found.best:.6g} ({found.successes:,} of {found.candidates:,} candidates in {known.table.name} do)"
    ]
