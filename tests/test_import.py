"""What is imported when: a command must answer before anything slow is loaded."""

import subprocess
import sys

import pytest

from bigtrain.data import load_dataset
from bigtrain.errors import NoInputError

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


@pytest.mark.parametrize("path", ["tabel.csv", "nowhere/table.csv", ".", "https://example.org/table.csv"])
def test_a_file_that_is_not_there_is_told_before_anything_slow_is_imported(path, tmp_path, monkeypatch):
    """In the words of whoever would have read it, seconds later."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("x,y\n1,2\n")
    with pytest.raises(NoInputError) as caught:
        load_dataset("csv", path=path, target="y")
    script = "import atexit, sys; atexit.register(lambda: print(*sys.modules)); from bigtrain import sweep"
    command = [
        sys.executable,
        "-c",
        f"{script}; sweep.main()",
        "data=csv",
        f"data.path={path}",
        "data.target=y",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (66, f"error: {caught.value}\n")
    assert not {"mlflow", "optuna", "numba", "sklearn", "pandas"} & set(done.stdout.split())
