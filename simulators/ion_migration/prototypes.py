"""The two tavorites that every structure starts from."""

import numpy as np

from simulators.ion_migration.crystal import Crystal
from simulators.ion_migration.family import Compound, compound

PHOSPHATE = (
    (5.184, 5.312, 7.266, 107.58, 107.95, 98.45),
    (
        (0.7090, 0.3930, 0.2210),
        (0.3193, 0.6456, 0.2514),
        (-0.1204, 0.0925, 0.2439),
        (0.3690, 0.2446, 0.5811),
        (0.1140, 0.6696, 0.3628),
        (0.3210, 0.3380, 0.1388),
        (0.2775, 0.7968, 0.0920),
    ),
)
"""LiVPO4F (compare ICSD 184601; taken from a secondary source, not verified): cell, then A, X, Z, O1 to O4."""

SULPHATE = (
    (5.18005, 5.49165, 7.2289, 106.49, 107.19, 97.91),
    (
        (0.730, 0.366, 0.243),
        (0.3244, 0.6381, 0.2495),
        (-0.1259, 0.0856, 0.2448),
        (0.4024, 0.2531, 0.5881),
        (0.1063, 0.6407, 0.3448),
        (0.3198, 0.3564, 0.1458),
        (0.2790, 0.7708, 0.1016),
    ),
)
"""LiFeSO4F of Melot et al. 2011, Chem. Mater. 23, 2922 (ICSD 182944; published in a cell 2a, 2b, c)."""


def prototype(wanted: Compound) -> Crystal:
    """The unrelaxed structure of a compound: the sulphate where X has the charge 6, else the phosphate."""
    cell, free = SULPHATE if wanted.charges[2] == 6 else PHOSPHATE
    return Crystal(wanted, np.array(cell), np.array(free))


def prototype_of(formula: str) -> Crystal:
    """The same for a formula. Raises NotInTheFamily."""
    return prototype(compound(formula))
