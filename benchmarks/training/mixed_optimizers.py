"""Many settings of mixed optimizers on mini-batches, against fits one by one."""

from __future__ import annotations

from sklearn.linear_model import SGDRegressor

from benchmarks.table import Table, times
from benchmarks.timing import side_by_side
from benchmarks.training.sweep import product_peak
from benchmarks.training.workloads import mixed_settings, table
from bigtrain import fit_cohort


def run(quick: bool) -> Table:
    """Time 64 settings under each plan beside one fit of 10 epochs."""
    n, count, epochs = (600, 12, 2) if quick else (20_640, 64, 10)
    X, y = table(n, 9)
    fixed = mixed_settings(count, batch_size=256, max_iter=epochs, shuffle="batches")
    fresh = mixed_settings(count, batch_size=256, max_iter=epochs, shuffle=True)
    timings = side_by_side(
        {
            "default": lambda: SGDRegressor(max_iter=epochs, tol=None, random_state=0).fit(X, y),
            "no penalty": lambda: SGDRegressor(max_iter=epochs, tol=None, penalty=None, random_state=0).fit(
                X, y
            ),
            "batch-gram": lambda: fit_cohort(X, y, fixed, plan="batch_gram"),
            "rows, fixed batches": lambda: fit_cohort(X, y, fixed, plan="rows"),
            "rows, rows drawn afresh": lambda: fit_cohort(X, y, fresh, plan="rows"),
            "auto, fixed batches": lambda: fit_cohort(X, y, fixed),
            "auto, rows drawn afresh": lambda: fit_cohort(X, y, fresh),
        },
        rounds=1 if quick else 15,
    )
    rival = timings.best("default", "no penalty")
    operations = 4 * 10 * n * epochs  # a prediction and a slope by 9 features and the intercept
    floor = operations / product_peak()
    bars = {
        "batch-gram": "≥ 300×",
        "rows, fixed batches": "≥ 80×",
        "rows, rows drawn afresh": "≥ 80×",
        "auto, rows drawn afresh": "≥ 80×",
    }
    return Table(
        title="Mini-batch settings of mixed optimizers",
        compared=f"{count} settings over 12 optimizers with l1 and l2, {n:,} × 9 rows, {epochs} epochs of "
        "batch 256, a whole `fit_cohort` from raw rows; per setting, against one `SGDRegressor` fit of "
        f"{epochs} epochs at its fastest (here: {rival}).",
        differs="`SGDRegressor` takes a step per row, a batch of 256 one per 256 rows: the work per epoch "
        "is the same pass over the rows, the progress per epoch is not (see the time to the optimum). On "
        f"rows a setting's products alone are {operations / 1e6:.3g} million operations, {floor * 1e3:.2g} "
        f"ms at the speed of a large matrix product here: {times(timings.median(rival) / floor)} at most.",
        rows=[
            {
                "plan": plan,
                "ms a setting": timings.median(plan) * 1e3 / count,
                "SGDRegressor, ms": timings.median(rival) * 1e3,
                "ratio": times(timings.ratio(rival, plan) * count),
                "bar": bars.get(plan),
            }
            for plan in timings.seconds
            if plan not in ("default", "no penalty")
        ],
    )
