"""Columns for the event loop: one number at a time, as plain Python numbers, without an object per row.

A numpy array hands out numpy scalars, which are slow to compute with; a list keeps 32 bytes per number.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray


def plain(values: NDArray[Any]) -> Sequence[Any]:
    """A read-only view that hands out plain numbers; no copy, for columns that are read now and then."""
    return cast(Sequence[Any], memoryview(cast(Any, np.ascontiguousarray(values))))


def column(values: NDArray[np.float64]) -> array[float]:
    """A writable copy at 8 bytes each, for columns of the hot path: faster to read than a view."""
    copy = array("d")
    copy.frombytes(np.ascontiguousarray(values, dtype=np.float64).tobytes())
    return copy
