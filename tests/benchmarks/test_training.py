"""`python -m benchmarks training --quick` prints every table with every row, on tiny sizes."""

from __future__ import annotations

import pytest

from benchmarks.training import TABLES
from tests.benchmarks.printing import lacking, made, missing, printed

PROMISED = {
    "mixed_optimizers": (
        "Mini-batch settings of mixed optimizers",
        ("batch-gram", "≥ 300×", "rows, fixed batches", "≥ 80×", "auto, rows drawn afresh"),
    ),
    "per_sample": ("Plain SGD", ("≥ 25×", "1, batch_size=1", "1, batch_size=32", "1, batch_size=256")),
    "time_to_optimum": ("Time to the optimum", ("SGDRegressor,", "≥ 5×")),
    "sweep": ("A sweep, from raw rows to scores", ("JAX", "≥ 1.5×", "≤ 1.2×", "≤ 8×", "one fit of ours")),
    "all_cores": ("The same sweep on all cores", ("bigtrain", "JAX", "≥ 1.5×")),
    "exact_answer": (
        "The same best score as the exact answer",
        ("ridge, eigendecomposition", "lasso, coordinate descent", "1e-3"),
    ),
    "growth": ("Growth", ("full batch", "batches of", "time / floor")),
    "compilation": ("Compilation", ("first,", "later,", "≤ 10 s", "≤ 0.5 s")),
    "specialists": (
        "Specialists, one fit each",
        ("Ridge", "LassoCV", "skglm", "Vowpal Wabbit", "SGDRegressor", "ElasticNet"),
    ),
}


@pytest.mark.parametrize("table", [name for name in PROMISED if name != "compilation"])
def test_every_promised_row_is_there(table: str) -> None:
    """Each table has its title and names each thing it promised to compare; absent rivals say so."""
    assert lacking(made("training", table), *PROMISED[table]) == []


@pytest.mark.slow
@pytest.mark.parametrize("table", PROMISED)
def test_every_promised_row_is_printed(table: str) -> None:
    """By the command, compilation's too, which compiles all kernels anew."""
    assert missing("training", *PROMISED[table]) == []


def test_every_table_has_its_promise() -> None:
    """In the order in which the command prints them."""
    assert tuple(PROMISED) == TABLES


@pytest.mark.slow
def test_the_machine_is_named() -> None:
    """The figures come with the processor and the versions they belong to."""
    said = printed("training", "--only", "exact_answer")
    assert lacking(said, *PROMISED["exact_answer"]) == []
    assert "cores" in said
    assert "scikit-learn" in said
