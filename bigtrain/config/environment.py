"""``${oc.env:NAME}``, whose values are nobody's business: what comes by it is shown by its name."""

from __future__ import annotations

import os
from typing import Any

from omegaconf import OmegaConf
from omegaconf.resolvers import oc

from bigtrain.redaction import hide


def register_environment() -> None:
    """Put our own resolver in the place of OmegaConf's."""
    OmegaConf.register_new_resolver("oc.env", _value, replace=True)


def _value(name: str, *default: Any) -> str | None:
    if value := os.environ.get(name):
        hide(name, value)
    return oc.env(name, *default)
