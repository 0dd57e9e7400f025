"""Phrases that more than one message needs."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence


def counted(count: int, noun: str, nouns: str | None = None) -> str:
    """Return a number of things: ``1 trial``, ``1,000 trials``.

    Parameters
    ----------
    count : int
        How many.
    noun, nouns : str
        What one of them is called, and what several are; by default with an s.
    """
    return f"{count:,} {noun if count == 1 else nouns or f'{noun}s'}"


def some_of(names: Sequence[str], most: int = 8) -> str:
    """Return the first of some names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def there_are(names: Sequence[str]) -> str:
    """Return the first of the names that there are, or the one that there is, for who gave another."""
    return f"there {'is' if len(names) == 1 else 'are'} {some_of(names)}"


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is nearest, in whichever case, or None where none is near."""
    by_lower = {other.lower(): other for other in reversed(list(known))}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[near[0]] if near else None


def did_you_mean(
    name: str, known: Iterable[str], before: str = "", said: Callable[[str], str] = str
) -> str | None:
    """Return a question with the known name that is nearest, or None where none is near.

    Parameters
    ----------
    name : str
        What was received.
    known : iterable of str
        What it may have been meant to be.
    before : str
        What stands before a name where it is used.
    said : callable
        Returns a name as it is said: `repr` quotes those that may hold spaces.

    Examples
    --------
    >>> did_you_mean("point", ["kind", "points"], before="sampler.")
    'did you mean sampler.points?'
    """
    near = closest(name, known)
    return f"did you mean {before}{said(near)}?" if near is not None else None


def did_you_mean_or_all(name: str, known: Iterable[str], before: str = "") -> str:
    """Return the same question, or all the known names where none is near."""
    names = list(known)
    verb = "is" if len(names) == 1 else "are"
    return did_you_mean(name, names, before) or f"there {verb}: {', '.join(names)}"


def did_you_mean_or_some(name: str, known: Iterable[str]) -> str:
    """Return the same question, or the first of the known names, quoted: of columns there may be many."""
    names = list(known)
    return did_you_mean(name, names, said=repr) or there_are(list(map(repr, names)))


def write_as_key(option: str, arguments: Sequence[str], keys: Iterable[str]) -> str | None:
    """Return how an option of another program's manner is said here, or None where no key is near.

    Parameters
    ----------
    option : str
        What was received, one of `arguments`.
    arguments : sequence of str
        The command line.
    keys : iterable of str
        The keys it may have been meant to be.

    Examples
    --------
    >>> write_as_key("--n-trials", ["--n-trials", "5"], ["name", "n_trials"])
    'write n_trials=5'
    """
    name, _, value = option.lstrip("-").partition("=")
    name, names = name.replace("-", "_"), list(keys)
    if not option.startswith("-") or not name:
        return None
    # One letter stands for the first word of a key: -n is n_trials.
    by_word = (key for key in names if key.partition("_")[0] == name)
    is_known = name in names or name.partition(".")[0] in names
    meant = name if is_known else next(by_word, None) or closest(name, names)
    following = next(iter(arguments[list(arguments).index(option) + 1 :]), "-")
    said = value or ("…" if following.startswith("-") or "=" in following else following)
    return f"write {meant}={said}" if meant else None
