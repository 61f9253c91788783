"""What the phantom's compiled loops share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compiles without the GIL, cached on disk. Fast-math is on: a phantom needs no exact order of additions."""
    return cast(Function, njit(nogil=True, cache=True, fastmath=True, error_model="numpy")(function))


@compiled
def waves_at(x: float, y: float, z: float, waves: NDArray[np.float64], first: int, last: int) -> float:
    """Sum of plane waves `first` to `last`: rows are wave vector (rad/mm), phase; about -1 to 1."""
    total = 0.0
    for n in range(first, last):
        total += math.sin(waves[n, 0] * x + waves[n, 1] * y + waves[n, 2] * z + waves[n, 3])
    return total / math.sqrt(0.5 * (last - first)) * 0.5
