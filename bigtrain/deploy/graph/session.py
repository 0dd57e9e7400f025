"""Run an exported graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pandas import DataFrame

from bigtrain.deploy.graph.builder import OUTPUT


def open_session(content: bytes) -> onnxruntime.InferenceSession:
    """Return a session on the processor, from a serialised model."""
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def inputs_of(rows: DataFrame, columns: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """Return what a graph takes for these rows.

    Parameters
    ----------
    rows : DataFrame
        With at least the columns named; missing cells are NaN or None.
    columns : mapping
        ``double`` or ``string`` by column.
    """
    return {
        name: _numbers(rows, name) if kind == "double" else _texts(rows, name)
        for name, kind in columns.items()
    }


def _numbers(rows: DataFrame, name: str) -> NDArray[np.float64]:
    return rows[name].to_numpy(dtype=np.float64, na_value=np.nan).reshape(-1, 1)


def _texts(rows: DataFrame, name: str) -> NDArray[np.object_]:
    # A missing category is the empty text: ONNX has no other.
    texts = rows[name].to_numpy(dtype=object, copy=True)
    texts[rows[name].isna().to_numpy()] = ""
    return texts.reshape(-1, 1)


def predict(
    session: onnxruntime.InferenceSession, rows: DataFrame, columns: Mapping[str, str]
) -> NDArray[np.float64]:
    """Return the predictions for some rows, one number each."""
    (predictions,) = session.run([OUTPUT], inputs_of(rows, columns))
    result: NDArray[np.float64] = predictions[:, 0]
    return result
