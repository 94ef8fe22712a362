"""Replaying a ledger: every proposal must come out again, to the last bit."""

from dataclasses import asdict
from typing import Any

from sqlmodel import Session, col, select

from optimizers import Proposal
from orchestrator.campaign.spec import CampaignSpec
from orchestrator.ledger import campaigns
from orchestrator.ledger.database import Database
from orchestrator.ledger.history import history
from orchestrator.ledger.tables import Decision, Trial
from orchestrator.loop.asking import ask_optimizer, build_optimizer, stop_at
from orchestrator.loop.sources import read_sources, stored_positions


def audit(database: Database, name: str, spec: CampaignSpec) -> dict[str, Any]:
    """Ask a fresh optimizer again at every decision of the campaign, on the history of that moment.

    Returns {"campaign", "proposals", "reproduced", "differences"}; a difference names the trial, what is stored and
    what came out now.
    """
    sources = read_sources(database, stored_positions(database, name))
    optimizer = build_optimizer(spec, spec.space.build(), sources)
    proposals = 0
    differences: list[dict[str, Any]] = []
    with database.reading() as session:
        row = campaigns.find(session, name)
        assert row.id is not None
        decisions = session.exec(
            select(Decision).where(Decision.campaign_id == row.id).order_by(col(Decision.id))
        ).all()
        for decision in decisions:
            stored = _stored(session, decision)
            seen = history(session, row.id, decision.position)
            stop = stop_at(session, row.id, decision.position, spec.stop)
            answer = ask_optimizer(optimizer, stop, seen, decision.asked)
            again = [_plain(proposal) for proposal in answer.proposals]
            proposals += max(len(stored), 1)
            differences += _differences(decision, stored, again)
            for said in ("chance_of_better", "decided"):
                before, now = getattr(decision, said), getattr(answer, said)
                if before != now:
                    differences.append({"decision": decision.id, "stored": {said: before}, "now": {said: now}})
    return {
        "campaign": name,
        "proposals": proposals,
        "reproduced": proposals - len({_where(difference) for difference in differences}),
        "differences": differences,
    }


def _stored(session: Session, decision: Decision) -> list[tuple[int, dict[str, Any]]]:
    found = session.exec(select(Trial).where(Trial.decision_id == decision.id).order_by(col(Trial.number)))
    return [
        (
            trial.number,
            {
                "parameters": trial.parameters,
                "candidate": trial.candidate,
                "predicted": trial.predicted,
                "score": trial.score,
            },
        )
        for trial in found
    ]


def _plain(proposal: Proposal) -> dict[str, Any]:
    return {
        "parameters": dict(proposal.parameters),
        "candidate": proposal.candidate,
        "predicted": {name: asdict(seen) for name, seen in proposal.predicted.items()},
        "score": proposal.score,
    }


def _differences(
    decision: Decision, stored: list[tuple[int, dict[str, Any]]], again: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    if len(stored) != len(again):
        return [{"decision": decision.id, "stored": {"returned": len(stored)}, "now": {"returned": len(again)}}]
    return [
        {"decision": decision.id, "trial": number, "stored": before, "now": now}
        for (number, before), now in zip(stored, again, strict=True)
        if before != now
    ]


def _where(difference: dict[str, Any]) -> tuple[Any, Any]:
    return difference.get("decision"), difference.get("trial")
