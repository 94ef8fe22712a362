"""`space: {kind: parameters, ...}`: ranges, whole numbers, choices and compositions, with linear constraints."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, FiniteFloat, Tag, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from optimizers.errors import UnusableParameter, UnusableSpace
from optimizers.parameters import Choice, Composition, Fixed, Integer, LinearConstraint, ParameterSpace, Range, Scale
from orchestrator.campaign.spec import Word
from orchestrator.kinds.linear_text import UnreadableConstraint, read_constraint

Value: TypeAlias = str | bool | int | FiniteFloat
Condition: TypeAlias = dict[Word, Value | tuple[Value, ...]]
Limits: TypeAlias = tuple[FiniteFloat, FiniteFloat]


class _Entry(BaseModel):
    """One entry of the list of parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RangeEntry(_Entry):
    """A real number between two limits, both included."""

    name: Word
    """Under this name the executor is given the value."""
    range: Limits
    """The lowest and the highest value."""
    unit: str = ""
    """For people."""
    scale: Scale = "linear"
    """`log` where equal factors make equal differences. Both limits must then be more than 0."""
    step: FiniteFloat | None = None
    """What the instrument can set: low, low + step, ... A proposal is rounded to it before it is stored."""
    when: Condition | None = None
    """The parameter exists only where others have these values, and is null elsewhere."""

    @model_validator(mode="after")
    def _sound(self) -> "RangeEntry":
        low, high = self.range
        _checked("range", partial(Range, self.name, low, high))
        _checked("scale", partial(Range, self.name, low, high, scale=self.scale))
        _checked("step", self.build)
        return self

    def build(self) -> Range:
        """The parameter as optimizers know it."""
        return Range(self.name, *self.range, self.unit, self.scale, self.step, _when(self.when))


class IntegerEntry(_Entry):
    """A whole number between two limits, both included."""

    name: Word
    """Under this name the executor is given the value."""
    integers: tuple[int, int]
    """The lowest and the highest value."""
    unit: str = ""
    """For people."""
    scale: Scale = "linear"
    """`log` where equal factors make equal differences."""
    when: Condition | None = None
    """The parameter exists only where others have these values, and is null elsewhere."""

    @model_validator(mode="after")
    def _sound(self) -> "IntegerEntry":
        _checked("integers", partial(Integer, self.name, *self.integers))
        _checked("scale", self.build)
        return self

    def build(self) -> Integer:
        """The parameter as optimizers know it."""
        return Integer(self.name, *self.integers, self.unit, self.scale, _when(self.when))


class ChoiceEntry(_Entry):
    """One of several values."""

    name: Word
    """Under this name the executor is given the value."""
    choices: tuple[Value, ...]
    """Texts, numbers, true or false."""
    ordered: bool = False
    """Whether neighbours in the list are more alike than others."""
    when: Condition | None = None
    """The parameter exists only where others have these values, and is null elsewhere."""

    @model_validator(mode="after")
    def _sound(self) -> "ChoiceEntry":
        _checked("choices", self.build)
        return self

    def build(self) -> Choice:
        """The parameter as optimizers know it."""
        return Choice(self.name, self.choices, self.ordered, _when(self.when))


class FixedEntry(_Entry):
    """A parameter with one value, handed to the executor with every trial."""

    name: Word
    """Under this name the executor is given the value."""
    fixed: Value
    """The value."""

    def build(self) -> Fixed:
        """The parameter as optimizers know it."""
        return Fixed(self.name, self.fixed)


class CompositionEntry(_Entry):
    """Fractions of components, which sum to one."""

    composition: tuple[Word, ...]
    """The components. Under these names the executor is given the fractions."""
    step: FiniteFloat | None = None
    """Every fraction is a multiple of it; it must divide 1."""
    limits: dict[Word, Limits] = {}
    """The lowest and the highest fraction of single components."""

    @model_validator(mode="after")
    def _sound(self) -> "CompositionEntry":
        _checked("composition", partial(Composition, self.composition))
        _checked("limits", partial(self._composition, step=None))
        _checked("step", self.build)
        return self

    def build(self) -> Composition:
        """The composition as optimizers know it."""
        return self._composition(self.step)

    def _composition(self, step: float | None) -> Composition:
        lows, highs = ({name: limits[end] for name, limits in self.limits.items()} for end in (0, 1))
        return Composition(self.composition, step, lows, highs)


