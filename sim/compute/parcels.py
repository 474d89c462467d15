"""What travels to a worker and back: work, tasks and answers, as bytes.

Every kind of executor carries the same bytes, the one in this process too, so that results are the same bytes
wherever they were made, and what can't travel is found while debugging.
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_PROTOCOL = 5


@dataclass(frozen=True, slots=True)
class Raised:
    """A task that ended in an exception.

    Attributes
    ----------
    text
        The traceback where it was raised.
    cause
        The exception, if it can travel.
    """

    text: str
    cause: BaseException | None


def packed(thing: object) -> bytes:
    """Pickle work or a task.

    Raises
    ------
    Exception
        Whatever pickle raises on lambdas, local functions and the like.
    """
    return pickle.dumps(thing, _PROTOCOL)


def perform(work: bytes, task: bytes) -> bytes:
    """Do one task, in whatever process this is; an exception is part of the answer."""
    try:
        return pickle.dumps(_work(work)(pickle.loads(task)), _PROTOCOL)  # noqa: S301  # made by this program
    except (Exception, SystemExit) as error:
        text = "".join(traceback.format_exception(error))
        return pickle.dumps(
            Raised(text, error if isinstance(error, Exception) and _travels(error) else None), _PROTOCOL
        )


def opened(answer: bytes) -> Any:
    """Result of a task, or :class:`Raised`."""
    return pickle.loads(answer)  # noqa: S301  # made by our own workers


@lru_cache(maxsize=1)
def _work(work: bytes) -> Callable[[Any], Any]:
    unpacked: Callable[[Any], Any] = pickle.loads(work)  # noqa: S301  # made by this program
    return unpacked


def _travels(error: BaseException) -> bool:
    """Exceptions whose constructor wants more than its text can be pickled, but not unpickled."""
    try:
        pickle.loads(pickle.dumps(error, _PROTOCOL))  # noqa: S301
    except Exception:  # whatever a constructor may raise: then it does not travel
        return False
    return True
