"""Keep MLflow to itself while a sweep or a call of ours lasts: no chatter, no waiting of its own."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("mlflow", "alembic", "urllib3.connectionpool")
_ENVIRONMENT = {
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # Else it waits for two minutes before we hear of a server that is away, or that answers "500" to all.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
}
_lock = threading.Lock()
_depth = 0
_before: list[tuple[logging.Logger, int]] = []
_environment_before: dict[str, str | None] = {}


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the libraries for a while, and let MLflow ask once only; every setting returns to what it was.

    MLflow logs a traceback of each failed statement and prints a link for each run that ends; what
    matters of it reaches the user as one of our errors. Safe to nest and to use from several threads.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _depth  # noqa: PLW0603 - logging is process-wide, so its saved state has to be
    with _lock:
        _depth += 1
        if _depth == 1:
            for logger in map(logging.getLogger, _LOGGERS):
                _before.append((logger, logger.level))
                logger.setLevel(logging.CRITICAL + 1)
            _environment_before.update({key: os.environ.get(key) for key in _ENVIRONMENT})
            os.environ.update(_ENVIRONMENT)


def _leave() -> None:
    global _depth  # noqa: PLW0603
    with _lock:
        _depth -= 1
        if _depth == 0:
            for logger, level in _before:
                logger.setLevel(level)
            _before.clear()
            for key, value in _environment_before.items():
                if value is None:
                    os.environ.pop(key, None)
                else:
                    os.environ[key] = value
