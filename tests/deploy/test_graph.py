"""Laws of exported graphs: they predict what scikit-learn predicts, in float64, whatever the row."""

import warnings
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
from scipy.special import ndtri
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import HuberRegressor, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler

from bigtrain.deploy.graph import inputs_of, open_session, predict, to_onnx
from bigtrain.deploy.graph.builder import Graph
from bigtrain.deploy.graph.normal import normal_quantile
from bigtrain.deploy.parity import undecided_rows
from bigtrain.errors import RefusedError
from tests.deploy.pipelines import COLUMNS, edges, pipeline, pipelines, preprocess, table

ROWS, Y = table()
PIPELINES = dict(pipelines())
TRIED = pd.concat([ROWS.iloc[:200], edges(ROWS)], ignore_index=True)


def fitted(model: Any, y: np.ndarray = Y) -> Any:
    """Fit, without a word about iterations."""
    with warnings.catch_warnings(action="ignore"):
        return model.fit(ROWS, y)


@pytest.mark.filterwarnings("ignore:Found unknown categories")
@pytest.mark.parametrize("name", PIPELINES)
def test_a_graph_predicts_what_scikit_learn_predicts(name: str) -> None:
    """Every family behind every preprocessing, on rows of training and on edges: equal to rounding."""
    model = fitted(PIPELINES[name])
    expected = model.predict(TRIED)
    session = open_session(to_onnx(model, COLUMNS).SerializeToString())
    got = predict(session, TRIED, COLUMNS)
    scale = np.maximum(np.abs(expected), np.abs(Y).mean())
    # Of neighbours that are equally near, scikit-learn takes any.
    decided = ~undecided_rows(model, TRIED)
    assert decided.mean() > 0.9
    assert np.max((np.abs(got - expected) / scale)[decided]) < 1e-11


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_a_link_is_part_of_the_graph(loss: str) -> None:
    """Losses of positive targets predict through an exponential."""
    model = fitted(pipeline(HistGradientBoostingRegressor(loss=loss, max_iter=10)), np.exp(Y / 5))
    session = open_session(to_onnx(model, COLUMNS).SerializeToString())
    np.testing.assert_allclose(predict(session, ROWS, COLUMNS), model.predict(ROWS), rtol=1e-12)


def test_one_row_is_many() -> None:
    """A batch of any size gives each row what it gets alone."""
    model = fitted(pipeline(Ridge()))
    session = open_session(to_onnx(model, COLUMNS).SerializeToString())
    together = predict(session, ROWS, COLUMNS)
    alone = [predict(session, ROWS.iloc[[i]], COLUMNS)[0] for i in range(5)]
    np.testing.assert_allclose(together[:5], alone, rtol=1e-14)
    assert predict(session, ROWS.iloc[:0], COLUMNS).shape == (0,)


def test_missing_is_the_empty_text() -> None:
    """None, NaN and the empty text are one missing category; a number that is missing is NaN."""
    rows = ROWS.iloc[:3].assign(kind=pd.Series([None, np.nan, ""], dtype=object))
    texts = inputs_of(rows, COLUMNS)["kind"]
    assert texts.tolist() == [[""], [""], [""]]
    assert np.isnan(inputs_of(rows.assign(a=[None, 1, 2]), COLUMNS)["a"][0, 0])


def test_the_graph_is_plain_onnx() -> None:
    """It passes ONNX's own checker, holds no operator but the standard's, and knows what it is."""
    model = to_onnx(fitted(pipeline(Ridge())), COLUMNS, {"model": "houses/1"})
    onnx.checker.check_model(model, full_check=True)
    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx.ml"}
    assert [value.name for value in model.graph.input] == list(COLUMNS)
    assert {entry.key: entry.value for entry in model.metadata_props} == {"model": "houses/1"}


def test_the_normal_quantile_is_scipys() -> None:
    """From one end to the other, within a few units of the last place."""
    p = np.concatenate([[0.0, 1.0, 0.5], np.logspace(-17, -0.31, 400), 1 - np.logspace(-15, -0.31, 400)])
    graph = Graph()
    model = graph.model({"p": "double"}, normal_quantile(graph, "p", -8.0, 8.0), {})
    got = predict(open_session(model.SerializeToString()), pd.DataFrame({"p": p}), {"p": "double"})
    np.testing.assert_allclose(got, np.clip(ndtri(p), -8, 8), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (pipeline(HuberRegressor()), "HuberRegressor: this class"),
        (
            pipeline(Ridge(), first=preprocess(SplineTransformer(extrapolation="periodic"))),
            "extrapolation=periodic",
        ),
        (
            pipeline(Ridge(), first=preprocess(SplineTransformer(degree=1, extrapolation="linear"))),
            "degree 1",
        ),
        (
            Pipeline([("a", ColumnTransformer([("a", StandardScaler(), ["b"])])), ("m", HuberRegressor())]),
            "this class",
        ),
    ],
)
def test_what_has_no_form_is_refused(model: Any, said: str) -> None:
    """One line that names the class and what to do instead."""
    with pytest.raises(RefusedError, match=rf"{said}.* has no ONNX form here; format=sklearn"):
        to_onnx(fitted(model), COLUMNS)
