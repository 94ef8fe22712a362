"""A client of Ax, made from evidence, asked once, and thrown away. Imports Ax, so nothing imports this up front."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from ax.adapter.registry import Generators
from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig
from ax.core.data import Data
from ax.core.observation import ObservationFeatures
from ax.core.utils import extract_pending_observations
from ax.exceptions.core import AxError, SearchSpaceExhausted
from ax.generation_strategy.generation_node import GenerationNode
from ax.generation_strategy.generation_strategy import GenerationStrategy
from ax.generation_strategy.generator_spec import GeneratorSpec
from ax.utils.common.random import with_rng_seed
from botorch.exceptions.errors import BotorchError

from optimizers.ax_client.axis import Axis, AxValue
from optimizers.ax_client.evidence import Evidence, Told
from optimizers.ax_client.translation import Translation

CONSTRAINED_WALK = {"n_burnin": 200, "n_thinning": 4}
"""Starting points within linear constraints come from a random walk; the walk that Ax takes is 50 times longer than
ten dimensions need, and most of the time of a proposal."""

FAILURES = (AxError, BotorchError, RuntimeError, ValueError)
"""How a fit or a search for the best setting can fail; singular matrices are RuntimeErrors."""


@dataclass(frozen=True)
class Suggestion:
    """What Ax proposes, and the acquisition function and model it used."""

    values: Mapping[str, AxValue] | None
    """None where Ax knows no setting that it has not seen."""
    score: float | None
    acquisition: str
    model: str


class Asked:
    """One question to Ax: the evidence is replayed into a fresh client, so that nothing earlier can matter.

    `seed` keys every random number that is drawn.
    """

    def __init__(self, translation: Translation, objective: str, evidence: Evidence, seed: int) -> None:
        self._seed = seed
        self._names = {axis.name for axis in translation.axes if axis.labels is None}
        self._client = Client(random_seed=seed)
        self._client.configure_experiment(
            parameters=[_config(axis) for axis in translation.axes],
            parameter_constraints=list(translation.constraints),
        )
        self._client.configure_optimization(objective, outcome_constraints=list(evidence.limits))
        self._strategy = _strategy(translation)
        self._client.set_generation_strategy(self._strategy)
        self._experiment = self._client._experiment
        self._replay(evidence.trials)
        self._pending = extract_pending_observations(self._experiment)

    def suggest(self) -> Suggestion:
        """The setting of highest acquisition that Ax finds."""
        try:
            ((number, values),) = self._client.get_next_trials(max_trials=1).items()
        except SearchSpaceExhausted:
            return self._suggestion(None, math.nan)
        found = self._experiment.trials[number].generator_runs[0].gen_metadata.get("expected_acquisition_value")
        value = math.nan if found is None else float(np.ravel(found)[0])  # a number, or a list of one
        return self._suggestion(dict(values), value)

    def _suggestion(self, values: Mapping[str, AxValue] | None, score: float) -> Suggestion:
        generator = self._generator
        return Suggestion(
            values=values,
            score=score if math.isfinite(score) else None,
            acquisition=generator._botorch_acqf_class.__name__,
            model=type(generator.surrogate.model).__name__,
        )

    def predict(self, values: Mapping[str, AxValue]) -> dict[str, tuple[float, float]]:
        """Mean and standard deviation of every metric at a setting."""
        ((found),) = self._client.predict([dict(values)])
        return {metric: (float(mean), float(deviation)) for metric, (mean, deviation) in found.items()}

    def acquisition(self, settings: Sequence[Mapping[str, AxValue]]) -> list[float]:
        """The acquisition function at each of several settings."""
        with with_rng_seed(self._seed):
            found: list[float] = self._strategy.adapter.evaluate_acquisition_function(
                observation_features=[ObservationFeatures(parameters=dict(values)) for values in settings],
                pending_observations=self._pending,
            )
        return found

    def length_scales(self) -> dict[str, dict[str, float]]:
        """By metric and axis, as shares of the axis's range. Axes without an order have none."""
        surrogate, found = self._generator.surrogate, {}
        features = self._generator.search_space_digest.feature_names
        for metric, model in zip(surrogate.outcomes, _single_models(surrogate.model), strict=True):
            scales = model.covar_module.lengthscale.detach().reshape(-1).tolist()
            found[metric] = {name: scale for name, scale in zip(features, scales, strict=True) if name in self._names}
        return found

    @property
    def _generator(self) -> Any:
        return self._strategy.adapter.generator

    def _replay(self, trials: Sequence[Told]) -> None:
        """The trials as Ax would know them had it made them, at full precision."""
        rows: list[dict[str, Any]] = []
        for told in trials:
            index = self._client.attach_trial(dict(told.parameters))
            trial = self._experiment.trials[index]
            rows += [
                {
                    "trial_index": index,
                    "arm_name": trial.arm.name,
                    "metric_name": metric,
                    "metric_signature": metric,
                    "mean": mean,
                    "sem": error,
                }
                for metric, (mean, error) in told.readings.items()
            ]
        if rows:  # all at once: one by one each would be merged with all before it
            self._experiment.attach_data(Data(df=pd.DataFrame(rows)))
        for index, told in enumerate(trials):
            match told.status:
                case "completed":
                    self._experiment.trials[index].mark_completed()
                case "failed":
                    self._client.mark_trial_failed(index)
                case "abandoned":
                    self._client.mark_trial_abandoned(index)


def _single_models(model: Any) -> list[Any]:
    """One model for each metric, out of a list of models or one batched model."""
    if hasattr(model, "models"):
        return list(model.models)
    if model.num_outputs == 1:
        return [model]
    return [model.subset_output([number]) for number in range(model.num_outputs)]


def _strategy(translation: Translation) -> GenerationStrategy:
    """Ax's modular BoTorch generator, as it chooses model and acquisition function by itself, and nothing to fall back
    on: what fails must be heard of."""
    is_continuous = any(not axis.is_whole and axis.labels is None for axis in translation.axes)
    arguments: dict[str, Any] = {}
    if translation.constraints and is_continuous:
        arguments = {"model_gen_options": {"optimizer_kwargs": {"options": dict(CONSTRAINED_WALK)}}}
    specification = GeneratorSpec(Generators.BOTORCH_MODULAR, generator_gen_kwargs=arguments)
    return GenerationStrategy(
        name="junkan", nodes=[GenerationNode("BoTorch", generator_specs=[specification], fallback_specs={})]
    )


def _config(axis: Axis) -> RangeParameterConfig | ChoiceParameterConfig:
    if axis.labels is not None:
        values = [str(number) for number in range(axis.labels)]
        return ChoiceParameterConfig(name=axis.name, values=values, parameter_type="str", is_ordered=False)
    return RangeParameterConfig(
        name=axis.name,
        bounds=(int(axis.low), int(axis.high)) if axis.is_whole else (axis.low, axis.high),
        parameter_type="int" if axis.is_whole else "float",
        scaling="log" if axis.is_log else "linear",
    )
