"""What a worker process does: tasks, one after the other, until nobody is left who would want an answer."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import threading
from multiprocessing.connection import Connection
from typing import Any

BEGUN = "begun"


def serve(channel: Connection) -> None:
    """Answer each task that comes through `channel`: `BEGUN`, then whether all went well, and with what."""
    # Ctrl-C reaches every process of a terminal; the one that started this one says what is to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(channel, tasks), daemon=True).start()
    while True:
        # It comes from the process that started this one.
        call = pickle.loads(tasks.get())  # noqa: S301
        channel.send(BEGUN)
        channel.send(answer(call))


def _receive(channel: Connection, tasks: queue.SimpleQueue[bytes]) -> None:
    """Pass tasks on; end in the middle of one where the process that asked has ended."""
    try:
        while True:
            tasks.put(channel.recv_bytes())
    except (EOFError, OSError):
        os._exit(1)


def answer(call: Any) -> tuple[bool, Any]:
    """Run a task; return whether all went well, and with what."""
    try:
        return True, call()
    except BaseException as error:
        return False, error
