"""The tavorites A M X O4 Z: which compositions balance their charges.

The charge of M follows from those of X and Z: q_M = 7 - q_X - q_Z. A reconstruction of the list of Jalem et al. 2018,
Sci. Rep. 8, 5845, whose elements were not available: theirs has 318 compounds, this one 320.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from simulators.ion_migration.errors import NotInTheFamily

ALKALI = ("Li", "Na")
CENTRES = {6: ("S", "Se"), 5: ("P", "As"), 4: ("Si", "Ge")}
"""X, tetrahedral, by charge."""
METALS = {
    2: ("Mg", "Ca", "Zn", "Sr", "Cd"),
    3: ("Al", "Ga", "In", "Sc", "Y", "La"),
    4: ("Ti", "Zr", "Hf", "Sn", "Ge", "Si"),
    5: ("Nb", "Ta", "Sb", "V"),
}
"""M, octahedral, by charge."""
LIGANDS = {"F": -1, "Cl": -1, "Br": -1, "I": -1, "O": -2}
"""Z, the anion that bridges two M, and its charge."""

FORMULA = re.compile(r"(?P<a>[A-Z][a-z]?)(?P<m>[A-Z][a-z]?)(?P<x>[A-Z][a-z]?)O(?:4(?P<z>[A-Z][a-z]?)|5)")


@dataclass(frozen=True)
class Compound:
    """One composition A M X O4 Z."""

    a: str
    m: str
    x: str
    z: str

    @property
    def formula(self) -> str:
        """Such as LiMgSO4F, or LiTiPO5 where Z is oxygen."""
        return f"{self.a}{self.m}{self.x}O" + ("5" if self.z == "O" else f"4{self.z}")

    @property
    def charges(self) -> tuple[int, int, int, int]:
        """The charges of A, M, X and Z."""
        x, z = _charge_of_centre(self.x), LIGANDS[self.z]
        return 1, 7 - x - z, x, z

    def __str__(self) -> str:
        return self.formula


@cache
def family() -> tuple[Compound, ...]:
    """All compounds, in an order that never changes: by A, charge of X, Z, M, X."""
    return tuple(_compounds())


def compound(formula: str) -> Compound:
    """The compound with this formula, such as "LiMgSO4F". Raises NotInTheFamily, saying why it is none."""
    found = FORMULA.fullmatch(formula)
    if found is None:
        raise NotInTheFamily(
            f"'{formula}' is not written as A M X O4 Z, such as LiMgSO4F, or LiTiPO5 for oxygen as Z.{_close(formula)}"
        )
    made = Compound(found["a"], found["m"], found["x"], found["z"] or "O")
    _check_elements(made)
    if made not in family():
        _refuse(made)
    return made


def ions_of_the_family() -> list[tuple[str, int, int]]:
    """Element, charge and coordination number of every ion."""
    singles = [(a, 1, 6) for a in ALKALI]
    singles += [(x, charge, 4) for charge, elements in CENTRES.items() for x in elements]
    singles += [(z, charge, 6) for z, charge in LIGANDS.items()]
    return singles + [(m, charge, 6) for charge, elements in METALS.items() for m in elements]


def _compounds() -> Iterator[Compound]:
    for a in ALKALI:
        for charge, centres in CENTRES.items():
            for z, ligand in LIGANDS.items():
                for m in METALS[7 - charge - ligand]:
                    for x in centres:
                        if m != x:
                            yield Compound(a, m, x, z)


def _charge_of_centre(x: str) -> int:
    return next(charge for charge, elements in CENTRES.items() if x in elements)


def _check_elements(made: Compound) -> None:
    places = {
        "A": (made.a, ALKALI),
        "M": (made.m, dict.fromkeys(m for elements in METALS.values() for m in elements)),
        "X": (made.x, dict.fromkeys(x for elements in CENTRES.values() for x in elements)),
        "Z": (made.z, LIGANDS),
    }
    for place, (element, allowed) in places.items():
        if element not in allowed:
            raise NotInTheFamily(f"'{made}': {element} cannot be {place}. {place} is one of {', '.join(allowed)}.")


def _refuse(made: Compound) -> None:
    if made.m == made.x:
        raise NotInTheFamily(f"'{made}': M and X must be different elements.")
    needed = made.charges[1]
    charges = [charge for charge, elements in METALS.items() if made.m in elements]
    raise NotInTheFamily(
        f"'{made}' is not charge-balanced: with {made.x}{made.charges[2]:+d} and {made.z}{made.charges[3]:+d}, M must "
        f"have the charge {needed:+d}, but {made.m} has {charges[0]:+d}. "
        f"M with {needed:+d}: {', '.join(METALS.get(needed, ('none',)))}."
    )


def _close(formula: str) -> str:
    near = get_close_matches(formula, [one.formula for one in family()], n=1)
    return f" Did you mean '{near[0]}'?" if near else ""
