"""What a campaign file says, checked: the CampaignSpec."""

import re
from typing import Annotated, Any, Literal, Protocol

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from optimizers import Objective, OptimizerSettings, OutcomeConstraint, Space
from optimizers.objective import Goal
from orchestrator.campaign.cost import CostSpec, Money
from orchestrator.campaign.paths import CampaignPath
from orchestrator.campaign.plugins import EXECUTORS, OPTIMIZERS, SPACES
from orchestrator.campaign.section import PlugInSection
from orchestrator.campaign.wording import short
from orchestrator.executors.base import ExecutorSettings

_SLUG = "^[a-z0-9]+(-[a-z0-9]+)*$"
_WORD = "^[A-Za-z][A-Za-z0-9_]*$"
_LONGEST_NAME = 64
_LARGEST_SEED = 2**63 - 1


def _slug(name: str) -> str:
    if re.fullmatch(_SLUG, name) and len(name) <= _LONGEST_NAME:
        return name
    plain = re.sub("[^a-z0-9]+", "-", name.lower())[:_LONGEST_NAME].strip("-")
    guess = f" Did you mean '{plain}'?" if plain else ""
    raise ValueError(
        f"{short(name)!r} is no name.{guess} Allowed: small letters, digits and single hyphens, at most 64."
    )


def _word(name: str) -> str:
    if re.fullmatch(_WORD, name):
        return name
    raise ValueError(f"{short(name)!r} is no name. Allowed: a letter, then letters, digits and underscores.")


Slug = Annotated[
    str,
    AfterValidator(_slug),
    WithJsonSchema({"type": "string", "pattern": _SLUG, "maxLength": _LONGEST_NAME}),
]
Word = Annotated[str, AfterValidator(_word), WithJsonSchema({"type": "string", "pattern": _WORD})]


class SpaceSettings(Protocol):
    """What a `spaces` plug-in registers: a frozen pydantic model with a literal `kind`, and this method."""

    kind: Any

    def build(self) -> Space:
        """What is searched. Heavy imports happen here, never at module level."""
        ...


class Section(BaseModel):
    """A part of a campaign file: it never changes, and knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ObjectiveSpec(Section):
    """The quantity that the campaign improves."""

    name: Word
    """The name of the quantity in the outcomes of the executor."""
    unit: str = ""
    """Its unit, such as J/m^2; empty for a number without a unit."""
    goal: Goal
    """Whether smaller or larger values are better."""
    threshold: FiniteFloat | None = None
    """Where there are several objectives: the least that is of interest, in the unit; the reference of the
    hypervolume."""

    def build(self) -> Objective:
        """The objective as optimizers know it."""
        return Objective(self.name, self.unit, self.goal, self.threshold)


class ConstraintSpec(Section):
    """A quantity that is measured with the objective and must stay within limits."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["at_least"]}, {"required": ["at_most"]}]})

    name: Word
    """The name of the quantity in the outcomes of the executor."""
    unit: str = ""
    """Its unit, such as GPa; empty for a number without a unit."""
    at_least: FiniteFloat | None = None
    """The smallest value that is allowed, in the unit."""
    at_most: FiniteFloat | None = None
    """The largest value that is allowed, in the unit."""

    @model_validator(mode="after")
    def _some_limit(self) -> "ConstraintSpec":
        low, high = self.at_least, self.at_most
        if low is None and high is None:
            raise ValueError(f"nothing limits {self.name!r}. Give at_least, at_most, or both.")
        if low is not None and high is not None and low > high:
            raise ValueError(f"at_least: {low:g} is above at_most, {high:g}: no value is allowed.")
        return self

    def build(self) -> OutcomeConstraint:
        """The constraint as optimizers know it."""
        return OutcomeConstraint(self.name, self.unit, self.at_least, self.at_most)


JUDGING = ("target", "no_progress", "chance_of_better", "decided")
"""The conditions of `stop` that judge whether enough is known; the others are budgets."""


