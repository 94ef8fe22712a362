"""Budgets in money: what is started, what is counted, and that no death changes either."""

import math
import shutil

import pytest

from orchestrator.executors.base import NeverStarted
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.ledger.states import TrialStatus
from orchestrator.loop.audit import audit
from orchestrator.loop.decide import Ask, Dispatch, Finish, Wait, decide
from orchestrator.loop.errors import InputRefused
from orchestrator.loop.session import equip, owned
from orchestrator.loop.snapshot import Snapshot, TrialState
from orchestrator.loop.verdict import Verdict, pronounce
from tests.orchestrator.loop.test_decide import Spec
from tests.orchestrator.loop.test_kill_points import deaths, lines_executed, story

EACH = "{each: 2.5, unit: EUR}"


def state(number, status, spent=0.0, price=2.0):
    return TrialState(number, TrialStatus(status), spent=spent, price=price)


def snapshot(*trials, cheapest=2.0):
    return Snapshot(100, trials, cheapest=cheapest)


def budget(bench):
    return bench.status()["budget"]


def costs(bench):
    return [[attempt["cost"] for attempt in trial["attempts"]] for trial in bench.trials()]


def answering(bench, *outcomes):
    """The laboratory answers with these outcomes in turn, and with the last one from then on."""
    told = iter(outcomes)
    last = [outcomes[-1]]

    def answer(_):
        last[0] = next(told, last[0])
        return last[0]

    bench.lab.answer = answer


def measured(cost=None):
    return Outcome(values={"height": Value(value=1.0)}, cost=cost)


# --------------------------------------------------------------------- decisions


def test_as_many_trials_are_asked_for_as_the_budget_pays_for():
    assert decide(snapshot(), Spec(parallel=5, cost=7.0)) == Ask(3)
    assert decide(snapshot(state(1, "running", spent=2.0)), Spec(parallel=5, cost=7.0)) == Ask(2)


def test_ten_times_a_tenth_is_within_a_budget_of_one():
    done = [state(number, "completed", spent=0.1) for number in range(1, 10)]
    assert decide(snapshot(*done, cheapest=0.1), Spec(cost=1.0)) == Ask(1)


def test_a_trial_that_does_not_fit_is_not_started_while_others_fly_nor_afterwards():
    spec = Spec(parallel=2, cost=5.0)
    dear = state(2, "approved", price=4.0)
    assert decide(snapshot(state(1, "running", spent=2.0), dear), spec) == Wait()
    ending = decide(snapshot(state(1, "completed", spent=2.0), dear), spec)
    assert ending == Finish("the budget of 5 is used: 2 spent, and trial 2 would cost 4")


def test_what_is_in_doubt_and_what_has_failed_has_cost_its_price():
    spent = [state(1, "failed", spent=3.0), state(2, "completed", spent=3.0), state(3, "rejected")]
    assert isinstance(decide(snapshot(*spent), Spec(cost=7.0)), Finish)
    assert decide(snapshot(*spent), Spec(cost=8.0)) == Ask(1)


def test_trials_on_their_way_are_paid_before_others_are_started():
    seen = snapshot(state(1, "approved"), state(2, "approved")).taking({1})
    assert decide(seen, Spec(parallel=3, cost=3.0)) == Wait()
    assert decide(seen, Spec(parallel=3, cost=4.0)) == Dispatch((2,))


# --------------------------------------------------------------------- campaigns


def test_a_campaign_ends_when_the_next_trial_cannot_be_paid(bench_with):
    bench = bench_with(cost=EACH, stop="{cost: 11}")
    ending = bench.drive()
    assert ending.reason == "the budget of 11 is used: 10 spent, and a trial costs 2.5"
    assert costs(bench) == [[2.5]] * 4
    assert budget(bench) == {"cost": 11.0, "cost_unit": "EUR", "used": 4, "spent": 10.0}


def test_every_attempt_that_was_performed_costs(bench_with):
    bench = bench_with(cost=EACH, stop="{cost: 10}")
    answering(bench, Outcome.failed("fault", "no vacuum"), Outcome.failed("infeasible", "it melts"), measured())
    bench.drive()
    assert costs(bench) == [[2.5, 2.5], [2.5], [2.5]]


