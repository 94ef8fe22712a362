"""How quantities are written for people."""

import math
from collections.abc import Mapping
from typing import Any

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def readable_unit(unit: str) -> str:
    """`J/m²` for `J/m^2`; everything else as it is."""
    first, *powers = unit.split("^")
    for power in powers:
        length = len(power) - len(power.lstrip("-0123456789"))
        first += (power[:length].translate(SUPERSCRIPTS) or "^") + power[length:]
    return first


def with_unit(text: str, unit: str) -> str:
    """`0.9511 J/m²`, or the number alone where there is no unit."""
    return f"{text} {readable_unit(unit)}".rstrip()


def measured(seen: Mapping[str, Any]) -> str:
    """`0.9511 ± 0.0002 J/m²` for a value with its standard error and its unit."""
    error = seen["standard_error"]
    spread = "" if error is None else f" ± {error:.2g}"
    return with_unit(f"{seen['value']:.6g}{spread}", seen["unit"])


def all_measured(trial: Mapping[str, Any]) -> str:
    """`strength = 312 MPa, cost = 41 EUR/kg`: everything that a trial measured, by name."""
    values = {**trial["objectives"], **trial.get("constraints", {})}
    return ", ".join(f"{name} = {measured(seen)}" for name, seen in values.items())


def heading(name: str, unit: str) -> str:
    """`gb_energy (J/m²)`: the head of a column, the label of an axis."""
    return f"{name} ({readable_unit(unit)})" if unit else name


def interval(mean: float, deviation: float) -> str:
    """`0.9511 ± 0.0032`: the deviation with two digits, the mean to the same decimal place."""
    if not (math.isfinite(mean) and math.isfinite(deviation)) or deviation <= 0:
        return f"{mean:.6g}"
    decimals = 1 - math.floor(math.log10(deviation))
    if not 0 <= decimals <= 6:
        return f"{mean:.6g} ± {deviation:.2g}"
    return f"{mean:.{decimals}f} ± {deviation:.{decimals}f}"


def short(value: Any) -> Any:
    """A parameter with at most six digits where it is a number; a whole number loses its `.0`."""
    if isinstance(value, bool) or not isinstance(value, float) or not math.isfinite(value):
        return value
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e6 else rounded
