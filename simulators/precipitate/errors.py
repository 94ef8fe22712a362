"""What can be wrong with a precipitate."""


class UnusablePrecipitate(ValueError):
    """The elastic constants, the misfit, the interface energy or a size describe no precipitate."""


class NoEquilibrium(Exception):
    """The energy has no minimum between a thin plate and a long needle."""
