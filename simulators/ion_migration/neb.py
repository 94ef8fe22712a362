"""The barrier of one hop of one vacancy, by nudged elastic band, in stages that can be taken up again.

    endpoint   the crystal without the atom that the moving ion is to replace, relaxed
    midpoint   where inversion relates the two ends: the ion half-way, held there, the rest relaxed
    band       the climbing-image band from the endpoint to the midpoint, or to the other end

Where a hop begins and ends at sites that an inversion maps onto each other, half a path says all: the other half is its
image. The inverted end is a *permutation* of the atoms, and each atom but the moving one is taken at its nearest
periodic image; the image of the moving ion is what distinguishes one hop from another.

The barrier is the highest energy on the path above the endpoint. The midpoint is a stationary point by symmetry, but
need not be the highest.

Each stage leaves its structure in `stages.json` when it has ended, and a trajectory while it goes on. The module
imports nothing but ASE and numpy, so that it also runs under the Python that a code belongs to (3.9, ASE 3.22).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

VERSION = 1
STAGES = "stages.json"
SYMMETRY = 0.05
"""Å by which an atom may miss the inverted place of its partner in the unrelaxed crystal."""


class NotConverged(Exception):
    """A stage stopped short of its goal. `fmax` is the force it had come to, eV/Å; there is no barrier."""

    def __init__(self, stage: str, fmax: float, goal: float, steps: int) -> None:
        super().__init__(f"the {stage} stopped at a force of {fmax:.3g} eV/Å after {steps} steps; the goal is {goal:g}")
        self.stage, self.fmax, self.steps = stage, fmax, steps


class OutOfTime(Exception):
    """The walltime ended in `stage`; what was reached is in the folder."""

    def __init__(self, stage: str) -> None:
        super().__init__(f"the walltime ended in the stage '{stage}'")
        self.stage = stage


@dataclass(frozen=True)
class Goals:
    """Forces in eV/Å, and how the band is made."""

    endpoint: float = 0.12
    band: float = 0.15
    images: int = 3
    spring: float = 1.0
    steps: int = 300


@dataclass
class Hop:
    """Atom `mobile` of `atoms` moves by `vector`, Å, into a vacancy. `partner` maps each atom to the one whose place it
    takes when the crystal is inverted at `centre`; None where no inversion relates the two ends."""

    atoms: Any
    mobile: int
    vector: Any
    centre: Any
    partner: Any


@dataclass
class Run:
    """How a hop is calculated. `calculator` makes one for a label; `energy` gives a trusted energy in eV, or raises.

    `is_over` is asked after every step. Everything is kept in `folder`.
    """

    folder: Path
    calculator: Callable[[str], Any]
    energy: Callable[[Any], float]
    is_over: Callable[[], bool] = lambda: False
    finished: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what earlier attempts have finished."""
        try:
            known = json.loads((self.folder / STAGES).read_text())
        except (OSError, ValueError):
            return
        if known.get("version") == VERSION:
            self.finished = known["stages"]

    def finish(self, stage: str, found: dict[str, Any]) -> None:
        """Note that a stage has ended. The file is whole, or it is the one before."""
        self.finished[stage] = found
        temporary = self.folder / f".{STAGES}.new"
        temporary.write_text(json.dumps({"version": VERSION, "stages": self.finished}, indent=1))
        temporary.replace(self.folder / STAGES)


def vacancy_hop(host: Any, element: str, start: int, rank: int = 1) -> Hop:
    """The hop of atom `start` of `host` into the place of an `element` that makes room; `rank` 1 is the shortest.

    The atoms of a hop are those of `host` in their order, without the one that makes room. Raises ValueError if there
    are fewer hops; those into images of the own place are none.
    """
    reach = range(-1, 2)
    shifts = np.array([(i, j, k) for i in reach for j in reach for k in reach]) @ host.cell[:]
    others = [it for it in range(len(host)) if host.symbols[it] == element and it != start]
    hops = [(other, host.positions[other] + shift - host.positions[start]) for other in others for shift in shifts]
    if not 1 <= rank <= len(hops):
        raise ValueError(f"there are {len(hops)} hops of {element} to places of others, so none has the rank {rank}")
    # Rounded, so that of equally long ones the same is the first on every machine.
    hops.sort(key=lambda hop: (round(float(np.linalg.norm(hop[1])), 4), *np.round(-hop[1], 4).tolist()))
    other, vector = hops[rank - 1]
    atoms = host.copy()
    del atoms[other]
    mobile = start - (other < start)
    centre = host.positions[start] + vector / 2
    return Hop(atoms, mobile, vector, centre, inverted_partners(atoms, mobile, centre))


