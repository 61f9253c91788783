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
