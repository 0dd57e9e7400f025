"""Phrases that more than one refusal needs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is nearest, in whichever case, or None where none is near."""
    by_lower = {other.lower(): other for other in reversed(list(known))}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str], before: str = "") -> str | None:
    """Return a question with the known name that is nearest, or None where none is near.

    Parameters
    ----------
    name : str
        What was received.
    known : iterable of str
        What it may have been meant to be.
    before : str
        What stands before a name where it is used.

    Examples
    --------
    >>> did_you_mean("point", ["kind", "points"], before="sampler.")
    'did you mean sampler.points?'
    """
    near = closest(name, known)
    return f"did you mean {before}{near}?" if near else None


def did_you_mean_or_all(name: str, known: Iterable[str], before: str = "") -> str:
    """Return the same question, or all the known names where none is near."""
    names = list(known)
    return did_you_mean(name, names, before) or f"there are: {', '.join(names)}"
