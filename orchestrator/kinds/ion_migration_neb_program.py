"""One barrier by nudged elastic band, under the Python that has the code. Run in the folder of an attempt.

Reads `calculation.json`, writes `result.json`. It finds the two modules that it is made of by their paths, so that an
interpreter which knows nothing of Junkan can run it.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any


def main() -> None:
    """Do what `calculation.json` asks for."""
    began = time.monotonic()
    asked = json.loads(Path("calculation.json").read_text())
    calculation = load("junkan_calculation", asked["modules"]["calculation"])
    neb = load("junkan_neb", asked["modules"]["neb"])
    if sys.argv[1:] == ["describe"]:
        calculation.write("description.json", calculation.description(asked))
        return
    signs = asked["signs"] + [{**sign, "file": "*/" + sign["file"]} for sign in asked["signs"]]
    try:
        result = barrier(asked, calculation, neb, signs, began)
    except neb.NotConverged as short:
        result = trouble("unconverged", str(short), stage=short.stage, fmax=short.fmax, steps=short.steps)
    except neb.OutOfTime as over:
        result = trouble("timeout", str(over), stage=over.stage)
    except calculation.Trouble as said:
        result = trouble(said.kind, said.reason, **said.details)
    except Exception as error:  # whatever a calculator raises, what its code wrote says more than the exception
        traceback.print_exc()
        words = calculation.said_by_the_code(signs)
        result = trouble(*(words or (calculation.kind_of(error), f"{type(error).__name__}: {error}")))
    result["seconds"] = time.monotonic() - began
    calculation.write("result.json", result)


def barrier(
    asked: dict[str, Any], calculation: Any, neb: Any, signs: list[dict[str, str]], began: float
) -> dict[str, Any]:
    """The barrier, or what the modules raise."""
    host = calculation.structure(asked["structure"])
    hop = neb.vacancy_hop(host, asked["mobile"], asked["start"], asked["hop"])
    run = neb.Run(
        folder=Path(),
        calculator=lambda label: calculation.calculator(labelled(asked, label, calculation)),
        energy=lambda atoms: calculation.checked_energy(atoms, signs),
        is_over=lambda: time.monotonic() - began > asked["walltime"],
    )
    found: dict[str, Any] = neb.barrier(hop, run, neb.Goals(**asked["goals"]))
    return found


def labelled(asked: dict[str, Any], label: str, calculation: Any) -> dict[str, Any]:
    """The same calculator with files of its own: the images of a band live at the same time."""
    settings = dict(asked["settings"])
    if asked["calculator"] == "gpaw":
        settings["txt"] = f"gpaw-{label}.txt"
    elif writes_files(calculation.calculator_class(asked["calculator"])):
        settings["directory"] = label
    return {**asked, "settings": settings}


def writes_files(kind: type) -> bool:
    """Whether a calculator runs a program in a folder."""
    return any("FileIO" in base.__name__ for base in kind.__mro__)


def trouble(kind: str, reason: str, **details: Any) -> dict[str, Any]:
    """A result that is none."""
    return {"trouble": {"kind": kind, "reason": reason, **details}}


def load(name: str, path: str) -> Any:
    """The module in the file `path`."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.path.pop(0)  # the folder of this file: its neighbours must not take the place of modules of the code
    main()
