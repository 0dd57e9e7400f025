"""Registered models: versions that load without bigtrain, and the decision which one is the champion."""

from bigtrain.registry.derived import Derivation, give_alias, register_derived
from bigtrain.registry.evidence import Evidence, compare
from bigtrain.registry.history import Event, history
from bigtrain.registry.promotion import Promotion, promote, promote_by_hand, roll_back
from bigtrain.registry.versions import RegisteredVersion, register

__all__ = [
    "Derivation",
    "Event",
    "Evidence",
    "Promotion",
    "RegisteredVersion",
    "compare",
    "give_alias",
    "history",
    "promote",
    "promote_by_hand",
    "register",
    "register_derived",
    "roll_back",
]
