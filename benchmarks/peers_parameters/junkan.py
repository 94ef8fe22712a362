"""Our optimizers, each with its defaults: a fresh history for every proposal, as a campaign has it."""

from collections.abc import Mapping
from importlib.metadata import entry_points

from benchmarks.peers_parameters.searcher import Contest
from optimizers import History, Objective, Observation, OptimizerSettings, OutcomeConstraint, Problem, Trial
from optimizers.parameters import Choice, Integer, ParameterSpace, Range
from optimizers.parameters.parameter import AnyParameter
from simulators.test_functions.domain import Axis, Interval, Settings, Whole


class JunkanSearcher:
    """The optimizer that campaign files call `kind`."""

    kind = ""

    def __init__(self, contest: Contest, seed: int) -> None:
        self._error = contest.standard_error or None
        self._optimizer = settings_of(self.kind).build(problem_of(contest, seed))
        self._trials: tuple[Trial, ...] = ()
        self._asked: Settings = {}

    def ask(self) -> Settings:
        """The proposal for the history so far."""
        (proposal,) = self._optimizer.propose(History(self._trials), 1)
        self._asked = dict(proposal.parameters)
        return self._asked

    def tell(self, measured: Mapping[str, float]) -> None:
        """Append the trial to the history."""
        observations = {name: Observation(value, self._error) for name, value in measured.items()}
        done = Trial(len(self._trials) + 1, self._asked, "completed", observations=observations)
        self._trials = (*self._trials, done)


class BoxSearcher(JunkanSearcher):
    """`optimizer: {kind: box}`."""

    kind = "box"


class AxSearcher(JunkanSearcher):
    """`optimizer: {kind: ax}`."""

    kind = "ax"


class BotorchSearcher(JunkanSearcher):
    """`optimizer: {kind: botorch}`."""

    kind = "botorch"


def problem_of(contest: Contest, seed: int) -> Problem:
    """The contest as our optimizers know problems."""
    problem = contest.problem
    thresholds = problem.reference or (None,) * len(problem.objectives)
    return Problem(
        ParameterSpace(tuple(_parameter(*it) for it in problem.domain.items())),
        tuple(
            Objective(name, threshold=threshold) for name, threshold in zip(problem.objectives, thresholds, strict=True)
        ),
        seed,
        constraints=tuple(OutcomeConstraint(limit.name, at_most=limit.at_most) for limit in problem.limits),
    )


def settings_of(kind: str) -> OptimizerSettings:
    """The default settings of an installed optimizer. Raises LookupError if none has this kind."""
    found = [entry for entry in entry_points(group="junkan.optimizers") if entry.name == kind]
    if not found:
        raise LookupError(f"no optimizer '{kind}' is installed; pip install -e . registers those of this folder")
    made: OptimizerSettings = found[0].load()()
    return made


def _parameter(name: str, axis: Axis) -> AnyParameter:
    if isinstance(axis, Interval):
        return Range(name, axis.low, axis.high, axis.unit, "log" if axis.log else "linear")
    if isinstance(axis, Whole):
        return Integer(name, axis.low, axis.high, axis.unit)
    return Choice(name, axis.values, axis.ordered)
