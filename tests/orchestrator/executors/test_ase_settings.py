from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from orchestrator.executors.ase_settings import AseSettings, filled
from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.errors import ExecutorError

SPACE = SimpleNamespace(build=lambda: SimpleNamespace(names=("a", "cutoff")))
CONTEXT = ExecutorContext("c", SPACE, ("energy",), parallel=1)


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "si.cif").write_text("_cell_length_a {{ a }}\n")
    structure = {"template": tmp_path / "si.cif"}
    return lambda **given: AseSettings(**{"calculator": "emt", "structure": structure, **given})


def test_an_unknown_calculator_is_refused_with_a_suggestion(settings):
    with pytest.raises(ValidationError, match=r"'expresso' is not known. Did you mean 'espresso'"):
        settings(calculator="expresso")


@pytest.mark.parametrize("nesting", [lambda it: it, lambda it: {"input_data": {"electrons": it}}])
def test_energies_of_cycles_that_did_not_converge_cannot_be_asked_for(settings, nesting):
    with pytest.raises(ExecutorError, match=r"scf_must_converge: false is not allowed"):
        settings(settings=nesting({"scf_must_converge": False})).check(CONTEXT)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"settings": {"ecut": "{{ cutof }}"}}, r"executor.settings.ecut, line 1: .*Did you mean 'cutoff'"),
        ({"interpreter": "/no/python"}, "executor.interpreter: there is no program '/no/python'"),
        ({"measure": {"enrgy": "energy"}}, "Did you mean 'energy'"),
        ({"calculator": "espresso", "budget": 0}, "does not know how to start 'espresso'"),
        (
            {"calculator": "espresso", "profile": {"command": "no-pw.x"}},
            "executor.profile.command: there is no program",
        ),
        (
            {
                "calculator": "espresso",
                "profile": {"command": "sh", "pseudo_dir": "/tmp"},
                "settings": {"pseudopotentials": {"Si": "no.UPF"}},
            },
            r"executor.settings.pseudopotentials.Si: there is no file /tmp/no.UPF",
        ),
    ],
)
def test_what_cannot_work_is_found_before_anything_runs(settings, given, message, monkeypatch):
    from ase.config import Config, cfg

    monkeypatch.setattr(cfg, "parser", Config().parser)
    with pytest.raises(ExecutorError, match=message):
        settings(**given).build(CONTEXT)


def test_corrections_without_custodian_say_how_to_get_it(settings, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ExecutorError, match=r"pip install 'junkan\[dft\]'"):
        settings(calculator="gpaw").check(CONTEXT)


def test_an_objective_that_is_no_quantity_is_asked_about(settings):
    context = ExecutorContext("c", SPACE, ("strength",), parallel=1)
    with pytest.raises(ExecutorError, match="which quantity is the objective 'strength'"):
        settings().check(context)


def test_a_structure_has_one_source(tmp_path):
    with pytest.raises(ValidationError, match="not both and not neither"):
        AseSettings(calculator="emt", structure={})
    with pytest.raises(ValidationError, match="belong together"):
        AseSettings(calculator="emt", structure={"files": {"a": tmp_path}})


def test_settings_are_filled_in_as_numbers_where_they_are_numbers():
    given = {"ecut": "{{ cutoff }}", "kpts": ["{{ k }}", 3], "xc": "{{ xc }}", "smooth": "{{ yes }}", "n": 7}
    values = {"cutoff": 30.5, "k": 4, "xc": "PBE", "yes": True}
    assert filled(given, values) == {"ecut": 30.5, "kpts": [4, 3], "xc": "PBE", "smooth": True, "n": 7}
