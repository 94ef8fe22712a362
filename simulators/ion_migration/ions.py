"""The ions of the family: radii, electronegativities, bond-valence parameters.

`ions.csv` holds one row per ion. Its numbers are those of pymatgen (MIT licence): ionic radii of Shannon 1976, Acta
Cryst. A 32, 751 (X in fourfold coordination, all others in sixfold), Pauling electronegativities, and the parameters of
O'Keeffe and Brese 1991, J. Am. Chem. Soc. 113, 3226. `python -m simulators.ion_migration.ions` makes it again.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from simulators.ion_migration.errors import NotInTheFamily

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = Path(__file__).with_name("ions.csv")
COORDINATION = {4: "IV", 6: "VI"}


@dataclass(frozen=True)
class Ion:
    """One ion: `radius` in Å, `electronegativity` after Pauling, `size` (Å) and `softness` of O'Keeffe and Brese."""

    element: str
    charge: int
    coordination: int
    radius: float
    electronegativity: float
    size: float
    softness: float


@cache
def known_ions() -> dict[tuple[str, int, int], Ion]:
    """All ions of the family by element, charge and coordination number."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [
            Ion(
                element=row["element"],
                charge=int(row["charge"]),
                coordination=int(row["coordination"]),
                radius=float(row["radius"]),
                electronegativity=float(row["electronegativity"]),
                size=float(row["size"]),
                softness=float(row["softness"]),
            )
            for row in csv.DictReader(file)
        ]
    return {(ion.element, ion.charge, ion.coordination): ion for ion in rows}


def ion(element: str, charge: int, coordination: int = 6) -> Ion:
    """The ion. Raises NotInTheFamily if the family has no such ion."""
    try:
        return known_ions()[element, charge, coordination]
    except KeyError:
        raise NotInTheFamily(f"{element}{charge:+d} with {coordination} neighbours is no ion of this family") from None


def made_again(ions: "Iterable[tuple[str, int, int]]") -> "Iterable[Ion]":
    """The same ions from the tables of pymatgen, which must be installed."""
    from pymatgen.analysis.bond_valence import BV_PARAMS
    from pymatgen.core.periodic_table import Element, Species

    for element, charge, coordination in ions:
        species = Species(element, charge)
        valence = BV_PARAMS[Element(element)]
        yield Ion(
            element=element,
            charge=charge,
            coordination=coordination,
            radius=float(species.get_shannon_radius(COORDINATION[coordination], radius_type="ionic")),
            electronegativity=float(Element(element).X),
            size=float(valence["r"]),
            softness=float(valence["c"]),
        )


def main() -> None:
    """Write `ions.csv` again from the tables of pymatgen."""
    from simulators.ion_migration.family import ions_of_the_family

    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Ion.__dataclass_fields__)
        for made in made_again(ions_of_the_family()):
            writer.writerow(vars(made).values())


if __name__ == "__main__":
    main()
