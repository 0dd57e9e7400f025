"""Registered models: versions that load without bigtrain, and the decision which one is the champion."""

from bigtrain.registry.promotion import Promotion, promote
from bigtrain.registry.versions import RegisteredVersion, register

__all__ = ["Promotion", "RegisteredVersion", "promote", "register"]
