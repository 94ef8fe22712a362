"""One ask: from a history to proposals. Used alike by the running loop, `plan` and `audit`."""

from dataclasses import dataclass

from sqlmodel import Session

from optimizers import History, Judge, Optimizer, Problem, Proposal, Source, Space, Surveyor
from orchestrator.campaign.spec import CampaignSpec, StopSpec
from orchestrator.ledger.judgement import judgement


@dataclass(frozen=True)
class Answer:
    """What came of an ask. No proposals, but a small chance of better or a large decided share: enough was tried."""

    proposals: list[Proposal]
    chance_of_better: float | None = None
    decided: float | None = None


def ask_optimizer(optimizer: Optimizer, stop: StopSpec, history: History, count: int) -> Answer:
    """Ask for `count` proposals, unless the optimizer is sure enough that nothing better, or undecided, remains."""
    chance = _chance_of_better(optimizer, stop, history)
    if chance is not None and stop.chance_of_better is not None and chance < stop.chance_of_better:
        return Answer([], chance)
    decided = _decided(optimizer, stop, history)
    if decided is not None and stop.decided is not None and decided >= stop.decided:
        return Answer([], chance, decided)
    return Answer(optimizer.propose(history, count), chance, decided)


def stop_at(session: Session, campaign_id: int, position: int, stop: StopSpec) -> StopSpec:
    """The conditions that hold at an event: none that judges convergence, as long as a person lets the campaign go on.

    Like the history, it depends on the ledger up to that event alone.
    """
    if not stop.propose:
        return stop
    return stop.unjudged if judgement(session, campaign_id, position).more else stop


def build_optimizer(spec: CampaignSpec, space: Space, sources: tuple[Source, ...]) -> Optimizer:
    """The optimizer of a campaign, fresh."""
    return spec.optimizer.build(Problem(space, spec.improved, spec.seed, sources, spec.limits))


def _decided(optimizer: Optimizer, stop: StopSpec, history: History) -> float | None:
    if stop.decided is None or not isinstance(optimizer, Surveyor):
        return None
    return optimizer.survey(history).decided


def _chance_of_better(optimizer: Optimizer, stop: StopSpec, history: History) -> float | None:
    if stop.chance_of_better is None or not isinstance(optimizer, Judge) or not history.standing("completed"):
        return None
    return optimizer.chance_of_better(history, stop.delta or 0.0)
