"""A recipe: the steps of a growth as data, with formulas where the parameters of a trial enter.

recipe: sputter_tno
let: {oxygen: "10**${log_oxygen}"}
steps:
  - load: {from: cassette, to: chamber}
  - pump_down: {below: 5e-4 Pa, within: 2 h}
  ...
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, ValidationError, WithJsonSchema

from devices.errors import RigRefused
from devices.formula import FormulaText
from devices.names import meant
from devices.rig_settings import RigSettings, refusal
from devices.station.settings import Name
from devices.steps.cool import Cool
from devices.steps.deposit import Deposit
from devices.steps.draft import Draft, Intent
from devices.steps.gas import Gas
from devices.steps.heat import Heat
from devices.steps.load import Load
from devices.steps.measure import Measure
from devices.steps.presputter import Presputter
from devices.steps.pump_down import PumpDown
from devices.steps.scan import Scan
from devices.steps.set import Set
from devices.steps.step import Step
from devices.steps.store import Store
from devices.steps.strike import Strike
from devices.steps.transfer import Transfer
from devices.steps.wait import Wait

STEPS: Mapping[str, type[Step]] = {
    step.kind: step
    for step in (
        Load,
        PumpDown,
        Heat,
        Gas,
        Strike,
        Presputter,
        Deposit,
        Cool,
        Transfer,
        Measure,
        Scan,
        Store,
        Wait,
        Set,
    )
}
"""The closed set of steps."""


def _step_from(given: object) -> Step:
    if isinstance(given, Step):
        return given
    if isinstance(given, str):
        given = {given: {}}
    if not isinstance(given, Mapping) or len(given) != 1:
        raise RigRefused("", f"a step is one name with its settings, such as `heat: {{to: 400 C}}`, not {given!r}")
    [(kind, data)] = given.items()
    if kind not in STEPS:
        raise RigRefused(str(kind), f"there is no step '{kind}'.{meant(str(kind), STEPS)}")
    try:
        return STEPS[kind].model_validate({} if data is None else data)
    except ValidationError as error:
        refused = refusal(error, data)
        place = ".".join(filter(None, [str(kind), refused.place if refused.place != "station" else ""]))
        raise RigRefused(place, refused.message + _meant_key(error, STEPS[kind])) from error


def _meant_key(error: ValidationError, step: type[Step]) -> str:
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    if first["type"] != "extra_forbidden":
        return ""
    known = [field.alias or name for name, field in step.model_fields.items()]
    return meant(str(first["loc"][0]), known)


def _step_text(step: Step) -> dict[str, Any]:
    return {step.kind: step.model_dump(by_alias=True, exclude_unset=True)}


AnyStep = Annotated[
    Step, PlainValidator(_step_from), PlainSerializer(_step_text), WithJsonSchema({"type": ["object", "string"]})
]


class Recipe(BaseModel):
    """The steps of a growth. `load_recipe` makes one, and says what is wrong with the path of keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: Name
    """Its name."""
    description: str = ""
    let: Mapping[Name, FormulaText] = {}
    """Further parameters, worked out from those of the trial and from each other, in this order; without units."""
    steps: tuple[AnyStep, ...] = Field(min_length=1)

    def parameters(self) -> tuple[str, ...]:
        """What a trial must bring, each name once."""
        formulas = [*self.let.values(), *(formula for step in self.steps for formula in step.formulas())]
        asked = dict.fromkeys(name for formula in formulas for name in formula.parameters())
        return tuple(name for name in asked if name not in self.let)

    def filled(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a trial with those of `let`. Raises RigRefused: one is missing, or not known."""
        asked = self.parameters()
        for name in parameters:
            if name not in asked:
                raise RigRefused(name, f"the recipe '{self.recipe}' has no parameter '{name}'.{meant(name, asked)}")
        for name in asked:
            if name not in parameters:
                raise RigRefused(name, f"the recipe '{self.recipe}' needs the parameter '{name}', which nobody gives")
        known = dict(parameters)
        for name, formula in self.let.items():
            try:
                known[name] = formula.value(known)
            except ValueError as error:
                raise RigRefused(f"let.{name}", str(error)) from None
        return known

    def placed(self) -> Iterator[tuple[str, Step]]:
        """The steps, each with its place: 'steps.3.heat'."""
        for number, step in enumerate(self.steps):
            yield f"steps.{number}.{step.kind}", step


def load_recipe(data: Mapping[str, object]) -> Recipe:
    """The recipe in the plain data of a file. Raises RigRefused for the first thing wrong."""
    try:
        recipe = Recipe.model_validate(data)
    except ValidationError as error:
        raise refusal(error, data) from error
    for name, formula in recipe.let.items():
        if formula.unit:
            raise RigRefused(f"let.{name}", f"'{formula}' has a unit: give it where the parameter is used")
        if name in formula.parameters():
            raise RigRefused(f"let.{name}", "is worked out from itself")
    _check_order(recipe)
    return recipe


def _check_order(recipe: Recipe) -> None:
    """A recipe coats one sample once, and what it strikes it puts out. Raises RigRefused."""
    loaded = burning = coated = False
    for place, step in recipe.placed():
        if isinstance(step, Load):
            _require(not loaded, place, "a growth has one sample: load once")
            loaded = True
        elif isinstance(step, Transfer | Measure | Scan):
            _require(loaded, place, "no sample was loaded before")
            _require(not burning, place, "the plasma burns: deposit first")
        elif isinstance(step, Strike):
            _require(not burning, place, "the plasma burns already")
            burning = True
        elif isinstance(step, Presputter):
            _require(burning, place, "nothing burns: strike first")
        elif isinstance(step, Deposit):
            _require(burning, place, "nothing burns: strike first")
            _require(loaded, place, "no sample was loaded before")
            _require(not coated, place, "a sample is coated once (R14): deposit once")
            burning, coated = False, True
    _require(not burning, "steps", "the plasma is struck and never put out: deposit does that")


def _require(holds: bool, place: str, message: str) -> None:
    if not holds:
        raise RigRefused(place, message)


def check_recipe(recipe: Recipe, rig: RigSettings) -> None:
    """Whether this rig can do this recipe, whatever the parameters. Opens nothing. Raises RigRefused, OutsideLimits."""
    for _ in intents(recipe, rig, None):
        continue


def intents(
    recipe: Recipe, rig: RigSettings, parameters: Mapping[str, Any] | None
) -> Iterator[tuple[str, Step, Intent]]:
    """What each step will do. Raises RigRefused if the rig cannot, OutsideLimits if these parameters must not."""
    known = None if parameters is None else recipe.filled(parameters)
    for place, step in recipe.placed():
        yield place, step, step.intend(Draft(rig, known, place))


def planned_plasma(recipe: Recipe, rig: RigSettings, parameters: Mapping[str, Any]) -> dict[str, float]:
    """Place of each strike -> seconds for which its plasma is to burn, for the instrument's own timer (R9)."""
    planned: dict[str, float] = {}
    strike: str | None = None
    for place, step, intent in intents(recipe, rig, parameters):
        if isinstance(step, Strike):
            strike = place
            planned[strike] = 0.0
        if strike is not None:
            planned[strike] += intent.plasma
        if intent.ends_plasma:
            strike = None
    return planned
