"""One calculation with an ASE calculator: energy, or relaxation first. Run as a program, in the folder of an attempt.

Reads `calculation.json`, writes `result.json`; needs Python 3.9 and ASE 3.22 or newer, nothing else. With the word
`describe` it calculates nothing and writes `description.json`: which code exactly it would use, by versions and by
the content of its program and potentials.

A number is in the result only if the code has not said anything against it: every self-consistent cycle is looked at
when it ends, also those in the middle of a relaxation.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import os
import re
import shlex
import shutil
import sys
import time
import traceback
from pathlib import Path
from typing import Any

EXTERNAL = {"tblite": "tblite.ase:TBLite", "xtb": "xtb.ase.calculator:XTB"}
"""Calculators that ASE does not know by name."""


class Trouble(Exception):
    """Why there is no number: `kind` is a failure kind of Junkan."""

    def __init__(self, kind: str, reason: str, **details: Any) -> None:
        super().__init__(reason)
        self.kind, self.reason, self.details = kind, reason, details


def main() -> None:
    """Do what `calculation.json` asks for."""
    asked = json.loads(Path("calculation.json").read_text())
    if sys.argv[1:] == ["describe"]:
        write("description.json", description(asked))
        return
    began = time.monotonic()
    try:
        result = calculate(asked, began + asked["walltime"])
    except Trouble as trouble:
        result = {"trouble": {"kind": trouble.kind, "reason": trouble.reason, **trouble.details}}
    except Exception as error:  # whatever a calculator raises, what its code wrote says more than the exception
        traceback.print_exc()
        said = said_by_the_code(asked["signs"])
        reason = said[1] if said else f"{type(error).__name__}: {error}"
        result = {"trouble": {"kind": said[0] if said else kind_of(error), "reason": reason}}
    result["seconds"] = time.monotonic() - began
    write("result.json", result)


def kind_of(error: Exception) -> str:
    """The failure that an exception stands for by its name; `fault` unless it speaks of convergence."""
    names = [kind.__name__ for kind in type(error).__mro__]
    return "unconverged" if any("Converge" in name or name == "SCFError" for name in names) else "fault"


def calculate(asked: dict[str, Any], until: float) -> dict[str, Any]:
    """The result of one calculation. Raises Trouble, or whatever the calculator raises."""
    atoms = structure(asked["structure"])
    if asked["task"] != "energy" and Path("relax.traj").exists() and asked["is_restart"]:
        take_up(atoms, "relax.traj")
    atoms.calc = calculator(asked)
    steps = 0 if asked["task"] == "energy" else relax(atoms, asked, until)
    energy = checked_energy(atoms, asked["signs"])
    result = {
        "energy": energy,
        "atoms": len(atoms),
        "volume": float(atoms.get_volume()) if atoms.pbc.all() else None,
        "steps": steps,
        "structure": plain(atoms),
    }
    if asked["task"] != "energy":
        result["max_force"] = largest_force(atoms)
    export(atoms)
    return result


def relax(atoms: Any, asked: dict[str, Any], until: float) -> int:
    """Relax `atoms` in place; returns the number of steps. The trajectory is the checkpoint."""
    from ase.io import trajectory
    from ase.optimize import BFGS

    moving = atoms if asked["task"] == "relax" else cell_filter(atoms)
    optimizer: Any = BFGS(moving, logfile="relax.log")
    make: Any = trajectory.Trajectory
    frames = make("relax.traj", "a" if asked["is_restart"] else "w")

    def guard() -> None:
        checked_energy(atoms, asked["signs"])
        if time.monotonic() > until:
            raise Trouble("timeout", f"the walltime ended after {optimizer.nsteps} relaxation steps")

    optimizer.attach(lambda: frames.write(atoms))
    optimizer.attach(guard)
    if not optimizer.run(fmax=asked["fmax"], steps=asked["steps"]):
        force = largest_force(atoms)
        reason = "the relaxation stopped at a force of %.4g eV/Å after %d steps; the target is %g"
        raise Trouble("unconverged", reason % (force, optimizer.nsteps, asked["fmax"]), max_force=force)
    return int(optimizer.nsteps)


def cell_filter(atoms: Any) -> Any:
    """Atoms and cell together, by the best filter that this ASE has."""
    for module, name in (("ase.filters", "FrechetCellFilter"), ("ase.constraints", "ExpCellFilter")):
        try:
            return getattr(importlib.import_module(module), name)(atoms)
        except (ImportError, AttributeError):
            continue
    raise Trouble("fault", "this ASE cannot relax cells")


def checked_energy(atoms: Any, signs: list[dict[str, str]]) -> float:
    """The energy in eV, if it is a number and the code says nothing against it."""
    energy = float(atoms.get_potential_energy())
    said = said_by_the_code(signs)
    if said:
        raise Trouble(*said, last_energy=energy)
    converged = getattr(atoms.calc, "converged", None)  # VASP's word, on the calculator
    if converged is False:
        raise Trouble("unconverged", "the code says that its cycle did not converge", last_energy=energy)
    if not math.isfinite(energy):
        raise Trouble("unconverged", f"the energy is {energy}, which is not a value")
    return energy


def said_by_the_code(signs: list[dict[str, str]]) -> tuple[str, str] | None:
    """The first sign of failure in what the code wrote: its kind and its words."""
    for sign in signs:
        for path in sorted(Path().glob(sign["file"])):
            found = re.search(sign["regex"], path.read_text(errors="replace"), re.MULTILINE)
            if found:
                words = " ".join(" ".join(found.groups() or (found.group(),)).split())
                return sign["kind"], f"{path.name} says: {words[:300]}"
    return None


def largest_force(atoms: Any) -> float:
    """The largest force on an atom, eV/Å."""
    return float((atoms.get_forces() ** 2).sum(axis=1).max() ** 0.5)


def calculator(asked: dict[str, Any]) -> Any:
    """The calculator, with the user's profile, or the one that the campaign names."""
    name = asked["calculator"]
    if asked["profile"]:
        from ase.config import cfg

        if not cfg.parser.has_section(name):
            cfg.parser.add_section(name)
        for key, value in asked["profile"].items():
            cfg.parser[name][key] = str(value).replace("$", "$$")
    return calculator_class(name)(**asked["settings"])


