"""MLflow as the only database: sweeps and trials as runs that survive whatever happens to us."""

from bigtrain.tracking.store import BEST, Store, open_store
from bigtrain.tracking.sweeps import DatasetFacts, SweepStart, SweepState

__all__ = ["BEST", "DatasetFacts", "Store", "SweepStart", "SweepState", "open_store"]
