"""A question to a person, with what is known about it: lines for a terminal, Markdown for a page."""

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.report.notation import all_measured


def evidence(found: Mapping[str, Any]) -> list[str]:
    """What a person should know before they answer, a line each; `found` is the evidence of a question."""
    return [*_known(found), *(f"  {line}" for line in found.get("plan", ()))]


def markdown(text: str, found: Mapping[str, Any], commands: Sequence[str]) -> str:
    """The same as a page, with the commands that answer as well."""
    page = [f"### {text[:1].upper()}{text[1:]}", "", *(f"- {line}" for line in _known(found))]
    if found.get("plan"):
        page += ["", "What would be done:", "```", *found["plan"], "```"]
    return "\n".join([*page, "", "On the command line:", "```", *commands, "```"])


def _known(found: Mapping[str, Any]) -> list[str]:
    lines = []
    if "parameters" in found:
        lines.append(f"parameters: {_pairs(found['parameters'])}")
    for name, seen in found.get("predicted", {}).items():
        lines.append(f"expected {name}: {seen['mean']:.4g} ± {seen['standard_deviation']:.2g}")
    if found.get("reasons"):
        lines.append(f"proposed because: {_pairs(found['reasons'])}")
    if found.get("trials"):
        lines.append("trials: " + ", ".join(f"{count} {status}" for status, count in found["trials"].items()))
    if found.get("best"):
        lines += _best(found["best"])
    if found.get("since_progress") is not None:
        lines.append(f"trials since the last progress: {found['since_progress']}")
    if found.get("chance_of_better") is not None:
        lines.append(f"chance that a better candidate remains: {found['chance_of_better']:.2g}")
    if found.get("decided") is not None:
        lines.append(f"candidates that are decided: {found['decided']:.1%}")
    if found.get("reason") and "best" not in found:
        lines.append(f"reason: {found['reason']}")
    if found.get("asked"):
        lines.append(f"asked: {found['asked']}")
    return lines


def _best(best: Mapping[str, Any]) -> list[str]:
    if "front" in best:
        return [f"on the front: {len(best['front'])} trials"]
    return [f"best: {all_measured(best)} (trial {best['trial']}: {_pairs(best['parameters'])})"]


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_short(value)}" for name, value in values.items())


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
