"""`{kind: xrd_peaks}`: lines of a diffraction pattern, phase fractions, and the ratio of two lines."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, field_validator, model_validator

from orchestrator.analysis.errors import AnalysisError
from orchestrator.analysis.pattern import Line, fit_lines, maxima
from orchestrator.analysis.record import FILE, Record
from orchestrator.executors.outcome import Outcome, Value

COPPER = 1.5406
"""K-alpha-1 of copper, in angstrom."""
SIGNIFICANT = 3.0
SCHERRER = 0.9

Name = Annotated[str, Field(pattern=r"^[A-Za-z]\w*$")]


class PhaseLine(BaseModel):
    """One line of a phase: distance of its lattice planes in angstrom, and its intensity in the pure phase."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    d: PositiveFloat
    weight: PositiveFloat = 1.0


def _lines(*pairs: tuple[float, float]) -> tuple[PhaseLine, ...]:
    return tuple(PhaseLine(d=d, weight=weight) for d, weight in pairs)


TITANIA: Mapping[str, tuple[PhaseLine, ...]] = {
    "anatase": _lines((3.520, 1.0), (2.378, 0.2), (1.892, 0.35)),
    "rutile": _lines((3.247, 1.0), (2.487, 0.5), (1.687, 0.6)),
}


class Ratio(BaseModel):
    """Two lines by their phase and number (1 is the first that the phase lists)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: tuple[Name, Annotated[int, Field(ge=1)]]
    to: tuple[Name, Annotated[int, Field(ge=1)]]


class XrdPeaksSettings(BaseModel):
    """Fits the lines of known phases and a smooth background to a scan; standard errors are those of counted photons.

    Adds `PHASE_fraction` for every phase: its share of the lines' areas, each divided by the line's weight. With
    `ratio` it adds `peak_ratio`, the height of one line over that of another, and `peak_share`, the height of the
    one over the sum of both, which stays finite where the other one vanishes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["xrd_peaks"] = "xrd_peaks"
    measurement: str = "diffraction"
    """The raw data: columns `two_theta` (degrees) and `counts`."""
    wavelength: PositiveFloat = COPPER
    """Angstrom."""
    width: Annotated[float, Field(gt=0.02, lt=2.0)] = 0.3
    """Full width at half maximum of a line that cannot be seen, degrees: with it an upper limit is found."""
    instrument: PositiveFloat = 0.08
    """Full width at half maximum that a perfect crystal has in this instrument, degrees."""
    phases: dict[Name, Annotated[tuple[PhaseLine, ...], Field(min_length=1)]] = Field(default=dict(TITANIA))
    """The lines of each phase that may be there."""
    ratio: Ratio | None = None

    @field_validator("phases")
    @classmethod
    def _some_phase(cls, phases: dict[str, Any]) -> dict[str, Any]:
        if not phases:
            raise ValueError("no phase is given.")
        return phases

    @model_validator(mode="after")
    def _known_lines(self) -> "XrdPeaksSettings":
        for name, number in () if self.ratio is None else (self.ratio.of, self.ratio.to):
            if name not in self.phases or number > len(self.phases[name]):
                raise ValueError(f"ratio: there is no line {number} of '{name}' under phases.")
        for name, lines in self.phases.items():
            if any(self.wavelength >= 2 * line.d for line in lines):
                raise ValueError(f"phases: '{name}' has a line that this wavelength cannot reach.")
        return self

    def build(self) -> "XrdPeaks":
        """The step."""
        return XrdPeaks(self)

    def quantities(self) -> tuple[str, ...]:
        """The names of the values."""
        fractions = tuple(f"{name}_fraction" for name in self.phases)
        return fractions if self.ratio is None else (*fractions, "peak_ratio", "peak_share")

    def angle(self, line: PhaseLine) -> float:
        """Where Bragg's law puts the line, 2 theta in degrees."""
        return math.degrees(2 * math.asin(self.wavelength / (2 * line.d)))


