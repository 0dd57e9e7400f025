"""What is imported when: a command must answer before anything slow is loaded."""

import subprocess
import sys

import pytest

LOADED = "import sys; {}; print(*sorted(sys.modules))"


def loaded_by(statement):
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(statement)], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import bigtrain", {"mlflow", "optuna", "hydra", "numba", "sklearn", "pandas", "numpy"}),
        ("from bigtrain import GradientRegressor", {"mlflow", "optuna", "hydra"}),
        ("import bigtrain.report.drawing", {"mlflow", "optuna", "numba", "sklearn", "pandas", "sqlalchemy"}),
        (
            "from bigtrain.tracking import has_finished, refuse_if_held",
            {"mlflow", "optuna", "pandas", "numpy"},
        ),
        ("import bigtrain.sweep", {"mlflow", "optuna", "numba", "sklearn", "pandas", "numpy", "sqlalchemy"}),
    ],
)
def test_nothing_slow_is_imported_before_it_is_needed(statement, unwanted):
    """A name of the list would make the user wait for what isn't used yet."""
    assert not unwanted & loaded_by(statement)
