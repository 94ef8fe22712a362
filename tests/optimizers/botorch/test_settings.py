import subprocess
import sys
from importlib.util import find_spec

import pandas as pd
import pytest
from pydantic import ValidationError

from optimizers import CandidatePool, Objective, Problem, RotationSpace
from optimizers.botorch import settings as module
from optimizers.botorch.settings import BotorchSettings
from optimizers.errors import UnusableSettings, UnusableSpace

MESH = {"parameter": "mesh", "target": "fine", "levels": [{"value": "coarse", "cost": 1}, {"value": "fine", "cost": 9}]}

ROUGH = [{"value": "rough", "cost": 1}, {"value": "fine", "cost": 2}]


def problem(**columns):
    table = pd.DataFrame(columns or {"x": [0.0, 0.5, 1.0], "mesh": ["fine", "coarse", "fine"]})
    return Problem(CandidatePool(table), (Objective("q"),), seed=1)


def test_reading_the_settings_imports_neither_torch_nor_ax():
    code = (
        "import sys; import optimizers.botorch.settings as s; s.BotorchSettings(kernel='rbf');"
        "assert not {'torch', 'botorch', 'gpytorch', 'ax', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "botorch" else find_spec(name))
    with pytest.raises(UnusableSettings, match=r"needs botorch\. Install it: pip install 'junkan\[ax\]'"):
        BotorchSettings().build(problem())


def test_a_missing_sampler_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None if name in ("jax", "numpyro") else object())
    with pytest.raises(
        UnusableSettings, match=r"jax and numpyro. Install them: pip install 'junkan\[ax,fully_bayesian\]'"
    ):
        BotorchSettings(inference="fully_bayesian").build(problem())


def test_a_missing_graphics_card_is_said_before_the_campaign_begins(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(UnusableSettings, match=r"optimizer.device: cuda was asked for.*Use `device: cpu`"):
        BotorchSettings(device="cuda").build(problem())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"fidelity": MESH | {"target": "medium"}}, "the target 'medium' is not among the levels: coarse, fine"),
        ({"fidelity": MESH | {"levels": [{"value": 1, "cost": 1}] * 2, "target": 1}}, "two levels have the same value"),
        ({"fidelity": MESH | {"levels": [{"value": 1, "cost": 0}, {"value": 2, "cost": 1}]}}, "greater than 0"),
        ({"fingerprint": ["bit"]}, "`fingerprint` belongs to `kernel: tanimoto`"),
        ({"inference": "fully_bayesian", "kernel": "rbf", "transfer": ["old"]}, "leave out kernel, transfer"),
        ({"kernel": "linear"}, "matern52"),
        ({"noise": 0.0}, "greater than 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, said):
    with pytest.raises(ValidationError, match=said):
        BotorchSettings(**wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"fidelity": MESH | {"parameter": "grid"}}, "the space has no parameter 'grid'. It has: x, mesh"),
        ({"fidelity": MESH | {"levels": ROUGH}}, "candidate 1 has mesh = coarse"),
        ({"kernel": "tanimoto", "fingerprint": ["bit7"]}, "the pool has no column bit7"),
        ({"exchangeable": [["x", "mesh"]]}, "mesh is no plain numeric feature"),
        ({"exchangeable": [["x"]]}, "each group names two or more parameters"),
    ],
)
def test_settings_that_do_not_fit_the_pool_are_refused(wrong, said):
    with pytest.raises(UnusableSettings, match=said):
        BotorchSettings(**wrong).build(problem())


def test_a_space_of_rotations_is_refused():
    with pytest.raises(UnusableSpace, match="candidates or parameters"):
        BotorchSettings().build(Problem(RotationSpace(3), (Objective("q"),), seed=1))
