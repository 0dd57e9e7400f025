"""MLflow as the only database: sweeps and trials as runs that survive whatever happens to us.

The names below load MLflow, which takes seconds, when they are first used; `has_finished` and
`refuse_if_held` do not.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bigtrain.tracking.glance import has_finished
    from bigtrain.tracking.locks import refuse_if_held
    from bigtrain.tracking.store import BEST, Store, open_store
    from bigtrain.tracking.sweeps import DatasetFacts, SweepStart, SweepState

__all__ = [
    "BEST",
    "DatasetFacts",
    "Store",
    "SweepStart",
    "SweepState",
    "has_finished",
    "open_store",
    "refuse_if_held",
]

# MLflow reports its use to its makers unless told otherwise before it is imported; ours is nobody's business.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# A bar for each file that is read back would tear through what we say.
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

_HOMES = {
    "has_finished": "glance",
    "refuse_if_held": "locks",
    "BEST": "store",
    "Store": "store",
    "open_store": "store",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'sweeps')}"), name)
