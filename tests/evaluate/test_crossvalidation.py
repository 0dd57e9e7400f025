"""Cross-validation of a cohort is honest, and the same however it is run."""

from concurrent.futures import CancelledError, ThreadPoolExecutor
from itertools import takewhile

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold, cross_validate
from sklearn.pipeline import make_pipeline

from bigtrain.data import folds, load_dataset
from bigtrain.evaluate import CrossValidation
from bigtrain.evaluate.fold import Fold
from bigtrain.evaluate.outcomes import CURVE_POINTS, mean_curve
from bigtrain.evaluate.preprocessing import make_preprocessor
from bigtrain.evaluate.recipe import Recipe
from bigtrain.evaluate.tasks import CohortTask
from bigtrain.evaluate.workbench import Workbench
from bigtrain.numerics.setting import Setting
from bigtrain.records import Trial, TrialState
from bigtrain.shared import Shared

EXACT = {"optimizer": "gd", "learning_rate": 0.4, "batch_size": None, "max_iter": 20_000, "tol": None}
SETTINGS = [
    {"optimizer": "gd", "learning_rate": 0.1, "batch_size": None, "l2": 0.01},
    {"optimizer": "adam", "learning_rate": 0.02, "batch_size": 32, "l1": 0.01},
    {"optimizer": "momentum", "learning_rate": 0.01, "momentum": 0.8, "batch_size": 64},
    {"optimizer": "rmsprop", "learning_rate": 0.01, "batch_size": None},
]
SHARED = {"max_iter": 30, "shuffle": "batches"}


def crossvalidation(dataset, engine, cv=4, **overrides):
    arguments = {"seed": 5, "scoring": "rmse", "estimator": SHARED, "engine": engine} | overrides
    return CrossValidation(dataset, folds(len(dataset.y), cv, 5), **arguments)


def trials(settings):
    return [Trial(number, {}, setting) for number, setting in enumerate(settings)]


def test_scores_are_those_of_scikit_learn(mixed, engine):
    """Gradient descent to its end, fold by fold, is least squares in a scikit-learn pipeline."""
    (outcome,) = crossvalidation(mixed, engine).evaluate(trials([EXACT]))
    same = KFold(4, shuffle=True, random_state=5)
    pipeline = make_pipeline(make_preprocessor(mixed), LinearRegression())
    scoring = {"rmse": "neg_root_mean_squared_error", "mae": "neg_mean_absolute_error", "r2": "r2"}
    expected = cross_validate(pipeline, mixed.X, mixed.y, cv=same, scoring=scoring)
    for metric, sign in (("rmse", -1), ("mae", -1), ("r2", 1)):
        by_fold = sign * expected[f"test_{metric}"]
        assert by_fold == pytest.approx([outcome.metrics[f"fold_{i}_{metric}"] for i in range(4)], rel=1e-5)
        assert by_fold.mean() == pytest.approx(outcome.metrics[f"cv_{metric}"], rel=1e-5)


def test_no_bit_depends_on_what_a_worker_already_holds(mixed, engine):
    """Statistics that somebody else has computed before change no score and no curve."""
    row_by_row = {"optimizer": "adam", "learning_rate": 0.02, "batch_size": 32, "shuffle": True}
    new, used = crossvalidation(mixed, engine), crossvalidation(mixed, engine)
    for fold in used.folds:
        assert fold.train.statistics.weight > fold.validation.statistics.weight
    (outcome,) = new.evaluate(trials([row_by_row]))
    assert outcome.state is TrialState.COMPLETE
    assert used.evaluate(trials([row_by_row])) == [outcome]


def test_a_cohort_scores_as_its_members_alone(mixed, engine):
    """Who else is in the cohort changes nothing but the rounding."""
    validation = crossvalidation(mixed, engine)
    together = validation.evaluate(trials(SETTINGS))
    alone = [validation.evaluate(trials([setting]))[0] for setting in SETTINGS]
    for a, b in zip(alone, together, strict=True):
        assert a.metrics == pytest.approx(b.metrics, rel=1e-9)
        assert [e for e, _ in a.curves["val_rmse"]] == [e for e, _ in b.curves["val_rmse"]]


