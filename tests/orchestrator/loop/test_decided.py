"""A campaign that looks for a region ends when enough of the candidates are decided."""

import pytest

from orchestrator.loop.audit import audit
from orchestrator.loop.errors import InputRefused
from orchestrator.loop.session import equip
from tests.orchestrator.loop.test_audit import audited

REGION = "{kind: level_set, below: 0.3, initial: 6}"


def test_it_ends_when_the_share_is_reached_and_says_so(bench_with):
    bench = bench_with(optimizer=REGION, stop="{trials: 36, decided: 0.9}")
    ending = bench.drive()
    assert ending.status == "done"
    assert ending.reason.endswith("% of the candidates are decided")
    assert float(ending.reason.split("%")[0]) >= 90.0
    assert 6 < len(bench.trials()) < 36


def test_a_share_that_is_not_reached_ends_nothing(bench_with):
    bench = bench_with(optimizer=REGION, stop="{trials: 8, decided: 1}")
    assert bench.drive().reason == "the budget of 8 trials is used"


def test_the_ask_that_was_answered_with_nothing_is_audited_too(bench_with):
    bench = bench_with(optimizer=REGION, stop="{decided: 0.9}")
    bench.drive()
    found = audited(bench)
    assert found["proposals"] == len(bench.trials()) + 1
    assert found["differences"] == []


def test_another_share_than_the_stored_one_is_found(bench_with):
    from sqlmodel import select

    from orchestrator.ledger.tables import Decision

    bench = bench_with(optimizer=REGION, stop="{decided: 0.9}")
    bench.drive()
    database = bench.home.database()
    with database.writing() as session:
        last = session.exec(select(Decision)).all()[-1]
        last.decided = 0.99
        session.add(last)
    found = audit(database, bench.name, bench.spec)
    database.close()
    assert [sorted(one["stored"]) for one in found["differences"]] == [["decided"]]


def test_who_decides_nothing_cannot_end_a_campaign_by_it(bench_with):
    bench = bench_with(optimizer="{kind: kriging}", stop="{decided: 0.9}")
    with pytest.raises(InputRefused, match="'kriging' decides nothing about candidates"):
        equip(bench.spec)
