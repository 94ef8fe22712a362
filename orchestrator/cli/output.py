"""How commands print: one JSON document for programs, a few plain lines for people."""

import json
from typing import Any

import typer


def document(content: Any) -> None:
    """One JSON document on standard output, and nothing else."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))


def measured(trial: dict[str, Any]) -> str:
    """`gb_energy = 0.9511 ± 0.0002 J/m^2`, several separated by commas."""
    values = {**trial["objectives"], **trial.get("constraints", {})}
    return ", ".join(f"{name} = {_number(seen)}" for name, seen in values.items())


def best(found: dict[str, Any]) -> str:
    """What the best trial measured, or how large the front is."""
    if "front" not in found:
        return measured(found)
    volume = "" if found["hypervolume"] is None else f", hypervolume {found['hypervolume']:.6g}"
    return f"{len(found['front'])} on the front{volume}"


def parameters(values: dict[str, Any]) -> str:
    """`tx = 1.8, ty = 0.1`."""
    return ", ".join(
        f"{name} = {value:.6g}" if isinstance(value, float) else f"{name} = {value}" for name, value in values.items()
    )


def table(rows: list[list[str]], heading: list[str]) -> None:
    """Columns aligned with spaces: readable in a terminal, in a log, and by a person's eye over ssh."""
    widths = [max(len(line[column]) for line in [heading, *rows]) for column in range(len(heading))]
    for line in [heading, *rows]:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _number(seen: dict[str, Any]) -> str:
    error = seen.get("standard_error")
    spread = "" if error is None else f" ± {error:.2g}"
    return f"{seen['value']:.6g}{spread} {seen.get('unit', '')}".rstrip()
