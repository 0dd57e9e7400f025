"""Laws of synthetic rows: each lies between two real ones."""

import numpy as np
import pandas as pd
import pytest

from bigtrain.distillation.neighbours import NEAREST, between
from tests.deploy.pipelines import CATEGORIES, NUMBERS, table

ROWS, _ = table()


def test_rows_lie_between_neighbours() -> None:
    """On a line, between a place and one of its nearest; at most as far as the nearest few are."""
    line = pd.DataFrame({"x": np.arange(30.0), "twice": 2 * np.arange(30.0)})
    made = between(line, ["x", "twice"], 500, 0)
    np.testing.assert_allclose(made["twice"], 2 * made["x"])
    assert made["x"].between(0, 29).all()
    assert len(np.unique(made["x"])) == 500
    assert np.abs(made["x"] - made["x"].round()).max() <= NEAREST


def test_no_cell_is_new_in_kind() -> None:
    """Numbers stay within their column's ends, categories are its own, and what is missing stays missing."""
    made = between(ROWS, NUMBERS, 2000, 3)
    assert (made.dtypes == ROWS.dtypes).all()
    assert list(made.columns) == list(ROWS.columns)
    for name in NUMBERS:
        assert made[name].min() >= ROWS[name].min()
        assert made[name].max() <= ROWS[name].max()
    for name in CATEGORIES:
        assert set(made[name].dropna()) <= set(ROWS[name].dropna())
    assert made["a"].isna().mean() == pytest.approx(ROWS["a"].isna().mean(), abs=0.05)
    assert made["b"].notna().all()


@pytest.mark.parametrize("columns", [CATEGORIES, NUMBERS])
def test_columns_of_one_kind_do(columns: list[str]) -> None:
    """Two rows are enough, and the same seed makes the same rows."""
    rows = ROWS[columns].iloc[:2]
    numeric = [name for name in columns if name in NUMBERS]
    made = between(rows, numeric, 7, 1)
    assert made.shape == (7, len(columns))
    pd.testing.assert_frame_equal(made, between(rows, numeric, 7, 1))
