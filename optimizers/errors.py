"""What can be wrong with what an optimizer was given. Every message says what to do about it."""


class OptimizerError(Exception):
    """An optimizer cannot work with what it was given."""


class UnusablePool(OptimizerError):
    """The candidate pool holds nothing a model can learn from, or a value it cannot use."""


class UnusableSpace(OptimizerError):
    """The optimizer cannot search a space of this kind."""


class UnusableParameter(UnusableSpace):
    """A parameter or a composition of a space makes no sense. `name` is that of the parameter, or of a component."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name}: {what}")
        self.name = name


class UnusableConstraint(UnusableSpace):
    """A linear constraint of a space limits what cannot be limited."""


class UnusableProblem(OptimizerError):
    """The optimizer cannot serve objectives or constraints like these."""


class UnusableSymmetry(OptimizerError):
    """The declared symmetry is not a finite group acting on columns of the pool."""


class UnknownCandidate(OptimizerError):
    """A trial of the history names a candidate that the pool does not hold."""


class MissingObservation(OptimizerError):
    """A completed trial holds no value for the objective."""


class UnusableSettings(OptimizerError):
    """Two settings exclude each other, or a setting does not fit the problem."""
