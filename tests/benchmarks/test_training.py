"""`python -m benchmarks training --quick` prints every table with every row, on tiny sizes."""

from __future__ import annotations

import pytest

from tests.benchmarks.printing import missing, printed

PROMISED = {
    "Mini-batch settings of mixed optimizers": ("batch-gram", "≥ 300×", "rows, fixed batches", "≥ 80×"),
    "Plain SGD": ("≥ 25×", "1, batch_size=1", "1, batch_size=32", "1, batch_size=256"),
    "Time to the optimum": ("SGDRegressor,", "≥ 5×"),
    "A sweep, from raw rows to scores": ("JAX", "≥ 1.5×", "≤ 1.2×", "≤ 8×", "one fit of ours"),
    "The same best score as the exact answer": (
        "ridge, eigendecomposition",
        "lasso, coordinate descent",
        "1e-3",
    ),
    "Growth": ("full batch", "batches of", "time / floor"),
    "Compilation": ("first,", "later,", "≤ 10 s", "≤ 0.5 s"),
    "Specialists, one fit each": ("Ridge", "LassoCV", "skglm", "Vowpal Wabbit", "SGDRegressor", "ElasticNet"),
}


@pytest.mark.parametrize("title", PROMISED)
def test_every_promised_row_is_there(title: str) -> None:
    """Each table has its title and names each thing it promised to compare; absent rivals say so."""
    assert missing("training", title, PROMISED[title]) == []


def test_the_machine_is_named() -> None:
    """The figures come with the processor and the versions they belong to."""
    assert "cores" in printed("training")
    assert "scikit-learn" in printed("training")
