"""The shape of a configuration. Each field's description says its unit, its default and what it decides."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bigtrain.records import ParamValue
from bigtrain.space import Space

NAME = "1 to 128 letters, digits, '.', '_' and '-', beginning with a letter or digit"
NOT_ASKED = ("resolved",)
"""Fields that no configuration gives."""

RESERVED_ALIASES = r"(?i)latest|v\d+|challenger|compressed|distilled"


def _as_text(value: Any) -> Any:
    """Return an integer as text: what is typed as ``name=2020`` is meant as a name."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _usable_alias(alias: str) -> str:
    if re.fullmatch(RESERVED_ALIASES, alias):
        raise ValueError("reserved by MLflow, or for models that didn't win")
    return alias


def _at_home(path: str) -> str:
    """Return a path whose ``~`` is spelt out: no shell does it after ``data.path=``."""
    return str(Path(path).expanduser()) if path.startswith("~") else path


def _scheduler_address(address: str) -> str:
    found = re.fullmatch(r"(?:tcp|tls)://(?:\[[0-9A-Fa-f:.]+\]|[^\s/:@\[\]]+):(\d{1,5})", address)
    if not found or not 0 < int(found[1]) < 2**16:
        raise ValueError("this is no address of a scheduler, tcp://HOST:PORT or tls://HOST:PORT")
    return address


Text = Annotated[str, BeforeValidator(_as_text)]
FilePath = Annotated[Text, AfterValidator(_at_home)]
Name = Annotated[Text, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$", description=NAME)]
Alias = Annotated[Name, AfterValidator(_usable_alias)]
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]
Objective = Literal["cv_rmse", "cv_mae", "cv_r2", "n_features"]


