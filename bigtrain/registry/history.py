"""Who was champion when, by whose word, and why: kept as a tag of the registered model."""

from __future__ import annotations

import getpass
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from bigtrain.tracking import Store

HISTORY = "bigtrain.history"
LONGEST = 200
"""Events kept; a tag has room for some more."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change of who has an alias.

    Attributes
    ----------
    alias, version : str
        Who got what.
    why, who, when : str
        The reason in words, the user's name, and the time (ISO 8601, UTC).
    back : bool
        Whether it went back to the one before.
    """

    alias: str
    version: str
    why: str
    who: str
    when: str
    back: bool = False

    @classmethod
    def now(cls, alias: str, version: str, why: str, *, back: bool = False) -> Event:
        """Return an event of this moment and this user."""
        return cls(alias, version, why, _user(), datetime.now(UTC).isoformat(timespec="seconds"), back)


def history(store: Store, model: str) -> list[Event]:
    """Return the events of a registered model, oldest first."""
    text = store.client.get_registered_model(model).tags.get(HISTORY, "[]")
    return [Event(**event) for event in json.loads(text)]


def add_event(store: Store, model: str, event: Event) -> None:
    """Note an event, unless it is the last of its alias already: an interrupted change is made again."""
    events = history(store, model)
    last = next((each for each in reversed(events) if each.alias == event.alias), None)
    if last is not None and (last.version, last.back) == (event.version, event.back):
        return
    kept = [asdict(each) for each in [*events, event][-LONGEST:]]
    store.client.set_registered_model_tag(model, HISTORY, json.dumps(kept))


def champions(events: Sequence[Event], alias: str) -> list[str]:
    """Return who had an alias, the last of them now; those that were taken back are left out."""
    standing: list[str] = []
    for event in events:
        if event.alias != alias:
            continue
        if event.back and event.version in standing:
            # Back to this one: whoever came after it never was.
            del standing[len(standing) - standing[::-1].index(event.version) :]
        elif standing[-1:] != [event.version]:
            standing.append(event.version)
    return standing


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "unknown"
