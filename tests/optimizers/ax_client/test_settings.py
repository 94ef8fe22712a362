"""The `optimizer: {kind: ax}` section: what it refuses, and what it imports."""

import importlib.util
import json
import subprocess
import sys

import pandas as pd
import pytest
from pydantic import ValidationError

from optimizers import CandidatePool, Objective, Problem
from optimizers.ax_client import settings as module
from optimizers.ax_client.settings import AxSettings
from optimizers.errors import UnusableSettings, UnusableSpace
from optimizers.parameters import ParameterSpace, Range
from optimizers.rotation import RotationSpace

CAMPAIGN = """
campaign: small
seed: 1
objective: {name: height, goal: minimize}
space: {kind: parameters, parameters: [{name: x, range: [-5, 10]}, {name: y, range: [0, 15]}]}
optimizer: {kind: ax}
executor: {kind: test_function, problem: branin}
stop: {trials: 30}
"""


@pytest.mark.parametrize("space", [CandidatePool(pd.DataFrame({"x": [1.0, 2.0]})), RotationSpace(3)])
def test_candidates_and_rotations_are_refused(space):
    with pytest.raises(UnusableSpace, match="parameters"):
        AxSettings().build(Problem(space, (Objective("f"),), 1))


def test_without_ax_the_error_says_how_to_install_it(monkeypatch):
    present = importlib.util.find_spec
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "ax" else present(name))
    with pytest.raises(UnusableSettings, match=r"ax-platform.*pip install 'junkan\[ax\]'"):
        AxSettings().build(Problem(ParameterSpace((Range("x", 0.0, 1.0),)), (Objective("f"),), 1))


def test_unknown_settings_are_refused():
    for wrong in ({"initial": 0}, {"infeasible": "often"}, {"noise": 0.1}, {"model": "best"}):
        with pytest.raises(ValidationError):
            AxSettings(**wrong)


def test_building_the_optimizer_and_the_first_proposals_import_neither_torch_nor_ax():
    program = """
import json, sys
from optimizers import History, Objective, Problem
from optimizers.ax_client.settings import AxSettings
from optimizers.parameters import ParameterSpace, Range
optimizer = AxSettings().build(Problem(ParameterSpace((Range("x", 0.0, 1.0),)), (Objective("f"),), 1))
optimizer.propose(History(), 3)
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules} & {"torch", "ax", "botorch", "gpytorch"})))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100, check=True)
    assert json.loads(ran.stdout) == []


def test_checking_an_ax_campaign_imports_neither_torch_nor_ax(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(CAMPAIGN)
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sorted({n.split('.')[0] for n in sys.modules}), file=sys.stderr))\n"
        f"sys.argv = ['junkan', 'validate', {str(file)!r}]\n"
        "from orchestrator.cli.main import main\n"
        "main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"JUNKAN_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert set(ran.stderr.splitlines()[-1].split()) & {"torch", "ax", "botorch", "gpytorch"} == set()
