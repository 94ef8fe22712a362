"""The state of torch while a proposal is made: one thread, float64, a keyed seed, exact linear algebra."""

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import botorch
import gpytorch
import torch
from botorch.acquisition.multi_objective import logei
from botorch.exceptions.warnings import NumericsWarning, OptimizationWarning
from linear_operator.utils.warnings import NumericalWarning

EXACT_UP_TO = 100_000


@contextmanager
def torch_session(seed: int) -> Iterator[None]:
    """Everything inside depends on its arguments and `seed` only, and leaves the process as it was.

    Sums are cut differently by another number of threads, so there is one. BoTorch would compile a faster kernel of
    the hypervolume when a C++ compiler happens to be present; its last bits differ, so that a campaign would resume
    differently on a machine without one. It is not used.
    """
    threads, dtype, compiled = torch.get_num_threads(), torch.get_default_dtype(), logei._load_attempted
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    with ExitStack() as stack:
        stack.callback(torch.set_num_threads, threads)
        stack.callback(torch.set_default_dtype, dtype)
        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float64)
        stack.callback(setattr, logei, "_load_attempted", compiled)
        stack.callback(setattr, logei, "_C", logei._C)
        logei._load_attempted, logei._C = True, None
        stack.enter_context(torch.random.fork_rng(devices))
        torch.manual_seed(seed)
        stack.enter_context(gpytorch.settings.max_cholesky_size(EXACT_UP_TO))
        stack.enter_context(botorch.settings.validate_input_scaling(False))
        stack.enter_context(warnings.catch_warnings())
        # Nearly equal points get a jitter; a line search that stalls has found its optimum to rounding.
        warnings.simplefilter("ignore", NumericalWarning)
        warnings.simplefilter("ignore", NumericsWarning)
        warnings.simplefilter("ignore", OptimizationWarning)
        yield


@contextmanager
def without_stalls() -> Iterator[None]:
    """Swallows the word of BoTorch that a line search stalled: it is said whatever the filters are, and the point that
    was reached is compared with all others anyway. Other warnings pass."""
    with warnings.catch_warnings(record=True) as caught:
        yield
    for one in caught:
        if not issubclass(one.category, OptimizationWarning):
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
