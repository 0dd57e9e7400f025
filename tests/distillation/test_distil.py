"""Laws of `python -m bigtrain.distil`: the student says what its teacher says, as far as it can."""

import copy
from dataclasses import replace

import numpy as np
import pytest

from bigtrain.compression.shrinking import inputs_read
from bigtrain.deploy import load_model
from bigtrain.distil import main
from bigtrain.distillation import ALIAS, distil
from bigtrain.errors import DataError
from bigtrain.tracking import Store
from tests.compression.conftest import table


def test_a_linear_teacher_is_learned(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """All but its noise: the student has a name, a champion and a lineage of its own, and little to read."""
    main(["teacher=mine@champion"])
    out = capsys.readouterr().out
    assert "registered: mine-student version 1 @champion (straight lines, l1=" in out
    student, teacher = load_model(store, "mine-student"), load_model(store, "mine")
    assert set(student.columns) == {"a", "b", "kind"} == set(inputs_read(student.pipeline))
    assert student.tags["bigtrain.made_from"] == "mine/1"
    assert float(student.tags["bigtrain.fidelity_r2"]) > 0.99
    said = teacher.pipeline.predict(table())
    assert np.sqrt(np.mean((student.pipeline.predict(table()) - said) ** 2)) < 0.1 * said.std()
    assert student.tags["bigtrain.holdout_digest"] == teacher.tags["bigtrain.holdout_digest"]


def test_among_its_teachers_versions_it_has_no_title(store: Store) -> None:
    """It gets an alias of its own there, and the champion stays."""
    main(["teacher=mine@champion", "model=mine"])
    assert load_model(store, f"mine@{ALIAS}").tags["bigtrain.made_by"].startswith("straight lines, l1=")
    assert str(load_model(store, "mine")) == "mine/1"


def test_a_teacher_that_says_the_same_of_all_rows_has_nothing_to_teach(store: Store) -> None:
    """It is refused in words."""
    teacher = load_model(store, "mine")
    constant = copy.deepcopy(teacher.pipeline)
    constant[-1].coef_ = np.zeros_like(constant[-1].coef_)
    with pytest.raises(DataError, match="nothing to learn"):
        distil(store, replace(teacher, pipeline=constant), None, lambda _: None)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (["teacher=none"], 66, "nothing is registered"),
        (["model=mine"], 64, "teacher=…: is missing"),
        (["teacher=mine", "model=a/b"], 78, "model"),
    ],
)
def test_what_is_wrong_is_one_line(
    store: Store, line: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its exit code."""
    with pytest.raises(SystemExit) as stop:
        main(line)
    message = capsys.readouterr().err
    assert (stop.value.code, message.count("\n")) == (code, 1)
    assert said in message
