"""Laws of export: what is written predicts what the registered model predicts, or nothing is written."""

import json
import warnings
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import onnxruntime
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor

from bigtrain.config.app import compose
from bigtrain.deploy import load_model, parity
from bigtrain.deploy.holdout import find_table
from bigtrain.deploy.parity import edge_rows
from bigtrain.errors import RefusedError
from bigtrain.export import main
from bigtrain.job import run_job
from bigtrain.report import Console
from bigtrain.tracking import Store, open_store
from tests.deploy.pipelines import COLUMNS, edges, pipeline, table
from tests.forks import run_without_bigtrain, started

ROWS, Y = table()


@pytest.fixture(scope="module")
def home(own_cache: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a sweep on a table of its own has ended."""
    home: Path = tmp_path_factory.mktemp("home")
    ROWS.assign(target=Y).to_csv(home / "rows.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        data = ["data=csv", "data.path=rows.csv", "data.target=target", "name=mine"]
        config = compose([*data, "n_trials=4", "cohort=4", "cv=2", "verbose=0", "report=false"])
        run_job(config, Console(config))
    return home


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Its store, from within the folder."""
    monkeypatch.chdir(home)
    return open_store()


def test_a_graph_of_the_champion(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Compared on the holdout and on edges first; onnxruntime alone then predicts the same."""
    main(["model=mine@champion", "format=onnx", f"out={tmp_path / 'm.onnx'}"])
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("  as the registered model on 80 rows: largest difference ")
    assert (first[-13:], second[-7:]) == (": the holdout", ": edges")
    assert last == f"mine/1 exported as onnx: {tmp_path / 'm.onnx'}"
    model = load_model(store, "mine")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map["model"] == "mine/1"
    row = ROWS.iloc[7]
    cells = {name: np.array([[row[name]]], object if k == "string" else float) for name, k in COLUMNS.items()}
    (predicted,) = session.run(["prediction"], cells)
    assert predicted[0, 0] == pytest.approx(model.pipeline.predict(ROWS.iloc[[7]])[0], rel=1e-12)


def test_a_formula_of_the_champion(store: Store, tmp_path: Path) -> None:
    """It names every column of the table, and its categories."""
    main(["model=mine", "format=json", f"out={tmp_path / 'm.json'}"])
    said = json.loads((tmp_path / "m.json").read_text())
    assert said["model"] == "mine/1"
    assert [*said["numbers"], *said["categories"]] == list(COLUMNS)
    assert set(said["categories"]["kind"]["values"]) == set(ROWS["kind"].dropna())


def test_a_folder_that_mlflow_loads(store: Store, tmp_path: Path) -> None:
    """The folder is the registered one, and a Python that has no bigtrain predicts the same with it."""
    main(["model=mine", "format=sklearn", f"out={tmp_path / 'folder'}"])
    code = (
        "import sys, mlflow, pandas\n"
        "rows = pandas.read_csv('rows.csv').dropna().head(9)\n"
        "print(*mlflow.sklearn.load_model(sys.argv[1]).predict(rows), sep='\\n')"
    )
    with started(run_without_bigtrain, code, str(tmp_path / "folder")) as fork:
        ended = fork.ended()
    assert ended.code == 0, ended.err
    expected = load_model(store, "mine").pipeline.predict(pd.read_csv("rows.csv").dropna().head(9))
    np.testing.assert_allclose([float(line) for line in ended.out.split()], expected, rtol=1e-12)


def test_the_holdout_is_found_again(store: Store, home: Path) -> None:
    """It is the one the version was scored on; and where the table has changed, or is gone, it is none."""
    model = load_model(store, "mine")
    found = find_table(store, model)
    assert found is not None
    rows, target = (found.dataset.X.iloc[found.split.holdout], found.dataset.y[found.split.holdout])
    rmse = np.sqrt(np.mean((model.pipeline.predict(rows) - target) ** 2))
    assert rmse == pytest.approx(float(model.tags["bigtrain.holdout_rmse"]), rel=1e-12)
    text = (home / "rows.csv").read_text()
    try:
        (home / "rows.csv").write_text(text.replace("x", "z"))
        assert find_table(store, model) is None
        (home / "rows.csv").unlink()
        assert find_table(store, model) is None
    finally:
        (home / "rows.csv").write_text(text)


def test_without_the_table_the_example_has_to_do(
    store: Store,
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That is said."""
    monkeypatch.chdir(tmp_path)
    uri = f"tracking.uri={store.address.uri}"
    main(["model=mine", "format=onnx", f"out={tmp_path / 'm.onnx'}", uri])
    assert "isn't where it was" in capsys.readouterr().out
    assert (tmp_path / "m.onnx").exists()


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (["model=mine", "format=onnx", "out=missing/m.onnx"], 78, "out: there is no such folder"),
        (["model=mine", "format=onnx", "out=mlruns"], 78, "out: is a folder"),
        (["model=mine", "format=sklearn", "out=rows.csv"], 78, "out: is there already"),
        (["model=none", "format=onnx", "out=m.onnx"], 66, "nothing is registered"),
        (["model=mine", "format=pickle", "out=m"], 78, "allowed: onnx, sklearn, json"),
        (["model=mine", "format=onnx"], 64, "out=…: is missing"),
    ],
)
def test_what_is_wrong_is_one_line(
    store: Store, home: Path, line: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its exit code, and nothing is written."""
    before = sorted(home.iterdir())
    with pytest.raises(SystemExit) as stop:
        main(line)
    message = capsys.readouterr().err
    assert (stop.value.code, message.count("\n")) == (code, 1)
    assert said in message
    assert sorted(home.iterdir()) == before


def test_what_predicts_something_else_is_refused() -> None:
    """However little, in one row of many; the largest difference is said."""
    model = pipeline(Ridge()).fit(ROWS, Y)

    def off(rows: pd.DataFrame) -> np.ndarray:
        predicted = model.predict(rows)
        predicted[3] *= 1 + 1e-6
        return predicted

    assert parity.compare(model, model.predict, ROWS, "x").largest == 0
    with pytest.raises(
        RefusedError, match=r"x: predicts something else .* largest difference \d.*relative 1e-06"
    ):
        parity.compare(model, off, ROWS, "x")
    with pytest.raises(RefusedError, match="nan"):
        parity.compare(model, lambda rows: np.full(len(rows), np.nan), ROWS, "x")


def test_equally_near_neighbours_are_left_out() -> None:
    """Of two rows that are the same, either may be the nearest: that is no difference, and it is counted."""
    twice, targets = pd.concat([ROWS, ROWS.iloc[:5]]), np.concatenate([Y, Y[:5] + 1])
    model = pipeline(KNeighborsRegressor(1)).fit(twice, targets)
    other = pipeline(KNeighborsRegressor(1)).fit(twice.iloc[::-1], targets[::-1])
    found = parity.compare(model, other.predict, ROWS, "x")
    assert (found.rows, found.undecided, found.largest) == (len(ROWS) - 5, 5, 0)


@pytest.mark.parametrize("kinds", [("double", "string"), ("double",), ("string",)])
def test_edges_have_every_edge(kinds: tuple[str, ...]) -> None:
    """Each column missing, each category unseen, each number at both ends, beside them and far beyond."""
    columns = {name: kind for name, kind in COLUMNS.items() if kind in kinds}
    made = edge_rows(ROWS[list(columns)], columns)
    assert made.dtypes.tolist() == ROWS[list(columns)].dtypes.tolist()
    for name, kind in columns.items():
        assert made[name].isna().any()
        if kind == "string":
            assert not made[name].isin([*ROWS[name], np.nan]).all()
            continue
        low, high = ROWS[name].min(), ROWS[name].max()
        for edge in (low, high, np.nextafter(high, np.inf), np.nextafter(low, -np.inf)):
            assert (made[name] == edge).any()
        assert made[name].max() > high + 50 * (high - low)
        assert made[name].min() < low - 50 * (high - low)


def test_mlflow_can_serve_what_was_registered(store: Store) -> None:
    """MLflow's own scoring takes the champion's rows by the names and types of its signature."""
    mlflow.set_tracking_uri(store.address.uri)
    served: Any = mlflow.pyfunc.load_model("models:/mine@champion")
    with warnings.catch_warnings(action="ignore"):
        predicted = served.predict(edges(ROWS).dropna())
    expected = load_model(store, "mine").pipeline.predict(edges(ROWS).dropna())
    np.testing.assert_allclose(predicted, expected, rtol=1e-12)
