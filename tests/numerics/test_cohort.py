"""What a sweep does with a cohort: advance it, watch it, drop members."""

from __future__ import annotations

import pickle
from typing import Any, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from bigtrain.errors import ParameterError
from bigtrain.numerics.cohort import Cohort
from bigtrain.numerics.lanes import WIDTH
from bigtrain.numerics.setting import OPTIMIZERS, Setting
from bigtrain.numerics.stop_reason import StopReason
from bigtrain.numerics.training_data import TrainingData

from .problems import data, table, weights

Array: TypeAlias = NDArray[Any]

BATCHES = [(None, True), (8, True), (8, "batches"), (1, False)]


def settings(batch_size: int | None, shuffle: bool | str) -> list[Setting]:
    """Every optimizer, of lengths that differ."""
    return [
        Setting(name, 0.02, batch_size=batch_size, shuffle=shuffle, max_iter=9 + k % 3, tol=None,
                random_state=3)
        for k, name in enumerate(OPTIMIZERS)
    ]  # fmt: skip


@pytest.mark.parametrize(("batch_size", "shuffle"), BATCHES)
def test_advancing_in_pieces_is_advancing_at_once(batch_size: int | None, shuffle: bool | str) -> None:
    """However often a caller looks, the weights and the curves are bit for bit the same."""
    train = data()
    once, pieces = (Cohort(train, settings(batch_size, shuffle)) for _ in range(2))
    once.advance()
    while pieces.advance(2):
        assert np.isfinite(pieces.coef).all()
    assert np.array_equal(weights(once), weights(pieces))
    assert once.loss_curve(4) == pieces.loss_curve(4)
    assert once.n_iter.tolist() == [s.max_iter for s in once.settings]


@pytest.mark.parametrize(("batch_size", "shuffle"), BATCHES)
def test_those_that_are_kept_end_as_if_nobody_had_left(batch_size: int | None, shuffle: bool | str) -> None:
    """A pruned member stays as it was and the others don't notice."""
    train, kept = data(), np.arange(len(OPTIMIZERS)) % 3 == 0
    alone, pruned = (Cohort(train, settings(batch_size, shuffle)) for _ in range(2))
    alone.advance()
    pruned.advance(4)
    before = weights(pruned)
    pruned.keep(kept)
    assert not pruned.advance()
    np.testing.assert_allclose(weights(pruned)[kept], weights(alone)[kept], rtol=1e-10)
    assert np.array_equal(weights(pruned)[~kept], before[~kept])
    assert [r is StopReason.PRUNED for r in pruned.stop_reasons] == list(~kept)


def test_more_columns_than_a_block_train_as_few_do() -> None:
    """Blocks are no part of the result, nor is the order in which settings are given."""
    train = data()
    many = [
        Setting(OPTIMIZERS[k % 13], learning_rate=0.001 * (k + 1), max_iter=20, tol=None) for k in range(150)
    ]
    forwards, backwards = Cohort(train, many), Cohort(train, many[::-1])
    forwards.advance()
    backwards.advance()
    np.testing.assert_allclose(weights(backwards)[::-1], weights(forwards), rtol=1e-10)
    few = Cohort(train, many[70:75])
    few.advance()
    np.testing.assert_allclose(weights(few), weights(forwards)[70:75], rtol=1e-10)


@pytest.mark.parametrize("plan", ["rows", "auto"])
def test_a_validation_curve_is_the_error_on_those_rows(plan: str) -> None:
    """Its last point is the mean squared error of the final weights, from statistics or from rows."""
    X, y = table(30, seed=9)
    cohort = Cohort(data(), settings(None, True), validation=data(30, seed=9), plan=plan)
    cohort.advance()
    for k, (w, b) in enumerate(zip(cohort.coef, cohort.intercept, strict=True)):
        epoch, error = cohort.validation_curve(k)[-1]
        assert epoch == cohort.n_iter[k]
        assert error == pytest.approx(np.mean((X @ w + b - y) ** 2), rel=1e-9)


def test_settings_of_one_seed_share_their_batches_and_no_seed_is_one_of_its_own() -> None:
    """Equal settings of one random_state end alike; so do those that ask for none, within one cohort."""
    alike = [Setting("sgd", batch_size=4, max_iter=3, random_state=s) for s in (1, 1, 2, None, None)]
    cohort = Cohort(data(), alike)
    cohort.advance()
    a, b, c, d, e = weights(cohort)
    assert np.array_equal(a, b)
    assert np.array_equal(d, e)
    assert not np.array_equal(a, c)


def test_a_setting_out_of_bounds_is_refused_before_training() -> None:
    """The error names the hyper-parameter, whatever kind of value it is given."""
    for value in (-1.0, "fast", [0.1], None):
        with pytest.raises(ParameterError, match="learning_rate"):
            Cohort(data(), [Setting(learning_rate=value)])  # type: ignore[arg-type]


def end(array: Array) -> int:
    """Where in memory an array ends."""
    return int(array.__array_interface__["data"][0]) + array.nbytes


@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_column_on_its_own_has_memory_for_whole_vectors(optimizer: str, batch_size: int | None) -> None:
    """Also where its cohort goes on from what another process sent, and then to the same weights."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5))
    train = TrainingData(X, X.sum(axis=1) + rng.normal(size=60))
    setting = Setting(optimizer, learning_rate=0.01, batch_size=batch_size, max_iter=8, random_state=0)
    whole, begun, sent = (Cohort(train, [setting]) for _ in range(3))
    begun.advance(3)
    sent.take_up(pickle.loads(pickle.dumps(begun.progress)))
    for cohort in (whole, begun, sent):
        (block,) = cohort._groups[0].blocks
        for array in (block.w, block.s, block.h, block.clock):
            owner = array
            while owner.base is not None:
                owner = owner.base
            assert end(owner) - end(array) >= WIDTH - array.itemsize
        cohort.advance()
    assert np.array_equal(whole.coef, begun.coef)
    assert np.array_equal(whole.coef, sent.coef)
