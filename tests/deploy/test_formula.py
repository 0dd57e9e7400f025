"""Laws of formulas: what a person would add up is what the model predicts."""

import json
import re
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from bigtrain.deploy.formula import formula_of
from bigtrain.errors import RefusedError
from tests.deploy.pipelines import (
    CATEGORIES,
    ENCODERS,
    NUMBERS,
    SCALERS,
    edges,
    pipeline,
    pipelines,
    preprocess,
    table,
)

ROWS, Y = table()
SUMS = {
    **{f"scaler {name}": preprocess(SCALERS[name]) for name in ("none", "standard", "robust", "minmax")},
    **{f"encoder {name}": preprocess(SCALERS["robust"], encoder=each) for name, each in ENCODERS.items()},
}


def added_up(said: dict, row: pd.Series) -> float:
    """Read the exported words as a person would."""
    total = said["intercept"]
    for name in NUMBERS:
        number, cell = said["numbers"][name], row[name]
        total += number["coefficient"] * (number["if_missing"] if pd.isna(cell) else cell)
    for name in CATEGORIES:
        category, cell = said["categories"][name], row[name]
        if pd.isna(cell):
            total += category["if_missing"]
        else:
            total += category["values"].get(cell, category["if_unseen"])
    return total


@pytest.mark.filterwarnings("ignore:Found unknown categories")
@pytest.mark.parametrize("name", SUMS)
def test_the_sum_is_the_prediction(name: str) -> None:
    """Added up by hand from what JSON keeps, for every scaler and encoder, edges included."""
    model = pipeline(Ridge(0.1), first=SUMS[name]).fit(ROWS, Y)
    formula = formula_of(model)
    said = json.loads(json.dumps(asdict(formula)))
    tried = pd.concat([ROWS.iloc[:50], edges(ROWS)], ignore_index=True)
    expected = model.predict(tried)
    np.testing.assert_allclose([added_up(said, row) for _, row in tried.iterrows()], expected, rtol=1e-9)
    np.testing.assert_allclose(formula.predict(tried), expected, rtol=1e-9)


def test_coefficients_are_in_the_columns_own_units() -> None:
    """A line that was there before scaling is the line that is told."""
    rows = pd.DataFrame({"age": np.arange(50.0), "size": np.arange(50.0)[::-1] ** 2})
    first = ColumnTransformer([("numbers", StandardScaler(), ["age", "size"])])
    model = Pipeline([("preprocess", first), ("model", LinearRegression())])
    formula = formula_of(model.fit(rows, 3 * rows["age"] - 0.5 * rows["size"] + 7))
    assert formula.text(4) == "prediction = 7 + 3·age - 0.5·size"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("random forest", "RandomForestRegressor is no linear model"),
        ("blend", "VotingRegressor is no linear model"),
        ("features nystroem", "Nystroem mixes the columns"),
        ("features spline", "SplineTransformer bends a column"),
        ("features polynomial", "PolynomialFeatures bends a column"),
        ("scaler quantile", "QuantileTransformer bends a column"),
        ("scaler minmax clipped", "MinMaxScaler bends a column"),
    ],
)
def test_what_is_no_sum_is_refused(name: str, said: str) -> None:
    """In words, with what exports it instead."""
    model = dict(pipelines())[name].fit(ROWS, Y)
    with pytest.raises(RefusedError, match=re.escape(f"{said}, so it has no formula; format=onnx")):
        formula_of(model)
