import subprocess
import sys
from contextlib import closing

import pytest
from pydantic import ValidationError

from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.errors import UnknownFunction
from orchestrator.executors.function import FunctionSettings

CONTEXT = ExecutorContext(campaign="c", space=None, objectives=("energy",), parallel=2)


def test_a_campaign_evaluates_a_registered_function(tmp_path, follow):
    settings = FunctionSettings(kind="function", function="picky", settings={"delay": 0.01}, timeout=30)
    with closing(settings.build(CONTEXT)) as executor:
        outcome = follow(executor, executor.start("c/1/1", {"x": 0.5}, tmp_path))
    assert outcome.values["energy"].value == pytest.approx(0.04)


def test_an_unknown_function_is_refused_when_it_is_built():
    with pytest.raises(UnknownFunction, match="Did you mean 'quadratic'"):
        FunctionSettings(kind="function", function="quadratik").build(CONTEXT)


@pytest.mark.parametrize(
    "wrong", [{"timeout": 0}, {"timeout": float("inf")}, {"workers": -1}, {"settings": {"a": object()}}]
)
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(ValidationError):
        FunctionSettings(kind="function", function="quadratic", **wrong)


def test_the_settings_import_nothing_heavy():
    code = "import sys, orchestrator.executors.function, orchestrator.executors.table; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pandas", "scipy", "prefect", "torch", "psutil", "pyarrow"} & set(loaded)
