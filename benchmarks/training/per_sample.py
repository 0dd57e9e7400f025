"""Plain SGD: many settings on single rows, and one setting over batch sizes."""

from __future__ import annotations

from functools import partial

from sklearn.linear_model import SGDRegressor

from benchmarks.table import Cell, Table, times
from benchmarks.timing import side_by_side
from benchmarks.training.workloads import plain_sgd, table
from bigtrain import GradientRegressor, fit_cohort


def run(quick: bool) -> Table:
    """Time 64 columns of batch 1, then one column of batch 1, 32 and 256."""
    n, count, epochs = (400, 8, 2) if quick else (20_640, 64, 10)
    X, y = table(n, 9)
    many = plain_sgd(count, max_iter=epochs)
    common = {"optimizer": "sgd", "learning_rate": 1e-3, "max_iter": epochs, "tol": None, "random_state": 0}
    rivals = {
        "invscaling": lambda: SGDRegressor(max_iter=epochs, tol=None, random_state=0).fit(X, y),
        "constant, no penalty": lambda: SGDRegressor(
            max_iter=epochs, tol=None, penalty=None, learning_rate="constant", eta0=1e-3, random_state=0
        ).fit(X, y),
    }
    ones = {size: GradientRegressor(**common, batch_size=size) for size in (1, 32, 256)}
    sides = {f"1, batch_size={size}": partial(one.fit, X, y) for size, one in ones.items()}
    together = f"{count}, batch_size=1"
    timings = side_by_side(
        {**rivals, together: lambda: fit_cohort(X, y, many), **sides}, rounds=1 if quick else 15
    )
    rival = timings.best(*rivals)
    bars = {
        together: "≥ 25×",
        "1, batch_size=1": "≥ 1×",
        "1, batch_size=32": "> 1×",
        "1, batch_size=256": "> 1×",
    }

    def row(side: str) -> dict[str, Cell]:
        settings = count if side == together else 1
        seconds = timings.median(side)
        return {
            "settings": side,
            "ms a setting": seconds * 1e3 / settings,
            "million samples × models a second": n * epochs * settings / seconds / 1e6,
            "SGDRegressor, ms": timings.median(rival) * 1e3,
            "ratio": times(timings.ratio(rival, side) * settings),
            "bar": bars[side],
        }

    return Table(
        title="Plain SGD",
        compared=f"{n:,} × 9 rows, {epochs} epochs, rows drawn afresh each epoch, whole fits; per setting, "
        f"against `SGDRegressor` at its fastest (here: {rival}).",
        differs="With batch_size=1 both take the same steps; larger batches take fewer.",
        rows=[row(side) for side in (together, *sides)],
    )