class Record(BaseModel):
    """A frozen record that takes no unknown keys, no infinities and no text for a number."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, arbitrary_types_allowed=True
    )


class DataConfig(Record):
    """The table."""

    kind: Literal["diabetes", "document", "csv", "parquet"] = Field(description="Where the table comes from.")
    path: FilePath | None = Field(None, description="The file, for csv and parquet.")
    target: Text | None = Field(None, description="The column to predict, for csv and parquet.")
    drop: tuple[Text, ...] = Field((), strict=False, description="Columns to ignore.")
    categorical: tuple[Text, ...] = Field(
        (), strict=False, description="Columns that are categories although they hold numbers."
    )


class EstimatorConfig(Record):
    """The regressor, and what every trial has of its hyper-parameters."""

    kind: Literal[
        "gradient", "ridge", "elastic_net", "hist_gradient_boosting", "random_forest", "extra_trees", "knn",
        "svr", "mlp", "xgboost", "lightgbm", "catboost",
    ] = Field("gradient", description="The family of regressors, where no space searches it.")  # fmt: skip
    params: dict[str, ParamValue] = Field(
        default_factory=dict, description="Fixed hyper-parameters, by scikit-learn's own names."
    )


class SplitConfig(Record):
    """How the rows are divided into those that are learned from and those that are scored on."""

    kind: Literal["folds", "repeated", "group", "time"] = Field(
        "folds",
        description="Shuffled folds, the same several times, whole groups, or the past and the future.",
    )
    repeats: Annotated[int, Field(ge=2)] = Field(2, description="repeated: how often rows are shuffled anew.")
    column: Text | None = Field(
        None,
        description="group: the column whose equal cells stay together. time: the column that orders the "
        "rows; as they stand by default. It is no feature.",
    )


class SamplerConfig(Record):
    """How trials are chosen."""

    kind: Literal["tpe", "random", "qmc", "cmaes", "grid", "gp", "nsgaii", "rustuna"] = Field(
        "tpe", description="The sampler."
    )
    n_startup_trials: Count = Field(16, description="tpe: random trials before it begins to model.")
    points: Annotated[int, Field(ge=2, le=1000)] = Field(
        5, description="grid: values of a range that has no step, from low to high."
    )


class PrunerConfig(Record):
    """Which trials end early for being poor."""

    kind: Literal["none", "halving", "hyperband", "median"] = Field("none", description="The pruner.")
    min_epochs: Count = Field(10, description="Epochs until trials are first compared.")
    factor: Annotated[int, Field(ge=2)] = Field(
        3,
        description="Each comparison comes after so many times the epochs; of halving, one in so many stays.",
    )


class EngineConfig(Record):
    """Where the work runs."""

    kind: Literal["threads", "processes", "dask"] = Field("threads", description="The kind of workers.")
    n_jobs: Literal[-1] | Count = Field(
        -1, description="Workers; -1: one for each core. It changes the speed alone."
    )
    address: Annotated[str, AfterValidator(_scheduler_address)] | None = Field(
        None, description="dask: the scheduler of a cluster that runs; by default a cluster of its own."
    )
    trial_timeout: Seconds | None = Field(
        None, description="Seconds that a trial may take on one fold before its worker is ended."
    )
    max_retries: Annotated[int, Field(ge=0)] = Field(
        2, description="How often a task is tried again whose worker died or hung, until its trials fail."
    )


class TrackingConfig(Record):
    """The MLflow store."""

    uri: str | None = Field(
        None, description="Any MLflow tracking URI; sqlite:///mlruns/mlflow.db by default."
    )
    artifacts: str | None = Field(
        None, description="Where files go; mlruns/artifacts by default, or the server's own."
    )


class RegistryConfig(Record):
    """The registered model."""

    model: Name | None = Field(None, description="Its name; that of the sweep by default.")
    alias: Alias = Field("champion", description="The alias of the best version.")


class SweepConfig(Record):
    """All of one sweep. Made by `check_config`."""

    name: Name = Field(description="Names the experiment and the model; the data's own by default.")
    seed: Annotated[int, Field(ge=0, lt=2**32)] = Field(
        0,
        description="Decides all that is random: the rows held out, the folds, what is asked, each fit.",
    )
    n_trials: Count = Field(64, description="Trials in all.")
    timeout: Seconds | None = Field(
        None,
        description="Seconds of asking, training and scoring in all; what is unfinished then is dropped.",
    )
    target: float | None = Field(None, description="Stop when a trial's value is as good as this.")
    patience: Count | None = Field(None, description="Stop when so many trials in a row were no better.")
    cv: Annotated[int, Field(ge=2)] = Field(5, description="Folds of the cross-validation.")
    nested: Annotated[int, Field(ge=2)] | None = Field(
        None, description="Outer folds, in each of which the whole search is repeated; null: no outer score."
    )
    scoring: Literal["rmse", "mae", "r2"] = Field(
        "rmse", description="What a trial's value is: its mean over the folds."
    )
    objectives: tuple[Objective, ...] = Field(
        strict=False, description="What trials are compared by, the scoring first; that alone by default."
    )
    champion_within: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.01,
        description="With several objectives: of the trials whose first is within this share of the best, "
        "the champion is the one that is best by the others.",
    )
    holdout: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.2, description="Share of the rows that nothing sees but the final score."
    )
    cohort: Annotated[int, Field(ge=1, le=1024)] = Field(
        16, description="Trials asked at once and trained together, also those of the last that nobody wants."
    )
    blend: Annotated[int, Field(ge=0, le=100)] = Field(
        0,
        description="Trials that a weighted mean is chosen from, and shipped where it scores better than the "
        "best of them; 0: none. Of a timeout, a quarter is kept for it.",
    )
    fresh: bool = Field(False, description="Start over even where a sweep of this name exists.")
    verbose: Annotated[int, Field(ge=0, le=2)] = Field(
        1, description="0: silent, 1: lines, 2: a line for each cohort."
    )
    report: bool = Field(
        True, description="Draw a page about the sweep at its end, and keep it with the sweep."
    )
    debug: bool = Field(False, description="Show tracebacks.")
    data: DataConfig
    estimator: EstimatorConfig
    preprocess: dict[str, ParamValue] = Field(
        default_factory=dict, description="What every trial has of the preprocessing parameters."
    )
    space: Space = Field(description="What is searched: for each knob a value, a list or a range.")
    start: tuple[dict[str, ParamValue], ...] = Field(
        (), strict=False, description="Settings to try first, after the estimator's defaults."
    )
    split: SplitConfig
    sampler: SamplerConfig
    pruner: PrunerConfig
    engine: EngineConfig
    tracking: TrackingConfig
    registry: RegistryConfig
    resolved: dict[str, Any] = Field(exclude=True, repr=False, description="All of this as plain data.")
