"""Laws of what ways cost: on the rows of all folds, beside the best of them."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Lasso
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from bigtrain.compression.candidates import Key, Method, losses, method_of
from bigtrain.report.fronts import added

ROWS = pd.DataFrame({"x": np.arange(40.0)})
FOLDS = list(KFold(4).split(ROWS))


def constant(value: float) -> Pipeline:
    """A pipeline that says the same of all rows."""
    return Pipeline([("model", DummyRegressor(strategy="constant", constant=value).fit(ROWS, ROWS["x"]))])


class Constants:
    """Ways that say a number each; some of them not where the first row is among the rows to learn from."""

    def __init__(self, values: Mapping[str, float], lacking: str = "") -> None:
        self.values, self.lacking = values, lacking

    def fits(self, X: pd.DataFrame, _y: Any) -> Iterator[tuple[str, Any]]:
        for name, value in self.values.items():
            if name != self.lacking or X["x"].iloc[0] != 0:
                yield name, constant(value)


def cost(method: Method, y: Any) -> dict[Key, float]:
    with ThreadPoolExecutor(2) as engine:
        return losses(method, ROWS, np.asarray(y, dtype=float), FOLDS, engine)


def test_losses_are_beside_the_best_way() -> None:
    """Whichever it is."""
    found = cost(Constants({"whole": 4.0, "better": 2.0, "worse": 5.0}), np.zeros(40))
    assert {name: loss for (name, _), loss in found.items()} == pytest.approx(
        {"whole": 1.0, "better": 0.0, "worse": 1.5}
    )


def test_a_way_that_a_fold_lacks_costs_no_less() -> None:
    """It isn't among those to choose from, rather than an error of fewer rows."""
    found = cost(Constants({"whole": 4.0, "lacking": 4.0}, "lacking"), np.zeros(40))
    assert [name for name, _ in found] == ["whole"]


def test_any_error_is_infinitely_more_than_none() -> None:
    """And none is no more than none."""
    assert set(cost(Constants({"whole": 0.0, "worse": 1.0}), np.zeros(40)).values()) == {0.0, np.inf}
    assert added(3.0, 2.0) == pytest.approx(0.5)


def test_of_many_columns_and_few_rows_a_sparse_model_is_what_it_is_measured_by() -> None:
    """Least squares of all its columns would let anything pass."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(120, 80)), columns=[f"c{i}" for i in range(80)])
    y = X.iloc[:, :5].sum(axis=1).to_numpy() + rng.normal(size=120)
    columns = ColumnTransformer([("numbers", StandardScaler(), list(X))])
    pipeline = Pipeline([("preprocess", columns), ("model", Lasso(0.1))]).fit(X, y)
    with ThreadPoolExecutor(2) as engine:
        costs = losses(method_of(pipeline), X, y, list(KFold(4).split(X)), engine)
    assert costs["100.00% of the terms", "float64"] > 0.3
    within = [float(name.partition("%")[0]) for (name, _), loss in costs.items() if loss <= 0.01]
    assert min(within) >= 100 * 5 / 80 - 1