_ENTRIES = {
    "range": RangeEntry,
    "integers": IntegerEntry,
    "choices": ChoiceEntry,
    "fixed": FixedEntry,
    "composition": CompositionEntry,
}


def _kind_of_entry(entry: Any) -> str | None:
    if isinstance(entry, _Entry):
        return next(key for key, model in _ENTRIES.items() if isinstance(entry, model))
    return next((key for key in _ENTRIES if isinstance(entry, dict) and key in entry), None)


# Tags carry a blank, so that no key of a file is mistaken for one.
Entry: TypeAlias = Annotated[
    Annotated[RangeEntry, Tag("a range")]
    | Annotated[IntegerEntry, Tag("a integers")]
    | Annotated[ChoiceEntry, Tag("a choices")]
    | Annotated[FixedEntry, Tag("a fixed")]
    | Annotated[CompositionEntry, Tag("a composition")],
    Discriminator(
        lambda entry: None if (key := _kind_of_entry(entry)) is None else f"a {key}",
        custom_error_type="entry",
        custom_error_message=f"what can be set is missing. Give one of the keys {', '.join(_ENTRIES)}.",
    ),
]


class ParametersSettings(BaseModel):
    """Every setting of the parameters that keeps the constraints."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["parameters"] = "parameters"
    parameters: Annotated[tuple[Entry, ...], Field(min_length=1)]
    """What can be set: entries with the key `range`, `integers`, `choices`, `fixed` or `composition`."""
    constraints: tuple[str, ...] = ()
    """Linear limits, such as `power + 2*n <= 250`. A parameter that does not exist at a point counts as 0."""

    @model_validator(mode="after")
    def _sound(self) -> "ParametersSettings":
        try:
            space = self._space(())
        except UnusableParameter as error:
            raise _at(("parameters", self._entry(error.name)), str(error), error.name) from error
        for number, text in enumerate(self.constraints):
            try:
                self._space(read_constraint(text, space.names))
            except (UnreadableConstraint, UnusableSpace) as error:
                raise _at(("constraints", number), str(error), text) from error
        try:
            self.build().require_feasible()
        except UnusableSpace as error:
            raise ValueError(str(error)) from error
        return self

    def build(self) -> ParameterSpace:
        """The space."""
        names = self._space(()).names
        return self._space(tuple(one for text in self.constraints for one in read_constraint(text, names)))

    def _space(self, constraints: tuple[LinearConstraint, ...]) -> ParameterSpace:
        compositions = [entry.build() for entry in self.parameters if isinstance(entry, CompositionEntry)]
        parameters = [entry.build() for entry in self.parameters if not isinstance(entry, CompositionEntry)]
        return ParameterSpace(tuple(parameters), tuple(compositions), constraints)

    def _entry(self, name: str) -> int:
        """The last entry that defines `name`."""
        defined = [one.composition if isinstance(one, CompositionEntry) else (one.name,) for one in self.parameters]
        return max(place for place, names in enumerate(defined) if name in names)


def _when(condition: Condition | None) -> dict[str, Any] | None:
    return None if condition is None else dict(condition)


def _checked(key: str, build: Callable[[], object]) -> None:
    """Lay what `build` refuses to the charge of `key`."""
    try:
        build()
    except UnusableSpace as error:
        raise ValueError(f"{key}: {error}") from error


def _at(path: tuple[str | int, ...], message: str, value: Any) -> ValidationError:
    # The message may hold braces, which a template would take for placeholders.
    complaint = PydanticCustomError("parameters", "{message}", {"message": message})
    return ValidationError.from_exception_data("space", [InitErrorDetails(type=complaint, loc=path, input=value)])
