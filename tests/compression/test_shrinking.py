"""Laws of fitting again, smaller; and of weights in fewer bits."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    VotingRegressor,
)
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.svm import SVR
from threadpoolctl import threadpool_limits

from bigtrain.compression.candidates import method_of
from bigtrain.compression.rounding import has_weights, rounded
from bigtrain.compression.shrinking import Shrinking, first_trees, inputs_read, refit
from bigtrain.compression.wording import in_words
from bigtrain.deploy.narrow import KINDS, Kind
from bigtrain.evaluate.blend import voting
from bigtrain.registry.saved_model import TRUSTED
from tests.deploy.pipelines import COLUMNS, pipeline, table

ROWS, Y = table()
BOOSTED = HistGradientBoostingRegressor(max_iter=8, early_stopping=False, random_state=0)
MODELS: dict[str, Any] = {
    "boosted": pipeline(BOOSTED),
    "forest": pipeline(RandomForestRegressor(8, random_state=0)),
    "extra trees": pipeline(ExtraTreesRegressor(8, random_state=0)),
    "neighbours": pipeline(KNeighborsRegressor()),
    "support vectors": pipeline(SVR()),
    "network": pipeline(MLPRegressor(hidden_layer_sizes=(8, 4), tol=0.1, random_state=0)),
    "kernel": pipeline(Ridge(), Nystroem(n_components=20, random_state=0)),
    "kernel, learned by steps": pipeline(LinearRegression(), Nystroem(n_components=20, random_state=0)),
}
with threadpool_limits(1):
    FITTED = {name: each.fit(ROWS, Y) for name, each in MODELS.items()}
FITTED["blend"] = voting({3: FITTED["boosted"], 7: FITTED["kernel"]}, {3: 0.7, 7: 0.3})


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads of tables this small wait for each other more than they work."""
    with threadpool_limits(1):
        yield


@pytest.mark.parametrize("name", FITTED)
def test_every_family_can_be_smaller(name: str) -> None:
    """The first way leaves nothing out; others read fewer columns, or are smaller; all are trusted."""
    fits = dict(method_of(FITTED[name]).fits(ROWS, Y))
    whole = next(iter(fits.values()))
    assert inputs_read(whole) == list(COLUMNS)
    assert {len(inputs_read(each)) for each in fits.values()} == {5, 4, 2, 1}
    assert len({in_words(each) for each in fits.values() if len(inputs_read(each)) == 5}) > 1
    for each in (whole, list(fits.values())[-1]):
        read = inputs_read(each)
        loaded = skops.io.loads(skops.io.dumps(each), trusted=list(TRUSTED))
        np.testing.assert_array_equal(loaded.predict(ROWS[read]), each.predict(ROWS))


@pytest.mark.parametrize(
    ("model", "fewer"),
    [
        (BOOSTED, {"max_iter": 4}),
        (RandomForestRegressor(8, random_state=0), {"n_estimators": 4}),
        (ExtraTreesRegressor(8, random_state=0), {"n_estimators": 4}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_first_trees_are_those_of_a_smaller_model(model: Any, fewer: dict[str, int]) -> None:
    """Half of them predict what a model predicts that was fitted with half as many."""
    whole = pipeline(model).fit(ROWS, Y)
    expected = pipeline(type(model)(**{**model.get_params(), **fewer})).fit(ROWS, Y).predict(ROWS)
    before = whole.predict(ROWS)
    np.testing.assert_allclose(first_trees(whole, 0.5).predict(ROWS), expected, rtol=1e-12)
    np.testing.assert_array_equal(whole.predict(ROWS), before)


@pytest.mark.parametrize("name", ["boosted", "forest", "neighbours", "kernel"])
def test_whatever_is_fitted_again_whole_is_what_it_was(name: str) -> None:
    """On the same rows."""
    again = refit(FITTED[name], ROWS, Y, list(COLUMNS), 1.0)
    np.testing.assert_allclose(again.predict(ROWS), FITTED[name].predict(ROWS), rtol=1e-9)


def test_columns_of_noise_go_first() -> None:
    """What is left of four columns is what the target is made of."""
    rng = np.random.default_rng(1)
    target = np.nan_to_num(ROWS["a"]) * 3 + rng.normal(size=len(ROWS)) * 0.1
    fits = dict(Shrinking(pipeline(BOOSTED).fit(ROWS, target)).fits(ROWS, target))
    assert inputs_read(next(each for key, each in fits.items() if key.startswith("1 column"))) == ["a"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [name for name in FITTED if has_weights(FITTED[name])])
def test_rounded_weights_predict_nearly_the_same(name: str, kind: Kind) -> None:
    """The coarser the numbers, the less so; the pipeline itself stays as it is."""
    whole = FITTED[name]
    before = whole.predict(ROWS)
    allowed = {"float64": 0.0, "float32": 1e-4, "float16": 2e-2, "int8": 0.6}[kind] * Y.std()
    moved = rounded(whole, kind, ROWS).predict(ROWS) - before
    assert np.sqrt(np.mean(np.square(moved))) <= allowed
    np.testing.assert_array_equal(whole.predict(ROWS), before)


def test_rounding_moves_no_mean() -> None:
    """The intercept of a linear model takes up what rounding changes on average."""
    whole = pipeline(Ridge()).fit(ROWS, Y)
    assert rounded(whole, "int8", ROWS).predict(ROWS).mean() == pytest.approx(whole.predict(ROWS).mean())


def test_trees_and_a_few_numbers_are_left_as_they_are() -> None:
    """Trees have no weights; of few weights, no bits are saved; of a blend, a member's are."""
    assert not has_weights(FITTED["boosted"])
    assert not has_weights(pipeline(Ridge()).fit(ROWS, Y))
    assert isinstance(FITTED["blend"], VotingRegressor)
    assert has_weights(FITTED["blend"])


@pytest.mark.parametrize("name", ["boosted", "kernel", "blend"])
def test_only_ways_that_are_wanted_are_fitted(name: str) -> None:
    """They are those that all ways have."""
    method = method_of(FITTED[name])
    every = dict(method.fits(ROWS, Y))
    wanted = list(every)[1::4]
    some = dict(method.fits(ROWS, Y, wanted))
    assert list(some) == wanted
    for each in wanted:
        np.testing.assert_array_equal(some[each].predict(ROWS), every[each].predict(ROWS))


def test_a_member_of_a_blend_is_fitted_once_for_the_same_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many smaller blends it is in: two members, on each of four sets of columns."""
    fitted: list[int] = []
    fit = HistGradientBoostingRegressor.fit

    def counted(self: Any, X: Any, y: Any, **rest: Any) -> Any:
        fitted.append(X.shape[1])
        return fit(self, X, y, **rest)

    blend = voting({3: FITTED["boosted"], 7: FITTED["boosted"]}, {3: 0.7, 7: 0.3})
    monkeypatch.setattr(HistGradientBoostingRegressor, "fit", counted)
    ways = [name for name, _ in method_of(blend).fits(ROWS, Y)]
    assert len(ways) == 4 * 4 * 3
    assert len(fitted) == 2 * 4
