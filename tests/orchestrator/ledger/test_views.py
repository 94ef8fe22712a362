from dataclasses import replace

import pytest

from optimizers import Objective, OutcomeConstraint
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.ledger import transitions, views


@pytest.fixture
def measured(enter, entry):
    """A function that enters a campaign and completes a trial for each mapping of values."""

    def run(objectives, constraints, *trials):
        campaign = enter(replace(entry, objectives=objectives, constraints=constraints))
        for values in trials:
            number = campaign.running()
            outcome = Outcome(values={name: Value(value=value) for name, value in values.items()}, files=("a.csv",))
            campaign.do(transitions.complete, number, outcome, {"strength": "MPa"})

    return run


def best(database, name="cu-sigma5"):
    with database.reading() as session:
        return views.best(session, name)


STRENGTH, COST = Objective("strength", "MPa", "maximize", 1.0), Objective("cost", goal="minimize", threshold=4.0)


def test_with_one_objective_the_best_is_one_trial_with_its_files(measured, database):
    measured((replace(STRENGTH, threshold=None),), (), {"strength": 2.0}, {"strength": 5.0}, {"strength": 5.0})
    found = best(database)
    assert found["trial"] == 2
    assert found["objectives"] == {"strength": {"value": 5.0, "standard_error": None, "unit": "MPa"}}
    assert found["files"][0].endswith("a.csv")
    assert "constraints" not in found


def test_with_several_objectives_the_best_is_a_front_with_its_hypervolume(measured, database):
    trials = [{"strength": s, "cost": c} for s, c in ((2.0, 1.0), (3.0, 3.0), (2.0, 2.0), (9.0, 9.0))]
    measured((STRENGTH, COST), (), *trials)
    found = best(database)
    assert [trial["trial"] for trial in found["front"]] == [1, 2]
    # Above strength 1 and below cost 4: a strip 1 x 3 below the first, and 1 x 1 more below the second.
    assert found["hypervolume"] == pytest.approx(4.0)


def test_without_thresholds_there_is_a_front_and_no_hypervolume(measured, database):
    measured((replace(STRENGTH, threshold=None), COST), (), {"strength": 2.0, "cost": 1.0})
    assert best(database)["hypervolume"] is None


def test_a_trial_that_breaks_a_constraint_is_not_the_best_and_shows_what_it_measured(measured, database):
    limits = (OutcomeConstraint("stress", "GPa", at_most=1.0),)
    only = (replace(COST, threshold=None),)
    measured(only, limits, {"cost": 1.0, "stress": 2.0}, {"cost": 3.0, "stress": 0.5})
    found = best(database)
    assert (found["trial"], found["constraints"]["stress"]["value"]) == (2, 0.5)
    with database.reading() as session:
        first = views.trials(session, "cu-sigma5")[0]
    assert set(first["objectives"]) == {"cost"}
    assert first["constraints"]["stress"]["value"] == 2.0


def test_before_a_trial_keeps_every_limit_there_is_no_best(measured, database):
    measured((STRENGTH, COST), (), {"strength": 0.5, "cost": 1.0})
    assert best(database) is None


def test_what_an_executor_measures_beside_is_among_the_trials_and_not_the_best(measured, database):
    measured((replace(COST, threshold=None),), (), {"cost": 1.0, "colour": 7.0})
    assert set(best(database)["objectives"]) == {"cost"}
    with database.reading() as session:
        assert set(views.trials(session, "cu-sigma5")[0]["objectives"]) == {"cost", "colour"}
