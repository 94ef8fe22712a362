"""`{kind: sheet_resistance}`: the sheet resistance of a film from a four-point probe whose current was reversed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat

from orchestrator.analysis.errors import AnalysisError
from orchestrator.analysis.record import FILE, Measurement, Record
from orchestrator.executors.outcome import Outcome, Value

COLLINEAR = math.log(2) / math.pi
"""Voltage over current and sheet resistance, for four equally spaced points on an unbounded film (Smits 1958)."""
OVERFLOW = 9.0e37
"""From here on a number is an instrument's way to say that it cannot measure (9.9e37, SCPI-99, vol. 1, 7.2.1.4)."""
IN_COMPLIANCE = 0.98
"""A voltage this close to the compliance of the source means that its current was not reached."""
FEWEST_PAIRS = 2


class SheetResistanceSettings(BaseModel):
    """Sheet resistance in ohm/sq: the mean over pairs of readings with the current forward and reversed.

    Half the difference of a pair is free of thermal voltages. The standard error holds the scatter of the pairs and
    the uncertainty of the probe's geometry, which does not become smaller by measuring more often.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["sheet_resistance"] = "sheet_resistance"
    name: str = "sheet_resistance"
    """What the value is called among the objectives."""
    measurement: str = "four_point"
    """The raw data: columns `current` (A) and `voltage` (V)."""
    calibration: str | None = "probe_factor"
    """The calibration by which the ideal value is multiplied; its standard uncertainty is taken over."""
    geometry: PositiveFloat = 0.01
    """Relative standard uncertainty of the probe's geometry where there is no calibration of it."""
    run_to_run: NonNegativeFloat = 0.0
    """Relative standard deviation by which films of the same recipe differ. It is part of the standard error of a
    campaign that looks for a recipe, for it is what the next film of that recipe will differ by."""
    over_range: PositiveFloat = 2e8
    """Ohm per square above which a film counts as insulating."""
    thickness: str | None = None
    """A word of the raw data that tells the film's thickness in nm, where something measures it."""
    continuous_from: PositiveFloat = 8.0
    """Thickness in nm below which an insulating film is said not to be continuous."""
    resistivity: str | None = Field(default=None, pattern=r"^[A-Za-z]\w*$")
    """If given, the resistivity (ohm cm) is added under this name; needs `thickness`."""

    def build(self) -> "SheetResistance":
        """The step."""
        return SheetResistance(self)

    def quantities(self) -> tuple[str, ...]:
        """The names of the values."""
        return (self.name,) if self.resistivity is None else (self.name, self.resistivity)


@dataclass(frozen=True)
class Resistance:
    """Voltage over current, in ohm, of `pairs` reversals, and the standard error of their mean."""

    value: float
    standard_error: float
    pairs: int
    offset: float
    """The voltage without current, V: what a single reading would have been wrong by."""


class OverRange(Exception):
    """The instrument could not measure: the film conducts too little."""


def reversed_resistance(current: Sequence[float], voltage: Sequence[float], compliance: float = math.inf) -> Resistance:
    """The resistance from readings whose current alternates in sign; shapes (n,), n even, A and V.

    Raises OverRange, also for a voltage that reaches `compliance`. Raises AnalysisError if the current
    was not reversed between readings or there are too few.
    """
    pairs = list(zip(current[0::2], current[1::2], voltage[0::2], voltage[1::2], strict=False))
    if len(current) != len(voltage) or len(current) % 2 or len(pairs) < FEWEST_PAIRS:
        raise AnalysisError(f"{len(voltage)} readings at {len(current)} currents are no pairs of at least two each.")
    if any(abs(value) >= OVERFLOW for value in (*voltage, *current)):
        raise OverRange
    if any(abs(value) >= IN_COMPLIANCE * compliance for value in voltage):
        raise OverRange
    if any(plus == minus == 0.0 for plus, minus, *_ in pairs):
        raise OverRange
    if any(plus * minus >= 0 for plus, minus, *_ in pairs):
        raise AnalysisError("the current was not reversed within a pair, so thermal voltages cannot be told apart.")
    values = [(up - down) / (plus - minus) for plus, minus, up, down in pairs]
    offset = fmean((up + down) / 2 for *_, up, down in pairs)
    return Resistance(fmean(values), stdev(values) / math.sqrt(len(values)), len(values), offset)


class SheetResistance:
    """The analysis step `sheet_resistance`."""

    def __init__(self, settings: SheetResistanceSettings) -> None:
        self._settings = settings

    def analyse(self, folder: Path, outcome: Outcome) -> Outcome:
        """`outcome` with the sheet resistance, or infeasible where the film does not conduct."""
        settings = self._settings
        record = Record.read(folder / FILE)
        measured = record.measurement(settings.measurement)
        thickness = self._thickness(measured)
        try:
            compliance = float(measured.about.get("compliance", math.inf))
            resistance = reversed_resistance(measured.column("current"), measured.column("voltage"), compliance)
            factor, relative = self._factor(record)
            value = resistance.value / COLLINEAR * factor
            if abs(value) > settings.over_range:
                raise OverRange
        except OverRange:
            thin = thickness is not None and thickness < settings.continuous_from
            reason = "film not continuous" if thin else "over range"
            return outcome.model_copy(update={"values": {}, "failure": _infeasible(reason)})
        if value <= 0:
            raise AnalysisError(f"the resistance is {resistance.value:g} ohm. Are the wires of the probe interchanged?")
        statistical = resistance.standard_error / COLLINEAR * factor
        error = math.hypot(statistical, relative * value, settings.run_to_run * value)
        found = {settings.name: Value(value=value, standard_error=error)}
        if settings.resistivity is not None:
            found[settings.resistivity] = _scaled(found[settings.name], thickness)
        details = {
            "pairs": resistance.pairs,
            "statistical": statistical,
            "systematic": relative * value,
            "run_to_run": settings.run_to_run * value,
            "offset": resistance.offset,
            "factor": factor,
            **({} if thickness is None else {"thickness": thickness}),
        }
        return outcome.model_copy(
            update={
                "values": {**outcome.values, **found},
                "details": {**outcome.details, settings.name: details},
            }
        )

    def _factor(self, record: Record) -> tuple[float, float]:
        """The factor of the probe and its relative standard uncertainty."""
        if self._settings.calibration is None:
            return 1.0, self._settings.geometry
        known = record.calibration(self._settings.calibration)
        value = float(known["value"])
        std = known.get("std")
        return value, self._settings.geometry if std is None else float(std) / value

    def _thickness(self, measured: Measurement) -> float | None:
        word = self._settings.thickness
        found: Any = None if word is None else measured.about.get(word)
        return None if found is None else float(found)


def _infeasible(reason: str) -> Any:
    return Outcome.failed("infeasible", reason).failure


def _scaled(sheet: Value, thickness: float | None) -> Value:
    if thickness is None:
        raise AnalysisError("a resistivity needs the thickness of the film, which the raw data do not tell.")
    centimetres = thickness * 1e-7
    return Value(value=sheet.value * centimetres, standard_error=(sheet.standard_error or 0.0) * centimetres)