def inverted_partners(atoms: Any, mobile: int, centre: Any) -> Any:
    """For each atom the one that takes its place when all are inverted at `centre`; None if that is no symmetry.

    The moving atom is its own partner: where it was, the vacancy comes to be.
    """
    rest = [it for it in range(len(atoms)) if it != mobile]
    places = atoms.positions[rest]
    numbers = atoms.numbers[rest]
    partners = np.full(len(atoms), mobile)
    for row in rest:
        apart = places - (2 * centre - atoms.positions[row])
        fractional = np.linalg.solve(atoms.cell[:].T, apart.T).T
        distances = np.linalg.norm((fractional - np.round(fractional)) @ atoms.cell[:], axis=1)
        distances[numbers != atoms.numbers[row]] = np.inf
        nearest = int(distances.argmin())
        if distances[nearest] > SYMMETRY:
            return None
        # The atom `nearest` ends up, inverted, at the place of `row`, and the other way round.
        partners[row] = rest[nearest]
    return partners


def inverted_end(hop: Hop, atoms: Any) -> Any:
    """The other end of a symmetric hop: `atoms` inverted, renumbered, each at its image nearest to where it was."""
    end = atoms.copy()
    inverted = 2 * hop.centre - atoms.positions[hop.partner]
    apart = inverted - atoms.positions
    fractional = np.linalg.solve(atoms.cell[:].T, apart.T).T
    nearest = (fractional - np.round(fractional)) @ atoms.cell[:]
    # The moving ion starts near the beginning of the hop and ends near its end: its image is not the nearest.
    nearest[hop.mobile] = apart[hop.mobile] - _lattice_vector_near(apart[hop.mobile] - hop.vector, atoms.cell[:])
    end.positions = atoms.positions + nearest
    return end


def barrier(hop: Hop, run: Run, goals: Goals) -> dict[str, Any]:
    """The barrier in eV with all that tells how it was found. Raises NotConverged or OutOfTime."""
    endpoint = relaxed(run, goals, "endpoint", hop.atoms)
    if hop.partner is not None:
        other = inverted_end(hop, endpoint)
        half = endpoint.copy()
        half.positions = (endpoint.positions + other.positions) / 2
        last = relaxed(run, goals, "midpoint", half, held=hop.mobile)
    else:
        moved = hop.atoms.copy()
        moved.positions[hop.mobile] += hop.vector
        last = relaxed(run, goals, "other endpoint", moved)
        last.positions = _images_near(last.positions, endpoint.positions, endpoint.cell[:], hop)
    band = converged_band(run, goals, endpoint, last)
    energies = np.array(band["energies"])
    return {
        "barrier": float(energies.max() - energies[0]),
        "midpoint": float(energies[-1] - energies[0]) if hop.partner is not None else None,
        "energies": (energies - energies[0]).tolist(),
        "is_half_path": hop.partner is not None,
        "highest_image": int(energies.argmax()),
        "fmax": band["fmax"],
        "steps": {stage: found["steps"] for stage, found in run.finished.items()},
        "distance": float(np.linalg.norm(hop.vector)),
    }


def relaxed(run: Run, goals: Goals, stage: str, start: Any, held: int | None = None) -> Any:
    """`start` with its forces relaxed in a fixed cell; atom `held` stays where it is. Its energy comes with it."""
    from ase.optimize import BFGS

    name = stage.replace(" ", "-")
    atoms = start.copy()
    if stage in run.finished:
        atoms.positions = np.array(run.finished[stage]["positions"])
        energy = run.finished[stage]["energy"]
    else:
        trajectory = run.folder / f"{name}.traj"
        steps = _take_up([atoms], trajectory)
        atoms.calc = run.calculator(name)
        if held is not None:
            hold(atoms, held)
        optimizer: Any = BFGS(atoms, logfile=str(run.folder / f"{name}.log"))
        with _trajectory(trajectory, "a" if steps else "w") as frames:
            optimizer.attach(lambda: frames.write(atoms))
            optimizer.attach(_guard(run, stage, [atoms]))
            optimizer.run(fmax=goals.endpoint, steps=goals.steps)
        energy, force = float(run.energy(atoms)), largest_force(atoms.get_forces())
        if force >= goals.endpoint:
            raise NotConverged(stage, force, goals.endpoint, optimizer.nsteps)
        atoms.set_constraint()
        found = {"positions": atoms.positions.tolist(), "energy": energy, "fmax": force}
        run.finish(stage, {**found, "steps": steps + int(optimizer.nsteps)})
    result = atoms.copy()
    with_energy(result, energy)
    return result


