"""What can be wrong with what an executor was given. Every message says what to do about it."""


class ExecutorError(Exception):
    """An executor cannot be built, or cannot perform an experiment, with what it was given."""


class UnknownFunction(ExecutorError, ValueError):
    """No installed package registers the function that the campaign names."""


class UnusableTable(ExecutorError, ValueError):
    """A table of values is missing, unreadable, or lacks what the campaign reads from it."""


class UnusableFolder(ExecutorError):
    """The folder of an attempt cannot be read or written, or belongs to another attempt."""


class UnusableAnswer(ExecutorError):
    """A function returned something that is not a value of the objective."""


class PlaceUnreachable(ExecutorError):
    """A queue or scheduler does not answer: what it holds is not known, which is not the same as nothing."""


class UnusableQueue(ExecutorError):
    """A queue or scheduler is not installed here, or refuses the work."""


def system(error: OSError) -> str:
    """What the system refused, for people."""
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}. Free space, or make the folder writable."
