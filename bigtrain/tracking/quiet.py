"""Keep MLflow's and alembic's chatter out of the terminal, only while we are calling them."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("mlflow", "alembic", "urllib3.connectionpool")
_NO_LINKS = "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"
_lock = threading.Lock()
_depth = 0
_before: list[tuple[logging.Logger, int]] = []
_links_before: str | None = None


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the libraries below for a while; every setting returns to what it was.

    MLflow logs a traceback of each failed statement and prints a link for each run that ends; what
    matters of it reaches the user as one of our errors. Safe to nest and to use from several threads.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _depth, _links_before  # noqa: PLW0603 - logging is process-wide, so its saved state has to be
    with _lock:
        _depth += 1
        if _depth == 1:
            for logger in map(logging.getLogger, _LOGGERS):
                _before.append((logger, logger.level))
                logger.setLevel(logging.CRITICAL + 1)
            _links_before = os.environ.get(_NO_LINKS)
            os.environ[_NO_LINKS] = "true"


def _leave() -> None:
    global _depth  # noqa: PLW0603
    with _lock:
        _depth -= 1
        if _depth == 0:
            for logger, level in _before:
                logger.setLevel(level)
            _before.clear()
            if _links_before is None:
                os.environ.pop(_NO_LINKS, None)
            else:
                os.environ[_NO_LINKS] = _links_before
