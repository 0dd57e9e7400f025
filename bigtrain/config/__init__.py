"""What was asked: conf/, one recipe and the command line, turned once into frozen, checked records."""

from bigtrain.config.check import check_config
from bigtrain.config.schema import (
    DataConfig,
    EngineConfig,
    EstimatorConfig,
    PrunerConfig,
    RegistryConfig,
    SamplerConfig,
    SplitConfig,
    SweepConfig,
    TrackingConfig,
)

__all__ = [
    "DataConfig",
    "EngineConfig",
    "EstimatorConfig",
    "PrunerConfig",
    "RegistryConfig",
    "SamplerConfig",
    "SplitConfig",
    "SweepConfig",
    "TrackingConfig",
    "check_config",
]
