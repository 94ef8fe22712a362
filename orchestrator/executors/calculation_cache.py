"""Finished calculations of all campaigns, so that none is done twice.

A calculation is found by its key: the SHA-256 of the atoms that it has, of everything it was told, and of the code
that did it, with the content of its potentials. Under one key are the structures that were calculated; another
description of the same crystal (rotated, shifted, atoms renumbered, a symmetry-equivalent site) counts as the same.
Every such hit is confirmed by laying one structure over the other, never by rounded numbers.

Two crystals are compared in the cells that they were given in: a supercell is another calculation, as it has another
mesh of k-points. What belongs to axes or to single atoms (an uneven mesh, magnetic moments) asks for the same axes
and the same order.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.executors.durable import create, replace

if TYPE_CHECKING:
    from pymatgen.core.structure import Structure

VERSION = 1
LENGTH = 1e-4
"""How much two lengths of a cell may differ, as a fraction."""
ANGLE = 0.02
"""How much two angles of a cell may differ, degrees."""
DISTANCE = 2e-3
"""How far an atom may be from its counterpart, Å."""


def cache_folder() -> Path:
    """Where calculations are kept: `calculations` in Junkan's home."""
    from orchestrator.ledger.home import Home

    return (Home.from_environment().folder / "calculations").absolute()


@dataclass(frozen=True)
class Calculation:
    """What was asked: `structure` as plain lists, `told` all else that decides the answer, `code` who answers."""

    structure: Mapping[str, Any]
    told: Mapping[str, Any]
    code: Mapping[str, Any]

    @property
    def key(self) -> str:
        """SHA-256 of what must be equal to the letter."""
        about = {
            "version": VERSION,
            "atoms": sorted(self.structure["numbers"]),
            "pbc": list(self.structure["pbc"]),
            "told": self.told,
            "code": self.code,
        }
        return _digest(about)

    @property
    def needs_the_same_axes(self) -> bool:
        """Whether the answer depends on which axis, or which atom, is which."""
        site_bound = any(name in self.structure for name in ("magmoms", "charges"))
        return site_bound or _has_uneven_list(self.told)


class CalculationCache:
    """The calculations in `folder`. Any number of processes may use it at once: entries are whole or absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, calculation: Calculation) -> dict[str, Any] | None:
        """The entry of the same calculation: `result`, `source` (the key of the attempt that did it) and `at`."""
        for path in self._entries(calculation):
            entry = _read(path)
            if entry is not None and _same(entry["structure"], calculation):
                return entry
        return None

    def store(self, calculation: Calculation, result: Mapping[str, Any], source: str, renew: bool = False) -> bool:
        """Keep `result`; False if the same calculation is there already. With `renew` it takes that one's place.

        Raises OSError.
        """
        if not renew and self.find(calculation) is not None:
            return False
        entry = {
            "version": VERSION,
            "structure": dict(calculation.structure),
            "told": dict(calculation.told),
            "code": dict(calculation.code),
            "result": dict(result),
            "source": source,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        place = self._place(calculation)
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{_digest(calculation.structure)[:24]}.json"
        text = json.dumps(entry, allow_nan=False)
        if renew:
            for path_of_same in [it for it in self._entries(calculation) if self._is_same(it, calculation)]:
                path = path_of_same
            replace(path, text)
            return True
        return create(path, text)

    def _is_same(self, path: Path, calculation: Calculation) -> bool:
        entry = _read(path)
        return entry is not None and _same(entry["structure"], calculation)

    def _entries(self, calculation: Calculation) -> Iterator[Path]:
        place = self._place(calculation)
        # The very same description first: it needs no comparison of crystals.
        exact = place / f"{_digest(calculation.structure)[:24]}.json"
        if exact.exists():
            yield exact
        if place.is_dir():
            yield from (it for it in sorted(place.glob("*.json")) if it != exact and not it.name.startswith("."))

    def _place(self, calculation: Calculation) -> Path:
        key = calculation.key
        return self._folder / key[:2] / key


def _read(path: Path) -> dict[str, Any] | None:
    """An entry; None if it is gone or damaged: the calculation is then done again."""
    try:
        entry: dict[str, Any] = json.loads(path.read_text())
        return entry if entry.get("version") == VERSION and entry["result"] else None
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def _same(known: Mapping[str, Any], calculation: Calculation) -> bool:
    wanted = calculation.structure
    if known == wanted:
        return True
    if calculation.needs_the_same_axes:
        return _same_to_the_letter(known, wanted)
    if not all(wanted["pbc"]):
        return _same_to_the_letter(known, wanted)
    return _same_volume(known, wanted) and _same_crystal(known, wanted)


def _same_to_the_letter(known: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Same atoms in the same order at the same places in the same axes, within the tolerances."""
    import numpy as np

    if known["numbers"] != wanted["numbers"] or known["pbc"] != wanted["pbc"]:
        return False
    if any(known.get(name) != wanted.get(name) for name in ("magmoms", "charges")):
        return False
    cells = [np.asarray(it["cell"], dtype=float) for it in (known, wanted)]
    scale = max(1.0, float(np.abs(cells[0]).max()))
    if np.abs(cells[0] - cells[1]).max() > LENGTH * scale:
        return False
    places = [np.asarray(it["positions"], dtype=float) for it in (known, wanted)]
    apart = places[0] - places[1]
    periodic = np.asarray(known["pbc"]) & (np.abs(cells[0]).sum(axis=1) > 0)
    if periodic.all():
        fractional = apart @ np.linalg.inv(cells[0])
        apart = (fractional - np.round(fractional)) @ cells[0]
    return bool(np.sqrt((apart**2).sum(axis=1)).max(initial=0.0) < DISTANCE)


def _same_volume(known: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    import numpy as np

    volumes = [abs(float(np.linalg.det(np.asarray(it["cell"], dtype=float)))) for it in (known, wanted)]
    return abs(volumes[0] - volumes[1]) <= 3 * LENGTH * volumes[1]


def _same_crystal(known: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether one crystal can be laid over the other by a rotation, a shift and a renumbering of atoms."""
    try:
        from pymatgen.analysis.structure_matcher import StructureMatcher
    except ImportError:
        return _same_to_the_letter(known, wanted)
    first, second = _crystal(known), _crystal(wanted)
    # pymatgen measures distances in units of the mean free length per atom.
    unit = (second.volume / len(second)) ** (1 / 3)
    matcher = StructureMatcher(
        ltol=LENGTH,
        stol=DISTANCE / unit,
        angle_tol=ANGLE,
        primitive_cell=False,
        scale=False,
        attempt_supercell=False,
    )
    return bool(matcher.fit(first, second))


def _crystal(plain: Mapping[str, Any]) -> "Structure":
    from pymatgen.core.lattice import Lattice
    from pymatgen.core.periodic_table import Element
    from pymatgen.core.structure import Structure

    species = [Element.from_Z(number) for number in plain["numbers"]]
    return Structure(Lattice(plain["cell"]), species, plain["positions"], coords_are_cartesian=True)


def _has_uneven_list(value: Any) -> bool:
    """Whether some setting is a list of numbers that are not all the same: a mesh per axis, a value per atom."""
    if isinstance(value, Mapping):
        return any(_has_uneven_list(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        numbers = [it for it in value if isinstance(it, int | float) and not isinstance(it, bool)]
        return len(set(numbers)) > 1 or any(_has_uneven_list(it) for it in value if not isinstance(it, int | float))
    return False


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, allow_nan=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
