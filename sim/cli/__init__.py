"""The command line: ``surgesim [compare|run|template|intake|list|show|help] [KEY=VALUE ...] [options]``.

Whatever a user can put right is told in one message on stderr with exit code 2, an interrupt ends with 130, and
a defect of ours shows its traceback. Help and lists are answered before Hydra or pandas are imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.errors import LedgerError, SurgesimError

WRONG_INPUT = 2
INTERRUPTED = 130
NOBODY_READS = 1  # the reader of a pipe went away


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    argv
        Arguments after the name of the program; default: those of the process.
    """
    _speak_everywhere()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        with _ending_on_request():
            return _answer(words)
    except LedgerError:
        raise  # a defect of the model, whatever the user gave
    except SurgesimError as error:
        print(f"surgesim: {error}", file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        print("surgesim: interrupted; nothing half-written is left behind", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # whatever is still buffered goes nowhere, or Python complains at exit
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS


def _answer(words: Sequence[str]) -> int:
    try:
        Path.cwd()
    except FileNotFoundError:
        raise SurgesimError("the current folder is gone: change to one that is there") from None
    from sim.cli import arguments, help_texts

    command = arguments.command_of(words)
    given = arguments.read(command, words)
    if command == "version":
        from sim import __version__

        print(f"surgesim {__version__}")
    elif command == "help" or given.wants_help:
        print(help_texts.text_for(given.topic))
    elif command == "list":
        from sim.cli.listing import list_names

        list_names(given)
    elif command == "results":
        from sim.cli.results import show_results

        show_results(given)
    elif command == "template":
        from sim.cli.forms import write_form

        write_form(given)
    elif command == "intake":
        from sim.cli.forms import take_in

        take_in(given)
    else:
        from sim.cli.app import run_command

        return run_command(command, given)
    return 0


def _speak_everywhere() -> None:
    """Let names and stories be printed on consoles that lack a letter of them, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


class _AskedToEnd(KeyboardInterrupt):
    """The process was asked to end.

    A class of its own, since Python remembers a plain KeyboardInterrupt that passes through code it compiles at run
    time (dataclasses are made so) and then ends with another exit code, although it was caught.
    """


_ASK_AGAIN_S = 2.0


@contextmanager
def _ending_on_request() -> Iterator[None]:
    """Take Ctrl-C and a polite request to end (SIGTERM) alike, so that nothing half-written stays.

    An exception raised by a signal can be swallowed or replaced by whatever code it happens to interrupt (imports,
    destructors, clean-ups of libraries). So it is raised again after a while, and in the end it wins.
    """
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    here, asked = os.getpid(), False

    def end(signum: int, frame: object) -> None:
        nonlocal asked
        if os.getpid() != here:  # a forked worker
            os._exit(128 + signum)
        asked = True
        if hasattr(signal, "setitimer"):  # not on Windows
            signal.setitimer(signal.ITIMER_REAL, _ASK_AGAIN_S)
        raise _AskedToEnd

    signals = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGALRM") if hasattr(signal, name)]
    before = {each: signal.getsignal(each) for each in signals}
    ours = [each for each in signals if before[each] not in (signal.SIG_IGN, None)]  # ignored as under nohup: stays so
    for each in ours:
        signal.signal(each, end)
    try:
        yield
    finally:
        if asked and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        for each in ours:
            signal.signal(each, before[each])
        if asked:
            raise _AskedToEnd


__all__ = ["main"]
