"""The one way the engine compiles a loop; imported by files named `kernels.py` only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compiles without the GIL, cached on disk; fast-math stays off, or the order of additions would be free."""
    return cast(Function, numba.njit(nogil=True, cache=True)(function))


def inlined(function: Function) -> Function:
    """As `compiled`, and set into every caller: handing arrays to a function costs more than a short one does."""
    return cast(Function, numba.njit(nogil=True, cache=True, inline="always")(function))


def borrowing(function: Function) -> Function:
    """As `compiled`, for what makes no arrays: it borrows its caller's, and does not count who holds them.

    That counting is an atomic operation a time for every array handed to a function, inlined ones too; in loops over
    thousands of rows it took up to half the time. What needs room to work in is given it by a `compiled` caller.
    """
    return cast(Function, numba.njit(nogil=True, cache=True, _nrt=False)(function))
