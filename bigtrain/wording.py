"""Phrases that more than one refusal needs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], form: str = "{}") -> str | None:
    """Return a question with the known name that is nearest, or None where none is near.

    Parameters
    ----------
    name : str
        What was received, in whichever case.
    known : iterable of str
        What it may have been meant to be.
    form : str
        How the name is shown: ``"data={}"`` asks "did you mean data=csv?".

    Examples
    --------
    >>> did_you_mean("Bata_1", ["beta_1", "beta_2"], "space.{}")
    'did you mean space.beta_1?'
    """
    by_lower = {other.lower(): other for other in reversed(list(known))}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"did you mean {form.format(by_lower[near[0]])}?" if near else None


def did_you_mean_or_all(name: str, known: Iterable[str], form: str = "{}") -> str:
    """Return the same question, or all the known names where none is near."""
    names = list(known)
    return did_you_mean(name, names, form) or f"there are: {', '.join(names)}"
