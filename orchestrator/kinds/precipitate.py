"""Precipitates: material parameters for which computed shapes agree with observed ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PositiveFloat, model_validator

from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.outcome import Outcome, Value

if TYPE_CHECKING:
    from optimizers import CandidatePool

KIND: Literal["precipitate_shape"] = "precipitate_shape"
ERROR = "shape_error"
MATERIAL = ("shear_modulus", "poisson_ratio", "misfit_a", "misfit_c", "interface_energy")
MOST_CANDIDATES = 1_000_000


class Axis(BaseModel):
    """Equally spaced values of one parameter, both ends included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: FiniteFloat
    high: FiniteFloat
    points: int = Field(ge=2, le=10_000)

    @model_validator(mode="after")
    def _ascending(self) -> "Axis":
        if self.low >= self.high:
            raise ValueError(f"low: {self.low:g} is not below high, which is {self.high:g}.")
        return self


class PrecipitateParameters(BaseModel):
    """A grid over material parameters; those without an axis are stated by the executor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["precipitate_parameters"] = "precipitate_parameters"
    interface_energy: Axis | None = None
    """Energy of the interface, in J/m^2."""
    misfit_a: Axis | None = None
    """Stress-free strain of the precipitate perpendicular to its axis of revolution."""
    misfit_c: Axis | None = None
    """Stress-free strain along that axis."""
    shear_modulus: Axis | None = None
    """Shear modulus of matrix and precipitate, in GPa."""
    poisson_ratio: Axis | None = None
    """Poisson's ratio of both."""

    @model_validator(mode="after")
    def _a_grid(self) -> "PrecipitateParameters":
        if not self.axes():
            raise ValueError("no parameter is searched. Give at least one of: " + ", ".join(MATERIAL) + ".")
        size = 1
        for axis in self.axes().values():
            size *= axis.points
        if size > MOST_CANDIDATES:
            raise ValueError(f"the grid has {size:,} points; at most {MOST_CANDIDATES:,} are possible.")
        return self

    def axes(self) -> dict[str, Axis]:
        """The axes that are given, in the order in which they are documented."""
        found = {name: getattr(self, name) for name in type(self).model_fields if name != "kind"}
        return {name: axis for name, axis in found.items() if axis is not None}

    def build(self) -> "CandidatePool":
        """Every point of the grid, the last axis fastest."""
        import numpy as np
        import pandas as pd

        from optimizers import CandidatePool

        lines = [np.linspace(axis.low, axis.high, axis.points) for axis in self.axes().values()]
        grid = np.meshgrid(*lines, indexing="ij")
        return CandidatePool(pd.DataFrame({name: it.ravel() for name, it in zip(self.axes(), grid, strict=True)}))


class Shape(BaseModel):
    """A precipitate seen in a microscope."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    radius: PositiveFloat
    """Radius of the sphere of equal volume, in nm."""
    aspect: PositiveFloat
    """Extent along the axis of revolution over extent across it."""


class PrecipitateShapeSettings(BaseModel):
    """Computes the shapes of lowest energy and compares them with observed ones.

    The objective is `shape_error`, the root mean square difference of the logarithms of the aspect ratios. A material
    parameter that is no column of the space is stated here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["precipitate_shape"] = KIND
    observed: Annotated[tuple[Shape, ...], Field(min_length=1)]
    """Observed precipitates."""
    shear_modulus: PositiveFloat | None = None
    """Shear modulus of matrix and precipitate, in GPa."""
    poisson_ratio: Annotated[float, Field(gt=-1.0, lt=0.5)] | None = None
    """Poisson's ratio of both."""
    misfit_a: FiniteFloat | None = None
    """Stress-free strain of the precipitate perpendicular to its axis of revolution."""
    misfit_c: FiniteFloat | None = None
    """Stress-free strain along that axis."""
    interface_energy: PositiveFloat | None = None
    """Energy of the interface, in J/m^2."""
    timeout: PositiveFloat = 600.0
    """Seconds after which a trial is given up."""

    def build(self, context: ExecutorContext) -> Executor:
        """The executor; no process is started yet. Raises ExecutorError if it cannot evaluate this campaign."""
        from orchestrator.executors.process import ProcessExecutor

        self._check(context)
        return ProcessExecutor(KIND, self.model_dump(mode="json"), context.parallel, self.timeout)

    def cost(self, _context: ExecutorContext) -> str:
        """A sentence for `junkan plan`."""
        return f"about {0.5 * len(self.observed):.1g} ms of one core"

    def stated(self) -> dict[str, float]:
        """The material parameters that are the same in every trial."""
        return {name: value for name in MATERIAL if (value := getattr(self, name)) is not None}

    def _check(self, context: ExecutorContext) -> None:
        unknown = [name for name in context.objectives if name != ERROR]
        if unknown:
            raise ExecutorError(f"kind: '{KIND}' does not measure '{unknown[0]}'. It measures {ERROR}.")
        if not isinstance(context.space, PrecipitateParameters):
            return  # another space brings what it brings; a trial that lacks a parameter says which
        searched, stated = context.space.axes(), self.stated()
        for name in MATERIAL:
            if name in searched and name in stated:
                raise ExecutorError(f"{name}: it is searched, by `space`, and stated here. Remove one of them.")
            if name not in searched and name not in stated:
                raise ExecutorError(f"{name}: it is neither searched, by `space`, nor stated here.")


class PrecipitateShape:
    """The registered function `precipitate_shape`, prepared for one set of observed shapes."""

    def __init__(self, settings: PrecipitateShapeSettings) -> None:
        self._stated = settings.stated()
        self._observed = settings.observed

    def __call__(self, parameters: Mapping[str, Any], _folder: Path) -> Outcome:
        """The error of the shapes; parameters that are no precipitate are infeasible."""
        from simulators.precipitate.discrepancy import error_of
        from simulators.precipitate.energy import Precipitate
        from simulators.precipitate.errors import NoEquilibrium, UnusablePrecipitate
        from simulators.precipitate.shape import equilibrium_aspect

        material = self._stated | {name: parameters[name] for name in MATERIAL if name in parameters}
        missing = [name for name in MATERIAL if name not in material]
        if missing:
            raise ValueError(f"{missing[0]}: neither the trial nor the executor states it.")
        try:
            precipitate = Precipitate(**{name: float(value) for name, value in material.items()})
            aspects = [equilibrium_aspect(precipitate, shape.radius) for shape in self._observed]
        except (UnusablePrecipitate, NoEquilibrium) as error:
            return Outcome.failed("infeasible", str(error))
        found = error_of(aspects, [shape.aspect for shape in self._observed])
        predicted = [
            {"radius": shape.radius, "observed": shape.aspect, "predicted": aspect}
            for shape, aspect in zip(self._observed, aspects, strict=True)
        ]
        return Outcome(values={ERROR: Value(value=found, standard_error=0.0)}, details={"shapes": predicted})


def shape_function(settings: Mapping[str, Any]) -> PrecipitateShape:
    """The function `precipitate_shape`, from what `PrecipitateShapeSettings.build` put into `settings`."""
    return PrecipitateShape(PrecipitateShapeSettings.model_validate(settings))
