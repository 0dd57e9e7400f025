"""Several objectives: the front by definition, the champion by its rule."""

from hypothesis import given
from hypothesis import strategies as st

from bigtrain.ranking import best_first, pareto_front
from bigtrain.records import TrialRecord, TrialState

VALUES = st.lists(
    st.none() | st.tuples(st.integers(-3, 6).map(float), st.integers(0, 5).map(float)),
    min_size=1,
    max_size=25,
)


def records(values):
    states = [TrialState.FAIL if v is None else TrialState.COMPLETE for v in values]
    return [
        TrialRecord(n, state, {}, {}, v, {}, {}, {}, None, (), 0, 0)
        for n, (state, v) in enumerate(zip(states, values, strict=True))
    ]


@given(values=VALUES)
def test_the_front_is_what_nothing_dominates(values):
    """By its definition, pair by pair; of equal trials the first."""
    known = [(n, v) for n, v in enumerate(values) if v is not None]

    def beaten(n, v):
        better = [w for _, w in known if w[0] <= v[0] and w[1] <= v[1] and w != v]
        return better or any(w == v and m < n for m, w in known)

    front = pareto_front(("cv_rmse", "n_features"), records(values))
    assert {r.number for r in front} == {n for n, v in known if not beaten(n, v)}


@given(values=VALUES, within=st.sampled_from([0.0, 0.5, 1.0]))
def test_the_champion_is_the_simplest_of_the_nearly_best(values, within):
    """Of all within the share of the best first value the fewest features, then the best, then first."""
    known = [(v, n) for n, v in enumerate(values) if v is not None]
    ranked = best_first(("cv_rmse", "n_features"), records(values), within)
    assert sorted(r.number for r in ranked) == sorted(n for _, n in known)
    if known:
        best = min(v[0] for v, _ in known)
        near = [(v[1], v[0], n) for v, n in known if v[0] <= best + within * abs(best)]
        assert ranked[0].number == min(near)[2]


@given(values=VALUES)
def test_of_one_objective_the_best_is_first(values):
    """In its own direction, of equals the earliest."""
    single = [None if v is None else v[:1] for v in values]
    for objective, sign in (("cv_rmse", 1), ("cv_r2", -1)):
        expected = sorted((sign * v[0], n) for n, v in enumerate(single) if v is not None)
        assert [r.number for r in best_first((objective,), records(single))] == [n for _, n in expected]
