"""Every way a command can end, as an exit code; every error, as one line."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from bigtrain.errors import BigtrainError

INTERRUPTED, UNHEARD, TERMINATED = 130, 141, 143


class TerminatedError(KeyboardInterrupt):
    """The process was asked to end (SIGTERM)."""


@contextmanager
def ending(*, debug: bool) -> Iterator[None]:
    """Run a block and leave the process with the code of whatever goes wrong in it.

    Parameters
    ----------
    debug : bool
        Show the traceback of an error before its line.
    """
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    except KeyboardInterrupt as stop:
        sys.exit(TERMINATED if isinstance(stop, TerminatedError) else INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has left, as `head` does; what is still buffered must go somewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(UNHEARD)
    except Exception as error:
        if debug:
            traceback.print_exc()
        said = error if isinstance(error, BigtrainError) else _unexpected(error)
        sys.stderr.write(f"error: {said}\n")
        sys.exit(said.exit_code)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _unexpected(error: Exception) -> BigtrainError:
    hint = "debug=true shows where; please report it"
    return BigtrainError(f"unexpected {type(error).__name__}: {error}", hint=hint)


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise TerminatedError