def test_the_number_of_workers_changes_nothing(mixed):
    """One thread or four, the same to the last bit."""
    outcomes = []
    for workers in (1, 4):
        with ThreadPoolExecutor(workers) as pool:
            outcomes.append(crossvalidation(mixed, pool).evaluate(trials(SETTINGS)))
    assert outcomes[0] == outcomes[1]


def test_the_held_out_part_teaches_nothing(mixed):
    """Whatever stands in the validation rows, what was learned from the others is the same."""
    rows = np.arange(len(mixed.y))
    train, test = rows[:180], rows[180:]
    altered = mixed.X.copy()
    altered.loc[test, "big"] = 1e9
    altered.loc[test, "colour"] = "violet"
    other = type(mixed)(**{**vars(mixed), "X": altered, "y": np.where(rows >= 180, 1e6 + rows, mixed.y)})
    before, after = Fold(mixed, train, test), Fold(other, train, test)
    assert np.array_equal(before.X_train, after.X_train)
    assert before.scale == after.scale


def test_divergence_is_a_failed_trial_with_its_reason(diabetes, engine):
    """A rate far too high is FAIL, says which fold, and leaves no number behind that isn't finite."""
    wild = {"optimizer": "gd", "learning_rate": 1e3, "batch_size": None}
    outcome, healthy = crossvalidation(diabetes, engine).evaluate(trials([wild, SETTINGS[0]]))
    assert outcome.state is TrialState.FAIL
    assert outcome.values is None
    assert "fold 0" in outcome.reason
    assert "diverged" in outcome.reason
    assert all(np.isfinite(v) for v in outcome.metrics.values())
    assert all(np.isfinite(v) for _, v in outcome.curves["val_rmse"])
    assert healthy.state is TrialState.COMPLETE


def test_a_fold_without_r2_is_scored_all_the_same(tmp_path, engine):
    """Where a fold's target is constant R² has no value, and the trial is as good as its other scores."""
    rows = "\n".join(f"{np.sin(i)},{5.0 if i in (3, 30) else 0.0}" for i in range(60))
    path = tmp_path / "zeros.csv"
    path.write_text(f"x,y\n{rows}")
    dataset = load_dataset("csv", path=str(path), target="y")
    (outcome,) = crossvalidation(dataset, engine, cv=10).evaluate(trials(SETTINGS[:1]))
    assert outcome.state is TrialState.COMPLETE
    assert outcome.values == (outcome.metrics["cv_rmse"],)
    assert "cv_r2" not in outcome.metrics
    assert np.isfinite(list(outcome.metrics.values())).all()


def test_as_many_folds_as_rows(diabetes, engine):
    """Leaving one row out at a time has an error, though no R²."""
    few = np.arange(30)
    parts = [(np.delete(few, i), few[i : i + 1]) for i in few]
    validation = CrossValidation(diabetes, parts, seed=0, scoring="rmse", estimator=SHARED, engine=engine)
    (outcome,) = validation.evaluate(trials(SETTINGS[:1]))
    assert outcome.state is TrialState.COMPLETE


def test_a_column_that_a_fold_lacks_changes_no_shape(tmp_path, engine):
    """All known cells of a column in one validation part: the others learn without it, and without a word."""
    rows = "\n".join(f"{np.sin(i)},{i if i in (4, 17) else ''},{i % 7}" for i in range(40))
    path = tmp_path / "holes.csv"
    path.write_text(f"x,rare,y\n{rows}")
    dataset = load_dataset("csv", path=str(path), target="y")
    everything = np.arange(40)
    test = np.array([4, 17, 20])
    fold = Fold(dataset, np.setdiff1d(everything, test), test)
    assert fold.X_train.shape[1] == fold.X_test.shape[1] == 2


