"""The bundled tables are what they are said to be."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

from bigtrain.data import load_dataset

from .tables import GOOD, load_csv


def test_diabetes_is_scikit_learns_table() -> None:
    """Same cells, same names, with a name for the target."""
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    dataset = load_dataset("diabetes")
    assert (dataset.name, dataset.target, dataset.notes) == ("diabetes", "target", ())
    assert list(X.columns) == list(dataset.X.columns) == list(dataset.numeric)
    np.testing.assert_array_equal(X.to_numpy(), dataset.X.to_numpy())
    np.testing.assert_array_equal(y.to_numpy(), dataset.y)


def test_document_is_drawn_as_its_docstring_says() -> None:
    """100 points of 3x + 2 + 0.5·noise; least squares finds about 3 and 2."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(100)
    dataset = load_dataset("document")
    np.testing.assert_array_equal(x, dataset.X["x"].to_numpy())
    np.testing.assert_array_equal(3 * x + 2 + 0.5 * rng.standard_normal(100), dataset.y)
    weight, bias = np.polyfit(x, dataset.y, 1)
    assert (weight, bias) == (pytest.approx(3, abs=0.15), pytest.approx(2, abs=0.15))


def test_a_bundled_table_can_be_asked_another_question() -> None:
    """Target and dropped columns are free there too."""
    dataset = load_dataset("diabetes", target="bmi", drop=["target", "s1"])
    assert dataset.numeric == ("age", "sex", "bp", "s2", "s3", "s4", "s5", "s6")
    assert dataset.target == "bmi"


def test_a_dataset_is_named_after_its_file_and_is_frozen(tmp_path: Path) -> None:
    """The name is the file's without its ending; the source is the path as given; no reassignment."""
    dataset = load_csv(tmp_path, GOOD)
    assert ("table", str(tmp_path / "table.csv")) == (dataset.name, dataset.source)
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset.name = "other"  # type: ignore[misc]
