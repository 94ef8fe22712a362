from sqlmodel import select

from orchestrator.ledger.tables import Trial
from orchestrator.loop.audit import audit


def audited(bench) -> dict:
    database = bench.home.database()
    found = audit(database, bench.name, bench.spec)
    database.close()
    return found


def change_a_trial(bench, **changes) -> None:
    database = bench.home.database()
    with database.writing() as session:
        trial = session.exec(select(Trial).where(Trial.number == 4)).one()
        for name, value in changes.items():
            setattr(trial, name, value)
        session.add(trial)
    database.close()


def test_every_proposal_of_an_honest_ledger_comes_out_again(bench):
    bench.drive()
    assert audited(bench) == {"campaign": "parabola", "proposals": 6, "reproduced": 6, "differences": []}


def test_a_parameter_that_was_tampered_with_is_found(bench):
    bench.drive()
    honest = bench.trials()[3]["parameters"]
    change_a_trial(bench, parameters=honest | {"x": honest["x"] + 1e-15 if honest["x"] else 1e-300})
    found = audited(bench)
    assert found["differences"][0]["trial"] == 4
    assert found["reproduced"] < found["proposals"]


def test_a_prediction_that_was_tampered_with_is_found(bench):
    bench.drive()
    predicted = bench.trials()[3]["predicted"]["height"]
    change_a_trial(bench, predicted={"height": predicted | {"mean": predicted["mean"] + 1e-12}})
    assert [difference["trial"] for difference in audited(bench)["differences"]] == [4]


def test_another_seed_is_another_campaign(bench_with):
    bench = bench_with(optimizer="{kind: random}")
    bench.drive()
    bench.text = bench.text.replace("seed: 3", "seed: 4")
    assert audited(bench)["differences"]


def test_a_campaign_that_has_not_begun_has_nothing_to_audit(bench):
    assert audited(bench) == {"campaign": "parabola", "proposals": 0, "reproduced": 0, "differences": []}


def test_the_ask_that_found_the_space_exhausted_is_replayed_too(bench_with):
    bench = bench_with(stop="{trials: 100}", optimizer="{kind: random}")
    bench.drive()
    assert audited(bench)["proposals"] == 37 and audited(bench)["differences"] == []
