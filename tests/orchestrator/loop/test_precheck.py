from pathlib import Path

import pytest

from orchestrator.campaign.loading import load
from orchestrator.loop.precheck import precheck

CAMPAIGN = """campaign: c
objective: {name: energy, goal: minimize}
space:
  kind: parameters
  parameters: [{name: x, range: [0, 1]}]
optimizer: {kind: random}
executor:
  kind: command
  command: [COMMAND, "{{ x }}", job.in]
  inputs:
    job.in: job.in.j2
  outputs: {energy: {line: last}}
stop: {trials: 2}
"""


@pytest.fixture
def problems(tmp_path):
    """What is found in the campaign when some words of it are replaced."""

    def find(template="x {{ x }}\n", **replaced):
        text = CAMPAIGN.replace("COMMAND", "sh")
        for old, new in replaced.items():
            text = text.replace(old, new)
        (tmp_path / "job.in.j2").write_text(template)
        (tmp_path / "c.yaml").write_text(text)
        return [str(problem) for problem in precheck(load(tmp_path / "c.yaml"), "c.yaml")]

    return find


def test_a_campaign_that_can_run_has_no_problem(problems):
    assert problems() == []


def test_a_variable_without_a_value_is_found_at_the_line_that_names_the_file(problems):
    (problem,) = problems(template="a\nb {{ y }}\n")
    assert problem.startswith("c.yaml:11:")
    assert "executor.inputs.job.in: job.in.j2, line 2: the variable 'y' is not known" in problem


def test_a_missing_program_is_found_at_its_word(problems):
    (problem,) = problems(**{"[sh,": "[no-such-program,"})
    assert problem.startswith("c.yaml:9:13: executor.command[0]: there is no program 'no-such-program'")


def test_a_rule_for_a_stranger_is_found(problems):
    (problem,) = problems(**{"outputs: {energy": "outputs: {enrgy"})
    assert problem.startswith("c.yaml:12:")
    assert "Did you mean 'energy'" in problem


def test_executors_that_check_nothing_have_no_problem():
    file = Path(__file__).parents[3] / "campaigns" / "cu_sigma5_210_table.yaml"
    assert precheck(load(file), file.name) == []
