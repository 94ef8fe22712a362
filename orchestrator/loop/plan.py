"""What a campaign would do, before it does anything."""

from typing import Any

from optimizers import History, Objective, OutcomeConstraint
from optimizers.history import Parameters
from orchestrator.campaign.cost import CostSpec
from orchestrator.campaign.spec import ApprovalSpec, CampaignSpec, StopSpec
from orchestrator.executors.base import Costed, ExecutorContext, Planned
from orchestrator.executors.errors import ExecutorError
from orchestrator.ledger.database import Database
from orchestrator.loop.asking import ask_optimizer
from orchestrator.loop.errors import InputRefused
from orchestrator.loop.prior import read_prior, require_learnable
from orchestrator.loop.session import equip
from orchestrator.loop.sources import present_positions, read_sources

SHOWN = 5


def plan(spec: CampaignSpec, database: Database) -> dict[str, Any]:
    """Candidates, budget, cost per trial and the first proposals, as a JSON object. Nothing is written or started.

    `database` is only read, and only for campaigns to learn from.
    """
    equipment = equip(spec, read_sources(database, present_positions(database, spec)))
    try:
        prior = read_prior(spec)
        require_learnable(equipment.optimizer, prior)
        known = History(() if prior is None else prior.history)
        first = ask_optimizer(equipment.optimizer, spec.stop, known, max(SHOWN, spec.parallel)).proposals
    finally:
        equipment.executor.close()
    context = ExecutorContext(spec.campaign, spec.space, tuple(spec.units), spec.parallel)
    return {
        "campaign": spec.campaign,
        "objectives": [f"{one.goal} {_named(one)}" for one in spec.improved],
        "constraints": [_limited(one) for one in spec.limits],
        "space": equipment.space.describe(),
        "candidates": equipment.space.size,
        "parameters": list(equipment.space.names),
        "prior": None if prior is None else f"{len(prior.trials)} trials from {spec.prior}",
        "budget": _budget(spec.stop, spec.cost),
        "parallel": spec.parallel,
        "cost": spec.executor.cost(context) if isinstance(spec.executor, Costed) else None,
        "approval": None if spec.approval is None else _approval(spec.approval),
        "steps": _steps(spec, context, first[0].parameters) if first else [],
        "price": None if spec.cost is None else _price(spec.cost),
        "first": [
            {
                "parameters": dict(proposal.parameters),
                "candidate": proposal.candidate,
                "proposed_by": proposal.reasons.get("proposed_by"),
            }
            for proposal in first[:SHOWN]
        ],
    }


def _steps(spec: CampaignSpec, context: ExecutorContext, parameters: Parameters) -> list[str]:
    """What the first trial would do, where the executor can tell. Raises InputRefused when it would be refused."""
    if not isinstance(spec.executor, Planned):
        return []
    try:
        return spec.executor.plan(context, parameters)
    except (ExecutorError, ValueError) as error:
        raise InputRefused(f"campaign {spec.campaign!r}: the first trial would be refused: {error}") from error


def _approval(approval: ApprovalSpec) -> str:
    return (
        "a person approves every trial" if approval.first is None else f"a person approves the first {approval.first}"
    )


def _named(quantity: Objective | OutcomeConstraint) -> str:
    return f"{quantity.name} ({quantity.unit})" if quantity.unit else quantity.name


def _limited(constraint: OutcomeConstraint) -> str:
    low = "" if constraint.at_least is None else f"{constraint.at_least:g} <= "
    high = "" if constraint.at_most is None else f" <= {constraint.at_most:g}"
    return f"{low}{_named(constraint)}{high}"


def _price(cost: CostSpec) -> str:
    if cost.each is not None:
        return f"{cost.each:g} {cost.unit} each".replace("  ", " ")
    if cost.values is not None:
        named = ", ".join(f"{value}: {price:g}" for value, price in cost.values.items())
        return f"by {cost.by}: {named} {cost.unit}".rstrip()
    return f"as the executor reports, {cost.guess:g} {cost.unit} at first".replace("  ", " ")


def _budget(stop: StopSpec, cost: CostSpec | None) -> str:
    words = {
        "trials": "{} trials",
        "hours": "{:g} hours",
        "cost": f"{{:g}} {'' if cost is None else cost.unit}".rstrip(),
        "target": "until {:g} is reached",
        "no_progress": "until {} trials bring nothing better",
        "chance_of_better": "until the chance of better is below {:g}",
        "decided": "until {:.0%} of the candidates are decided",
    }
    said = ", or ".join(
        sentence.format(getattr(stop, condition))
        for condition, sentence in words.items()
        if getattr(stop, condition) is not None
    )
    return f"{said}; a person says whether it is enough" if stop.propose else said
