"""Hydra's own words for a range or a choice, wherever a knob may stand.

``interval(0, 1)``, ``choice(32, 256)``, ``range(1, 9, 2)``, ``tag(log, interval(1e-6, 1e-2))``: the grammar
of Hydra's sweepers, read by Hydra's own parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bigtrain.errors import ConfigError

_WORD = re.compile(r"\s*(interval|choice|range|tag)\s*\(")


def with_words(space: Any, where: str = "space") -> Any:
    """Return a space in which each of Hydra's words has become the data it stands for."""
    if isinstance(space, Mapping):
        return {key: with_words(value, f"{where}.{key}") for key, value in space.items()}
    if isinstance(space, str) and _WORD.match(space):
        return _read(space, where)
    return space


def _read(text: str, where: str) -> Any:
    from hydra.core.override_parser.overrides_parser import OverridesParser  # noqa: PLC0415 - slow, seldom used
    from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, RangeSweep  # noqa: PLC0415
    from hydra.errors import HydraException  # noqa: PLC0415

    try:
        value = OverridesParser.create().parse_override(f"knob={text}").value()
    except HydraException:
        allowed = "interval(a,b), choice(a,b,…), range(a,b,step), tag(log,interval(a,b))"
        raise ConfigError("this can't be read", where=where, received=text, allowed=allowed) from None
    tags = {str(tag) for tag in getattr(value, "tags", ())}
    if unknown := tags - {"log"}:
        raise ConfigError("unknown tag", where=where, received=", ".join(sorted(unknown)), allowed="log")
    if isinstance(value, ChoiceSweep):
        return list(value.list)
    if isinstance(value, RangeSweep):
        return _range(value.start, value.stop, value.step)
    if isinstance(value, IntervalSweep):
        return {"low": value.start, "high": value.end} | ({"log": True} if "log" in tags else {})
    return value


def _range(start: float, stop: float, step: float) -> dict[str, Any]:
    """Return the values of Hydra's range, whose end is excluded as it is in Python's."""
    last = start + step * max(0, -int(-(stop - start) // step) - 1)
    return {"low": start, "high": last, "step": step}
