"""Laws of `python -m bigtrain.compress`: nearly as good, smaller, on record, and no champion by itself."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bigtrain import export, predict
from bigtrain.compress import main
from bigtrain.compression import ALIAS
from bigtrain.deploy import load_model
from bigtrain.deploy.footprint import Footprint
from bigtrain.registry.derived import Derivation, register_derived
from bigtrain.registry.history import history
from bigtrain.tracking import Store
from tests.compression.conftest import table


@pytest.fixture(scope="module")
def _once(home: Path) -> None:
    """The champion was compressed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        main(["model=mine@champion", "max_loss=2%", "out=front.svg"])


@pytest.fixture
def compressed(_once: None, store: Store) -> Store:
    """The store after that."""
    return store


def test_the_smallest_within_the_tolerance_is_a_version(
    compressed: Store, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It reads no noise, is smaller, and loses no more on the holdout; the champion stays who it is."""
    small, champion = load_model(compressed, f"mine@{ALIAS}"), load_model(compressed, "mine")
    assert str(champion) == "mine/1"
    assert set(small.columns) == {"a", "b", "kind"}
    footprint = Footprint.of(champion.pipeline, champion.columns)
    sizes = [len(footprint.content(each.pipeline, each.columns)) for each in (small, champion)]
    assert sizes[0] < sizes[1]
    assert sizes[0] == float(small.tags["bigtrain.size_bytes"])
    before, after = (float(each.tags["bigtrain.holdout_rmse"]) for each in (champion, small))
    assert after / before - 1 <= 0.02
    assert float(small.tags["bigtrain.holdout_loss"]) == pytest.approx(after / before - 1)
    assert float(small.tags["bigtrain.fold_loss"]) <= 0.02


def test_a_version_says_what_it_was_made_of(compressed: Store) -> None:
    """By tags, by a run below the sweep with the picture, and by the model's history."""
    version = compressed.client.get_model_version_by_alias("mine", ALIAS)
    champion = compressed.client.get_model_version_by_alias("mine", "champion")
    assert version.tags["bigtrain.made_from"] == "mine/1"
    assert version.tags["bigtrain.made_by"].startswith("3 of 5 columns, ")
    assert version.tags["bigtrain.holdout_digest"] == champion.tags["bigtrain.holdout_digest"]
    run = compressed.client.get_run(version.run_id)
    assert (run.info.status, run.data.tags["mlflow.parentRunId"]) == ("FINISHED", champion.run_id)
    assert [file.path for file in compressed.client.list_artifacts(version.run_id)] == ["front.png"]
    assert history(compressed, "mine")[-1].alias == ALIAS


def test_the_same_again_changes_nothing(compressed: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """It is the same version, and the sweep that all began with is finished still."""
    main(["model=mine@champion", "max_loss=2%"])
    out = capsys.readouterr().out
    assert "  columns that stay: a, b, kind\n" in out
    assert "is there already: mine version 2 @compressed" in out
    assert len(compressed.client.search_model_versions("name = 'mine'")) == 2
    state = compressed.find_sweep("mine")
    assert state is not None
    assert (state.status, len(state.records)) == ("FINISHED", 1)


def test_what_was_interrupted_is_taken_up(compressed: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registration that is repeated goes on with the run and without the model that it left."""
    champion = load_model(compressed, "mine")
    made = Derivation(
        kind="compression",
        origin=str(champion),
        how="the same, again",
        pipeline=champion.pipeline,
        input_example=champion.input_example,
        residuals=np.ones(3),
        holdout_digest="",
    )
    origin = compressed.client.get_model_version("mine", "1")
    experiment = compressed.client.get_run(origin.run_id).info.experiment_id
    before = len(compressed.client.search_runs([experiment]))
    with monkeypatch.context() as patch:
        patch.setattr("bigtrain.registry.derived.create_version", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            register_derived(compressed, origin, "other", made)
    version, new = register_derived(compressed, origin, "other", made)
    assert (version.version, new) == ("1", True)
    assert len(compressed.client.search_runs([experiment])) == before + 1
    run_id = compressed.client.get_model_version("other", "1").run_id
    assert len(compressed.client.search_logged_models([experiment], f"source_run_id = '{run_id}'")) == 1
    assert register_derived(compressed, origin, "other", made) == (version, False)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_it_is_a_version_like_any_other(compressed: Store, tmp_path: Path) -> None:
    """It exports, and predicts files that have no other columns than its own."""
    export.main([f"model=mine@{ALIAS}", "format=onnx", f"out={tmp_path / 'm.onnx'}"])
    export.main([f"model=mine@{ALIAS}", "format=json", f"out={tmp_path / 'm.json'}"])
    table()[["kind", "b", "a"]].to_csv(tmp_path / "in.csv", index=False)
    predict.main([f"model=mine@{ALIAS}", f"input={tmp_path / 'in.csv'}", f"output={tmp_path / 'out.csv'}"])
    predicted = pd.read_csv(tmp_path / "out.csv")["prediction"].to_numpy()
    assert np.corrcoef(predicted, table()["target"])[0, 1] > 0.99


def test_the_picture_is_written(compressed: Store, home: Path) -> None:
    """Where it was asked for, of the kind that its name says."""
    assert "<svg" in (home / "front.svg").read_text("utf-8")


@pytest.mark.parametrize("change", ["gone", "a training row"])
def test_without_its_table_nothing_is_made(
    store: Store, home: Path, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says whether it is gone, or another: whatever the row."""
    text = (home / "rows.csv").read_text()
    row = table().iloc[int(_training_row(store))]
    try:
        if change == "gone":
            (home / "rows.csv").unlink()
        else:
            (home / "rows.csv").write_text(text.replace(repr(float(row["a"])), "0.125"))
        with pytest.raises(SystemExit) as stop:
            main(["model=mine"])
    finally:
        (home / "rows.csv").write_text(text)
    said = capsys.readouterr().err
    code, words = (66, "there is no such file") if change == "gone" else (65, "not the rows any more")
    assert (stop.value.code, said.count("\n")) == (code, 1)
    assert words in said


def _training_row(store: Store) -> int:
    from bigtrain.deploy.holdout import require_table

    return int(require_table(store, load_model(store, "mine")).split.train[0])


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (["model=mine", "max_loss=much"], 78, "max_loss"),
        (["model=mine", "max_loss=100%"], 78, "max_loss"),
        (["model=mine", "max_loss=-1%"], 78, "max_loss"),
        (["model=mine", "out=front.txt"], 78, "no picture can be written there"),
        (["model=mine", "out=missing/front.png"], 78, "no picture can be written there"),
        (["model=none"], 66, "nothing is registered"),
        ([], 64, "model=…: is missing"),
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
