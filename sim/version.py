"""Which code this is: the package's number, and a key that changes with any line of the model.

The key stands in stores of results and is compared between machines: equal keys give equal numbers, byte for byte, on
one platform.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

__version__ = "0.1.0"
# Rooms that ask, compute or show; none of their lines moves a KPI.
_NOT_THE_MODEL = {"cli", "report", "experiment", "compute", "statistics", "data", "__pycache__"}


@cache
def code_key() -> str:
    """The package's number, a hash of the model's sources, and the version of numpy, which draws the random numbers."""
    import numpy as np

    return f"{__version__}-{_sources(_NOT_THE_MODEL)}-numpy{np.__version__}"


@cache
def package_key() -> str:
    """The package's number and a hash of all its sources: machines that work together must have the same."""
    return f"{__version__}-{_sources({'data', '__pycache__'})}"


def _sources(left_out: set[str]) -> str:
    root = Path(__file__).parent
    whole = sha256()
    for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        place = path.relative_to(root)
        if place.parts[0] not in left_out:
            content = path.read_bytes()
            whole.update(f"{place.as_posix()} {len(content)}\n".encode())
            whole.update(content)
    return whole.hexdigest()[:8]
