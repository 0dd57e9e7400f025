"""Laws of what ways cost: on the rows of all folds, beside the best of them."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Lasso
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from bigtrain.compression.candidates import (
    Candidate,
    Cost,
    Key,
    Method,
    candidates,
    costs_over,
    front,
    method_of,
    smallest,
)
from bigtrain.deploy.footprint import Footprint
from bigtrain.report.fronts import added

ROWS = pd.DataFrame({"x": np.arange(40.0)})


def constant(value: float) -> Pipeline:
    """A pipeline that says the same of all rows."""
    return Pipeline([("model", DummyRegressor(strategy="constant", constant=value).fit(ROWS, ROWS["x"]))])


class Constants:
    """Ways that say a number each; some of them not where the first row is among the rows to learn from."""

    def __init__(self, values: Mapping[str, float], lacking: str = "") -> None:
        self.values, self.lacking = values, lacking

    def fits(self, X: pd.DataFrame, _y: Any, _wanted: Any = None) -> Iterator[tuple[str, Any]]:
        for name, value in self.values.items():
            if name != self.lacking or X["x"].iloc[0] != 0:
                yield name, constant(value)


def cost(method: Method, y: Any) -> dict[Key, float]:
    return {key: each.loss for key, each in costs(method, ROWS, y).items()}


def costs(method: Method, X: pd.DataFrame, y: Any, groups: Any = None) -> dict[Key, Cost]:
    folds = list(KFold(4).split(X))
    with ThreadPoolExecutor(2) as engine:
        return costs_over(method, X, np.asarray(y, dtype=float), folds, engine, groups)


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
    found = costs(method_of(pipeline), X, y)
    assert found["100.00% of the terms", "float64"].loss > 0.3
    within = [float(name.partition("%")[0]) for (name, _), each in found.items() if each.loss <= 0.01]
    assert min(within) >= 100 * 5 / 80 - 1


class Said:
    """A model that has said already what it predicts: its column."""

    steps = ()

    def __init__(self, name: str) -> None:
        self.name = name

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return X[self.name].to_numpy()


class AllSaid:
    """A way for each column."""

    def fits(self, X: pd.DataFrame, _y: Any, _wanted: Any = None) -> Iterator[tuple[str, Any]]:
        yield from ((name, Said(name)) for name in X)


def said(rng: np.random.Generator, losses: Sequence[float], n_rows: int) -> pd.DataFrame:
    """Predictions of a target that is 0: of an error that all share, and of one that makes up each's loss."""
    shared, own = rng.normal(size=(n_rows, 1)), rng.normal(size=(n_rows, len(losses)))
    more = np.sqrt((1 + np.asarray(losses)) ** 2 - 1)
    return pd.DataFrame(shared + own * more, columns=[f"{loss:g}" for loss in losses])


def test_the_error_of_a_loss_is_what_it_differs_by_from_rows_to_rows() -> None:
    """Rows drawn anew, again and again, give losses of this deviation; the best has none."""
    rng = np.random.default_rng(0)
    drawn = [costs(AllSaid(), said(rng, (0, 0.05), 800), np.zeros(800)) for _ in range(150)]
    losses = [each["0.05", "float64"].loss for each in drawn]
    errors = [each["0.05", "float64"].error for each in drawn]
    assert np.mean(losses) == pytest.approx(0.05, rel=0.1)
    assert np.mean(errors) == pytest.approx(np.std(losses), rel=0.2)
    assert {each["0", "float64"] for each in drawn} == {Cost(0.0, 0.0)}


def test_rows_of_one_group_tell_it_once() -> None:
    """Each row three times, as a group, says no more than each row once."""
    rows = said(np.random.default_rng(0), (0, 0.05), 400)
    once = costs(AllSaid(), rows, np.zeros(400))
    again = rows.loc[np.repeat(rows.index, 3)].reset_index(drop=True)
    thrice = costs(AllSaid(), again, np.zeros(1200), np.repeat(np.arange(400), 3))
    for key, each in once.items():
        assert (thrice[key].loss, thrice[key].error) == pytest.approx((each.loss, each.error))


def test_what_is_chosen_keeps_to_the_tolerance_on_other_rows() -> None:
    """Of many that lose about as much as they may, the smallest that seems cheap is one that rows favoured.

    The truth is known here. A choice by the loss alone breaks the tolerance more often than not.
    """
    rng, allowed, losses = np.random.default_rng(0), 0.04, np.linspace(0, 0.08, 33)
    broken = {"by the bound": 0, "by the loss": 0}
    for _ in range(40):
        drawn = costs(AllSaid(), said(rng, losses, 1000), np.zeros(1000))
        found = [
            Candidate(name, None, {}, size=round(1000 * (1 - float(name))), cost=each)
            for (name, _), each in drawn.items()
        ]
        chosen = smallest(found, allowed)
        plain = min((each for each in found if each.cost.loss <= allowed), key=lambda each: each.size)
        broken["by the bound"] += chosen is not None and float(chosen.name) > allowed
        broken["by the loss"] += float(plain.name) > allowed
    assert broken["by the bound"] <= 40 / 4
    assert broken["by the loss"] > 40 / 2


def test_what_costs_too_much_is_not_fitted_again() -> None:
    """Of all rows, only what may be chosen or shown."""

    class Noting(AllSaid):
        wanted: Any = None

        def fits(self, _X: pd.DataFrame, _y: Any, wanted: Any = None) -> Iterator[tuple[str, Any]]:
            self.wanted = wanted
            return iter(())

    method = Noting()
    costly = {("cheap", "float64"): Cost(0.04, 0.0), ("costly", "float64"): Cost(0.06, 0.0)}
    assert candidates(method, ROWS, ROWS["x"].to_numpy(), {}, costly, Footprint("sklearn"), 0.01) == []
    assert method.wanted == {"cheap"}


COSTS = st.builds(
    Cost, st.sampled_from([0.0, 0.004, 0.005, 0.008, 0.02]), st.sampled_from([0.0, 0.001, 0.006])
)


@given(st.lists(st.tuples(st.integers(1, 4), COSTS), min_size=1), st.sampled_from([0.0, 0.005, 0.01]))
def test_what_is_chosen_is_on_the_front(sizes_and_costs: list[tuple[int, Cost]], max_loss: float) -> None:
    """Whatever is found, what is taken of it is among what is shown, and nothing smaller there would do."""
    found = [Candidate(str(n), None, {}, size, cost) for n, (size, cost) in enumerate(sizes_and_costs)]
    chosen, shown = smallest(found, max_loss), front(found)
    within = [each for each in shown if each.cost.bound <= max_loss]
    assert (chosen is None) == (not within)
    assert chosen is None or chosen is within[-1]
