"""Hydra's own words for a range or a choice, wherever a knob may stand.

``interval(0, 1)``, ``choice(32, 256)``, ``range(1, 9, 2)``, ``tag(log, interval(1e-6, 1e-2))``: the grammar
of Hydra's sweepers, read by Hydra's own parser.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bigtrain.errors import ConfigError

_WORD = re.compile(r"\s*(interval|choice|range|tag)\s*\(")
_FORMS = "interval(a,b), choice(a,b,…), range(a,b,step), tag(log,interval(a,b))"


def with_words(space: Any, where: str = "space") -> Any:
    """Return a space in which each of Hydra's words has become the data it stands for."""
    if isinstance(space, Mapping):
        return {key: with_words(value, f"{where}.{key}") for key, value in space.items()}
    return _read(space, where) if is_word(space) else space


def is_word(value: Any) -> bool:
    """Whether a value is one of Hydra's words, to be read later."""
    return isinstance(value, str) and _WORD.match(value) is not None


def _read(text: str, where: str) -> Any:
    from hydra.core.override_parser.overrides_parser import OverridesParser  # noqa: PLC0415 - slow, seldom used
    from hydra.core.override_parser.types import (  # noqa: PLC0415
        ChoiceSweep,
        IntervalSweep,
        RangeSweep,
    )
    from hydra.errors import HydraException  # noqa: PLC0415

    # Hydra's choice() takes no null, its lists do.
    choice = re.fullmatch(r"\s*choice\((.*)\)\s*", text, re.DOTALL)
    try:
        value = (
            OverridesParser.create().parse_override(f"knob={f'[{choice[1]}]' if choice else text}").value()
        )
    except HydraException:
        raise ConfigError("this can't be read", where=where, received=text, allowed=_FORMS) from None
    tags = {str(tag) for tag in getattr(value, "tags", ())}
    if unknown := tags - ({"log"} if isinstance(value, IntervalSweep) else set()):
        tag = ", ".join(sorted(unknown))
        raise ConfigError("this tag has no meaning here", where=where, received=tag, allowed=_FORMS)
    if isinstance(value, ChoiceSweep):
        return list(value.list)
    if isinstance(value, RangeSweep):
        return _range(value.start, value.stop, value.step, where)
    if isinstance(value, IntervalSweep):
        return {"low": value.start, "high": value.end} | ({"log": True} if tags else {})
    return value


def _range(start: float | None, stop: float | None, step: float, where: str) -> Any:
    """Return the values of Hydra's range, whose end is excluded as it is in Python's."""
    if start is None or stop is None or not (step > 0 and math.isfinite(start) and start < stop < math.inf):
        received = f"range({start},{stop},{step})"
        raise ConfigError("a range goes up to a finite end", where=where, received=received)
    first, width = Decimal(str(start)), Decimal(str(step))
    steps = math.ceil((Decimal(str(stop)) - first) / width) - 1
    last = type(start + step)(first + steps * width)
    return {"low": start, "high": last, "step": step} if steps else start
