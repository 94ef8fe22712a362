"""Compiled with numba where it is installed, else plain Python: the same code, hence the same numbers."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

try:
    from numba import njit
except ImportError:
    COMPILED = False

    def compiled(function: F) -> F:
        """`function` as it is. Install the extra `junkan[qmc]` to have it compiled, some 50 times faster."""
        return function

else:
    COMPILED = True

    def compiled(function: F) -> F:
        """`function`, compiled when it is first called; the machine code is kept on disk for later processes."""
        return cast(F, njit(cache=True)(function))
