"""What a page says in words follows from the numbers, and each sentence has one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bigtrain.config.app import compose
from bigtrain.records import TrialRecord, TrialState
from bigtrain.report.findings import find, limit_of_failure
from bigtrain.report.material import Material
from bigtrain.report.observations import Observations
from bigtrain.tracking import SweepState

CONFIG = compose(["space.optimizer=adam"])
RATE = next(name for name in CONFIG.space.knobs if name.endswith("learning_rate"))
LOW = CONFIG.space.knobs[RATE].low  # type: ignore[union-attr]


def trial(number: int, value: float | None, rate: float = 0.01, **more: Any) -> TrialRecord:
    """A trial of Adam's, failed where it has no value."""
    settings = {"optimizer": "adam", "learning_rate": rate, "l1": 1e-4, **more}
    return TrialRecord(
        number=number,
        state=TrialState.FAIL if value is None else TrialState.COMPLETE,
        params={RATE: rate, "l1": 1e-4},
        settings=settings,
        values=None if value is None else (value,),
        scores={} if value is None else {"cv_rmse": value},
        rungs={},
        system_attrs={},
        reason=None,
        stop_reasons=("The objective improved by less than tol for n_iter_no_change epochs.",) * 3,
        started_ms=0,
        ended_ms=1,
    )


RECORDS = [trial(n, 2.0 + (n - 4) ** 2 / 100) for n in range(40)]
SEEN = Observations("y", [1.0], [1.0], [], {}, {"a": 0.5, "copy": -0.9995})


def material(
    records: list[TrialRecord] = RECORDS,
    best: int = 4,
    folds: tuple[float, ...] = (1.99, 2.0, 2.01),
    observed: Observations | None = None,
    **metrics: float,
) -> Material:
    """A sweep whose best trial is the fifth, better than Ridge, and good on the holdout."""
    own = {"baseline_ridge_cv_rmse": 2.5, "holdout_rmse": 2.0, **metrics}
    state = SweepState("id", "FINISHED", {}, records, {}, own)
    return Material(CONFIG, "", state, next(r for r in records if r.number == best), {}, folds, observed)


AT_EDGE = [replace(r, params={**r.params, RATE: LOW * 1.01}) for r in RECORDS]
OUT_OF_EPOCHS = [replace(r, stop_reasons=("max_iter epochs were done", "tol", "max_iter …")) for r in RECORDS]
DIVERGED = [*RECORDS, *(trial(40 + n, None if n % 5 else 2.4, 0.1 + n / 1000) for n in range(20))]


@pytest.mark.parametrize(
    ("material", "said"),
    [
        (material(AT_EDGE), "lies at the low end of its range (0.001)"),
        (material(), "20.0% better than Ridge at its defaults: cv_rmse 2 against 2.5."),
        (material(), "Holds on rows that nothing has seen: RMSE 2 on the holdout, 2 over the folds."),
        (
            material(baseline_ridge_cv_rmse=1.9),
            "No better than Ridge at its defaults: cv_rmse 2 against 1.9.",
        ),
        (material(folds=(1.0, 2.0, 3.0)), "their RMSE spreads by 0.8165, the gain over Ridge is 0.5."),
        (material(holdout_rmse=2.1), "Worse on new rows than promised: RMSE 2.1 on the holdout"),
        (material(observed=SEEN), "The column copy is all but the target (correlation -0.9995)"),
        (material(OUT_OF_EPOCHS), "The best trial ran out of epochs in 2 of 3 folds"),
        (material(DIVERGED), "of all trials failed (16)."),
        (material(DIVERGED), "trials with learning_rate ≥ 0.101 failed, and 0 of 41 below it"),
        (material(RECORDS[:5] + [trial(n, 3.0 - n / 100) for n in range(5, 40)], 39), "came late (40 of 40)"),
    ],
)
def test_what_the_numbers_say_is_said(material: Material, said: str) -> None:
    """Each state of affairs has its sentence, with its number."""
    assert said in "\n".join(finding.text for finding in find(material))


@pytest.mark.parametrize(
    "unsaid",
    ["No better", "spreads", "Worse", "all but the target", "epochs", "failed", "late", "end of its"],
)
def test_what_they_do_not_say_is_not(unsaid: str) -> None:
    """A sweep with nothing wrong is not told that there is."""
    assert unsaid not in "\n".join(finding.text for finding in find(material()))


def test_warnings_come_first() -> None:
    """What has to be looked at stands above what is well."""
    weights = [finding.weight.value for finding in find(material(DIVERGED, observed=SEEN))]
    assert weights == sorted(weights, key=["warning", "good", "note"].index)
    assert len(set(weights)) == 3


@pytest.mark.parametrize(
    ("failing", "limit"),
    [(set(), None), ({1, 2}, None), ({7, 8, 9}, 0.7), ({5, 7, 8, 9}, 0.5), ({6, 7, 9}, 0.6)],
)
def test_the_rate_that_splits_best(failing: set[int], limit: float | None) -> None:
    """From the limit on most trials failed, and most that failed are there."""
    trials = [trial(n, None if n in failing else 2.0, n / 10) for n in range(10)]
    assert limit_of_failure(trials) == limit
