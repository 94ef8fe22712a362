"""A substrate and what has grown on it."""

from dataclasses import dataclass, field


@dataclass
class Sample:
    """A piece in the laboratory. `slot` is where it lies, empty while the arm holds it.

    `sums` adds up the quantities of the layers over the thickness, in nm; `depositions` counts how often a film was
    begun on it, and `growth` is the number of the first of them in this laboratory, which decides its scatter.
    """

    name: str
    substrate: str
    slot: str
    depositions: int = 0
    growth: int = 0
    sums: dict[str, float] = field(default_factory=dict)
