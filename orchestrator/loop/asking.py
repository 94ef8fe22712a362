"""One ask: from a history to proposals. Used alike by the running loop, `plan` and `audit`."""

from dataclasses import dataclass

from optimizers import History, Judge, Optimizer, Problem, Proposal, Source, Space
from orchestrator.campaign.spec import CampaignSpec, StopSpec


@dataclass(frozen=True)
class Answer:
    """What came of an ask. No proposals and a small chance of better means: enough has been tried."""

    proposals: list[Proposal]
    chance_of_better: float | None = None


def ask_optimizer(optimizer: Optimizer, stop: StopSpec, history: History, count: int) -> Answer:
    """Ask for `count` proposals, unless the optimizer is sure enough that nothing better remains."""
    chance = _chance_of_better(optimizer, stop, history)
    if chance is not None and stop.chance_of_better is not None and chance < stop.chance_of_better:
        return Answer([], chance)
    return Answer(optimizer.propose(history, count), chance)


def build_optimizer(spec: CampaignSpec, space: Space, sources: tuple[Source, ...]) -> Optimizer:
    """The optimizer of a campaign, fresh."""
    return spec.optimizer.build(Problem(space, spec.improved, spec.seed, sources, spec.limits))


def _chance_of_better(optimizer: Optimizer, stop: StopSpec, history: History) -> float | None:
    if stop.chance_of_better is None or not isinstance(optimizer, Judge) or not history.standing("completed"):
        return None
    return optimizer.chance_of_better(history, stop.delta or 0.0)
