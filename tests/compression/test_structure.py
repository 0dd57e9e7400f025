"""Laws of leaving out: what is left is what it was, made of as few columns as it takes."""

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from bigtrain.compression.structure import inputs_of, with_inputs, with_terms
from bigtrain.deploy.graph import open_session, predict, to_onnx
from tests.deploy.pipelines import COLUMNS, ENCODERS, FEATURES, SCALERS, preprocess, table

ROWS, Y = table()
PREPROCESSORS: dict[str, Any] = (
    {f"scaler {name}": preprocess(each) for name, each in SCALERS.items() if name != "quantile normal"}
    | {
        f"encoder {name}": preprocess(StandardScaler(), encoder=each)
        for name, each in ENCODERS.items()
        if name != "onehot, sparse"
    }
    | {
        f"features {name}": preprocess(StandardScaler(), each, StandardScaler())
        for name, each in FEATURES.items()
        if not getattr(each, "include_bias", False)
        or name.startswith("spline")  # no sweep ships a column of ones
    }
)


@pytest.mark.parametrize("name", PREPROCESSORS)
def test_the_columns_that_are_left_are_what_they_were(name: str) -> None:
    """Any few of them, column for column, of rows with all kinds of cells; and so does the ONNX graph."""
    columns = PREPROCESSORS[name]
    whole = columns.fit_transform(ROWS, Y)
    rng = np.random.default_rng(len(name))
    for size in (1, 4):
        kept = np.sort(rng.choice(whole.shape[1], size, replace=False))
        fewer, places = with_terms(columns, kept)
        made = fewer.fit(ROWS[inputs_of(fewer)], Y).transform(ROWS)
        np.testing.assert_allclose(made[:, places], columns.transform(ROWS)[:, kept], atol=1e-10)
        model = Pipeline([("preprocess", fewer), ("model", LinearRegression().fit(made, Y))])
        read = {column: COLUMNS[column] for column in inputs_of(fewer)}
        graph = open_session(to_onnx(model, read).SerializeToString())
        np.testing.assert_allclose(predict(graph, ROWS, read), model.predict(ROWS), rtol=1e-9, atol=1e-9)


def test_only_what_terms_are_made_of_is_read() -> None:
    """Of all products of three numbers, one of two columns needs these; and its factors no more degrees."""
    columns = preprocess(StandardScaler(), PolynomialFeatures(3, include_bias=False), StandardScaler())
    names = list(columns.fit(ROWS, Y).get_feature_names_out())
    product, _ = with_terms(columns, np.array([names.index("a c")]))
    assert inputs_of(product) == ["a", "c"]
    assert product.transformers[0][1].named_steps["polynomialfeatures"].degree == 2
    line, _ = with_terms(columns, np.array([names.index("c")]))
    assert inputs_of(line) == ["c"]
    assert "polynomialfeatures" not in line.transformers[0][1].named_steps


def test_columns_that_are_left_out_are_not_read() -> None:
    """A branch without columns goes altogether."""
    fewer = with_inputs(preprocess(StandardScaler()), {"b", "a"})
    assert inputs_of(fewer) == ["a", "b"]
    assert [name for name, _, _ in fewer.transformers] == ["numbers"]
