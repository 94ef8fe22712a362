"""What is searched: a finite pool of candidates, or a continuous space such as the rotations."""

from typing import Protocol


class Space(Protocol):
    """What every space can say of itself."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        ...

    @property
    def size(self) -> int | None:
        """How many candidates there are; None for infinitely many."""
        ...

    def describe(self) -> str:
        """What is searched, for people: "4,410 candidates"."""
        ...