def calculator_class(name: str) -> Any:
    """The class of the calculator `name`."""
    if name in EXTERNAL:
        module, _, attribute = EXTERNAL[name].partition(":")
        return getattr(importlib.import_module(module), attribute)
    return importlib.import_module("ase.calculators.calculator").get_calculator_class(name)


def structure(given: dict[str, Any]) -> Any:
    """The atoms that `plain` described. `masses` and the like are not kept."""
    from ase import Atoms

    return Atoms(
        numbers=given["numbers"],
        positions=given["positions"],
        cell=given["cell"],
        pbc=given["pbc"],
        magmoms=given.get("magmoms"),
        charges=given.get("charges"),
    )


def plain(atoms: Any) -> dict[str, Any]:
    """Atoms as a JSON object, in full precision."""
    found = {
        "numbers": atoms.numbers.tolist(),
        "positions": atoms.positions.tolist(),
        "cell": atoms.cell.tolist(),
        "pbc": atoms.pbc.tolist(),
    }
    for name, values in (("magmoms", atoms.get_initial_magnetic_moments()), ("charges", atoms.get_initial_charges())):
        if values.any():
            found[name] = values.tolist()
    return found


def take_up(atoms: Any, trajectory: str) -> None:
    """Move `atoms` to the last frame of `trajectory`, unless that cannot be read: its end may have been cut off."""
    from ase.io import read

    try:
        last: Any = read(trajectory, index=-1)
    except Exception:
        return
    if len(last) == len(atoms):
        atoms.set_cell(last.cell)
        atoms.set_positions(last.positions)


def export(atoms: Any) -> None:
    """The final structure for people and other programs."""
    from ase.io import write as write_atoms

    copy = atoms.copy()
    write_atoms("final.extxyz", copy)


def description(asked: dict[str, Any]) -> dict[str, Any]:
    """Which code this is: whatever differs here makes another calculation. `is_known` says whether that is certain."""
    import ase

    name = asked["calculator"]
    module = calculator_class(name).__module__.partition(".")[0]
    found: dict[str, Any] = {"calculator": name, "ase": ase.__version__, "program": None, "package": None}
    if module != "ase":
        package = importlib.import_module(module)
        found["package"] = "{} {}".format(module, getattr(package, "__version__", "?"))
    words = shlex.split(command_of(name, asked["profile"]) or "")
    programs = [path for path in map(shutil.which, words) if path and Path(path).is_file()]
    if programs:
        found["program"] = [sha256(Path(path)) for path in programs]
    found["potentials"] = {path.name: sha256(path) for path in sorted(potentials(name, asked)) if path.is_file()}
    in_process = module == "ase" and name in ("emt", "lj", "morse", "eam", "tersoff", "tip3p", "tip4p", "ff")
    found["is_known"] = bool(programs or found["package"] or in_process)
    return found


def command_of(name: str, profile: dict[str, Any] | None) -> str | None:
    """The command by which ASE starts the code, as a profile, the configuration or the environment says."""
    if profile and "command" in profile:
        return str(profile["command"])
    try:
        from ase.config import cfg

        if cfg.parser.has_option(name, "command"):
            return str(cfg.parser.get(name, "command"))
    except ImportError:
        pass
    return os.environ.get(f"ASE_{name.upper()}_COMMAND")


def potentials(name: str, asked: dict[str, Any]) -> list[Path]:
    """The files of potentials that the calculation reads, as far as it can be told."""
    settings, profile = asked["settings"], asked["profile"] or {}
    named = [Path(path) for path in asked["potentials"]]
    if name == "gpaw":
        from ase.data import chemical_symbols

        xc = settings.get("xc", "LDA")
        symbols = {chemical_symbols[number] for number in asked["structure"]["numbers"]}
        folders = [Path(it) for it in os.environ.get("GPAW_SETUP_PATH", "/usr/share/gpaw-setups").split(":")]
        named += [path for folder in folders for symbol in symbols for path in folder.glob(f"{symbol}.{xc}*")]
    for key in ("pseudopotentials", "pps"):
        given = settings.get(key)
        if isinstance(given, dict):
            folder = Path(profile.get("pseudo_dir") or configured(name, "pseudo_dir") or ".")
            named += [folder / str(file) for file in given.values()]
    return named


def configured(name: str, key: str) -> str | None:
    """A value of the user's ASE configuration."""
    try:
        from ase.config import cfg
    except ImportError:
        return None
    return cfg.parser.get(name, key) if cfg.parser.has_option(name, key) else None


def sha256(path: Path) -> str:
    """Of the content of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def write(name: str, document: dict[str, Any]) -> None:
    """A JSON file that is whole or absent."""
    temporary = Path("." + name + ".new")
    temporary.write_text(json.dumps(document, indent=1))
    temporary.replace(name)


if __name__ == "__main__":
    main()
