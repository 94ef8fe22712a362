import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from optimizers import Objective
from orchestrator.campaign.loading import loads
from orchestrator.campaign.spec import ApprovalSpec, CampaignSpec, ObjectiveSpec, StopSpec


@pytest.fixture
def spec(campaign) -> CampaignSpec:
    return loads(campaign, Path("/lab")).spec


def test_what_is_left_out_has_its_default(spec):
    assert spec.description == ""
    assert spec.failures.retries == 2
    assert spec.report.random_search is None
    assert spec.stop.hours is None


def test_one_trial_at_a_time_and_seed_zero_unless_the_file_says_otherwise(campaign):
    spec = loads(campaign.replace("parallel: 2\n", "").replace("seed: 7\n", ""), Path("/lab")).spec
    assert (spec.parallel, spec.seed) == (1, 0)


def test_the_sections_of_plug_ins_are_their_own_settings_and_can_be_built(spec):
    assert spec.space.build() == "Grid"
    assert spec.optimizer.build(None) == "Guess"
    assert spec.executor.build(None) == "Lab"


def test_a_campaign_never_changes(spec):
    with pytest.raises(ValidationError, match="frozen"):
        spec.seed = 8
    with pytest.raises(ValidationError, match="frozen"):
        spec.stop.trials = 8


def test_a_campaign_can_be_written_as_json_with_all_settings_of_its_plug_ins(spec):
    written = json.loads(spec.model_dump_json())
    assert written["space"]["plane"] == [2, 1, 0]
    assert written["executor"] == spec.executor.model_dump(mode="json")


def test_settings_made_in_python_are_taken_as_they_are(spec):
    again = CampaignSpec(
        campaign="again",
        objective=spec.objective,
        space=spec.space,
        optimizer=spec.optimizer,
        executor=spec.executor,
        stop=StopSpec(trials=1),
    )
    assert again.space is spec.space


def test_an_objective_becomes_the_optimizers_own():
    spec = ObjectiveSpec(name="hardness", unit="GPa", goal="maximize")
    assert spec.build() == Objective("hardness", "GPa", "maximize")


@pytest.mark.parametrize("condition", [{"trials": 1}, {"hours": 0.1}, {"target": -1.5}, {"no_progress": 3}])
def test_any_one_condition_ends_a_campaign(condition):
    assert StopSpec(**condition)


def test_chance_of_better_needs_delta_and_delta_needs_a_condition_that_uses_it():
    assert StopSpec(chance_of_better=0.01, delta=0)
    assert StopSpec(no_progress=5, delta=0.01)
    with pytest.raises(ValidationError, match="'delta' is missing"):
        StopSpec(chance_of_better=0.01)
    with pytest.raises(ValidationError, match="only no_progress and chance_of_better use it"):
        StopSpec(delta=0.01, trials=3)


def test_only_what_judges_convergence_can_be_proposed():
    assert StopSpec(no_progress=5, propose=True).propose
    with pytest.raises(ValidationError, match="nothing here judges convergence"):
        StopSpec(trials=9, hours=2, propose=True)


def test_without_what_judges_convergence_budgets_remain():
    stop = StopSpec(trials=9, no_progress=5, chance_of_better=0.1, delta=0.01, propose=True).unjudged
    assert stop.model_dump(exclude_none=True) == {"trials": 9, "delta": 0.01, "propose": True}


def test_approval_is_asked_for_the_first_trials_or_for_every_one(complaints):
    assert [ApprovalSpec(first=2).waits(approved) for approved in range(4)] == [True, True, False, False]
    assert [ApprovalSpec(every=True).waits(approved) for approved in (0, 99)] == [True, True]
    for both in ("{}", "{first: 2, every: true}"):
        assert "give one of the two" in complaints("parallel: 2", f"approval: {both}")[0]
    assert "approval.every" in complaints("parallel: 2", "approval: {every: false}")[0]


def test_a_campaign_that_nothing_ends_is_refused():
    with pytest.raises(ValidationError, match="nothing ends this campaign"):
        StopSpec()


@pytest.mark.parametrize("name", ["a", "7", "cu-sigma5-210", "x" * 64])
def test_a_name_is_small_letters_digits_and_hyphens(campaign, name):
    assert loads(campaign, Path("/lab"), name=name).spec.campaign == name


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("Cu Sigma5", " Did you mean 'cu-sigma5'?"),
        ("a/b", " Did you mean 'a-b'?"),
        ("-a-", " Did you mean 'a'?"),
        ("a\n", " Did you mean 'a'?"),
        ("x" * 65, f" Did you mean '{'x' * 64}'?"),
        ("循環", ""),
        ("", ""),
    ],
)
def test_a_name_that_cannot_be_a_folder_everywhere_is_refused_with_one_that_can(complaints, name, guess):
    (complaint,) = complaints("campaign: cu-sigma5-210", f"campaign: {json.dumps(name)}")
    assert f"is no name.{guess} Allowed: small letters" in complaint