class StopSpec(Section):
    """When the campaign ends: as soon as one of the conditions holds, or when no candidate is left."""

    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 1,
            "dependentRequired": {"chance_of_better": ["delta"]},
        }
    )

    trials: PositiveInt | None = None
    """End after this many trials; failed ones count, rejected ones do not."""
    hours: Annotated[FiniteFloat, Field(gt=0)] | None = None
    """End after this many hours of running."""
    cost: Money | None = None
    """End when the next trial would cost more than is left of this, in the unit of `cost`; every attempt counts."""
    target: FiniteFloat | None = None
    """End when a trial reaches this value of the objective, in its unit."""
    no_progress: PositiveInt | None = None
    """End after this many completed trials in a row that brought nothing better (by more than `delta`, if given)."""
    chance_of_better: Annotated[float, Field(gt=0, lt=1)] | None = None
    """End when the chance that an untried candidate is better by more than `delta` falls below this."""
    decided: Annotated[float, Field(gt=0, le=1)] | None = None
    """End when this share of the candidates is known to lie inside or outside of the region that is looked for."""
    delta: NonNegativeFloat | None = None
    """The improvement that still matters to `no_progress` and `chance_of_better`, in the unit of the objective."""
    propose: bool = False
    """Whether `target`, `no_progress`, `chance_of_better` and `decided` only propose to stop: a person then says."""

    @property
    def unjudged(self) -> "StopSpec":
        """The same without the conditions that judge convergence."""
        return self.model_copy(update=dict.fromkeys(JUDGING))

    @model_validator(mode="after")
    def _some_condition(self) -> "StopSpec":
        conditions = ("trials", "hours", "cost", "target", "no_progress", "chance_of_better", "decided")
        if self.delta is not None and self.chance_of_better is None and self.no_progress is None:
            raise ValueError("delta: only no_progress and chance_of_better use it. Give one of them, or leave it out.")
        if self.chance_of_better is not None and self.delta is None:
            raise ValueError("chance_of_better: the key 'delta' is missing, the improvement that still matters.")
        if all(getattr(self, condition) is None for condition in conditions):
            raise ValueError(f"nothing ends this campaign. Give at least one of: {', '.join(conditions)}.")
        if self.propose and all(getattr(self, condition) is None for condition in JUDGING):
            raise ValueError(f"propose: nothing here judges convergence. Give at least one of: {', '.join(JUDGING)}.")
        return self


class ApprovalSpec(Section):
    """Which trials a person sees before they are started: the first ones, or every one."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["first"]}, {"required": ["every"]}]})

    first: PositiveInt | None = None
    """Until a person has approved as many trials as this, every one waits for approval."""
    every: Literal[True] | None = None
    """Every trial waits for approval."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "ApprovalSpec":
        if (self.first is None) == (self.every is None):
            raise ValueError("give one of the two: 'first' with a number, or 'every: true'.")
        return self

    def waits(self, approved: int) -> bool:
        """Whether a new trial waits for a person, who has approved so many."""
        return self.first is None or approved < self.first


class FailureSpec(Section):
    """What happens when an experiment fails for reasons that say nothing about its parameters."""

    retries: NonNegativeInt = 2
    """New attempts after a fault or a timeout, before the campaign waits for a person."""


class RandomSearchSpec(Section):
    """A finished landscape, from which the trials that random search would need are computed."""

    table: CampaignPath
    """CSV or Parquet file with the objective of every candidate; relative to the campaign file."""
    within: PositiveFloat
    """How near to the best value of the table counts as found, in the unit of the objective."""


class ReportSpec(Section):
    """What the report shows beside the campaign itself."""

    random_search: RandomSearchSpec | None = None
    """Compare with random search over a finished landscape."""