class XrdPeaks:
    """The analysis step `xrd_peaks`."""

    def __init__(self, settings: XrdPeaksSettings) -> None:
        self._settings = settings

    def analyse(self, folder: Path, outcome: Outcome) -> Outcome:
        """`outcome` with the phase fractions and the ratio, and all lines in its details."""
        import numpy as np

        settings = self._settings
        measured = Record.read(folder / FILE).measurement(settings.measurement)
        angles, counts = np.array(measured.column("two_theta")), np.array(measured.column("counts"))
        expected = self._expected(float(angles.min()), float(angles.max()))
        lines = dict(zip(expected, fit_lines(angles, counts, list(expected.values()), settings.width), strict=True))
        found = {**self._fractions(lines), **self._ratio(lines)}
        details = {
            "lines": [_described(key, line, settings) for key, line in lines.items()],
            "maxima": [round(at, 3) for at in maxima(angles, counts)[:12]],
        }
        return outcome.model_copy(
            update={"values": {**outcome.values, **found}, "details": {**outcome.details, settings.kind: details}}
        )

    def _expected(self, low: float, high: float) -> dict[tuple[str, int], float]:
        """The angles of the lines that lie in the scan, by phase and number."""
        within = {
            (name, number): angle
            for name, lines in self._settings.phases.items()
            for number, line in enumerate(lines, start=1)
            if low + 0.5 < (angle := self._settings.angle(line)) < high - 0.5
        }
        for name in self._settings.phases:
            if not any(key[0] == name for key in within):
                raise AnalysisError(f"the scan from {low:g} to {high:g} degrees has no line of '{name}'.")
        return within

    def _fractions(self, lines: Mapping[tuple[str, int], Line]) -> dict[str, Value]:
        amounts = {name: self._amount(name, lines) for name in self._settings.phases}
        total = math.fsum(amount for amount, _ in amounts.values())
        total_std = math.hypot(*(std for _, std in amounts.values()))
        if total < SIGNIFICANT * total_std:
            # No crystal of any known phase: nothing is known of their proportions but that each is a part of nothing.
            return {f"{name}_fraction": Value(value=0.0, standard_error=0.5) for name in amounts}
        found = {}
        for name, (amount, std) in amounts.items():
            rest_std = math.sqrt(max(total_std**2 - std**2, 0.0))
            error = math.hypot((total - amount) * std, amount * rest_std) / total**2
            found[f"{name}_fraction"] = Value(value=amount / total, standard_error=error)
        return found

    def _amount(self, phase: str, lines: Mapping[tuple[str, int], Line]) -> tuple[float, float]:
        """Area over weight, the mean of the phase's lines weighted by their uncertainties."""
        pairs = [
            (line.area / weight, max(line.area_std, 1e-12) / weight)
            for (name, number), line in lines.items()
            if name == phase
            for weight in [self._settings.phases[name][number - 1].weight]
        ]
        sum_of_weights = math.fsum(std**-2 for _, std in pairs)
        mean = math.fsum(amount * std**-2 for amount, std in pairs) / sum_of_weights
        return max(mean, 0.0), sum_of_weights**-0.5

    def _ratio(self, lines: Mapping[tuple[str, int], Line]) -> dict[str, Value]:
        ratio = self._settings.ratio
        if ratio is None:
            return {}
        missing = [key for key in (ratio.of, ratio.to) if key not in lines]
        if missing:
            raise AnalysisError(f"line {missing[0][1]} of '{missing[0][0]}' lies outside the scan.")
        of, to = lines[ratio.of], lines[ratio.to]
        above, below = max(of.height, of.height_std), max(to.height, to.height_std)
        relative = math.hypot(of.height_std / above, to.height_std / below)
        share = above / (above + below)
        return {
            "peak_ratio": Value(value=above / below, standard_error=relative * above / below),
            "peak_share": Value(value=share, standard_error=share * (1 - share) * relative),
        }


def _described(key: tuple[str, int], line: Line, settings: XrdPeaksSettings) -> dict[str, Any]:
    about: dict[str, Any] = {
        "phase": key[0],
        "line": key[1],
        "two_theta": line.position,
        "width": line.width,
        "height": line.height,
        "height_std": line.height_std,
        "area": line.area,
        "area_std": line.area_std,
        "seen": line.seen,
    }
    if line.seen:
        about |= {"two_theta_std": line.position_std, "width_std": line.width_std}
        if line.width > 1.05 * settings.instrument:
            about["crystallite_nm"] = crystallite(line, settings)
    return about


def crystallite(line: Line, settings: XrdPeaksSettings) -> float:
    """The size of the crystals in nm that widens the line as it is seen (Scherrer 1918, with the factor 0.9)."""
    own = math.radians(math.sqrt(line.width**2 - settings.instrument**2))
    return SCHERRER * settings.wavelength / (own * math.cos(math.radians(line.position / 2))) / 10