def test_a_retry_that_cannot_be_paid_ends_the_campaign(bench_with):
    bench = bench_with(cost=EACH, stop="{cost: 4}")
    answering(bench, Outcome.failed("fault", "no vacuum"), measured())
    assert bench.drive().reason == "the budget of 4 is used: 2.5 spent, and trial 1 would cost 2.5"
    assert bench.lab.starts_of(1) == 1


def test_an_attempt_that_was_never_started_costs_nothing(bench_with, monkeypatch):
    bench = bench_with(cost=EACH, stop="{cost: 5}")
    start, refusals = bench.lab.start, iter([True])

    def broken(*arguments):
        if next(refusals, False):
            raise OSError("no such door")
        return start(*arguments)

    monkeypatch.setattr(bench.lab, "start", broken)
    monkeypatch.setattr(bench.lab, "reconcile", lambda *_: NeverStarted())
    bench.drive()
    assert costs(bench) == [[0.0, 2.5], [2.5]]


def test_a_trial_in_doubt_costs_and_one_that_a_person_says_was_not_done_does_not(bench_with):
    bench = bench_with(cost=EACH, stop="{cost: 5}")
    with owned(bench.home, bench.name, bench.equipment()) as run:
        [number] = run.ask(1)
        bench.lab.forgetful = True
        bench.lab.start = lambda *_: 1 / 0
        run.carry_out(number)
    assert bench.trials()[0]["status"] == "uncertain"
    assert budget(bench)["spent"] == 2.5
    database = bench.home.database()
    pronounce(database, bench.name, 1, Verdict(again=True))
    database.close()
    assert budget(bench)["spent"] == 0.0


def test_nothing_is_started_that_is_guessed_to_cost_too_much(bench_with):
    bench = bench_with(cost="{reported: true, guess: 1}", stop="{cost: 0.9}")
    assert bench.drive().reason == "the budget of 0.9 is used: 0 spent, and a trial costs 1"
    assert bench.trials() == []


def test_reported_costs_are_stored_to_the_last_digit_and_predict_the_next(bench_with):
    bench = bench_with(cost="{reported: true, guess: 1}", stop="{cost: 10}")
    answering(bench, measured(0.1), measured(0.2), measured(6.0))
    assert bench.drive().reason == "the budget of 10 is used: 12.3 spent, and a trial costs 3.075"
    assert costs(bench) == [[0.1], [0.2], [6.0], [6.0]]
    assert budget(bench)["spent"] == math.fsum([0.1, 0.2, 6.0, 6.0])


def test_a_report_counts_even_where_the_price_was_known(bench_with):
    bench = bench_with(cost=EACH, stop="{cost: 6}")
    answering(bench, measured(5.0))
    assert "5 spent" in bench.drive().reason
    assert costs(bench) == [[5.0]]


def test_without_prices_nothing_is_told_of_costs(bench):
    bench.drive()
    assert "spent" not in budget(bench)
    assert costs(bench) == [[None]] * 6


def test_costs_by_something_that_is_no_parameter_are_refused(bench_with):
    bench = bench_with(cost="{by: fidelity, values: {fine: 2}}")
    with pytest.raises(InputRefused, match=r"cost.by: 'fidelity' is no parameter. Parameters: x, y"):
        equip(bench.spec)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [12, pytest.param(200, marks=pytest.mark.kill)], ids=["some lines", "many lines"])
def test_a_death_at_any_line_changes_no_account(bench_with, count):
    bench = bench_with(cost="{reported: true, guess: 2}", stop="{cost: 9}")
    bench.lab.answer = lambda seen: measured(1.0 + seen["x"])
    again = _copies(bench)
    total = lines_executed(bench.drive)
    uninterrupted, spent = story(bench), budget(bench)["spent"]
    assert len(uninterrupted) > 3
    for line in deaths(total, count):
        again()
        assert lines_executed(bench.drive, die_at=line) is None
        bench.drive()
        assert story(bench) == uninterrupted, line
        assert budget(bench)["spent"] == spent, line
        assert max(map(len, costs(bench))) <= 2
    database = bench.home.database()
    assert audit(database, bench.name, bench.spec)["differences"] == []
    database.close()


def _copies(bench):
    """A function that puts home and laboratory back to what they are now."""
    untouched = bench.home.folder.with_name("untouched")
    shutil.copytree(bench.home.folder, untouched)

    def again():
        shutil.rmtree(bench.home.folder)
        shutil.copytree(untouched, bench.home.folder)
        shutil.rmtree(bench.lab.folder)
        bench.lab.folder.mkdir()

    return again