def test_a_training_that_is_not_wanted_any_more_ends(mixed):
    """Once told to stop, a fold gives up between epochs instead of training to its end."""
    rows = np.arange(len(mixed.y))
    bench = Workbench(mixed, [(rows[:180], rows[180:])], seed=0)
    bench.stop.set()
    endless = Setting(max_iter=10**6, tol=None)
    with pytest.raises(CancelledError):
        CohortTask(Shared(bench), 0, Recipe.of({}).steps, (endless,), "rmse")()


@pytest.mark.parametrize("scoring", ["rmse", "mae", "r2"])
def test_the_value_is_the_metric_that_was_asked_for(diabetes, engine, scoring):
    """`scoring` decides which mean over the folds is the trial's value."""
    (outcome,) = crossvalidation(diabetes, engine, scoring=scoring).evaluate(trials(SETTINGS[:1]))
    assert outcome.values == (outcome.metrics[f"cv_{scoring}"],)


def test_the_curve_ends_at_the_score(diabetes, engine):
    """The last point of the validation curve is the cross-validated error of the finished model."""
    (outcome,) = crossvalidation(diabetes, engine).evaluate(trials(SETTINGS[:1]))
    assert outcome.metrics["cv_rmse"] == pytest.approx(outcome.curves["val_rmse"][-1][1], rel=1e-6)


def curve(*values):
    """A curve with a value at each epoch from the first."""
    return np.arange(1, len(values) + 1), np.array(values)


def test_a_mean_curve_keeps_the_last_value_of_a_fold_that_ended():
    """A model that stopped learning stays what it is while others go on."""
    mean = mean_curve([curve(4.0, 2.0), curve(2.0, 2.0, 0.0)])
    assert mean == [(1, 3.0), (2, 2.0), (3, 1.0)]


def plainly_mean(curves):
    """What `mean_curve` says it is, an epoch and a fold at a time."""
    if not all(len(epochs) for epochs, _ in curves):
        return []
    known = [dict(zip(epochs.tolist(), values.tolist(), strict=True)) for epochs, values in curves]
    shown = [e for e in sorted(set().union(*known)) if all(e in fold or e > max(fold) for fold in known)]
    if len(shown) > CURVE_POINTS:
        shown = [shown[round(i * (len(shown) - 1) / (CURVE_POINTS - 1))] for i in range(CURVE_POINTS)]
    latest = [[fold[max(e for e in fold if e <= epoch)] for epoch in shown] for fold in known]
    with np.errstate(invalid="ignore"):
        means = np.mean(latest, axis=0).tolist()
    return list(takewhile(lambda point: np.isfinite(point[1]), zip(shown, means, strict=True)))


@pytest.mark.parametrize("seed", range(40))
def test_a_mean_curve_is_what_it_is_point_by_point(seed):
    """To the last bit, wherever the folds end, were looked at, or leave the finite numbers."""
    rng = np.random.default_rng(seed)
    looks = np.unique(rng.integers(1, rng.choice([30, 400]), rng.choice([12, 300])))
    curves = []
    for _ in range(rng.choice([1, 2, 5, 20])):
        end = rng.choice([rng.integers(1, 450), looks[-1]])
        epochs = np.append(looks[(looks < end) & (rng.random(len(looks)) < rng.choice([0.95, 1.0]))], end)
        values = rng.normal(size=len(epochs))
        values[rng.random(len(epochs)) < rng.choice([0.0, 0.0, 0.05])] = rng.choice([np.inf, np.nan])
        curves.append((epochs, values))
    assert plainly_mean(curves) == mean_curve(curves)


def test_a_long_curve_is_thinned():
    """However long the training, a curve has a bounded number of points, the last epoch among them."""
    mean = mean_curve([curve(*(1.0 / epoch for epoch in range(1, 5001)))])
    assert len(mean) <= CURVE_POINTS
    assert mean[-1] == (5000, 1 / 5000)


def test_a_curve_ends_before_it_stops_being_finite():
    """What is recorded of a divergence is the finite part."""
    assert mean_curve([curve(1.0, float("inf"), 1.0)]) == [(1, 1.0)]
