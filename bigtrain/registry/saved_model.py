"""Save a fitted pipeline so that anyone with scikit-learn can load it."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import mlflow.sklearn
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec
from pandas import DataFrame
from pandas.api.types import is_numeric_dtype
from sklearn.dummy import DummyRegressor
from sklearn.pipeline import Pipeline

from bigtrain.standby import Standby

SAVED_WITHIN = 60.0
"""Seconds after which a process that saves a model is taken to hang. One that was merely slow is ended, too,
and its model saved from the beginning."""

Save: TypeAlias = Callable[[Any, DataFrame, Path, Model], None]
"""What `save_model` is."""

REQUIREMENTS = ("scikit-learn", "numpy", "scipy", "pandas", "skops")
"""What the model needs besides MLflow; inferring them would take ten seconds."""

TRUSTED = (
    "numpy.dtype",
    "scipy._lib.array_api_compat.numpy._aliases.asarray",
    "scipy.interpolate._bsplines.BSpline",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.metrics._dist_metrics.ChebyshevDistance64",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
)
"""What the stock classes of a pipeline are made of that skops does not know to be safe: data, no actions."""

BOOSTERS: Mapping[str, tuple[str, ...]] = {
    "catboost": ("catboost.core.CatBoostRegressor",),
    "lightgbm": ("collections.OrderedDict", "lightgbm.basic.Booster", "lightgbm.sklearn.LGBMRegressor"),
    "xgboost": ("xgboost.core.Booster", "xgboost.sklearn.XGBRegressor"),
}
"""The same of other projects' regressors, by package: trusted in models that hold one, and no others."""

MODEL, DESCRIPTION, EXAMPLE = "model.skops", "MLmodel", "input_example.json"
RESIDUALS = "holdout_residuals.npy"
"""Target minus prediction on each row of the holdout: what a later version is compared with."""

FILES = (
    DESCRIPTION,
    "conda.yaml",
    RESIDUALS,
    EXAMPLE,
    MODEL,
    "python_env.yaml",
    "requirements.txt",
    "serving_input_example.json",
)
"""All files of a saved model."""


def save_model(pipeline: Any, input_example: DataFrame, folder: Path, metadata: Model) -> None:
    """Save a pipeline of scikit-learn's own classes as an MLflow model.

    It is kept in the skops format, which builds no type that isn't known to be safe.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted.
    input_example : DataFrame
        A few rows with the columns the pipeline takes.
    folder : Path
        Where to save; must not exist yet.
    metadata : Model
        MLflow's description of the model, which gets completed.
    """
    packages = packages_in(pipeline)
    # MLflow warns of its own type hints, and calls pandas in a way that pandas is about to change.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.sklearn.save_model(
            pipeline,
            str(folder),
            mlflow_model=metadata,
            serialization_format="skops",
            skops_trusted_types=trusted_types(packages),
            signature=signature_of(input_example),
            input_example=input_example,
            pip_requirements=[f"{name}=={version(name)}" for name in (*REQUIREMENTS, *packages)],
        )


def saved_by(standby: Standby | None, note: Callable[[str], None]) -> Save:
    """Return `save_model`, done by a process on standby for it; by this one without, or where that fails.

    Parameters
    ----------
    standby : Standby or None
        The process.
    note : callable
        Is told why it failed, and that this one did it.
    """

    def save(pipeline: Any, input_example: DataFrame, folder: Path, metadata: Model) -> None:
        if standby and not standby.used:
            try:
                standby.begin(pipeline, input_example, folder, metadata)
                return standby.finish(SAVED_WITHIN)
            except Exception as error:
                standby.stop()
                note(f"  the model is saved by this process, since another failed: {error!r}")
                if folder.exists():
                    shutil.rmtree(folder)
            except BaseException:
                standby.stop()  # the folder is removed next: nobody may go on writing there
                raise
        return save_model(pipeline, input_example, folder, metadata)

    return save


def rehearse() -> None:
    """Save a model of nothing. What takes long is to load all of scikit-learn, and to list all packages."""
    rows = DataFrame({"x": [0.0, 1.0]})
    pipeline = Pipeline([("model", DummyRegressor())]).fit(rows, rows["x"])
    with tempfile.TemporaryDirectory(prefix="bigtrain-rehearsal-") as folder:
        save_model(pipeline, rows, Path(folder, "model"), Model())


def packages_in(pipeline: Any) -> list[str]:
    """Return the packages besides scikit-learn that a pipeline, or a blend of some, takes regressors from."""
    members = getattr(pipeline, "estimators_", [pipeline])
    roots = {type(member[-1]).__module__.partition(".")[0] for member in members}
    return sorted(roots & BOOSTERS.keys())


def trusted_types(packages: Sequence[str]) -> list[str]:
    """Return what a model with regressors of these packages is made of, beyond what skops knows."""
    return [*TRUSTED, *(name for package in packages for name in BOOSTERS[package])]


def flavors(python_version: str, sklearn_version: str, packages: Sequence[str] = ()) -> dict[str, Any]:
    """Return the flavours of a model of ours, as MLflow describes them: what it will do to load it.

    Parameters
    ----------
    python_version, sklearn_version : str
        Of whoever saved it.
    packages : sequence of str
        As `packages_in` gives them.
    """
    return {
        "python_function": {
            "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
            "loader_module": "mlflow.sklearn",
            "model_path": MODEL,
            "predict_fn": "predict",
            "python_version": python_version,
        },
        "sklearn": {
            "code": None,
            "pickled_model": MODEL,
            "serialization_format": "skops",
            "sklearn_version": sklearn_version,
            "skops_trusted_types": trusted_types(packages),
        },
    }


def signature_of(rows: DataFrame) -> ModelSignature:
    """Return the signature of a regressor of these columns: numbers are doubles, all else is text."""
    columns: list[ColSpec | TensorSpec] = [
        ColSpec(DataType.double if is_numeric_dtype(rows[name]) else DataType.string, str(name))
        for name in rows.columns
    ]
    return ModelSignature(Schema(columns), Schema([ColSpec(DataType.double)]))
