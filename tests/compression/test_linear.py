"""Laws of pruning: what is fitted again is least squares, or ridge, on the columns that are left."""

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, LinearRegression, Ridge

from bigtrain.compression.linear import LinearPruning, Moments, levels, prune
from tests.deploy.pipelines import pipeline, table

ROWS, Y = table()
RNG = np.random.default_rng(0)
Z = RNG.normal(size=(200, 6)) @ RNG.normal(size=(6, 6)) + 3
TARGET = Z @ [3.0, 0, -2, 0, 1, 0] + 5 + 0.1 * RNG.normal(size=200)


@pytest.mark.parametrize("kept", [[0, 1, 2, 3, 4, 5], [0, 2, 4], [3]])
@pytest.mark.parametrize("alpha", [0.0, 1.0, 50.0])
def test_the_refit_is_ridge_on_the_columns_kept(kept: list[int], alpha: float) -> None:
    """And least squares without a penalty."""
    weights, intercept = Moments.of(Z, TARGET).fit(np.array(kept), alpha)
    reference = (Ridge(alpha) if alpha else LinearRegression()).fit(Z[:, kept], TARGET)
    np.testing.assert_allclose(weights, reference.coef_, rtol=1e-8)
    assert intercept == pytest.approx(reference.intercept_, rel=1e-8)


def test_columns_that_depend_on_each_other_have_the_smallest_solution() -> None:
    """That of the pseudo-inverse."""
    twice = np.hstack([Z, Z[:, :2]])
    weights, _ = Moments.of(twice, TARGET).fit(np.arange(8), 0.0)
    expected = np.linalg.pinv(twice - twice.mean(axis=0)) @ (TARGET - TARGET.mean())
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


def test_the_smallest_weights_go_first() -> None:
    """In units of their columns' deviations; each level is a part of the one before."""
    scaled = Z * [1e3, 1, 1e-3, 1, 1, 1]
    steps = list(prune(Moments.of(scaled, TARGET), 0.0, [6, 3, 1]))
    assert [list(each) for each in steps[:2]] == [[0, 1, 2, 3, 4, 5], [0, 2, 4]]
    assert set(steps[2]) < set(steps[1])


@pytest.mark.parametrize("terms", [1, 2, 30, 900])
def test_levels_go_from_all_terms_to_one(terms: int) -> None:
    """The first leaves nothing out, the last all but one."""
    sizes = [max(1, round(share * terms)) for share in levels(terms)]
    assert (sizes[0], sizes[-1]) == (terms, 1)
    assert sizes == sorted(set(sizes), reverse=True)


@pytest.mark.parametrize("model", [Ridge(2.0), LinearRegression(), ElasticNet(0.01, l1_ratio=0.3)])
def test_every_level_is_a_pipeline_of_its_own(model: object) -> None:
    """It predicts the rows it reads; with all terms a ridge pipeline is what it was."""
    whole = pipeline(model).fit(ROWS, Y)
    fits = dict(LinearPruning(whole).fits(ROWS, Y))
    first, *_, last = fits.values()
    if isinstance(model, Ridge):
        np.testing.assert_allclose(first.predict(ROWS), whole.predict(ROWS), rtol=1e-9)
    assert np.count_nonzero(last[-1].coef_) == 1
    read = [name for _, _, names in last[0].transformers for name in names]
    assert len(read) == 1
    np.testing.assert_array_equal(last.predict(ROWS[read]), last.predict(ROWS))
