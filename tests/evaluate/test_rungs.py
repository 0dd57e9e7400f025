"""Rungs: side by side to an epoch, some go on, and those come out as if nobody had been judged."""

import pickle
import time

import numpy as np
import pytest

from bigtrain.data import folds
from bigtrain.evaluate import CrossValidation
from bigtrain.evaluate.tasks import Suspended
from bigtrain.numerics.cohort import Cohort
from bigtrain.numerics.setting import Setting
from bigtrain.numerics.training_data import TrainingData
from bigtrain.records import OutOfTime, Trial, TrialState

SETTINGS = [
    {"optimizer": optimizer, "learning_rate": rate, "batch_size": batch, **more}
    for optimizer, rate, batch in (
        ("gd", 0.1, None), ("gd", 1e-3, None), ("adam", 0.02, 32), ("adam", 1e-4, 32), ("momentum", 0.01, 64),
        ("rmsprop", 0.01, None), ("gd", 1e3, None),
    )
    for more in ({}, {"features": "polynomial", "features__degree": 2})
]  # fmt: skip
"""Two preprocessings; the last optimizer diverges."""


class KeepBest:
    """Keeps so many of the best at each rung, and notes what it was shown."""

    def __init__(self, rungs, count):
        self.rungs, self.count, self.seen = rungs, count, {}

    def keep(self, epoch, values):
        self.seen[epoch] = dict(values)
        return set(sorted(values, key=values.get)[: self.count])


def crossvalidation(dataset, engine, scoring="rmse", **more):
    shared = {"max_iter": 60, "shuffle": "batches"}
    return CrossValidation(
        dataset, folds(len(dataset.y), 3, 5), seed=5, scoring=scoring, estimator=shared | more, engine=engine
    )


TRIALS = [Trial(number, {}, setting) for number, setting in enumerate(SETTINGS)]


@pytest.fixture(scope="module")
def judged(mixed, engine):
    judge = KeepBest((7, 20), 4)
    return judge, crossvalidation(mixed, engine).evaluate(TRIALS, judge)


@pytest.fixture(scope="module")
def unjudged(mixed, engine):
    return crossvalidation(mixed, engine).evaluate(TRIALS)


def test_survivors_come_out_as_if_nobody_had_been_judged(judged, unjudged):
    """To rounding."""
    survivors = [n for n, outcome in enumerate(judged[1]) if outcome.state is TrialState.COMPLETE]
    assert len(survivors) == 4
    for n in survivors:
        assert judged[1][n].metrics == pytest.approx(unjudged[n].metrics, rel=1e-9)


@pytest.mark.parametrize("scoring", ["rmse", "mae", "r2"])
def test_what_is_judged_is_the_mean_validation_score_at_that_epoch(mixed, engine, scoring):
    """It is what a training that ends there would score, of all that are still in it."""
    judge = KeepBest((7, 20), 4)
    crossvalidation(mixed, engine, scoring).evaluate(TRIALS, judge)
    for epoch, trials in ((7, 12), (20, 4)):
        ended = crossvalidation(mixed, engine, max_iter=epoch).evaluate(TRIALS)
        assert len(judge.seen[epoch]) == trials
        for number, value in judge.seen[epoch].items():
            assert value == pytest.approx(ended[number].metrics[f"cv_{scoring}"], rel=1e-9)


def test_who_is_out_is_pruned_with_what_was_seen_of_it(judged):
    """Its rungs, its state, and its curve so far."""
    judge, outcomes = judged
    assert set(judge.seen[7]) == set(range(12))  # the two that diverged are not shown
    assert len(judge.seen[20]) == 4 if judge.count == 4 else None
    for number, outcome in enumerate(outcomes[:12]):
        assert outcome.rungs == {e: v[number] for e, v in judge.seen.items() if number in v}
        if number not in judge.seen[20]:
            assert outcome.state is TrialState.PRUNED
            assert outcome.values is None
            assert outcome.reason == "pruned at epoch 7"
            assert set(outcome.metrics) == {"n_iter", "n_features"}  # half a training has no scores
            assert outcome.curves["val_rmse"][-1][0] == 7
    assert {outcome.state for outcome in outcomes[12:]} == {TrialState.FAIL}


def test_nobody_left_is_no_error(mixed, engine):
    """A judge who keeps nothing has everything pruned."""
    outcomes = crossvalidation(mixed, engine).evaluate(TRIALS[:3], KeepBest((5, 10), 0))
    assert {outcome.state for outcome in outcomes} == {TrialState.PRUNED}


def test_families_without_epochs_are_not_judged(mixed, engine):
    """They run to their end beside those that are."""
    trials = [*TRIALS[:3], Trial(3, {}, {"estimator": "ridge"})]
    judge = KeepBest((5,), 1)
    outcomes = crossvalidation(mixed, engine).evaluate(trials, judge)
    assert set(judge.seen[5]) == {0, 1, 2}
    assert outcomes[3].state is TrialState.COMPLETE


def test_a_deadline_ends_a_cohort_between_epochs(mixed, engine):
    """Nothing is kept, and it doesn't wait for an end that would take hours."""
    endless = [Trial(0, {}, {"max_iter": 10**7, "tol": None, "loss": "huber", "batch_size": 1})]
    began = time.monotonic()
    with pytest.raises(OutOfTime):
        crossvalidation(mixed, engine).evaluate(endless, until=began + 1.0)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("loss", ["squared", "huber"])
def test_a_cohort_that_has_travelled_goes_on_to_the_same_bits(batch_size, loss):
    """Between two rungs it may go to another process, and takes everything with it but the rows."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 4))
    data = TrainingData(X[:60], X[:60] @ [1.0, 2.0, 0.0, -1.0])
    validation = TrainingData(X[60:], X[60:] @ [1.0, 2.0, 0.0, -1.0])
    settings = [
        Setting(o, 0.01, batch_size=batch_size, loss=loss, max_iter=40, random_state=1, early_stopping=early)
        for o in ("adam", "momentum", "rmsprop") for early in (False, True)
    ]  # fmt: skip
    fold = type("Fold", (), {"train": data, "validation": validation})
    stay, leave = (Cohort(data, settings, validation=validation) for _ in range(2))
    for epochs in (6, 9):
        stay.advance(epochs)
        leave.advance(epochs)
        leave = pickle.loads(pickle.dumps(Suspended(leave))).resume(fold, settings, 1)
        kept = np.arange(6) != epochs % 5
        stay.keep(kept)
        leave.keep(kept)
    stay.advance()
    leave.advance()
    assert np.array_equal(stay.coef, leave.coef)
    assert stay.stop_reasons == leave.stop_reasons
    assert [stay.validation_curve(k) for k in range(6)] == [leave.validation_curve(k) for k in range(6)]
