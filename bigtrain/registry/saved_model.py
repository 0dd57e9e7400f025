"""Save a fitted pipeline so that anyone with scikit-learn can load it."""

from __future__ import annotations

import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow.sklearn
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec
from pandas import DataFrame
from pandas.api.types import is_numeric_dtype

REQUIREMENTS = ("scikit-learn", "numpy", "scipy", "pandas", "skops")
"""What the model needs besides MLflow; inferring them would take ten seconds."""

TRUSTED = ("numpy.dtype",)
"""Types of scikit-learn's own transformers that skops does not know to be safe; plain data."""


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
    # MLflow warns of its own type hints, and calls pandas in a way that pandas is about to change.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.sklearn.save_model(
            pipeline,
            str(folder),
            mlflow_model=metadata,
            serialization_format="skops",
            skops_trusted_types=list(TRUSTED),
            signature=signature_of(input_example),
            input_example=input_example,
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
        )


def signature_of(rows: DataFrame) -> ModelSignature:
    """Return the signature of a regressor of these columns: numbers are doubles, all else is text."""
    columns: list[ColSpec | TensorSpec] = [
        ColSpec(DataType.double if is_numeric_dtype(rows[name]) else DataType.string, str(name))
        for name in rows.columns
    ]
    return ModelSignature(Schema(columns), Schema([ColSpec(DataType.double)]))
