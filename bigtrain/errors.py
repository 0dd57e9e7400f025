"""Everything that can go wrong in words a user can act on, each kind with its exit code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from bigtrain.redaction import redacted

_UNSAID: Any = object()


class BigtrainError(Exception):
    """An error that is the answer: one line that says where, what was received, and what to do.

    Whatever comes into it, a password does not get into its line.

    Parameters
    ----------
    problem : str
        What is wrong, in a few words.
    where : str, optional
        The file, key, row or column it was found at.
    received : object, optional
        The value received; shown by its ``repr``, shortened.
    allowed : str, optional
        What would be accepted.
    hint : str, optional
        What to do next.
    """

    exit_code: ClassVar[int] = 70

    def __init__(
        self,
        problem: str,
        *,
        where: str | None = None,
        received: Any = _UNSAID,
        allowed: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.problem, self.where, self.allowed, self.hint = problem, where, allowed, hint
        parts = [f"{where}: {problem}" if where else problem]
        if received is not _UNSAID:
            parts.append(f"received {_short(received)}")
        if allowed:
            parts.append(f"allowed: {allowed}")
        if hint:
            parts.append(hint)
        super().__init__(redacted(re.sub(r"\s+", " ", "; ".join(parts))))


def _short(value: Any, width: int = 120) -> str:
    # Before it is cut: the end of an address is what shows that its beginning is a secret.
    text = redacted(repr(value))
    return text if len(text) <= width else f"{text[: width - 1]}…"


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, what caused it, and so on, each once."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        yield current
        seen.append(current)
        current = current.__cause__ or current.__context__


class UsageError(BigtrainError):
    """The command line itself is wrong (exit 64)."""

    exit_code = 64


class DataError(BigtrainError):
    """The table can't be used as it is (exit 65)."""

    exit_code = 65


class NoInputError(BigtrainError):
    """A file that was named is missing or can't be read (exit 66)."""

    exit_code = 66


class StoreUnreachableError(BigtrainError):
    """The MLflow store does not answer, or is held by somebody else (exit 69)."""

    exit_code = 69


class EngineUnreachableError(BigtrainError):
    """The cluster that tasks run on does not answer, or has no workers (exit 69)."""

    exit_code = 69


class StorageError(BigtrainError):
    """Reading or writing failed half-way: a full disk, a folder that is gone (exit 74)."""

    exit_code = 74


class NoTrialCompletedError(BigtrainError):
    """Every trial failed, so there is no best one (exit 75)."""

    exit_code = 75


class RefusedError(BigtrainError):
    """Refused for safety (exit 77)."""

    exit_code = 77


class ConfigError(BigtrainError):
    """The configuration asks for something impossible or unknown (exit 78)."""

    exit_code = 78


class ParameterError(BigtrainError, ValueError):
    """A hyper-parameter's value is outside what it allows; a ``ValueError`` for scikit-learn's callers."""

    exit_code = 78
