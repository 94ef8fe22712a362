"""The state of the process while Ax works: one thread, keyed random numbers, nothing said to the user."""

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

LOUD_WHILE_IMPORTED = "ax.storage.sqa_store.with_db_settings_base"
"""Says at its import which SQLAlchemy there is."""

_alone = threading.RLock()


@contextmanager
def quiet() -> Iterator[None]:
    """Neither warnings nor log lines of Ax, and of what it stands on, while something of it is imported or runs.

    What goes wrong is raised as an exception; what is left are notes to developers of Ax, of pandas and of torch.
    """
    with ExitStack() as stack:
        for one in (logging.getLogger(LOUD_WHILE_IMPORTED), *logging.getLogger("ax").handlers):
            one.addFilter(_nothing)
            stack.callback(one.removeFilter, _nothing)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield


def _nothing(_: logging.LogRecord) -> bool:
    return False


@contextmanager
def reproducible() -> Iterator[None]:
    """Inside, results depend on their inputs and on the keyed seed, and on nothing else of this process.

    Sums are cut differently by another number of threads, so there is one. BoTorch would compile a faster hypervolume
    where it happens to find a C++ compiler, and its last bits differ; it is not used. Random numbers are seeded by
    the client itself, in the global generators of torch and NumPy; one thread at a time may draw from them here.
    """
    import torch
    from botorch.acquisition.multi_objective import logei

    with ExitStack() as stack:
        stack.enter_context(_alone)
        stack.callback(torch.set_num_threads, torch.get_num_threads())
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        stack.callback(setattr, logei, "_load_attempted", logei._load_attempted)
        stack.callback(setattr, logei, "_C", logei._C)
        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float64)
        logei._load_attempted, logei._C = True, None
        yield
