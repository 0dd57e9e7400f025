"""What computes the predictions: onnxruntime where it says the same as the pipeline, else the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigtrain.deploy.encoders import UNSEEN
from bigtrain.deploy.loading import LoadedModel
from bigtrain.deploy.predicting import predict_rows
from bigtrain.deploy.serving.features import Features
from bigtrain.errors import RefusedError

RELATIVE_ERROR = 1e-6
"""Between two ways to compute one prediction; more than rounding is another model."""


class Scorer(Protocol):
    """Predicts rows."""

    @property
    def name(self) -> str:
        """What computes."""

    @property
    def quick(self) -> bool:
        """Whether a few rows take less time than handing them to a thread."""

    def predict(self, features: Features) -> NDArray[np.float64]:
        """Return the predictions, (n_rows,)."""


@dataclass(frozen=True, slots=True)
class PipelineScorer:
    """The registered pipeline itself."""

    pipeline: Any
    name: str = "scikit-learn"
    quick: bool = False

    def predict(self, features: Features) -> NDArray[np.float64]:
        """Return the predictions, (n_rows,)."""
        return predict_rows(self.pipeline, _frame(features))


@dataclass(frozen=True, slots=True)
class OnnxScorer:
    """The pipeline's graph in onnxruntime."""

    session: Any
    columns: Mapping[str, str]
    name: str = "onnxruntime"
    quick: bool = True

    def predict(self, features: Features) -> NDArray[np.float64]:
        """Return the predictions, (n_rows,)."""
        inputs = {
            name: features[name].reshape(-1, 1) if kind == "double" else _onnx_texts(features[name])
            for name, kind in self.columns.items()
        }
        (predicted,) = self.session.run(None, inputs)
        result: NDArray[np.float64] = predicted[:, 0]
        return result


def _onnx_texts(texts: NDArray[np.object_]) -> NDArray[np.object_]:
    # To the graph the empty text is a missing category; one that a request brings was never seen.
    cells = [(text or UNSEEN) if isinstance(text, str) else "" for text in texts]
    return np.array(cells, dtype=object).reshape(-1, 1)


def _frame(features: Features) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(cells, dtype=cells.dtype) for name, cells in features.items()})


def make_scorer(model: LoadedModel) -> Scorer:
    """Return the quickest scorer that says what the pipeline says.

    It is tried on rows of the model's example, and on rows that are missing cells, have categories that
    training never saw, or numbers far from all that it saw.
    """
    pipeline = PipelineScorer(model.pipeline)
    onnx = _onnx_scorer(model)
    if onnx is None:
        return pipeline
    rows = _trials(model)
    agree = np.allclose(onnx.predict(rows), pipeline.predict(rows), rtol=RELATIVE_ERROR, atol=0)
    return onnx if agree else pipeline


def _onnx_scorer(model: LoadedModel) -> OnnxScorer | None:
    try:
        from bigtrain.deploy.graph import open_session, to_onnx  # noqa: PLC0415 - the extra [onnx] brings it
    except ImportError:
        return None
    try:
        graph = to_onnx(model.pipeline, model.columns)
    except RefusedError:
        return None
    return OnnxScorer(open_session(graph.SerializeToString()), model.columns)


def _trials(model: LoadedModel) -> Features:
    """Return rows to compare on: the example's, and for each column the first with every odd cell in it."""
    example = model.input_example
    rows = [example]
    for name, kind in model.columns.items():
        for cell in (np.nan, -1e6, 1e6) if kind == "double" else (np.nan, "", UNSEEN):
            odd = example.head(1).copy()
            odd[name] = pd.Series([cell], index=odd.index, dtype=odd[name].dtype)
            rows.append(odd)
    table = pd.concat(rows, ignore_index=True)
    return {name: table[name].to_numpy() for name in model.columns}
