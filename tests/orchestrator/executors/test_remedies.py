import json

import pytest

from orchestrator.executors.codes import CODES, Remedy, code
from orchestrator.executors.remedies import INPUT, patch, run_with_remedies

SCF = Remedy(file="out", regex="NOT achieved", multiply={"electrons.maxstep": 3}, usual={"electrons.maxstep": 100})
SOLVER = Remedy(file="out", regex="cholesky", set={"solver": "cg"}, times=1)


@pytest.fixture
def code_that_needs(tmp_path):
    """A code that says what is wrong until its settings satisfy `condition`; returns what it was run with."""

    def make(condition, says):
        seen = []
        (tmp_path / INPUT).write_text(json.dumps({"settings": {"electrons": {"maxstep": 2}}}))

        def run_once():
            settings = json.loads((tmp_path / INPUT).read_text())["settings"]
            seen.append(settings)
            failed = not condition(settings)
            (tmp_path / "out").write_text(says if failed else "fine")
            return failed

        return run_once, seen

    return make


def test_a_run_is_repaired_step_by_step_and_every_patch_is_told(code_that_needs, tmp_path):
    run_once, seen = code_that_needs(lambda it: it["electrons"]["maxstep"] >= 15, "convergence NOT achieved after 2")
    made = run_with_remedies(run_once, [SOLVER, SCF], budget=5, folder=tmp_path)
    assert [it["electrons"]["maxstep"] for it in seen] == [2, 6, 18]
    assert made == [
        {"seen": "convergence NOT achieved after 2", "from": {"electrons.maxstep": 2}, "to": {"electrons.maxstep": 6}},
        {"seen": "convergence NOT achieved after 2", "from": {"electrons.maxstep": 6}, "to": {"electrons.maxstep": 18}},
    ]
    assert json.loads((tmp_path / "custodian.json").read_text())[0]["corrections"]


def test_the_budget_is_kept(code_that_needs, tmp_path):
    run_once, seen = code_that_needs(lambda it: False, "convergence NOT achieved")
    assert len(run_with_remedies(run_once, [SCF], budget=2, folder=tmp_path)) == 2
    assert len(seen) == 3


def test_a_remedy_is_tried_as_often_as_it_says(code_that_needs, tmp_path):
    run_once, seen = code_that_needs(lambda it: False, "problems computing cholesky")
    assert [it["to"] for it in run_with_remedies(run_once, [SOLVER], budget=5, folder=tmp_path)] == [{"solver": "cg"}]
    assert len(seen) == 2


def test_a_remedy_can_wait_for_others_to_fail(code_that_needs, tmp_path):
    last = Remedy(file="out", regex="NOT achieved", set={"mixer": "slow"}, after=2, times=1)
    run_once, _ = code_that_needs(lambda it: "mixer" in it, "convergence NOT achieved")
    made = run_with_remedies(run_once, [SCF, last], budget=9, folder=tmp_path)
    assert [sorted(it["to"]) for it in made] == [["electrons.maxstep"]] * 3 + [["mixer"]]


def test_what_no_remedy_knows_is_run_once(code_that_needs, tmp_path):
    run_once, seen = code_that_needs(lambda it: False, "segmentation fault")
    assert run_with_remedies(run_once, [SCF, SOLVER], budget=5, folder=tmp_path) == []
    assert len(seen) == 1


def test_a_run_that_may_not_be_repeated_is_not(code_that_needs, tmp_path):
    run_once, seen = code_that_needs(lambda it: False, "convergence NOT achieved")
    assert run_with_remedies(lambda: run_once() and False, [SCF], budget=5, folder=tmp_path) == []
    assert len(seen) == 1


def test_a_setting_that_was_not_given_is_scaled_from_its_usual_value():
    settings = {}
    assert patch(settings, SCF) == ({"electrons.maxstep": None}, {"electrons.maxstep": 300})
    assert settings == {"electrons": {"maxstep": 300}}


def test_settings_that_were_written_flat_are_patched_where_they_are():
    settings = {"input_data": {"mixing_beta": 0.5}}
    patch(settings, Remedy(file="a", regex="a", multiply={"input_data.electrons.mixing_beta": 0.6}))
    assert settings == {"input_data": {"mixing_beta": pytest.approx(0.3)}}


@pytest.mark.parametrize("name", sorted(CODES))
def test_no_remedy_changes_what_is_calculated(name):
    physics = {"ecutwfc", "ecut", "smearing", "degauss", "occupations", "kpts", "xc", "nbnd", "conv_thr", "charge"}
    for remedy in code(name).remedies:
        assert not physics & {path.split(".")[-1] for path in (*remedy.set, *remedy.multiply)}
