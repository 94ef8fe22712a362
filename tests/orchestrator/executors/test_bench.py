import json

import pytest


def _fault(outcome):
    assert outcome.failure is not None
    assert outcome.failure.kind == "fault"
    return outcome.failure.reason


def test_an_exception_is_a_fault_with_its_type_its_message_and_a_traceback(evaluate):
    outcome, folder = evaluate("raising")
    assert _fault(outcome) == "ValueError: the cell is too small"
    assert outcome.files == ("traceback.txt",)
    assert "in evaluate" in (folder / "traceback.txt").read_text()


def test_ending_the_program_is_a_fault_too(evaluate):
    assert _fault(evaluate("exiting")[0]) == "SystemExit: 7"


def test_a_factory_that_cannot_import_says_what(executor, attempt, follow):
    here = executor("broken_factory")
    for number in (1, 2):  # the second time on the same worker
        key, folder = attempt(number)
        reason = _fault(follow(here, here.start(key, {"x": 0.5}, folder)))
        assert reason == "the factory junkan_test_plugins:broken_factory failed: ImportError: No module named 'lammps'"
        assert (folder / "traceback.txt").exists()


def test_a_factory_that_makes_nothing_says_so(evaluate):
    assert "TypeError: it returned None, which cannot be called" in _fault(evaluate("forgetful_factory")[0])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("nan", "returned nan"), ("nothing", "returned nothing"), ("text", "'-3.2 eV'"), ("unwritable", "as JSON")],
)
def test_an_answer_that_is_no_value_is_a_fault(evaluate, answer, reason):
    assert reason in _fault(evaluate("answering", answer=answer)[0])


@pytest.mark.parametrize(("answer", "value"), [("pair", 1.5), ("mapping", 2.5), ("outcome", 4.0)])
def test_every_form_of_answer_arrives(evaluate, answer, value):
    assert evaluate("answering", answer=answer)[0].values["energy"].value == value


def test_a_failure_that_the_function_states_is_kept(evaluate):
    failure = evaluate("answering", answer="unconverged")[0].failure
    assert (failure.kind, failure.reason) == ("unconverged", "60 iterations")


def test_a_worker_finds_what_its_owner_finds(evaluate, monkeypatch):
    monkeypatch.delenv("PYTHONPATH")
    assert evaluate("quadratic")[0].values


def test_a_function_prepared_with_other_settings_is_prepared_anew(evaluate, executor, attempt, follow):
    from orchestrator.executors.attempt import Request
    from orchestrator.executors.bench import Bench

    def request(answer):
        return Request.model_validate_json(
            json.dumps(
                {
                    "key": "campaign/1/1",
                    "claim": 1,
                    "function": "junkan_test_plugins:answering",
                    "settings": {"answer": answer},
                    "objectives": ["energy"],
                    "parameters": {},
                    "timeout": 1.0,
                    "started_at": 0.0,
                    "clock": 0.0,
                    "path": [],
                }
            )
        )

    bench, (_, folder) = Bench(), attempt()
    values = [bench.evaluate(request(answer), folder).values["energy"].value for answer in ("pair", "mapping", "pair")]
    assert values == [1.5, 2.5, 1.5]