class CampaignSpec(Section):
    """One campaign: what is improved, where it is searched, who proposes, who measures, and when it ends."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["objective"]}, {"required": ["objectives"]}]})

    campaign: Slug
    """The name of the campaign in the ledger, in folders and in Prefect."""
    description: str = ""
    """A sentence for people."""
    seed: Annotated[int, Field(ge=0, le=_LARGEST_SEED)] = 0
    """All chance in the campaign derives from this number."""
    objectives: Annotated[tuple[ObjectiveSpec, ...], Field(min_length=2)] | None = None
    """Instead of `objective`: the quantities that the campaign improves together, on their Pareto front."""
    objective: Annotated[ObjectiveSpec | None, Field(validate_default=True)] = None
    """The quantity that the campaign improves."""
    constraints: Annotated[tuple[ConstraintSpec, ...], Field(validate_default=True)] = ()
    """Quantities that are measured as well and must stay within limits."""
    space: Annotated[SpaceSettings, PlugInSection(SPACES)]
    """What is searched; the other keys depend on `kind`."""
    optimizer: Annotated[OptimizerSettings, PlugInSection(OPTIMIZERS)]
    """Who proposes the next trial; the other keys depend on `kind`."""
    executor: Annotated[ExecutorSettings, PlugInSection(EXECUTORS)]
    """Who performs a trial; the other keys depend on `kind`."""
    prior: CampaignPath | None = None
    """A table (.csv or .parquet) of trials that were done before: parameters, and what was measured."""
    cost: CostSpec | None = None
    """What one attempt at a trial costs."""
    parallel: PositiveInt = 1
    """How many trials are under way at the same time."""
    stop: StopSpec
    """When the campaign ends."""
    approval: ApprovalSpec | None = None
    """Which trials a person sees before they are started."""
    failures: FailureSpec = FailureSpec()
    """What happens when an experiment fails."""
    report: ReportSpec = ReportSpec()
    """What the report shows beside the campaign itself."""

    @property
    def improved(self) -> tuple[Objective, ...]:
        """Everything the campaign improves: one objective or several."""
        given = self.objectives or (() if self.objective is None else (self.objective,))
        return tuple(objective.build() for objective in given)

    @property
    def limits(self) -> tuple[OutcomeConstraint, ...]:
        """The constraints on outcomes."""
        return tuple(constraint.build() for constraint in self.constraints)

    @property
    def units(self) -> dict[str, str]:
        """The unit of every quantity that a trial must measure, by name: the objectives, then the constraints."""
        measured: tuple[Objective | OutcomeConstraint, ...] = (*self.improved, *self.limits)
        return {quantity.name: quantity.unit for quantity in measured}

    @field_validator("objective")
    @classmethod
    def _one_or_several(cls, given: ObjectiveSpec | None, info: ValidationInfo) -> ObjectiveSpec | None:
        several = info.data.get("objectives")
        if given is None and several is None and "objectives" in info.data:
            raise PydanticCustomError("missing", "the key is missing.")
        if given is not None and several is not None:
            raise ValueError("there is the key 'objectives' as well. Give one of the two.")
        if given is not None and given.threshold is not None:
            raise ValueError("'threshold' is for several objectives. To end at a value, give stop.target.")
        return given

    @field_validator("constraints")
    @classmethod
    def _each_named_once(
        cls, constraints: tuple[ConstraintSpec, ...], info: ValidationInfo
    ) -> tuple[ConstraintSpec, ...]:
        improved = info.data.get("objectives") or (info.data.get("objective"),)
        names = [quantity.name for quantity in (*improved, *constraints) if quantity is not None]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice!r} is named twice among objectives and constraints.")
        return constraints

    @model_validator(mode="after")
    def _a_budget_needs_prices(self) -> "CampaignSpec":
        if self.stop.cost is not None and self.cost is None:
            raise ValueError("stop: 'cost' needs the section `cost`, which says what an attempt costs.")
        return self

    @model_validator(mode="after")
    def _what_only_one_objective_allows(self) -> "CampaignSpec":
        if self.objectives is not None:
            given = [key for key in ("target", "chance_of_better", "delta") if getattr(self.stop, key) is not None]
            if given:
                raise ValueError(f"stop: {given[0]!r} needs a single objective, and there are {len(self.objectives)}.")
            if self.report.random_search is not None:
                raise ValueError(f"report: 'random_search' needs a single objective, not {len(self.objectives)}.")
        return self