def converged_band(run: Run, goals: Goals, first: Any, last: Any) -> dict[str, Any]:
    """The band between two ends that have their energies, its highest moving image climbing where it is the highest."""
    from ase.optimize import FIRE

    if "band" in run.finished:
        return dict(run.finished["band"])
    inner = [first.copy() for _ in range(goals.images)]
    images = [first, *inner, last]
    file = run.folder / "band.traj"
    frames = _take_up(inner, file)
    for number, image in enumerate(inner):
        if not frames:
            share = (number + 1) / (goals.images + 1)
            image.positions = first.positions + share * (last.positions - first.positions)
        image.calc = run.calculator(f"image-{number + 1}")
    band = _band(images, goals.spring)
    if not frames:
        _spread_evenly(images)
    guard = _guard(run, "band", inner)
    steps = frames // goals.images
    with _trajectory(file, "a" if frames else "w") as trajectory:

        def step() -> None:
            for image in inner:
                trajectory.write(image)
            guard()
            energies = [run.energy(image) for image in images]
            # The end of half a path is stationary by symmetry: where it is the highest, nothing has to climb to it.
            # An image that has begun to climb goes on, though its force is larger then than before.
            is_near = band.climb or largest(band) < 3 * goals.band
            band.climb = bool(is_near and max(energies[1:-1]) > max(energies[0], energies[-1]))

        optimizer: Any = FIRE(band, logfile=str(run.folder / "band.log"))
        optimizer.attach(step)
        # Once more where the last step began to climb: what counts are the forces of the band as it is.
        while optimizer.nsteps < goals.steps:
            optimizer.run(fmax=goals.band, steps=goals.steps - optimizer.nsteps)
            if largest(band) < goals.band:
                break
    force = largest(band)
    if force >= goals.band:
        raise NotConverged("band", force, goals.band, optimizer.nsteps)
    energies = [float(run.energy(image)) for image in images]
    found = {"energies": energies, "fmax": force, "climbed": bool(band.climb), "steps": steps + int(optimizer.nsteps)}
    run.finish("band", {**found, "positions": [image.positions.tolist() for image in images]})
    return found


def hold(atoms: Any, row: int) -> None:
    """Keep atom `row` where it is."""
    from ase import constraints

    fixed: Any = constraints.FixAtoms
    atoms.set_constraint(fixed([row]))


def with_energy(atoms: Any, energy: float) -> None:
    """Give `atoms` an energy that is known: a band reads it from its ends, which have no calculator of their own."""
    from ase.calculators import singlepoint

    known: Any = singlepoint.SinglePointCalculator
    atoms.calc = known(atoms, energy=energy, forces=np.zeros((len(atoms), 3)))


def _trajectory(file: Path, mode: str) -> Any:
    from ase.io import trajectory

    opened: Any = trajectory.Trajectory
    return opened(str(file), mode)


def largest(band: Any) -> float:
    """The largest force on an image of the band, eV/Å."""
    return largest_force(band.get_forces())


def largest_force(forces: Any) -> float:
    """The largest of the forces in the rows of `forces`, eV/Å."""
    return float(np.sqrt((np.asarray(forces) ** 2).sum(axis=1)).max())


def _band(images: list[Any], spring: float) -> Any:
    return _neb_module().NEB(images, k=spring, climb=False, method="improvedtangent")


def _spread_evenly(images: list[Any]) -> None:
    """Image-dependent pair potential: Smidstrup, Pedersen, Stokbro, Jónsson 2014, J. Chem. Phys. 140, 214106."""
    import warnings

    with warnings.catch_warnings():
        # It makes a band of its own with the default method, and newer versions of ASE warn of that.
        warnings.simplefilter("ignore")
        _neb_module().idpp_interpolate(images, traj=None, log=None, mic=True)


def _neb_module() -> Any:
    from importlib import import_module

    try:
        return import_module("ase.mep.neb")
    except ImportError:  # before ASE 3.23
        return import_module("ase.neb")


def _guard(run: Run, stage: str, moving: list[Any]) -> Callable[[], None]:
    """Called after every step: looks at every energy, and at the clock."""

    def look() -> None:
        for atoms in moving:
            run.energy(atoms)
        if run.is_over():
            raise OutOfTime(stage)

    return look


def _take_up(moving: list[Any], trajectory: Path) -> int:
    """Move the atoms to the last whole set of frames in `trajectory`; returns how many frames there are."""
    from ase.io import read

    try:
        frames: Any = read(str(trajectory), index=":")
    except Exception:  # none, or cut off at its end: then the stage begins again
        return 0
    whole = len(frames) // len(moving) * len(moving)
    if not whole:
        return 0
    for atoms, frame in zip(moving, frames[whole - len(moving) : whole]):  # noqa: B905  (Python 3.9)
        atoms.positions = frame.positions
    return whole


def _images_near(positions: Any, wanted: Any, cell: Any, hop: Hop) -> Any:
    apart = positions - wanted
    apart[hop.mobile] -= hop.vector
    fractional = np.linalg.solve(cell.T, apart.T).T
    near = wanted + (fractional - np.round(fractional)) @ cell
    near[hop.mobile] += hop.vector
    return near


def _lattice_vector_near(vector: Any, cell: Any) -> Any:
    return np.round(np.linalg.solve(cell.T, vector)) @ cell
