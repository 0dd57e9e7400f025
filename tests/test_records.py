"""What is recorded of a trial is enough to rebuild it."""

from hypothesis import given
from hypothesis import strategies as st

from bigtrain.records import FinishedTrial, Outcome, Trial, TrialRecord, TrialState

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), NUMBERS, st.text(max_size=8))
PARAMS = st.dictionaries(st.text(min_size=1, max_size=8), VALUES, max_size=4)


@given(
    params=PARAMS,
    settings=PARAMS,
    attrs=PARAMS,
    state=st.sampled_from(TrialState),
    values=st.none() | st.tuples(NUMBERS),
    rungs=st.dictionaries(st.integers(1, 10**6), NUMBERS, max_size=3),
    reason=st.none() | st.text(max_size=20),
)
def test_a_record_survives_json(params, settings, attrs, state, values, rungs, reason):
    """Reading what was written gives the same record, to the last bit of every number."""
    metrics = {"cv_rmse": 0.1 + 0.2, "fold_0_rmse": 1.0}
    outcome = Outcome(state, values, metrics, rungs=rungs, reason=reason, stop_reasons=("converged",))
    record = FinishedTrial(Trial(7, params, settings, attrs), outcome, 1, 2).record
    assert TrialRecord.from_json(record.to_json()) == record


def test_only_means_over_folds_are_in_the_record():
    """The record stays small: scores of single folds are metrics of the run, not part of the record."""
    outcome = Outcome(TrialState.COMPLETE, (1.0,), {"cv_rmse": 1.0, "fold_0_rmse": 1.0})
    assert FinishedTrial(Trial(0, {}, {}), outcome, 1, 2).record.scores == {"cv_rmse": 1.0}


def test_a_later_version_may_add_keys():
    """Unknown keys are ignored when a record is read."""
    record = FinishedTrial(Trial(0, {}, {}), Outcome(TrialState.FAIL, reason="diverged"), 1, 2).record
    assert TrialRecord.from_json('{"new":1,' + record.to_json()[1:]) == record
