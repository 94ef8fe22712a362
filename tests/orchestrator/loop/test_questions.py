"""Approvals and proposed stops, from the question to what the optimizer and an audit see of the answer."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from orchestrator.executors.table import TableSettings
from orchestrator.ledger import campaigns, lease
from orchestrator.ledger.errors import AlreadyAnswered, IllegalTransition, StationRefuses
from orchestrator.ledger.judgement import Judgement, judgement
from orchestrator.ledger.tables import Event
from orchestrator.ledger.transaction import Transaction
from orchestrator.loop import drive
from orchestrator.loop.drive import Hands
from orchestrator.loop.errors import InputRefused
from orchestrator.loop.questions import Answer, Questions, judge_stop
from orchestrator.loop.session import owned


@pytest.fixture(autouse=True)
def _somebody_is_quick(monkeypatch):
    monkeypatch.setattr(drive, "LONGEST_WAIT", 0.001)


YES, NO = Answer("approve", "anna"), Answer("reject", "anna", "too hot for the heater")
ENOUGH, MORE = Answer("accept", "anna"), Answer("go on", "anna", trials=2)


def answering(bench, given, *then):
    """What a person at the desk does: answers every question, the first ones as listed, then as the last one."""
    answers = [given, *then]
    done: list[str] = []

    def asks(questions):
        for question in questions:
            bench.questions().answer(question.key, answers[min(len(done), len(answers) - 1)])
            done.append(question.key)

    return asks, done


def statuses(bench) -> list[str]:
    return [trial["status"] for trial in bench.trials()]


# ---------------------------------------------------------------- approvals


def test_the_first_trial_waits_and_nothing_is_started_before_a_person_agrees(bench_with):
    bench = bench_with(approval="{first: 2}")
    ending = bench.drive()
    assert (ending.status, ending.reason) == ("review", "trial 1 waits for approval")
    assert bench.lab.starts() == []
    assert bench.status()["status"] == "review"
    assert bench.status()["reason"] == "trial 1 waits for approval"


def test_an_approved_campaign_goes_on_by_itself_once_enough_were_approved(bench_with):
    bench = bench_with(approval="{first: 2}")
    asks, answered = answering(bench, YES)
    assert bench.drive(None, asks).status == "done"
    assert answered == ["trial-1", "trial-2"]
    assert len(bench.lab.starts()) == 6
    assert bench.audit()["differences"] == []


def test_every_trial_may_be_put_before_a_person(bench_with):
    bench = bench_with(approval="{every: true}", stop="{trials: 3}")
    asks, answered = answering(bench, YES)
    assert bench.drive(None, asks).status == "done"
    assert answered == ["trial-1", "trial-2", "trial-3"]


def test_no_trial_slips_through_beside_one_that_waits(bench_with):
    bench = bench_with(approval="{first: 1}", parallel="3")
    assert bench.drive().reason == "trial 1, 2, 3 waits for approval"


def test_a_rejected_trial_is_never_started_costs_no_budget_and_another_is_asked_about(bench_with):
    bench = bench_with(approval="{first: 1}", stop="{trials: 3}")
    asks, answered = answering(bench, NO, NO, YES)
    assert bench.drive(None, asks).status == "done"
    assert answered == ["trial-1", "trial-2", "trial-3"]
    assert statuses(bench) == ["rejected", "rejected", "completed", "completed", "completed"]
    assert bench.trials()[0]["failure"] == {"kind": None, "reason": "too hot for the heater"}
    assert bench.lab.starts_of(1) == 0


def test_what_was_rejected_is_not_proposed_again_and_an_audit_proposes_the_same(bench_with):
    bench = bench_with(approval="{every: true}", stop="{trials: 4}")
    asks, _ = answering(bench, YES, NO, YES, NO, YES)
    bench.drive(None, asks)
    seen = [tuple(trial["parameters"].values()) for trial in bench.trials()]
    assert len(set(seen)) == len(seen) == 6
    found = bench.audit()
    assert (found["reproduced"], found["differences"]) == (found["proposals"], [])


def test_an_optimizer_of_settings_learns_from_a_rejection_instead_of_insisting(bench_with):
    axes = "[{name: x, range: [0, 1]}, {name: y, range: [0, 1]}]"
    bench = bench_with(
        space=f"{{kind: parameters, parameters: {axes}}}",
        optimizer="{kind: box, initial: 3}",
        approval="{every: true}",
        stop="{trials: 5}",
    )
    asks, _ = answering(bench, YES, YES, YES, YES, NO, NO, YES)
    bench.drive(None, asks)
    *_, first, second, third = [trial["parameters"] for trial in bench.trials()]
    assert all(
        abs(one["x"] - other["x"]) + abs(one["y"] - other["y"]) > 0.05
        for one, other in [(first, second), (second, third)]
    )
    assert bench.audit()["differences"] == []


def test_an_approval_while_nobody_drives_the_campaign_is_found_by_the_next_who_does(bench_with):
    bench = bench_with(approval="{first: 1}")
    bench.drive()
    assert "Go on with `junkan resume parabola`" in bench.questions().answer("trial-1", YES)
    assert bench.questions().open() == []
    assert bench.status()["status"] == "interrupted"
    assert bench.drive().status == "done"


def test_the_second_answer_is_told_of_the_first(bench_with):
    bench = bench_with(approval="{first: 1}")
    bench.drive()
    bench.questions().answer("trial-1", NO)
    said = r"trial 1 .* was rejected by anna at .* already \(too hot for the heater\)"
    with pytest.raises(AlreadyAnswered, match=said):
        bench.questions().answer("trial-1", Answer("approve", "bert"))


def test_of_two_answers_at_once_one_counts(bench_with):
    bench = bench_with(approval="{first: 1}")
    bench.drive()
    told: list[str] = []

    def say(answer: Answer) -> None:
        try:
            told.append(bench.questions().answer("trial-1", answer))
        except AlreadyAnswered as late:
            told.append(str(late))

    both = [threading.Thread(target=say, args=(answer,)) for answer in (YES, Answer("reject", "bert", "no"))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sum("already" in words for words in told) == 1


def test_nobody_is_asked_about_a_trial_that_needs_no_approval(bench):
    bench.drive()
    with pytest.raises(AlreadyAnswered, match="is completed: nobody is asked about it"):
        bench.questions().answer("trial-1", YES)
    with pytest.raises(IllegalTransition, match="has no trial 99"):
        bench.questions().answer("trial-99", YES)


def test_only_what_is_offered_is_an_answer(bench_with):
    bench = bench_with(approval="{first: 1}")
    bench.drive()
    with pytest.raises(InputRefused, match="'perhaps' is neither"):
        bench.questions().answer("trial-1", Answer("perhaps", "anna"))
    with pytest.raises(InputRefused, match="asks nothing that is called 'weather'"):
        bench.questions().answer("weather", YES)


class PlannedTable(TableSettings):
    def plan(self, context, parameters):
        return [f"go to {parameters['x']}"]


def test_whoever_approves_sees_what_is_planned_and_what_is_expected(bench_with):
    bench = bench_with(approval="{first: 1}")
    bench.drive()
    bench.settings = PlannedTable
    (question,) = bench.questions().open()
    assert question.evidence["plan"] == [f"go to {question.evidence['parameters']['x']}"]
    assert question.commands[0] == "junkan review parabola --approve 1"


# ---------------------------------------------------------------- a proposed stop

PROPOSING = "{trials: 30, target: 0.5, propose: true}"


def test_a_campaign_proposes_to_stop_with_its_evidence_and_waits(bench_with):
    bench = bench_with(stop=PROPOSING)
    ending = bench.drive()
    assert (ending.status, ending.reason) == ("review", "proposes to stop: the target 0.5 is reached")
    (question,) = bench.questions().open()
    assert question.text == "is enough known? the target 0.5 is reached"
    assert question.evidence["best"]["objectives"]["height"]["value"] <= 0.5
    assert question.evidence["trials"] == {"completed": len(bench.trials())}


def test_a_person_accepts_and_the_campaign_is_done_at_once(bench_with):
    bench = bench_with(stop=PROPOSING)
    bench.drive()
    (question,) = bench.questions().open()
    assert bench.questions().answer(question.key, ENOUGH) == "campaign parabola ends: enough is known"
    assert (bench.status()["status"], bench.questions().open()) == ("done", [])


def test_what_waited_when_the_campaign_ended_is_asked_no_more(bench_with):
    bench = bench_with(approval="{first: 1}")
    bench.drive()
    judge(bench, ENOUGH)
    assert bench.questions().open() == []
    with pytest.raises(IllegalTransition, match="has ended: a person judged"):
        bench.questions().answer("trial-1", YES)


def test_a_person_accepts_while_the_process_waits(bench_with):
    bench = bench_with(stop=PROPOSING)
    asks, answered = answering(bench, ENOUGH)
    ending = bench.drive(None, asks)
    assert (ending.status, ending.reason) == ("done", "a person judged that enough is known")
    assert len(answered) == 1


def test_a_person_lets_it_go_on_and_is_asked_again_after_so_many_trials_at_the_earliest(bench_with):
    bench = bench_with(stop=PROPOSING)
    bench.drive()
    before = len(bench.trials())
    asks, answered = answering(bench, MORE, MORE, ENOUGH)
    assert bench.drive(None, asks).status == "done"
    assert len(answered) == 3
    assert len(bench.trials()) == before + 4
    found = bench.audit()
    assert (found["reproduced"], found["differences"]) == (found["proposals"], [])


def test_an_optimizer_that_is_sure_proposes_again_because_a_person_said_so_and_an_audit_sees_why(bench_with):
    bench = bench_with(stop="{trials: 30, chance_of_better: 0.9, delta: 0.5, propose: true}")
    assert "the chance that a better candidate remains" in bench.drive().reason
    before = len(bench.trials())
    asks, answered = answering(bench, MORE, ENOUGH)
    bench.drive(None, asks)
    assert len(answered) == 2
    assert len(bench.trials()) == before + 2
    found = bench.audit()
    assert (found["reproduced"], found["differences"]) == (found["proposals"], [])


def test_the_answer_to_an_old_proposal_is_not_taken_for_one_to_the_next(bench_with):
    bench = bench_with(stop=PROPOSING)
    bench.drive()
    (question,) = bench.questions().open()
    bench.questions().answer(question.key, MORE)
    with pytest.raises(AlreadyAnswered, match="was answered with 'go on' by anna"):
        bench.questions().answer(question.key, ENOUGH)
    bench.drive()
    (another,) = bench.questions().open()
    assert another.key != question.key


def test_a_person_may_judge_at_any_time_in_any_campaign(bench):
    database = bench.home.database()
    with pytest.raises(IllegalTransition, match="has no 'propose: true'"):
        judge(bench, MORE)
    owner = lease.claim(database, bench.name)
    assert judge(bench, ENOUGH).endswith("as soon as what is under way has ended")
    lease.release(database, owner)
    assert bench.drive().reason == "a person judged that enough is known"
    with pytest.raises(AlreadyAnswered, match="has ended"):
        judge(bench, ENOUGH)


def judge(bench, answer: Answer) -> str:
    return judge_stop(bench.home.database(), bench.name, answer)


def test_rejected_trials_do_not_count_as_more(bench_with):
    bench = bench_with(stop=PROPOSING, approval="{every: true}")
    with_stop: list[str] = []

    def until_stop(questions):
        for question in questions:
            if question.key.startswith("stop"):
                with_stop.append(question.key)
                given = MORE if len(with_stop) == 1 else ENOUGH
            else:
                given = NO if with_stop and len(bench.trials()) % 2 else YES
            bench.questions().answer(question.key, given)

    bench.drive(None, until_stop)
    database = bench.home.database()
    with database.reading() as session:
        row = campaigns.find(session, bench.name)
        went_on = judgement(session, row.id, row.last_sequence)
    assert went_on.more == 0
    assert judgement_at(bench, 1) == Judgement()
    assert statuses(bench).count("rejected") >= 1
    assert bench.audit()["differences"] == []


def judgement_at(bench, position: int) -> Judgement:
    with bench.home.database().reading() as session:
        return judgement(session, 1, position)


def test_waiting_for_a_person_uses_up_no_hours(bench_with):
    bench = bench_with(approval="{first: 1}", stop="{hours: 5, trials: 3}")
    bench.drive()
    backdate(bench)
    assert "trial 1" in bench.questions().answer("trial-1", YES)
    assert bench.drive().reason == "the budget of 3 trials is used"


def backdate(bench) -> None:
    """As if the campaign had begun to wait yesterday, under a process that stayed until now."""
    with bench.home.database().writing() as session:
        for event in session.exec(select(Event)):
            event.happened_at -= timedelta(days=1)
            session.add(event)
        row = campaigns.find(session, bench.name)
        Transaction(session, row).record("looked at")


def test_questions_are_gathered_once(bench_with, monkeypatch):
    bench = bench_with(approval="{first: 1}")
    bench.drive()
    asked = Questions(bench.home.database(), bench.name, bench.spec)
    (first,), (again,) = asked.open(), asked.open()
    assert first is again


# ---------------------------------------------------------------- a station


def test_r21_what_a_station_asks_is_a_question_of_the_campaign_that_works_with_it(bench, stationed):
    stationed.ask("shutter", "is the shutter open?", ("yes", "no"))
    (question,) = bench.questions().open()
    assert (question.key, question.choices) == ("prompt-shutter", ("yes", "no"))
    assert question.text == "station sputter asks: is the shutter open?"
    assert question.commands[0] == "junkan station sputter answer shutter 'yes'"
    assert bench.questions().answer(question.key, Answer("yes", "anna")) == "station sputter was answered: yes"
    assert stationed.state().prompts["shutter"].by == "anna"
    with pytest.raises(AlreadyAnswered, match="anna"):
        bench.questions().answer(question.key, Answer("no", "bert"))


def test_r21_a_station_may_ask_while_its_trial_runs_and_the_answer_lets_it_go_on(bench, stationed):
    """The trial ends only when its question has been answered, as a growth does that asks for a substrate."""
    shown: list[str] = []
    stood: set[str] = set()

    def asks(questions):
        for question in questions:
            shown.append(question.text)
            stood.add(f"{bench.status()['status']}: {bench.status()['reason']}")
            bench.questions().answer(question.key, Answer("refilled", "anna"))

    def carry_out(run, number):
        prompt = stationed.ask(f"refill-{number}", "no substrate is left", ("refilled", "give up"))
        while prompt.answer is None:
            time.sleep(0.02)
            prompt = stationed.state().prompts[prompt.key]
        return run.carry_out(number)

    with owned(bench.home, bench.name, bench.equipment()) as run, ThreadPoolExecutor(1) as threads:
        hands = Hands(
            ask=run.ask,
            carry_out=lambda number: threads.submit(carry_out, run, number),
            attend=lambda number, handle: threads.submit(run.attend, number, handle),
            seen=lambda snapshot: None,
            asks=asks,
        )
        assert drive.drive(run, hands, {}).status == "done"
    assert shown == ["station sputter asks: no substrate is left"] * 6
    assert stood == {"review: station sputter asks: no substrate is left"}
    assert bench.audit()["differences"] == []


def test_a_station_refuses_what_is_no_answer(bench, stationed):
    stationed.ask("shutter", "is the shutter open?", ("yes", "no"))
    with pytest.raises(StationRefuses, match="yes"):
        bench.questions().answer("prompt-shutter", Answer("perhaps", "anna"))
