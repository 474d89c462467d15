"""Keep a library's own chatter off the screen.

HiGHS, as scipy 1.17 has it, writes a line of its source to standard output whenever it repairs a solution, whatever it
is told. It does so from C, so that only the file descriptor can be turned away. What C holds back in its buffer would
come out later: it is flushed before and after.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_OUTPUT = 1


@contextmanager
def quiet() -> Iterator[None]:
    """Standard output of this process leads nowhere inside the block; nothing changes where there is none."""
    try:
        sys.stdout.flush()
        kept = os.dup(_OUTPUT)
    except (OSError, ValueError, AttributeError):
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        _flush()
        os.dup2(nowhere, _OUTPUT)
        yield
    finally:
        _flush()
        os.dup2(kept, _OUTPUT)
        os.close(kept)
        os.close(nowhere)


def _flush() -> None:
    """Empty the buffers of C."""
    try:
        ctypes.CDLL(None).fflush(None)
    except (OSError, TypeError, AttributeError):  # Windows names its library otherwise: the chatter stays there
        return
